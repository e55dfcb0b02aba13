"""Visits https://localhost:PORT/PATH with Python's ssl, which checks the leaf, or the whole chain, against lists: ROOT CRL PORT PATH leaf|chain"""
import http.client
import ssl
import sys

root, lists, port, path, depth = sys.argv[1:]
context = ssl.create_default_context(cafile=root)
context.load_verify_locations(cafile=lists)
context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF if depth == "leaf" else ssl.VERIFY_CRL_CHECK_CHAIN
connection = http.client.HTTPSConnection("localhost", int(port), context=context, timeout=20)
connection.request("GET", path)
sys.stdout.write(str(connection.getresponse().status))
