// Asks a responder by golang.org/x/crypto/ocsp, and reads a list by crypto/x509: "ocsp ISSUER CERT URL", "crl ISSUER CERT LIST".
// Prints good, unknown, revoked REASON, or refused WHY.
package main

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"golang.org/x/crypto/ocsp"
)

func main() {
	issuer, certificate := read(os.Args[2]), read(os.Args[3])
	var answer string
	var err error
	if os.Args[1] == "ocsp" {
		answer, err = ask(issuer, certificate, os.Args[4])
	} else {
		answer, err = look(issuer, certificate, os.Args[4])
	}
	if err != nil {
		answer = "refused " + err.Error()
	}
	fmt.Println(answer)
}

func read(path string) *x509.Certificate {
	content, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(content)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err)
	}
	return certificate
}

func ask(issuer, certificate *x509.Certificate, url string) (string, error) {
	request, err := ocsp.CreateRequest(certificate, issuer, &ocsp.RequestOptions{Hash: crypto.SHA256})
	if err != nil {
		return "", err
	}
	reply, err := http.Post(url, "application/ocsp-request", bytes.NewReader(request))
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return "", err
	}
	response, err := ocsp.ParseResponseForCert(body, certificate, issuer)
	if err != nil {
		return "", err
	}
	switch response.Status {
	case ocsp.Good:
		return "good", nil
	case ocsp.Revoked:
		return fmt.Sprint("revoked ", response.RevocationReason), nil
	}
	return "unknown", nil
}

func look(issuer, certificate *x509.Certificate, path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if block, _ := pem.Decode(content); block != nil {
		content = block.Bytes
	}
	list, err := x509.ParseRevocationList(content)
	if err != nil {
		return "", err
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return "", err
	}
	if time.Now().After(list.NextUpdate) {
		return "", fmt.Errorf("expired %s", list.NextUpdate)
	}
	for _, entry := range list.RevokedCertificates {
		if entry.SerialNumber.Cmp(certificate.SerialNumber) == 0 {
			return "revoked", nil
		}
	}
	return "good", nil
}
