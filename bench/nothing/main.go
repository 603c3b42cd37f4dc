// Nothing serves a method that does nothing, over HTTP, to who has a token of a roster.
// What stands around the method is rosterd's: JSON-RPC, the guard, the roster that
// knows the token, and the id of each request. As methods that write do, it takes the
// calls of a batch together.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/google/uuid"

	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
)

// gcPercent is what rosterd serve sets.
const gcPercent = 300

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	db := flag.String("db", "", "the roster")
	listen := flag.String("listen", "", "address to listen on")
	flag.Parse()
	debug.SetGCPercent(gcPercent)
	if err := serve(ctx, *db, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "nothing:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, db, listen string) (err error) {
	r, err := staff.Open(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Store.Close()) }()
	api, err := rpc.New(rpc.Options{Guard: methods.Guard(r.Service)}, rpc.Method[struct{}, struct{}]{
		Name: "nothing", Summary: "Do nothing.", AnyCaller: true,
		RunAll: func(_ context.Context, calls []struct{}) []rpc.Outcome[struct{}] {
			return make([]rpc.Outcome[struct{}], len(calls))
		},
	})
	if err != nil {
		return err
	}
	native := api.HTTP()
	mux := http.NewServeMux()
	mux.HandleFunc("/v2.0", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", uuid.NewString())
		native.ServeHTTP(w, r)
	})
	server := &http.Server{Handler: mux}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
