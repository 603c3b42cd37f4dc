package directory

import (
	"context"
	"io"
	"regexp"
	"runtime"
	"sync"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Revisions of the contract, see product.md's table: the documentation page that
// the project began with, and the vendor's of today.
const (
	RevisionSeed    = "seed"
	RevisionCurrent = "current"
)

// DefaultRegion is the region by which phone numbers without country code are
// read, for search only.
const DefaultRegion = "RU"

// Config is what a Service works with. Store, Clock and Random are required.
type Config struct {
	Store    Store
	Revision string // RevisionSeed if empty
	Region   string // DefaultRegion if empty
	Clock    func() time.Time
	Random   io.Reader // cryptographic

	SecretKey    []byte        // of SecretKeySize, for the passwords of SIP lines; nil for none
	SIPServer    string        // host[:port] where SIP lines register; "" if it is not known
	PollInterval time.Duration // DefaultPollInterval if not positive
}

// Service is the roster's verbs. It is safe for concurrent use.
type Service struct {
	store     Store
	revision  string
	region    string
	clock     func() time.Time
	random    io.Reader
	hasher    *hasher
	signIn    *limiter
	sealer    *sealer
	sipServer string
	feed      *feed
	standards standards
}

// standards are the defaults that the tags of the commands declare.
type standards struct {
	create   CreateEmployee
	operator OperatorParams
	channel  ChannelParams
	number   NumberSettings
	status   CreateStatus

	group         GroupParams
	groupNumber   GroupNumberParams
	groupSettings GroupSettings
	membership    MembershipParams
	sipLine       CreateSIPLine
}

// sipServerGrammar is a host name or address, IPv6 in brackets, and a port.
var sipServerGrammar = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// New makes a Service. It fails if the configuration makes no sense.
func New(c Config) (*Service, error) {
	if c.Revision == "" {
		c.Revision = RevisionSeed
	}
	if c.Revision != RevisionSeed && c.Revision != RevisionCurrent {
		return nil, errors.New("revision must be " + RevisionSeed + " or " + RevisionCurrent + ", not " + c.Revision)
	}
	if c.Region == "" {
		c.Region = DefaultRegion
	}
	if !ValidRegion(c.Region) {
		return nil, errors.New("region must be a two-letter code of ISO 3166, not " + c.Region)
	}
	if c.SIPServer != "" && !sipServerGrammar.MatchString(c.SIPServer) {
		return nil, errors.New("SIP server must be host or host:port, not " + c.SIPServer)
	}
	sealer, err := newSealer(c.SecretKey, c.Random)
	if err != nil {
		return nil, err
	}
	if c.PollInterval <= 0 {
		c.PollInterval = DefaultPollInterval
	}
	s := &Service{
		store: c.Store, revision: c.Revision, region: c.Region, clock: c.Clock, random: c.Random,
		hasher: newHasher(c.Random, runtime.NumCPU()),
		signIn: newLimiter(c.Clock),
		sealer: sealer, sipServer: c.SIPServer,
		feed: newFeed(c.Store, c.PollInterval),
	}
	s.standards = standards{
		create:   schema.Of[CreateEmployee](c.Revision).Default(),
		operator: schema.Of[OperatorParams](c.Revision).Default(),
		channel:  schema.Of[ChannelParams](c.Revision).Default(),
		number:   schema.Of[NumberSettings](c.Revision).Default(),
		status:   schema.Of[CreateStatus](c.Revision).Default(),

		group:         schema.Of[GroupParams](c.Revision).Default(),
		groupNumber:   schema.Of[GroupNumberParams](c.Revision).Default(),
		groupSettings: schema.Of[GroupSettings](c.Revision).Default(),
		membership:    schema.Of[MembershipParams](c.Revision).Default(),
		sipLine:       schema.Of[CreateSIPLine](c.Revision).Default(),
	}
	return s, nil
}

// Revision is the revision of the contract that the Service follows.
func (s *Service) Revision() string { return s.revision }

// check applies the rules of c's tags.
func check[C any](s *Service, c *C) error { return schema.Of[C](s.revision).Check(c) }

// now is the moment that is written down: microseconds, UTC.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Result is what one of several commands came to.
type Result[T any] struct {
	Value T
	Err   error
}

// job is a command that is ready to be a unit of work once its slow part is done.
type job[T any] struct {
	slow   func(context.Context) error // nil if there is none
	unit   Unit
	result *T
}

// done is the job of a unit that has nothing to answer.
func done(unit Unit) (job[struct{}], error) {
	return job[struct{}]{unit: unit, result: &struct{}{}}, nil
}

// inTx prepares commands in their order, does what is slow side by side, and hands
// the good ones to the store as units of one account, in their order again.
func inTx[C, T any](ctx context.Context, s *Service, account int64, commands []C, prepare func(context.Context, *C) (job[T], error)) []Result[T] {
	results := make([]Result[T], len(commands))
	jobs := make([]job[T], len(commands))
	var slow sync.WaitGroup
	for i := range commands {
		jobs[i], results[i].Err = prepare(ctx, &commands[i])
		if jobs[i].slow != nil {
			slow.Go(func() { results[i].Err = jobs[i].slow(ctx) })
		}
	}
	slow.Wait()

	var units []Unit
	var places []int
	for i := range jobs {
		if results[i].Err == nil {
			units, places = append(units, jobs[i].unit), append(places, i)
		}
	}
	if len(units) == 0 {
		return results
	}
	errs := s.store.InTx(ctx, account, units...)
	s.feed.wake(account)
	for i, err := range errs {
		results[places[i]].Err = err
		if err == nil {
			results[places[i]].Value = *jobs[places[i]].result
		}
	}
	return results
}

// write has the commands of one verb done: it checks who asks and what for, and
// makes a unit of work of each. Each verb that writes is a call of it.
func write[C, T any](ctx context.Context, s *Service, right Right, commands []C, prepare func(context.Context, Actor, *C) (job[T], error)) []Result[T] {
	actor, err := allowed(ctx, right)
	if err != nil {
		return refuseAll[T](len(commands), err)
	}
	return inTx(ctx, s, actor.AccountID, commands, func(ctx context.Context, c *C) (job[T], error) {
		if err := check(s, c); err != nil {
			return job[T]{}, err
		}
		return prepare(ctx, actor, c)
	})
}

// refuseAll answers each of n commands with err.
func refuseAll[T any](n int, err error) []Result[T] {
	results := make([]Result[T], n)
	for i := range results {
		results[i].Err = err
	}
	return results
}
