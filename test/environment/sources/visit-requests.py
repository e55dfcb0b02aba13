"""One visit over Requests with the roots it has by itself and from the environment: host, address, port, path."""
import socket
import sys

import requests

host, address, port, path = sys.argv[1:]
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda _host, port, *rest, **named: resolve(address, port, *rest, **named)
print(requests.get(f"https://{host}:{port}{path}", timeout=15).text)
