// Measures crypto/x509.CreateCertificate on one goroutine: P-256, three names, the extensions that Mintmark writes.
// Prints certificates a second: the median of several rounds after a warm-up.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"sort"
	"time"
)

const (
	batch  = 2000
	rounds = 5
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func newKey() (*ecdsa.PrivateKey, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	digest := sha256.Sum256(elliptic.Marshal(key.Curve, key.X, key.Y))
	return key, digest[:20]
}

func newSerial() *big.Int {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	check(err)
	return serial
}

func newIssuer(key *ecdsa.PrivateKey, keyID []byte) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               pkix.Name{CommonName: "Mintmark bench CA"},
		NotBefore:             time.Now(),
		NotAfter:              time.Now().AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		SubjectKeyId:          keyID,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(err)
	issuer, err := x509.ParseCertificate(der)
	check(err)
	return issuer
}

func main() {
	caKey, caKeyID := newKey()
	key, keyID := newKey()
	issuer := newIssuer(caKey, caKeyID)
	issue := func() {
		now := time.Now()
		template := &x509.Certificate{
			SerialNumber:          newSerial(),
			Subject:               pkix.Name{CommonName: "localhost"},
			NotBefore:             now,
			NotAfter:              now.AddDate(0, 0, 397),
			KeyUsage:              x509.KeyUsageDigitalSignature,
			ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			BasicConstraintsValid: true,
			SubjectKeyId:          keyID,
			DNSNames:              []string{"localhost"},
			IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		}
		_, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), caKey)
		check(err)
	}
	run := func() float64 {
		start := time.Now()
		for i := 0; i < batch; i++ {
			issue()
		}
		return batch / time.Since(start).Seconds()
	}
	run()
	rates := make([]float64, rounds)
	for i := range rates {
		rates[i] = run()
	}
	sort.Float64s(rates)
	fmt.Println(rates[rounds/2])
}
