package importer

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/rosterd/rosterd/errors"
)

// holdersPage is how many values are asked for at once: a jsquery expression may
// have 4,000 bytes, and an extension takes 8 of them.
const holdersPage = 400

// holderRow is an employee as far as they hold a value that is looked for.
type holderRow struct {
	ID         int64   `json:"id"`
	ExternalID *string `json:"external_id"`
	Handle     string  `json:"handle"`
	Email      *string `json:"email"`
	Extension  struct {
		Number string `json:"extension_phone_number"`
	} `json:"extension"`
	Operator struct {
		Login string `json:"operator_login"`
	} `json:"operator"`
}

func (r *holderRow) value(field string) string {
	deref := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	switch field {
	case "external_id":
		return deref(r.ExternalID)
	case "handle":
		return r.Handle
	case "email":
		return deref(r.Email)
	}
	return r.Extension.Number
}

// holders finds the employees who have values of one of Upserts, as normalized, with
// those of their fields.
func (c caller) holders(ctx context.Context, field string, values []string, fields ...string) (map[string][]holderRow, error) {
	found := map[string][]holderRow{}
	for len(values) > 0 {
		n := min(len(values), holdersPage)
		means := map[string][]string{} // values by their spellings
		var ask []string
		seen := map[string]bool{}
		for _, value := range values[:n] {
			if seen[value] {
				continue
			}
			seen[value] = true
			for _, spelling := range spellings(field, value) {
				ask, means[spelling] = append(ask, spelling), append(means[spelling], value)
			}
		}
		values = values[n:]
		filter := map[string]any{"field": field, "operator": "in", "value": ask}
		if field == "extension" {
			list, err := json.Marshal(ask)
			if err != nil {
				return nil, err
			}
			filter["operator"], filter["value"] = "jsquery", "extension_phone_number IN ("+strings.Trim(string(list), "[]")+")"
		}
		var page struct {
			Data []holderRow `json:"data"`
		}
		params := map[string]any{"fields": append([]string{"id", field}, fields...), "filter": filter, "limit": namesPage}
		if err := c.call(ctx, "get.employees", params, &page); err != nil {
			return nil, err
		}
		for _, row := range page.Data {
			for _, value := range means[row.value(field)] {
				found[value] = append(found[value], row)
			}
		}
	}
	return found, nil
}

// findHolders finds out who has the values that are in use already, of those that
// can be looked for.
func (e *engine) findHolders(ctx context.Context, batch []*entry) error {
	for _, field := range Upserts() {
		var faults []*Fault
		var values []string
		for _, n := range batch {
			for i := range n.faults {
				f := &n.faults[i]
				if f.Mnemonic != errors.AlreadyInUse.Mnemonic || f.Field != upsertPaths[field].String() || f.HeldBy != 0 || f.Value == nil {
					continue
				}
				if value := normalized(field, *f.Value); value != "" && (field != "extension" || isDigits(value)) {
					faults, values = append(faults, f), append(values, value)
				}
			}
		}
		found, err := e.holders(ctx, field, values)
		if err != nil {
			return err
		}
		for i, f := range faults {
			if rows := found[values[i]]; len(rows) > 0 {
				f.HeldBy = rows[0].ID
			}
		}
	}
	return nil
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" && s != "" }
