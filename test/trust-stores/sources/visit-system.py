"""Asks for one URL, by urllib or requests, with whatever roots Python finds by itself."""
import sys

way, url = sys.argv[1:]
if way == "urllib":
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    print(opener.open(url, timeout=15).read().decode())
else:
    import requests

    session = requests.Session()
    session.trust_env = False
    print(session.get(url, timeout=15).text)
