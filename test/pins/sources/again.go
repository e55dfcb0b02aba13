// Beside the printed program: a careless connection whose session the pinned ones may come back with. Runs before main.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
)

func init() {
	sessions := tls.NewLRUClientSessionCache(8)
	url := os.Getenv("PIN_URL")
	careless := &tls.Config{InsecureSkipVerify: true, ClientSessionCache: sessions}
	response, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: careless}}).Get(url + "unpinned")
	if err != nil {
		fmt.Fprintln(os.Stderr, "careless:", err)
		os.Exit(9)
	}
	io.ReadAll(response.Body)
	for range [2]int{} {
		config := pinnedConfig()
		config.ClientSessionCache = sessions
		if os.Getenv("PIN_CALLBACK") == "VerifyPeerCertificate" {
			// The usual recipe, with the same pins.
			config.VerifyConnection = nil
			config.VerifyPeerCertificate = verifyRaw
		}
		if err := visit(pinnedClient(config), url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(0)
}
