# Prints what pyca/cryptography finds in a PKCS#12 file. The password is in P12_PASSWORD.
import os
import sys

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

with open(sys.argv[1], 'rb') as file:
    store = load_pkcs12(file.read(), os.environ['P12_PASSWORD'].encode())
if store.key is not None:
    print('key', store.cert.friendly_name.decode())
for entry in [store.cert, *store.additional_certs]:
    if entry is not None:
        if store.key is None and entry.friendly_name is not None:
            print('anchor', entry.friendly_name.decode())
        print('certificate', entry.certificate.fingerprint(SHA256()).hex())
