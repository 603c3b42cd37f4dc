package directory

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// OutcomeLife is how long the outcome of a call with an idempotency key is kept.
const OutcomeLife = 24 * time.Hour

// OutcomeKey names a call: an idempotency key, by its SHA-256, of a token (0 is the
// command line's) and a method.
type OutcomeKey struct {
	TokenID int64
	Method  string
	Key     [sha256.Size]byte
}

// Outcome is what a call came to.
type Outcome struct {
	Params [sha256.Size]byte // of the other parameters, but for secrets
	JSON   []byte            // a keptOutcome
	Shown  []byte            // the values of its errors, of which each may be a person's; nil for none
	At     time.Time
}

// keptOutcome is a result or what was wrong.
type keptOutcome struct {
	Result jsontext.Value `json:"result,omitzero"`
	Errors []keptError    `json:"errors,omitempty"`
}

// keptError is a violation but for its value.
type keptError struct {
	Number   int               `json:"number"`
	Mnemonic string            `json:"mnemonic"`
	Path     []any             `json:"path"`
	Params   map[string]string `json:"params,omitempty"`
}

// passing are the codes that say nothing about a call itself: it may succeed when it
// is made again.
var passing = []*errors.Code{errors.InternalError, errors.Forbidden, errors.LimitExceeded, errors.Other}

// keepable reports whether an error is an outcome to be kept.
func keepable(err error) bool {
	return !slices.ContainsFunc(errors.Of(err).Violations, func(v errors.Violation) bool { return slices.Contains(passing, v.Code) })
}

// once is a unit that is done once for an idempotency key, and whose outcome is
// answered again. Failures are kept too where keepFailures says so; the unit then
// succeeds, and failed has the error.
func once[T any](s *Service, k OutcomeKey, params [sha256.Size]byte, j *job[T], keepFailures bool, failed *error, unit Unit) Unit {
	return func(tx Tx) error {
		*failed = nil
		now := s.now()
		kept, err := tx.Outcome(k)
		if err != nil {
			return err
		}
		if kept != nil && now.Sub(kept.At) >= OutcomeLife {
			if err := tx.DropOutcomes(now.Add(-OutcomeLife)); err != nil {
				return err
			}
			kept = nil
		}
		if kept != nil && kept.Params != params {
			return errors.At(errors.InvalidParametersCombination, place("idempotency_key"), nil)
		}
		if kept != nil {
			return recall(tx, kept, j)
		}
		outcome := Outcome{Params: params, At: now}
		err = unit(tx)
		switch {
		case err == nil:
			outcome.JSON, err = keepResult(j.kept())
		case keepFailures && keepable(err):
			*failed = err
			if err = tx.Undo(); err == nil {
				outcome.JSON, outcome.Shown, err = keepError(errors.Of(*failed))
			}
		}
		if err != nil {
			return err
		}
		return tx.PutOutcome(k, outcome)
	}
}

// recall makes a kept outcome the job's.
func recall[T any](tx Tx, o *Outcome, j *job[T]) error {
	var kept keptOutcome
	if err := json.Unmarshal(o.JSON, &kept); err != nil {
		return err
	}
	if kept.Errors != nil {
		return recallError(kept.Errors, o.Shown)
	}
	if err := json.Unmarshal(kept.Result, j.kept()); err != nil || j.complete == nil {
		return err
	}
	return j.complete(tx)
}

func keepResult(result any) ([]byte, error) {
	text, err := json.Marshal(result)
	if err != nil {
		return nil, err
	}
	return json.Marshal(keptOutcome{Result: text})
}

// keepError is what of an error is kept, and its values apart.
func keepError(e *errors.Error) (text, shown []byte, err error) {
	var kept keptOutcome
	var values []*string
	for _, v := range e.Violations {
		kept.Errors = append(kept.Errors, keptError{v.Code.Number, v.Code.Mnemonic, v.Path.Names(), v.Params})
		values = append(values, v.Value)
	}
	if text, err = json.Marshal(kept, json.Deterministic(true)); err != nil {
		return nil, nil, err
	}
	shown, err = json.Marshal(values)
	return text, shown, err
}

func recallError(kept []keptError, shown []byte) error {
	values := make([]*string, len(kept))
	if shown != nil {
		if err := json.Unmarshal(shown, &values); err != nil {
			return err
		}
	}
	var bad errors.List
	for i, k := range kept {
		at := slices.IndexFunc(errors.Catalogue(), func(c *errors.Code) bool { return c.Mnemonic == k.Mnemonic && c.Number == k.Number })
		if at < 0 {
			return errors.New("an outcome with " + k.Mnemonic + " was kept, which is no code any more")
		}
		v := errors.Violation{Code: errors.Catalogue()[at], Params: k.Params}
		for _, name := range k.Path {
			switch name := name.(type) {
			case string:
				v.Path = v.Path.Key(name)
			case float64: // as JSON has numbers
				v.Path = v.Path.Index(int(name))
			}
		}
		if i < len(values) {
			v.Value = values[i]
		}
		bad.Append(v)
	}
	return bad.Err()
}

// digest tells the parameters of commands apart, but for secrets and write options.
func digest[C any](s *Service, c *C) [sha256.Size]byte {
	return sha256.Sum256(schema.Of[C](s.revision).Text(c, writeOptions...))
}

// DropOutcomes removes the outcomes of calls that are older than OutcomeLife, in all
// accounts.
func (s *Service) DropOutcomes(ctx context.Context) error {
	accounts, err := s.store.Accounts(ctx)
	if err != nil {
		return err
	}
	before := s.now().Add(-OutcomeLife)
	for _, a := range accounts {
		if err := one(s.store.InTx(ctx, a.ID, func(tx Tx) error { return tx.DropOutcomes(before) })); err != nil {
			return err
		}
	}
	return nil
}
