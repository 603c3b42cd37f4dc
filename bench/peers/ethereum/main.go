// Ethereum serves a method that does nothing with go-ethereum's rpc server, over HTTP
// and without authentication, which that does not have.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"

	"github.com/ethereum/go-ethereum/rpc"
)

// bench is what the server's methods belong to.
type bench struct{}

// Nothing is the method bench_nothing.
func (bench) Nothing() {}

func main() {
	listen := flag.String("listen", "", "address to listen on")
	flag.Parse()
	if err := serve(*listen); err != nil {
		fmt.Fprintln(os.Stderr, "ethereum:", err)
		os.Exit(1)
	}
}

func serve(listen string) error {
	server := rpc.NewServer()
	server.SetBatchLimits(0, 0) // none
	if err := server.RegisterName("bench", bench{}); err != nil {
		return err
	}
	return http.ListenAndServe(listen, server)
}
