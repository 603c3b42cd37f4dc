// Package jsquery reads conditions on a JSON value, written in a subset of the
// query language of PostgreSQL's extension jsquery:
//
//	extension_phone_number = "101"
//	#(phone_number = "74950000000" AND NOT status = "inactive")
//	groups.#.group_id IN (5, 6) OR * = "external"
//
// It makes a tree of a text and a text of a tree. It knows no database and no
// roster: what a condition means for the fields of a row is its user's business.
//
// # Language
//
// A condition is a path and a test of what is there. It holds if the test does
// for one value at least that the path leads to. Instead of the test there may be
// a condition in parentheses, whose paths begin at those values.
//
//	key, "key"    the member of an object
//	#             any element of an array
//	%             any member of an object
//	*             the value itself, or any one at any depth below it
//	$             the value itself
//	a.b           what b leads to from where a leads
//
//	= 1, IN (1, "x")          equals the scalar, or one of them
//	= *                       is there
//	< 1, <= 1, > 1, >= 1      is a number that compares so
//	@> [1, 2]                 is an array that has all the scalars
//	<@ [1, 2]                 is an array that has no others, perhaps none at all
//	&& [1, 2]                 is an array that has one of them
//	IS STRING                 is of the type; also NUMERIC, BOOLEAN, ARRAY, OBJECT
//
// NOT binds closer than AND, and AND closer than OR; their letters and those of
// IN and IS may be of either case, and blanks stand anywhere but in a word or an
// operator. A scalar is a JSON string, a number, true, false or null, or a word,
// which is a string as if it were quoted; True is such a word. Numbers have the
// spellings of JSON, a sign + and zeros at the beginning. A word has neither
// blanks nor any of ? % $ . [ ] ( ) | & ! = < > @ # , * : " \ /. A key that is
// called not must be quoted where a condition begins.
//
// Of jsquery's own language the subset leaves out: a path without a test, the
// n-th element #1, the length @#, the "all" forms #: %: *:, filters ?(…), equality
// of arrays, escapes outside of quotes, comments and hints.
package jsquery

// Limits of an expression; one that passes them is refused.
const (
	MaxLength    = 4000 // bytes
	MaxDepth     = 32   // parentheses and NOT within each other
	MaxNodes     = 500  // keys and other steps, tests and scalars
	MaxWildcards = 2    // paths with * or % within each other
)

// Expr is a condition on a value: And, Or, Not, At or Test. String writes one in
// the language; Parse reads the same Expr from what String wrote of one that Parse
// made.
type Expr interface {
	String() string
	expr()
}

// And holds if each condition does, Or if one does. They are two at least.
type (
	And []Expr
	Or  []Expr
)

// Not holds if Of does not.
type Not struct{ Of Expr }

// At holds if Of does for one value at least that Path leads to.
type At struct {
	Path []Step // not empty, and no AnyDepth after another
	Of   Expr   // not an At
}

// Step is one of a path.
type Step struct {
	Kind StepKind
	Key  string // of a Member; UTF-8 without control characters
}

// StepKind tells where a step leads.
type StepKind int

// The kinds of steps.
const (
	Member    StepKind = iota // to the member of an object called Key
	Element                   // to every element of an array
	AnyMember                 // to every member of an object
	AnyDepth                  // to the value itself and every one below it
)

// Test asks something of a value.
type Test struct {
	Op     Op
	Values []any // nil, bool, int64, float64 or string: UTF-8 without control characters
}

// Op is what a Test asks.
type Op string

// The operators. Where nothing is said, a Test of it has no Values.
const (
	In        Op = "IN"  // equals one of Values; there is one at least
	Less      Op = "<"   // compares so with the one value, a number
	AtMost    Op = "<="  // likewise
	Greater   Op = ">"   // likewise
	AtLeast   Op = ">="  // likewise
	Contains  Op = "@>"  // an array that has all Values; there is one at least
	Contained Op = "<@"  // an array whose elements are all of Values; one at least
	Overlap   Op = "&&"  // an array that has one of Values; there is one at least
	Exists    Op = "= *" // always
	IsString  Op = "IS STRING"
	IsNumber  Op = "IS NUMERIC"
	IsBoolean Op = "IS BOOLEAN"
	IsArray   Op = "IS ARRAY"
	IsObject  Op = "IS OBJECT"
)

func (And) expr()  {}
func (Or) expr()   {}
func (Not) expr()  {}
func (At) expr()   {}
func (Test) expr() {}
