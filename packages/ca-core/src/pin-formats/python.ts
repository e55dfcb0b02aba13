/**
 * @module Python: its standard library, urllib3, Requests, aiohttp and HTTPX. All compare the certificate: the standard library
 * cannot take the key out of one. None of the programs trusts the environment, whose proxy could be the one that is checked.
 */
import { certHex, formatAuthority, type PinFormat, type PinSubject } from './pin-format.ts';

type Snippet = (subject: PinSubject) => string;

const WHAT =
  '# GET / of the server with the pinned certificate. The pin decides alone: CA, host name and dates are not checked.';

/** Where and what; each program takes the part that it needs. */
const place: Snippet = ({ server }) => `HOST, PORT = "${server.host}", ${server.port}`;
const address: Snippet = ({ server }) => `URL = "https://${formatAuthority(server)}/"`;
const pin: Snippet = (subject) => `PIN = "${certHex(subject)}"  # SHA-256 of the server's certificate`;

/** The end of each: a refusal is one line on stderr and exit code 1. */
const run = (call: string, errors: string): string => `if __name__ == "__main__":
    try:
        ${call}
    ${errors} as error:
        sys.exit(f"failed: {error}")`;

/** urllib3 tells digests by their length, and takes an empty one for none. */
const CHECKED_PIN = `def checked(pin):
    """urllib3 takes an empty fingerprint for none, and 40 digits for SHA-1."""
    if len(bytes.fromhex(pin.replace(":", ""))) != 32:
        raise ValueError("the pin is no SHA-256")
    return pin`;

const python: Snippet = (subject) => `${WHAT}
# http.client has no setting for pins, and a look after getresponse() is too late: the request has been sent by then.
# To check the rest too: CONTEXT = ssl.create_default_context(cafile=FILE), where FILE holds the CA or the certificate.
import hashlib
import http.client
import ssl
import sys

${place(subject)}
${pin(subject)}

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CONTEXT.check_hostname = False
CONTEXT.verify_mode = ssl.CERT_NONE


class PinnedConnection(http.client.HTTPSConnection):
    """Compares on every connection, resumed ones as well, before anything is sent on it."""

    def connect(self):
        super().connect()
        shown = hashlib.sha256(self.sock.getpeercert(binary_form=True)).hexdigest()
        if shown != PIN:
            self.close()
            raise ConnectionError(f"not the pinned certificate: sha256 {shown}")


def main():
    connection = PinnedConnection(HOST, PORT, timeout=30, context=CONTEXT)
    connection.request("GET", "/")
    sys.stdout.buffer.write(connection.getresponse().read())


${run('main()', 'except (OSError, http.client.HTTPException)')}
`;

const urllib3: Snippet = (subject) => `${WHAT}
# urllib3 takes an empty pin for no pin, so its length is checked. A pool is of one host; redirects are not followed.
# To check CA and dates too: cert_reqs="CERT_REQUIRED", ca_certs=FILE. It checks no name where there is a fingerprint.
import sys

import urllib3

${place(subject)}
${pin(subject)}


${CHECKED_PIN}


def pinned_pool():
    return urllib3.HTTPSConnectionPool(
        HOST,
        PORT,
        cert_reqs="CERT_NONE",
        assert_fingerprint=checked(PIN),
        timeout=30,
        retries=False,
    )


def main():
    response = pinned_pool().request("GET", "/")
    sys.stdout.buffer.write(response.data)


${run('main()', 'except urllib3.exceptions.HTTPError')}
`;

const requests: Snippet = (subject) => `${WHAT}
# An adapter for one address leaves redirects unpinned: here all of https must show the pin, and http is not spoken.
# To check CA and dates too: session.verify = FILE. urllib3 below checks no name where there is a fingerprint.
import sys

import requests
from requests.adapters import HTTPAdapter

${address(subject)}
${pin(subject)}


${CHECKED_PIN}


class PinnedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, assert_fingerprint=checked(PIN), **options)

    def proxy_manager_for(self, proxy, **options):
        return super().proxy_manager_for(proxy, assert_fingerprint=checked(PIN), **options)


def pinned_session():
    session = requests.Session()
    session.trust_env = False  # REQUESTS_CA_BUNDLE would undo verify, HTTPS_PROXY would go elsewhere
    session.verify = False
    session.adapters.clear()
    session.mount("https://", PinnedAdapter())
    return session


def main():
    with pinned_session() as session:
        response = session.get(URL, timeout=30, allow_redirects=False)
        sys.stdout.buffer.write(response.content)


${run('main()', 'except requests.RequestException')}
`;

/** aiohttp's own message is a tuple of raw bytes. */
const MISMATCH = `except aiohttp.ServerFingerprintMismatch as error:
        sys.exit(f"failed: not the pinned certificate: sha256 {error.got.hex()}")
    except (aiohttp.ClientError, asyncio.TimeoutError)`;

const aiohttp: Snippet = (subject) => `${WHAT}
# On the connector the pin holds whatever ssl= a request has. Give no proxy=: behind one, aiohttp 3.8 does not compare.
# To check the rest too: session.get(URL, ssl=ssl.create_default_context(cafile=FILE)), FILE with the CA or certificate.
import asyncio
import sys

import aiohttp

${address(subject)}
${pin(subject)}


def pinned_session():
    connector = aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(bytes.fromhex(PIN)))
    return aiohttp.ClientSession(connector=connector)


async def main():
    async with pinned_session() as session:
        async with session.get(URL, allow_redirects=False) as response:
            sys.stdout.buffer.write(await response.read())


${run('asyncio.run(main())', MISMATCH)}
`;

const httpx: Snippet = (subject) => `${WHAT}
# HTTPX has no setting for pins, and its event hooks come when the request has been sent: this context compares before.
# To check the rest too: leave out the two lines marked "*", and add CONTEXT.load_verify_locations(FILE).
import hashlib
import ssl
import sys

import httpx

${address(subject)}
${pin(subject)}


class Pinned:
    def do_handshake(self, *args, **options):
        super().do_handshake(*args, **options)
        shown = hashlib.sha256(self.getpeercert(binary_form=True)).hexdigest()
        if shown != PIN:
            raise ConnectionError(f"not the pinned certificate: sha256 {shown}")


class PinnedSocket(Pinned, ssl.SSLSocket):
    """What httpx.Client connects by."""


class PinnedObject(Pinned, ssl.SSLObject):
    """What httpx.AsyncClient connects by, and whatever goes through a proxy."""


CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CONTEXT.check_hostname = False  # *
CONTEXT.verify_mode = ssl.CERT_NONE  # *
CONTEXT.sslsocket_class = PinnedSocket
CONTEXT.sslobject_class = PinnedObject


def pinned_client():
    return httpx.Client(verify=CONTEXT, trust_env=False, follow_redirects=False)


def main():
    with pinned_client() as client:
        sys.stdout.buffer.write(client.get(URL).content)


${run('main()', 'except httpx.HTTPError')}
`;

const row = (title: string, fileName: string, text: Snippet) =>
  ({ title, object: 'certificate', roles: ['leaf'], value: certHex, snippet: { fileName, text } }) as const;

export const PYTHON_FORMATS = {
  python: { ...row('Python http.client', 'pinned_client.py', python), overview: 'Python' },
  urllib3: row('urllib3 assert_fingerprint', 'pinned_urllib3.py', urllib3),
  requests: row('Requests, by urllib3 assert_fingerprint', 'pinned_requests.py', requests),
  aiohttp: row('aiohttp.Fingerprint', 'pinned_aiohttp.py', aiohttp),
  httpx: row('HTTPX, by its SSL context', 'pinned_httpx.py', httpx),
} as const satisfies Record<string, PinFormat>;
