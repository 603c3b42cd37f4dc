package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/schema"
)

// The size of turns with passwords.
const (
	passwordCallers = 16
	passwordCreates = 200 // by passwordCallers
	hashes          = 100 // alone
	idleReads       = 2000
)

// withPassword is a request to create the i-th employee of staff with a password.
func (s *server) withPassword(i int) request {
	e := staff.Operator(i, s.groups)
	e.Operator.Value.Password = schema.Some(fmt.Sprintf("%08d", i)) // as long as the contract allows
	return s.call(creation(nil, i, &e), 1)
}

// passwords is rosterd when all employees have a password, and their hashes alone: as
// many at a time as there are cores, with the cost that the hashes in the roster tell.
func passwords(ctx context.Context, b *bench) (pair, error) {
	s, err := b.rosterd(ctx)
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours: throughput(s.process, s.address, passwordCallers, passwordCreates, 1, s.withPassword),
		reference: func(ctx context.Context) (turn, error) {
			cost, err := costOf(ctx, s.file)
			if err != nil {
				return turn{}, err
			}
			return timed(nil, hashes, func() error { return cost.hash(hashes) })
		},
	}, nil
}

// hashCost is the parameters of argon2id.
type hashCost struct {
	memory, passes uint32 // of memory in KiB
	lanes          uint8
}

// costOf is the cost of a hash that rosterd has made.
func costOf(ctx context.Context, file string) (c hashCost, err error) {
	db, err := sql.Open("sqlite3", "file:"+file+"?mode=ro")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var hash string
	if err := db.QueryRowContext(ctx, "select password_hash from employees where login is null and password_hash is not null order by id desc limit 1").Scan(&hash); err != nil {
		return c, err
	}
	var version int
	_, err = fmt.Sscanf(hash, "$argon2id$v=%d$m=%d,t=%d,p=%d$", &version, &c.memory, &c.passes, &c.lanes)
	return c, err
}

// hash makes n hashes with all cores.
func (c hashCost) hash(n int) error {
	const saltLength, keyLength = 16, 32
	salt := make([]byte, saltLength)
	if _, err := rand.Read(salt); err != nil {
		return err
	}
	cores := runtime.NumCPU()
	var all sync.WaitGroup
	for core := range cores {
		all.Go(func() {
			for i := core; i < n; i += cores {
				argon2.IDKey([]byte("password"), salt, c.passes, c.memory, c.lanes, keyLength)
			}
		})
	}
	all.Wait()
	return nil
}

// readsBesidePasswords is how long one in a hundred reads of an employee takes while
// employees with passwords are created, and while nobody else asks for anything.
func readsBesidePasswords(ctx context.Context, b *bench) (pair, error) {
	s, err := b.rosterd(ctx)
	if err != nil {
		return pair{}, err
	}
	next := 0
	creates := func(n int) []request {
		requests := make([]request, n)
		for i := range requests {
			requests[i] = s.withPassword(next + i)
		}
		next += n
		return requests
	}
	read := s.call([]byte(`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"filter":{"field":"email","operator":"=","value":"ivanova.mariya.0@example.com"}}}`), 1)
	return pair{
		ours: func(ctx context.Context) (turn, error) {
			requests := creates(passwordCreates)
			loaded := make(chan error, 1)
			go func() {
				_, err := load(ctx, s.address, passwordCallers, len(requests), func(i int) request { return requests[i] })
				loaded <- err
			}()
			took, err := readUntil(ctx, s.address, read, loaded)
			if err != nil {
				return turn{}, err
			}
			return turn{value: quantile(took, 0.99)}, nil
		},
		reference: latency(s.process, s.address, idleReads, 0.99, func(int) request { return read }),
	}, nil
}

// readUntil sends a request over one connection until something is done, and returns
// how long each took.
func readUntil(ctx context.Context, address string, read request, done <-chan error) (took []time.Duration, err error) {
	conn, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for {
		select {
		case err := <-done:
			return took, err
		default:
		}
		began := time.Now()
		if _, err := conn.do(read); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
}
