"""Visits over Python's ssl in strict mode; see drivers/scripted.ts for the lines it reads and prints."""
import socket
import ssl
import sys

context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT


def visit(host, address, port, path):
    with socket.create_connection((address, int(port)), timeout=15) as plain:
        with context.wrap_socket(plain, server_hostname=host) as secure:
            secure.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            body = b""
            while chunk := secure.recv(4096):
                body += chunk
            return body.decode()


for line in sys.stdin:
    visit_id, host, address, port, path = line.rstrip("\n").split("\t")
    try:
        body = visit(host, address, port, path)
        print(visit_id, "yes" if "mintmark-client-proof" in body else "no", "", sep="\t")
    except Exception as error:
        print(visit_id, "no", " ".join(repr(error).split()), sep="\t")
