package directory

import (
	"io"
	"regexp"
	"runtime"
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

	// Hasher hashes passwords; if nil this process does, as many at a time as it has
	// processors, and calls that come meanwhile wait for one.
	Hasher Hasher
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
	if c.Hasher == nil {
		c.Hasher = NewHasher(runtime.GOMAXPROCS(0))
	}
	if c.PollInterval <= 0 {
		c.PollInterval = DefaultPollInterval
	}
	s := &Service{
		store: c.Store, revision: c.Revision, region: c.Region, clock: c.Clock, random: c.Random,
		hasher: newHasher(c.Random, c.Hasher),
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
