package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rosterd/rosterd/bench/staff"
)

// peer is PocketBase with a new database.
type peer struct {
	*process
	address string
	token   string
	groups  []string
}

// pocketbase starts PocketBase on a new folder, which is removed when the row ends.
func (b *bench) pocketbase(ctx context.Context) (*peer, error) {
	dir, err := os.MkdirTemp(b.dir, "pocketbase-")
	if err != nil {
		return nil, err
	}
	b.atEnd(func() error { return os.RemoveAll(dir) })
	p := new(peer)
	if p.process, p.address, err = b.listening(ctx, "bench/peers/pocketbase", "-dir", dir, "-groups", strconv.Itoa(staff.Groups)); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "ready.json"))
	if err != nil {
		return nil, err
	}
	var ready struct {
		Token  string
		Groups []string
	}
	if err := json.Unmarshal(text, &ready); err != nil {
		return nil, err
	}
	p.token, p.groups = ready.Token, ready.Groups
	return p, nil
}

// records is where employees are.
const records = "/api/collections/employees/records"

// request is one with the token; without a body it is a GET.
func (p *peer) request(path string, body []byte, has string, times int) request {
	return request{path, "Authorization: " + p.token + "\r\nContent-Type: application/json\r\n", body, has, times}
}

// create is a request to create the i-th employee of staff.
func (p *peer) create(i int) request {
	return p.request(records, p.record(nil, i), `"collectionName":"employees"`, 1)
}

// createMany is a request to create the i-th of the batches of some employees, of which
// PocketBase creates all or none.
func (p *peer) createMany(size int) func(i int) request {
	return func(i int) request {
		body := array(size, func(b []byte, n int) []byte {
			b = append(b, `{"method":"POST","url":"`+records+`","body":`...)
			return append(p.record(b, i*size+n), '}')
		})
		return p.request("/api/batch", fmt.Appendf(nil, `{"requests":%s}`, body), `"collectionName":"employees"`, size)
	}
}

// record appends the i-th employee of staff as PocketBase has it.
func (p *peer) record(b []byte, i int) []byte {
	groups := make([]int64, len(p.groups)) // places of the ids
	for g := range groups {
		groups[g] = int64(g)
	}
	e := staff.Operator(i, groups)
	numbers, o := e.PhoneNumbers.Value, e.Operator.Value
	b = fmt.Appendf(b, `{"last_name":%q,"first_name":%q,"email":%q,"phone_numbers":[{"phone_number":%q},{"phone_number":%q}],"groups":[`,
		e.LastName.Value, e.FirstName.Value, e.Email.Value, numbers[0].PhoneNumber.Value, numbers[1].PhoneNumber.Value)
	for n, g := range e.Groups.Value {
		if n > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, p.groups[g])
	}
	b = fmt.Appendf(b, `],"extension":%q,"operator_login":%q,"operator":{"operator_display_name":%q}}`, e.Extension.Value.Number.Value, o.Login.Value, o.DisplayName.Value)
	return b
}
