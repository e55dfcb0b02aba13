/** @module The Go program that knows a server by its key alone. */
import { formatHex } from '../der/bytes.ts';
import { formatAuthority, spkiPins, type PinSubject } from './pin-format.ts';

/** For Go 1.15 and later. */
export function formatGoProgram(subject: PinSubject): string {
  const pins = spkiPins(subject).map((digest) => `\t"${formatHex(digest)}": true,`);
  return String.raw`// Knows the server by the SHA-256 of its public key and by nothing else: CA, name and dates are not looked at.
// VerifyConnection also sees resumed sessions; the usual VerifyPeerCertificate does not.
// To have CA, name and dates checked as well, take InsecureSkipVerify out.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
)

var pins = map[string]bool{
${pins.join('\n')}
}

func verifyPin(state tls.ConnectionState) error {
	digest := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
	if !pins[hex.EncodeToString(digest[:])] {
		return fmt.Errorf("the server's key is not the pinned one: %x", digest)
	}
	return nil
}

func pinnedConfig() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, VerifyConnection: verifyPin}
}

// Without a proxy, which would need a pin of its own, and without following to servers that have another key.
func pinnedClient(config *tls.Config) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: config},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func visit(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}

func main() {
	if err := visit(pinnedClient(pinnedConfig()), "https://${formatAuthority(subject.server)}/"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`;
}
