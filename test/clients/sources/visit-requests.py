"""Visits over requests; see drivers/scripted.ts for the lines it reads and prints. Names resolve to the given address."""
import socket
import sys

import requests

resolve = socket.getaddrinfo
here = "127.0.0.1"
socket.getaddrinfo = lambda _host, port, *rest, **named: resolve(here, port, *rest, **named)

session = requests.Session()
session.trust_env = False
session.verify = sys.argv[1]

for line in sys.stdin:
    visit_id, host, here, port, path = line.rstrip("\n").split("\t")
    try:
        name = f"[{host}]" if ":" in host else host
        body = session.get(f"https://{name}:{port}{path}", timeout=15).text
        print(visit_id, "yes" if "mintmark-client-proof" in body else "no", "", sep="\t")
    except Exception as error:
        print(visit_id, "no", " ".join(repr(error).split()), sep="\t")
