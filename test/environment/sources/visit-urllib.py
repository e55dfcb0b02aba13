"""One visit over urllib with the roots Python has by itself: host, address, port, path."""
import socket
import sys
import urllib.request

host, address, port, path = sys.argv[1:]
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda _host, port, *rest, **named: resolve(address, port, *rest, **named)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open(f"https://{host}:{port}{path}", timeout=15).read().decode())
