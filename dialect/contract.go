package dialect

import "github.com/rosterd/rosterd/errors"

// Contract is how a door maps the roster, for package dialecttest to check that
// nothing has been forgotten.
type Contract struct {
	// Fields says for each leaf of directory.Employee's JSON, such as
	// "seat.display_name", what the vendor calls it.
	Fields map[string]Field

	// Codes are those of the catalogue that the door has an answer of its own for.
	Codes []*errors.Code

	// Answer is what the door answers to an error.
	Answer func(err error) (status int, body []byte)
}

// Field is the vendor's name of a field, or why it has none.
type Field struct{ Name, Why string }
