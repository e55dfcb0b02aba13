// The callback that most Go recipes use, with the pins of the printed program.
package main

import (
	"crypto/tls"
	"crypto/x509"
)

func verifyRaw(raw [][]byte, _ [][]*x509.Certificate) error {
	certificate, err := x509.ParseCertificate(raw[0])
	if err != nil {
		return err
	}
	return verifyPin(tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate}})
}
