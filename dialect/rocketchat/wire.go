package rocketchat

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
)

// success is the body of a call that worked: what it answers, and "success": true.
type success struct{ result any }

// MarshalJSONTo writes the members of the result and success behind them.
func (s success) MarshalJSONTo(enc *jsontext.Encoder) error {
	body := []byte("{}")
	if s.result != nil {
		var err error
		if body, err = json.Marshal(s.result); err != nil {
			return err
		}
	}
	body = body[:len(body)-1]
	if len(body) > len("{") {
		body = append(body, ',')
	}
	return enc.WriteValue(append(body, `"success":true}`...))
}

// write answers a request. The type has no charset: clients compare it as it is.
func write(w http.ResponseWriter, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // answers are types of ours, which can be written
	}
	writeHeader(w.Header())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only if the client has gone, and then there is nobody to tell
}

// writeHeader sets what the header of each answer says.
func writeHeader(h http.Header) {
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

// written is the result of a handler that has written its answer itself.
type written struct{}

// email is one of a user's addresses. Here they have one at most.
type email struct {
	Address  string `json:"address"`
	Verified bool   `json:"verified"`
}

// emailsOf are p's addresses; nil if there are none.
func emailsOf(p *directory.Person) []email {
	if p.Email == "" {
		return nil
	}
	return []email{{string(p.Email), p.Verified}}
}

// instant is a moment as ECMAScript writes it: milliseconds, UTC.
type instant time.Time

// MarshalText writes the moment.
func (i instant) MarshalText() ([]byte, error) {
	return time.Time(i).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z"), nil
}

// empty is an object without members.
type empty struct{}

// user is a user as users.create, users.update and users.info show them.
type user struct {
	ID               string   `json:"_id"`
	CreatedAt        *instant `json:"createdAt,omitempty"`
	Username         string   `json:"username"`
	Emails           []email  `json:"emails,omitempty"`
	Type             string   `json:"type"`
	Status           string   `json:"status"`
	StatusConnection string   `json:"statusConnection,omitempty"`
	StatusText       string   `json:"statusText,omitempty"`
	StatusLivechat   string   `json:"statusLivechat,omitempty"`
	Active           bool     `json:"active"`
	Roles            []string `json:"roles,omitempty"`
	UpdatedAt        *instant `json:"_updatedAt,omitempty"`
	Name             string   `json:"name"`
	Bio              string   `json:"bio,omitempty"`
	UTCOffset        *float64 `json:"utcOffset,omitempty"`
	Language         string   `json:"language,omitempty"`
	Extension        string   `json:"freeSwitchExtension,omitempty"`
	ImportIDs        []string `json:"importIds,omitempty"`
	Settings         *empty   `json:"settings,omitzero"`
}

// shownUser is all of p.
func (s *server) shownUser(p *directory.Person) user {
	u := s.publicUser(p)
	u.CreatedAt, u.UpdatedAt = (*instant)(&p.CreatedAt), (*instant)(&p.UpdatedAt)
	u.Emails, u.Roles, u.StatusConnection = emailsOf(p), rolesOf(p), connectionOf(p)
	u.Language, u.Settings = string(p.InterfaceLanguage), &empty{}
	if p.ExternalID != "" {
		u.ImportIDs = []string{p.ExternalID}
	}
	return u
}

// publicUser is what everybody may see of p.
func (s *server) publicUser(p *directory.Person) user {
	return user{
		ID: p.RocketID, Username: p.Handle, Type: "user", Name: p.ShownName(), Active: !p.Blocked,
		Status: string(p.Show().Presence()), StatusText: p.StatusText, StatusLivechat: statusLivechatOf(p),
		Bio: p.Profile.Description, UTCOffset: s.utcOffset(p), Extension: string(p.Extension.Number),
	}
}

// utcOffset is how many hours p's clock is ahead of UTC now; nil if that is not
// known.
func (s *server) utcOffset(p *directory.Person) *float64 {
	zone, err := time.LoadLocation(string(p.TimeZone))
	if p.TimeZone == "" || err != nil {
		return nil
	}
	_, seconds := s.Clock().In(zone).Zone()
	hours := float64(seconds) / 3600
	return &hours
}

// selfShown is who calls, as they see themselves.
type selfShown struct {
	user         `json:",inline"`
	Email        string       `json:"email,omitempty"` // one that is verified
	SelfSettings selfSettings `json:"settings"`
	AvatarURL    string       `json:"avatarUrl"`
	IsOAuthUser  bool         `json:"isOAuthUser"`
}

type selfSettings struct {
	Profile     empty `json:"profile"`
	Preferences empty `json:"preferences"`
}

func (c *call) shownSelf() *selfShown {
	shown := &selfShown{user: c.shownUser(&c.self), AvatarURL: c.avatarURL(c.self.Handle)}
	shown.Settings = nil
	if c.self.Verified {
		shown.Email = string(c.self.Email)
	}
	return shown
}

// avatarURL is where the vendor's server has a user's picture. This one has none.
func (c *call) avatarURL(username string) string {
	u := url.URL{Scheme: "http", Host: c.r.Host, Path: "/avatar/" + username}
	if dialect.IsSecure(c.r) {
		u.Scheme = "https"
	}
	return u.String()
}
