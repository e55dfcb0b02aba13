/** @module What `mkcert`, `-h` and `-help` print: mkcert's flags, in words of our own. */

const SHORT = `Usage of mkcert (Mintmark in its place):

	$ mkcert -install
	Put the root of the local CA into this machine's trust stores.

	$ mkcert example.test
	Make "example.test.pem" and "example.test-key.pem".

	$ mkcert example.test my-app.test localhost 127.0.0.1 ::1
	Make "example.test+4.pem" and "example.test+4-key.pem".

	$ mkcert "*.example.test"
	Make "_wildcard.example.test.pem" and "_wildcard.example.test-key.pem".

	$ mkcert -uninstall
	Take the root out of the trust stores; the CA itself stays.

`;

const ADVANCED = `Flags, which go before the first name:

	-cert-file FILE, -key-file FILE, -p12-file FILE
	    Where the certificate, its key and the PKCS#12 file go.

	-client
	    A certificate for a client, which servers may use too.

	-ecdsa
	    An ECDSA P-256 key in place of RSA 2048.

	-pkcs12
	    A ".p12" file with certificate and key, password "changeit".

	-csr FILE
	    A certificate for this request. Goes with -install and -cert-file.

	-CAROOT
	    Print the folder of the CA.

	$CAROOT
	    Another folder for the CA; each folder has CAs of its own.

	$TRUST_STORES
	    Which stores -install and -uninstall change, separated by commas:
	    system, java, nss (Firefox and Chromium). All that are found by default.

	$JAVA_HOME
	    Without it, the trust stores of Java are left alone.

What differs from mkcert is told in docs/mkcert.md.

`;

export const SHORT_USAGE = SHORT;
export const FULL_USAGE = SHORT + ADVANCED;
/** What follows the short usage where the words made no sense. */
export const USAGE_HINT = 'For more options, run "mkcert -help".\n';
