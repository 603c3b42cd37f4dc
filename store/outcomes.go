package store

import (
	"database/sql"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

func (t *tx) Outcome(k directory.OutcomeKey) (*directory.Outcome, error) {
	if o, waits := t.group.waiting.outcomes.values[outcomeOf{t.account, k}]; waits {
		return &o, nil
	}
	var params []byte
	var text string
	var shown sql.NullString
	var at int64
	err := t.row(`select params_digest, outcome, shown, kept_at from outcomes where account_id = $1 and token_id = $2 and method = $3 and key_digest = $4`,
		t.account, k.TokenID, k.Method, k.Key[:]).Scan(&params, &text, &shown, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	o := &directory.Outcome{JSON: []byte(text), At: time.UnixMicro(at).UTC()}
	copy(o.Params[:], params)
	if shown.Valid {
		o.Shown = []byte(shown.String)
	}
	return o, err
}

func (t *tx) PutOutcome(k directory.OutcomeKey, o directory.Outcome) error {
	t.add(outcomes, t.account, k.TokenID, k.Method, k.Key[:], o.Params[:], string(o.JSON), nullable(string(o.Shown)), o.At.UnixMicro())
	t.group.waiting.outcomes.set(outcomeOf{t.account, k}, o)
	return nil
}

func (t *tx) DropOutcomes(before time.Time) error {
	_, err := t.exec(`delete from outcomes where account_id = $1 and kept_at <= $2`, t.account, before.UnixMicro())
	return err
}

// forgetShown removes the values that outcomes repeat.
func (t *tx) forgetShown() error {
	_, err := t.exec(`update outcomes set shown = null where account_id = $1 and shown is not null`, t.account)
	return err
}
