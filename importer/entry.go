package importer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// Upserts are the fields by which rows can be told to be of employees who are
// there already.
func Upserts() []string { return []string{"external_id", "handle", "email", "extension"} }

// upsertPaths are the parameters of Upserts.
var upsertPaths = map[string]errors.Path{
	"external_id": errors.Path{}.Key("external_id"),
	"handle":      errors.Path{}.Key("handle"),
	"email":       errors.Path{}.Key("email"),
	"extension":   errors.Path{}.Key("extension").Key("extension_phone_number"),
}

// entry is a row on its way in.
type entry struct {
	row     Row
	ordinal int    // its place among the file's rows, from 0
	key     string // what tells it apart in the import's journal
	params  []member
	faults  []Fault

	coach     string // the handle of a coach who is still to be found; "" if there is none
	coachRest []member
	coachID   int64 // the coach once found
	statusID  int64 // a status that create.employees does not know; 0 if there is none
	upsert    string
	twice     bool // upserts by a value that an earlier row of the file creates, as far as a check knows

	existing int64 // who is updated; 0 if somebody is created
	half     bool  // the rest follows when all other rows are in
	outcome  string
	id       int64 // of the employee, once there is one
	held     bool  // left for later
}

// The first and the second call of a row that needs two, in the journal.
const (
	firstHalf  = "+1"
	secondHalf = "+2"
)

// creatable are the words that create.employees takes as status.
func creatable(revision string) []string {
	for _, c := range Columns(revision) {
		if c.Refers == RefersToStatus {
			return c.Enum
		}
	}
	return nil
}

// builder makes entries of the rows of one reading of a file.
type builder struct {
	e       *engine
	ordinal int
	equal   map[uint64]uint32 // rows so far, by the beginnings of digests that several may have
}

// entry makes an entry, unless the row is none of those that are wanted.
func (b *builder) entry(row Row, wanted *rowSet) *entry {
	n := &entry{row: row, ordinal: b.ordinal}
	b.ordinal++
	all, err := members(row.Params)
	if err != nil {
		n.fail(Fault{Mnemonic: errors.ParseError.Mnemonic, Message: "The row is no strict JSON object: " + err.Error()})
	}
	n.key = b.key(all)
	if wanted != nil && !wanted.has(n.ordinal) {
		return nil
	}
	for _, p := range row.Problems {
		n.fail(newFault(p.Code, p.Path, p.Value))
	}
	r := resolver{names: b.e.names}
	n.params = r.employee(all)
	n.fail(r.faults...)
	n.splitCoach()
	n.splitStatus(b.e)
	if by := b.e.o.Upsert; by != "" {
		path := upsertPaths[by]
		text := at(n.params, path.String())
		switch n.upsert = normalized(by, text); {
		case n.upsert != "" || n.faulty(path.String()):
		case text != "":
			n.fail(newFault(errors.InvalidParameterValue, path, errors.Shown(text)))
		default:
			n.fail(newFault(errors.RequiredParameterMissed, path, nil))
		}
	}
	return n
}

// faulty reports whether something is known to be wrong with a parameter.
func (n *entry) faulty(field string) bool {
	return slices.ContainsFunc(n.faults, func(f Fault) bool { return f.Field == field })
}

// key tells the row apart by its content: its digest, and which of the equal rows of
// the file it is.
func (b *builder) key(all []member) string {
	digest := contentOf(all)
	key := hex.EncodeToString(digest[:16])
	short := beginning(digest)
	if _, repeated := b.e.repeated[short]; !repeated {
		return key
	}
	b.equal[short]++
	if nth := b.equal[short]; nth > 1 {
		key += "." + strconv.FormatUint(uint64(nth), 10)
	}
	return key
}

// contentOf is the digest of a row's content but for passwords.
func contentOf(all []member) [sha256.Size]byte {
	public := all
	if m := find(all, "operator"); m != nil && m.value.Kind() == '{' {
		public = slices.Clone(all)
		find(public, "operator").value = objectOf(without(objectIn(all, "operator"), "operator_password", "operator_password_hash"))
	}
	return sha256.Sum256(objectOf(public))
}

// beginning is so much of a digest as is worth keeping of a million of them.
func beginning(digest [sha256.Size]byte) uint64 { return binary.BigEndian.Uint64(digest[:]) }

// handle is the row's handle in the form in which handles are compared; "" if it gives
// none.
func (n *entry) handle() string { return normalized("handle", stringIn(n.params, "handle")) }

// splitCoach takes a coach who is named by handle out of the params.
func (n *entry) splitCoach() {
	coach := objectIn(n.params, "coach")
	handle := stringIn(coach, "coach_id")
	if handle == "" {
		return
	}
	if n.coach = normalized("handle", handle); n.coach == "" {
		n.fail(newFault(errors.EntityNotFound, coachPath(), errors.Shown(handle)))
	}
	n.coachRest = without(coach, "coach_id")
	n.params = without(n.params, "coach")
}

func coachPath() errors.Path { return errors.Path{}.Key("coach").Key("coach_id") }

// splitStatus takes a status that create.employees does not know out of the params.
func (n *entry) splitStatus(e *engine) {
	text := stringIn(n.params, "status")
	if text == "" || slices.Contains(e.creatable, text) {
		return
	}
	id, known := e.names.mnemonics[text]
	if !known {
		var code *errors.Code
		if id, code = e.names.find(RefersToStatus, text); code != nil {
			n.fail(newFault(code, errors.Path{}.Key("status"), errors.Shown(text)))
		}
	}
	n.statusID = id
	n.params = without(n.params, "status")
}

// normalized is the form in which values of a field are compared; "" for what is
// no such value. E-mail addresses are compared as they are written: see
// spellings.
func normalized(field, text string) string {
	if field == "handle" {
		return directory.Handle(text).Normal()
	}
	return text
}

// spellings are what to look for to find a value.
func spellings(field, value string) []string {
	if folded := strings.ToLower(value); field == "email" && folded != value {
		return []string{value, folded}
	}
	return []string{value}
}

// keepPassword leaves the hash of no password out of the params of somebody who has
// a seat: an export without hashes, mended and imported, takes nobody's password.
func (n *entry) keepPassword() {
	seat := objectIn(n.params, "operator")
	if stringIn(seat, "operator_password_hash") != noPassword {
		return
	}
	n.params = slices.Clone(n.params)
	find(n.params, "operator").value = objectOf(without(seat, "operator_password_hash"))
}

// coached are the params with the coach, if there is one and known.
func (n *entry) coached() []member {
	if n.coachID == 0 {
		return n.params
	}
	return append(slices.Clone(n.params), n.coachMember())
}

func (n *entry) coachMember() member {
	return member{"coach", objectOf(append([]member{{"coach_id", number(n.coachID)}}, n.coachRest...))}
}

// fail makes the row a failed one.
func (n *entry) fail(faults ...Fault) { n.faults = append(n.faults, faults...) }

// size is about how many bytes the row takes in a batch.
func (n *entry) size() int { return len(n.row.Params) + 256 }

// rowSet is a set of rows of a file, by their places.
type rowSet struct {
	words []uint64
	n     int64
}

func (s *rowSet) add(ordinal int) {
	for len(s.words) <= ordinal/64 {
		s.words = append(s.words, 0)
	}
	if bit := uint64(1) << (ordinal % 64); s.words[ordinal/64]&bit == 0 {
		s.words[ordinal/64] |= bit
		s.n++
	}
}

func (s *rowSet) has(ordinal int) bool {
	return ordinal/64 < len(s.words) && s.words[ordinal/64]&(1<<(ordinal%64)) != 0
}

// valueSet is a set of texts, as digests of 64 bits: that two different texts of a
// million are one is less likely than one in thirty million.
type valueSet map[uint64]struct{}

func short(text string) uint64 { return beginning(sha256.Sum256([]byte(text))) }

func (s valueSet) add(text string)      { s[short(text)] = struct{}{} }
func (s valueSet) has(text string) bool { _, has := s[short(text)]; return has }

// filterBits is the size of a filter, 8 MiB. Of a million values that differ it takes
// less than a thousand for repeated, of MaxRows less than one in fifty.
const filterBits = 1 << 26

// filter is a Bloom filter: it knows values that were added before, and takes a few
// others for such.
type filter struct{ words []uint64 }

// add reports whether value may have been added before.
func (f *filter) add(value uint64) bool {
	if f.words == nil {
		f.words = make([]uint64, filterBits/64)
	}
	before := true
	for _, hash := range []uint64{value, value >> 32} {
		bit := hash % filterBits
		before = before && f.words[bit/64]&(1<<(bit%64)) != 0
		f.words[bit/64] |= 1 << (bit % 64)
	}
	return before
}

// entries reads the file and calls do with its entries, a batch at a time and in
// the file's order, while the next batch is read. When ctx ends, a do that runs is
// waited for.
func (e *engine) entries(ctx context.Context, wanted *rowSet, do func(context.Context, []*entry) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	batches, read := make(chan []*entry, 1), make(chan error, 1)
	go func() {
		defer close(batches)
		read <- e.cut(ctx, wanted, func(batch []*entry) error {
			select {
			case batches <- batch:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	var err error
	for batch := range batches {
		if err == nil && ctx.Err() == nil {
			if err = do(ctx, batch); err != nil {
				stop()
			}
		}
	}
	if reading := <-read; err == nil {
		err = reading
	}
	return err
}

// cut reads the file and hands over its entries in batches.
func (e *engine) cut(ctx context.Context, wanted *rowSet, give func([]*entry) error) error {
	b := &builder{e: e, equal: map[uint64]uint32{}}
	var batch []*entry
	bytes, upserts := 0, map[string]bool{}
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		full := batch
		batch, bytes = nil, 0
		clear(upserts)
		return give(full)
	}
	err := e.file.Rows(ctx, func(row Row) error {
		n := b.entry(row, wanted)
		if n == nil {
			return nil
		}
		if n.upsert != "" && upserts[n.upsert] || len(batch) > 0 && bytes+n.size() > MaxBatchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		batch, bytes = append(batch, n), bytes+n.size()
		if n.upsert != "" {
			upserts[n.upsert] = true
		}
		if len(batch) == BatchSize {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}
