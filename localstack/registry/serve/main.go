// Command serve runs the stand-in of a schema registry as a process of its own, until it is stopped.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/mayfly-connect/mayfly/localstack/registry"
)

func main() {
	address := flag.String("address", "127.0.0.1:8081", "the `HOST:PORT` to listen at")
	file := flag.String("file", "", "the `FILE` that keeps the schemas; in memory without it")
	flag.Parse()
	if err := serve(*address, *file); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		os.Exit(1)
	}
}

func serve(address, file string) error {
	r, err := registry.New(registry.WithFile(file))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("serving at", l.Addr())
	return (&http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}).Serve(l)
}
