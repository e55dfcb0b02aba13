// One visit over net/http with the roots Go has by itself: host, address, port, path.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	host, address, port, path := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	dialer := &net.Dialer{Timeout: 15 * time.Second}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, net.JoinHostPort(address, port))
	}}
	client := &http.Client{Transport: transport, Timeout: 15 * time.Second}
	response, err := client.Get("https://" + net.JoinHostPort(host, port) + path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer response.Body.Close()
	io.Copy(os.Stdout, response.Body)
}
