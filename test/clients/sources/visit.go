// Visits over net/http; see drivers/scripted.ts for the lines it reads and prints.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

func visit(roots *x509.CertPool, host, address, port, path string) (string, error) {
	dialer := &net.Dialer{Timeout: 15 * time.Second}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots},
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, net.JoinHostPort(address, port))
		},
	}
	client := &http.Client{Transport: transport, Timeout: 15 * time.Second}
	response, err := client.Get("https://" + net.JoinHostPort(host, port) + path)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func main() {
	pem, err := os.ReadFile(os.Args[1])
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		fmt.Fprintln(os.Stderr, "no root in", os.Args[1], err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		field := strings.Split(lines.Text(), "\t")
		body, err := visit(roots, field[1], field[2], field[3], field[4])
		answer := "no"
		if err == nil && strings.Contains(body, "mintmark-client-proof") {
			answer = "yes"
		}
		fmt.Printf("%s\t%s\t%v\n", field[0], answer, err)
	}
}
