package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Defaults of Options.
const (
	DefaultMaxBody     = 8 << 20 // bytes
	DefaultBatchLimit  = 1000    // calls
	DefaultAtomicLimit = 10000   // calls
	DefaultMaxDepth    = 64      // nested objects and arrays
	DefaultCallTimeout = 60 * time.Second
)

// Options are the settings of a Server. The zero value of a limit is its
// default.
type Options struct {
	Revision string // the contract's revision, for package schema
	Guard    Guard  // may be nil if all methods are open
	Log      *slog.Logger

	MaxBody    int64 // bytes of a document; more is invalid_request
	BatchLimit int   // calls in a batch; more is one invalid_request
	// AtomicLimit is how many calls a batch has at most if all of them are atomic and
	// it is more than BatchLimit.
	AtomicLimit int
	MaxDepth    int // nested objects and arrays, the envelope included; more is parse_error

	// Together makes groups of calls one; may be nil if no method takes part in atomic
	// batches.
	Together func(groups int) Together

	NoBatch         bool // answer batches with batch_opreations_not_supported
	NoNotifications bool // answer notifications with notifications_not_supported

	// CallTimeout is when the context of a Run or RunAll ends. It does not stop
	// a method that pays no attention to its context.
	CallTimeout time.Duration
}

// Server answers documents. It is safe for concurrent use.
type Server struct {
	o       Options
	methods map[string]*method
	caller  *schema.Schema[caller]
	whole   *schema.Schema[whole]
}

// New compiles the entries. It returns an error for two methods of one name, for
// a declaration that breaks the rules of Method, and for a missing Guard or
// Together.
func New(o Options, entries ...Entry) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.BatchLimit == 0 {
		o.BatchLimit = DefaultBatchLimit
	}
	if o.AtomicLimit == 0 {
		o.AtomicLimit = DefaultAtomicLimit
	}
	if o.MaxDepth == 0 {
		o.MaxDepth = DefaultMaxDepth
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = DefaultCallTimeout
	}
	table, err := compileAll(o.Revision, entries)
	wrong := []error{err}
	for _, m := range describe(table) {
		if o.Guard == nil && !m.Open {
			wrong = append(wrong, fmt.Errorf("rpc: %s is not open and there is no Guard", m.Name))
		}
		if o.Together == nil && table[m.Name].joins {
			wrong = append(wrong, fmt.Errorf("rpc: %s takes part in atomic batches and there is no Together", m.Name))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return &Server{o: o, methods: table, caller: schema.Of[caller](o.Revision), whole: schema.Of[whole](o.Revision)}, nil
}

// compileAll compiles entries by name.
func compileAll(revision string, entries []Entry) (map[string]*method, error) {
	table := make(map[string]*method, len(entries))
	var wrong []error
	for _, entry := range entries {
		m, err := entry.compile(revision)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case table[m.Name] != nil:
			wrong = append(wrong, fmt.Errorf("rpc: two methods are called %s", m.Name))
		default:
			table[m.Name] = m
		}
	}
	return table, errors.Join(wrong...)
}

// Methods describes all methods, sorted by name.
func (s *Server) Methods() []Info { return describe(s.methods) }

// Describe describes entries under a revision of the contract as a Server's
// Methods does, and fails where New does, but for what is missing in Options.
func Describe(revision string, entries ...Entry) ([]Info, error) {
	table, err := compileAll(revision, entries)
	if err != nil {
		return nil, err
	}
	return describe(table), nil
}

func describe(table map[string]*method) []Info {
	infos := make([]Info, 0, len(table))
	for _, name := range slices.Sorted(maps.Keys(table)) {
		infos = append(infos, table[name].Info)
	}
	return infos
}

// Serve answers one document. It returns nil if there is nothing to send, which
// is so when all calls are notifications. The calls of a batch run one after the
// other in the order sent, except that a RunAll takes neighbours together.
func (s *Server) Serve(ctx context.Context, frame []byte) []byte { return s.serve(ctx, frame, nil) }

// serve is Serve, and makes the answer in a buffer, if that is large enough.
func (s *Server) serve(ctx context.Context, frame, buffer []byte) []byte {
	if int64(len(frame)) > s.o.MaxBody {
		return refusal(errors.InvalidRequest)
	}
	limit := max(s.o.BatchLimit, s.o.AtomicLimit)
	doc, err := parse(frame, s.o.MaxDepth, limit)
	switch {
	case err != nil:
		return refusal(errors.ParseError)
	case doc.batch && s.o.NoBatch:
		return refusal(errors.BatchNotSupported)
	case doc.batch && (doc.size == 0 || doc.size > limit):
		return refusal(errors.InvalidRequest)
	}
	s.prepareAll(ctx, doc)
	atomic := slices.ContainsFunc(doc.calls, func(c *call) bool { return c.whole.Atomic.Value })
	switch {
	case doc.size > s.o.BatchLimit && (!atomic || doc.size > s.o.AtomicLimit):
		return refusal(errors.InvalidRequest)
	case atomic:
		s.runTogether(ctx, doc.calls)
	default:
		s.run(ctx, doc.calls)
	}
	return answer(doc, buffer)
}

// answer puts the answers of a document's calls together, in a buffer, if that is large
// enough.
func answer(doc document, buffer []byte) []byte {
	size := 0
	for _, c := range doc.calls {
		if c.id != nil {
			size += answerFrame + len(c.id) + len(c.result)
		}
	}
	if size == 0 {
		return nil
	}
	out := slices.Grow(buffer[:0], size) // errors may need more
	for _, c := range doc.calls {
		if c.id == nil {
			continue
		}
		if doc.batch {
			separator := byte(',')
			if len(out) == 0 {
				separator = '['
			}
			out = append(out, separator)
		}
		out = c.appendAnswer(out)
		if len(c.result) >= longResult {
			recycle(c.result)
		}
	}
	if doc.batch {
		out = append(out, ']')
	}
	return out
}

// prepareAll finds all calls' methods, and who calls.
func (s *Server) prepareAll(ctx context.Context, doc document) {
	peer := PeerFrom(ctx)
	for i, c := range doc.calls {
		key := peer.IdempotencyKey
		if doc.batch && key != "" {
			key += "#" + strconv.Itoa(i+1)
		}
		if c.err == nil {
			s.prepare(ctx, c, peer.Bearer, key)
		}
	}
}

// run brings every call to a result or an error.
func (s *Server) run(ctx context.Context, calls []*call) {
	for _, c := range calls {
		if c.err == nil && c.whole.BatchID.IsSet() && !c.whole.Atomic.Value {
			s.fail(ctx, c, errors.At(errors.InvalidParametersCombination, errors.Path{}.Key(batchID), nil)) // it means nothing but with atomic
		}
	}
	for _, group := range groups(calls) {
		s.runGroup(ctx, group)
	}
}

// groups are the calls that may run together, in the order sent. A call that has
// failed has no effect, so it is in no group and parts none.
func groups(calls []*call) (all [][]*call) {
	if len(calls) == 1 && calls[0].err == nil {
		return [][]*call{calls}
	}
	for _, c := range calls {
		switch last := len(all) - 1; {
		case c.err != nil:
		case last >= 0 && c.joins(all[last][0]):
			all[last] = append(all[last], c)
		default:
			all = append(all, []*call{c})
		}
	}
	return all
}

// joins reports whether c may run together with first.
func (c *call) joins(first *call) bool {
	return c.method.grouped && c.method == first.method && c.token == first.token && c.userID == first.userID
}

// prepare finds the call's method and who calls.
func (s *Server) prepare(ctx context.Context, c *call, bearer, key string) {
	if c.id == nil && s.o.NoNotifications {
		c.refuse(errors.NotificationsNotSupported)
		return
	}
	if c.method = s.methods[c.name]; c.method == nil {
		s.fail(ctx, c, errors.E(errors.MethodNotFound))
		return
	}
	c.token = bearer
	if c.method.Open {
		return
	}
	if key != "" {
		text, err := jsontext.AppendQuote(nil, key)
		if err != nil {
			s.fail(ctx, c, errors.At(errors.InvalidParameterValue, errors.Path{}.Key(idempotencyKey), nil)) // no UTF-8
			return
		}
		c.setDefault(idempotencyKey, text)
	}
	who, of, err := s.callerOf(c)
	c.whole = of
	if err != nil {
		s.fail(ctx, c, err)
		return
	}
	c.token = who.AccessToken.Or(bearer)
	if who.UserID.IsSet() { // null is as absent
		c.userID = who.UserID
	}
}

// runGroup admits, decodes and runs calls of one method, and of one caller if
// there are several.
func (s *Server) runGroup(ctx context.Context, group []*call) {
	ctx, cancel := withTimeout(ctx, s.o.CallTimeout)
	defer cancel()
	r := s.admitGroup(ctx, group)
	stream, _ := StreamFrom(ctx)
	plans := stream.plans()
	s.runReady(ctx, r, r.admission.Context)
	if !slices.ContainsFunc(group, func(c *call) bool { return c.err == nil }) {
		stream.drop(plans)
	}
	s.settle(ctx, r)
}

// running is a group of calls on their way.
type running struct {
	group     []*call
	admission Admission
	ready     []*call // those that are admitted and understood
	params    []any   // theirs
}

// admitGroup asks the Guard for a group, and decodes what it lets ahead.
func (s *Server) admitGroup(ctx context.Context, group []*call) *running {
	r := &running{group: group}
	var err error
	if r.admission, err = s.admit(ctx, group); err != nil {
		for _, c := range group {
			s.fail(ctx, c, err)
		}
		return r
	}
	for i, c := range group {
		p, err := any(nil), r.admission.Refused[i]
		if err == nil {
			p, err = noPanic(func() (any, error) { return c.method.decode(c.params) })
		}
		if err != nil {
			s.fail(ctx, c, err)
			continue
		}
		r.ready, r.params = append(r.ready, c), append(r.params, p)
	}
	return r
}

// runReady brings each call of a group that is ready to a result or an error, in a
// context that may be another than that which failures are logged in.
func (s *Server) runReady(ctx context.Context, r *running, in context.Context) {
	if len(r.ready) == 0 {
		return
	}
	outcomes, err := r.ready[0].method.run(in, r.params)
	for i, c := range r.ready {
		switch {
		case err != nil:
			s.fail(ctx, c, err)
		case outcomes[i].Err != nil:
			s.fail(ctx, c, outcomes[i].Err)
		default:
			c.result = outcomes[i].Result
		}
	}
}

// admit asks the Guard. Context and Refused of the Admission are always set.
func (s *Server) admit(ctx context.Context, group []*call) (Admission, error) {
	if err := ctx.Err(); err != nil || s.o.Guard == nil {
		return Admission{Context: ctx, Refused: make([]error, len(group))}, err
	}
	first := group[0]
	calls := Calls{Method: &first.method.Info, Token: first.token, UserID: first.userID, Given: make([][]string, len(group))}
	for i, c := range group {
		calls.Given[i] = c.given()
	}
	decided, err := noPanic(func() (Admission, error) { return s.o.Guard.Admit(ctx, calls) })
	if decided.Context == nil {
		decided.Context = ctx
	}
	switch len(decided.Refused) {
	case len(group):
	case 0:
		decided.Refused = make([]error, len(group))
	default: // settled all the same
		wrong := fmt.Errorf("rpc: the Guard decided on %d of %d calls", len(decided.Refused), len(group))
		decided.Refused = slices.Repeat([]error{wrong}, len(group))
	}
	return decided, err
}

// settle tells the Guard how its calls have ended. What it does then changes no
// answer: the work has been done.
func (s *Server) settle(ctx context.Context, r *running) {
	if r.admission.Settle == nil {
		return
	}
	succeeded := make([]bool, len(r.group))
	for i, c := range r.group {
		succeeded[i] = c.err == nil
	}
	_, err := noPanic(func() (any, error) { return nil, r.admission.Settle(succeeded) })
	if err != nil {
		s.logInternal(ctx, err, slog.String("method", r.group[0].method.Name))
	}
}

// fail settles what the caller is told of err. What is not for callers is
// internal_error and goes to the log.
func (s *Server) fail(ctx context.Context, c *call, err error) {
	c.err = errors.Of(err)
	attrs := []slog.Attr{slog.String("mnemonic", c.err.Code().Mnemonic)}
	if c.method != nil {
		attrs = append(attrs, slog.String("method", c.method.Name))
	}
	isInternal := slices.ContainsFunc(c.err.Violations, c.isInternal)
	if c.err.Metadata != nil && !isInternal {
		metadata, cause := noPanic(func() (jsontext.Value, error) {
			return json.Marshal(c.err.Metadata, json.Deterministic(true))
		})
		if cause == nil {
			c.metadata = metadata
		} else {
			err, isInternal = fmt.Errorf("rpc: metadata of an error: %w", cause), true
		}
	}
	if !isInternal {
		if c.err.Cause != nil {
			attrs = append(attrs, slog.String("cause", c.err.Cause.Error()))
		}
		s.o.Log.LogAttrs(ctx, slog.LevelDebug, "call failed", attrs...)
		return
	}
	s.logInternal(ctx, err, attrs...)
	c.err = errors.E(errors.InternalError)
}

// logInternal logs what no caller is told of.
func (s *Server) logInternal(ctx context.Context, err error, attrs ...slog.Attr) {
	attrs = append(attrs, slog.String("error", err.Error()))
	var p *panicked
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	level := slog.LevelError
	if errors.Is(err, context.Canceled) {
		level = slog.LevelInfo // the caller has gone, or the server is going
	}
	s.o.Log.LogAttrs(ctx, level, "internal error", attrs...)
}

// isInternal reports whether the caller of c is not to be told of v.
func (c *call) isInternal(v errors.Violation) bool {
	if v.Code == errors.InternalError {
		return true
	}
	return v.Code.Scope != "all" && !c.method.answers[v.Code]
}

// panicked is a panic turned into an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// noPanic calls f. A panic in it is an error.
func noPanic[T any](f func() (T, error)) (t T, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value, debug.Stack()}
		}
	}()
	return f()
}
