// Plain is the least that a server of creates can do: net/http, and the JSON library
// that rosterd has, in one pass, into a struct. It checks nothing and keeps nothing.
package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/go-json-experiment/json"
)

// call is a call of create.employees for an employee of package staff.
type call struct {
	Version string `json:"jsonrpc"`
	ID      int64  `json:"id"`
	Method  string `json:"method"`
	Params  struct {
		LastName     string `json:"last_name"`
		FirstName    string `json:"first_name"`
		Email        string `json:"email"`
		PhoneNumbers []struct {
			PhoneNumber string `json:"phone_number"`
		} `json:"phone_numbers"`
		Groups    []int64 `json:"groups"`
		Extension struct {
			Number string `json:"extension_phone_number"`
		} `json:"extension"`
		Operator struct {
			DisplayName  string `json:"operator_display_name"`
			Login        string `json:"operator_login"`
			PasswordHash string `json:"operator_password_hash"`
		} `json:"operator"`
	} `json:"params"`
}

// answer says that nobody has been created.
type answer struct {
	Version string `json:"jsonrpc"`
	ID      int64  `json:"id"`
	Result  struct {
		ID int64 `json:"id"`
	} `json:"result"`
}

func main() {
	listen := flag.String("listen", "", "address to listen on")
	flag.Parse()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2.0", create)
	if err := http.ListenAndServe(*listen, mux); err != nil {
		fmt.Fprintln(os.Stderr, "plain:", err)
		os.Exit(1)
	}
}

func create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var c call
	if err := json.Unmarshal(body, &c, json.RejectUnknownMembers(true)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a := answer{Version: c.Version, ID: c.ID}
	out, err := json.Marshal(a)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out) // fails only if the client has gone
}
