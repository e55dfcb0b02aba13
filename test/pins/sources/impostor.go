// A thief's server: shows the certificate of the file, and signs with a key of its own. Prints its port, then each request.
package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"strconv"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	newest, err := strconv.ParseUint(os.Args[2], 0, 16)
	if err != nil {
		panic(err)
	}
	stolen := tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key}
	config := &tls.Config{Certificates: []tls.Certificate{stolen}, MaxVersion: uint16(newest)}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		conn, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go answer(conn)
	}
}

func answer(conn net.Conn) {
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return
	}
	fmt.Printf("request: %s", line)
	fmt.Fprint(conn, "HTTP/1.0 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nstolen")
}
