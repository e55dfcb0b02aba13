// Prints what Go's two PKCS#12 packages find in a file: `x` for golang.org/x/crypto, `chain` and `trust` for software.sslmate.com.
// The password is in P12_PASSWORD.
package main

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"os"

	frozen "golang.org/x/crypto/pkcs12"
	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

func main() {
	file, err := os.ReadFile(os.Args[2])
	check(err)
	password := os.Getenv("P12_PASSWORD")
	switch os.Args[1] {
	case "x":
		blocks, err := frozen.ToPEM(file, password)
		check(err)
		for _, block := range blocks {
			if block.Type == "CERTIFICATE" {
				fmt.Printf("certificate %x\n", sha256.Sum256(block.Bytes))
			} else {
				fmt.Println("key", block.Headers["friendlyName"])
			}
		}
	case "chain":
		key, leaf, issuers, err := pkcs12.DecodeChain(file, password)
		check(err)
		if key != nil {
			fmt.Println("key")
		}
		show(append([]*x509.Certificate{leaf}, issuers...))
	case "trust":
		anchors, err := pkcs12.DecodeTrustStore(file, password)
		check(err)
		show(anchors)
	}
}

func show(certificates []*x509.Certificate) {
	for _, certificate := range certificates {
		fmt.Printf("certificate %x\n", sha256.Sum256(certificate.Raw))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
