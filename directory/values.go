package directory

import (
	"net/mail"
	"net/netip"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // time zones are checked by name on machines without zoneinfo
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// PhoneText is a phone number as clients write it: digits with +, spaces, -, (
// and ) among them, then optionally "..." and 1 to 10 of 0-9 * # to be dialled
// once the call is through: "74955140578...2345".
type PhoneText string

// Bounds of a phone number, in characters.
const (
	maxPhoneDigits = 20
	maxPhoneTones  = 10 // after the "..."
)

var phoneDecoration = strings.NewReplacer("+", "", " ", "", "-", "", "(", "", ")", "")

// Identity is what tells numbers apart: the text without its decoration.
func (p PhoneText) Identity() string { return phoneDecoration.Replace(string(p)) }

// Valid reports whether p follows the grammar.
func (p PhoneText) Valid() bool {
	digits, tones, dialled := strings.Cut(p.Identity(), "...")
	return isMadeOf(digits, "0123456789", maxPhoneDigits) && (!dialled || isMadeOf(tones, "0123456789*#", maxPhoneTones))
}

// isMadeOf reports whether s is 1 to limit of the characters of an alphabet.
func isMadeOf(s, alphabet string, limit int) bool {
	return s != "" && len(s) <= limit && strings.Trim(s, alphabet) == ""
}

// e164 is the number in E.164 form, or "" where libphonenumber does not find it
// valid. Numbers without + or country code are read as those of region.
func (p PhoneText) e164(region string) string {
	digits, _, _ := strings.Cut(p.Identity(), "...")
	if len(digits) < 7 || len(digits) > 15 {
		return "" // too short or long for E.164; spares the library
	}
	if strings.HasPrefix(strings.TrimSpace(string(p)), "+") {
		digits = "+" + digits
	}
	n, err := phonenumbers.Parse(digits, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return ""
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}

// ValidRegion reports whether region is one that numbers can be read by: two
// letters of ISO 3166, "RU".
func ValidRegion(region string) bool { return phonenumbers.GetCountryCodeForRegion(region) != 0 }

// ExtensionText is an extension: 1 to 5 digits.
type ExtensionText string

// maxExtension is how many digits an extension has at most.
const maxExtension = 5

// Valid reports whether x is 1 to 5 digits.
func (x ExtensionText) Valid() bool { return isMadeOf(string(x), "0123456789", maxExtension) }

// Email is an e-mail address, at most 254 bytes; "" is none.
type Email string

// Valid reports whether e is a bare address (RFC 5322), or "".
func (e Email) Valid() bool {
	if e == "" {
		return true
	}
	a, err := mail.ParseAddress(string(e))
	return err == nil && len(e) <= 254 && a.Name == "" && a.Address == string(e)
}

// Handle is the short name that chat systems use: one namespace of employees and
// groups in an account. PRECIS UsernameCaseMapped (RFC 8265) without
// " & ' / : < > @ \, at most 40 characters.
type Handle string

// MaxHandle is the length of a handle in characters.
const MaxHandle = 40

const handleForbidden = `"&'/:<>@\`

// Valid reports whether h can be a handle. Normalized is what is kept of it.
func (h Handle) Valid() bool {
	_, ok := h.normalized()
	return ok
}

// Normal is what is kept of a handle; "" if it is not valid.
func (h Handle) Normal() string {
	s, _ := h.normalized()
	return s
}

func (h Handle) normalized() (string, bool) { return normalizedHandle(string(h), MaxHandle) }

// GroupHandle is the handle of a group, which may be longer.
type GroupHandle string

// MaxGroupHandle is the length of a group's handle in characters.
const MaxGroupHandle = 60

// Valid reports whether h can be a handle. Normalized is what is kept of it.
func (h GroupHandle) Valid() bool {
	_, ok := h.normalized()
	return ok
}

func (h GroupHandle) normalized() (string, bool) {
	return normalizedHandle(string(h), MaxGroupHandle)
}

func normalizedHandle(handle string, limit int) (string, bool) {
	s, err := precis.UsernameCaseMapped.String(handle)
	if err != nil || s == "" || strings.ContainsAny(s, handleForbidden) || utf8.RuneCountInString(s) > limit {
		return "", false
	}
	return s, true
}

// deriveHandle makes a handle of the first source that gives one: bad characters
// become "-". The last resort is "employee".
func deriveHandle(sources ...string) string {
	for _, source := range sources {
		s := strings.Map(func(r rune) rune {
			if _, ok := Handle(r).normalized(); !ok {
				return '-'
			}
			return r
		}, source)
		s = strings.Trim(truncate(s, MaxHandle-len("-99999")), "-") // leaves room for "-2", "-3", …
		if h, ok := Handle(s).normalized(); ok {
			return h
		}
	}
	return "employee"
}

// DomainName is the name of a host, of any alphabet, without scheme, port and
// path: "example.com", "пример.рф".
type DomainName string

// domainNames reads names as browsers do (UTS #46, IDNA 2008), within the DNS's
// lengths.
var domainNames = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.VerifyDNSLength(true))

// Valid reports whether d is a domain name. Normalized is what is kept of it.
func (d DomainName) Valid() bool {
	_, err := domainNames.ToASCII(string(d))
	return err == nil && !strings.HasSuffix(string(d), ".")
}

// normalized is a valid name in its own alphabet ("пример.рф" for
// "xn--e1afmkfd.xn--p1ai") and lower case.
func (d DomainName) normalized() string {
	s, _ := domainNames.ToUnicode(string(d)) // which cannot fail where ToASCII does not
	return s
}

// Language is an ISO 639-1 code in lower case: "en"; "" is none.
type Language string

var languageGrammar = regexp.MustCompile(`^([a-z]{2})?$`)

// Valid reports whether l looks like a code.
func (l Language) Valid() bool { return languageGrammar.MatchString(string(l)) }

// TimeZone is a name of the IANA database: "Europe/Moscow"; "" is none.
type TimeZone string

// Valid reports whether z is in the database.
func (z TimeZone) Valid() bool {
	if z == "" {
		return true
	}
	_, err := time.LoadLocation(string(z))
	return err == nil && z != "Local"
}

// Fold is the form in which text is compared without case: NFC, lower case.
func Fold(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return norm.NFC.String(strings.ToLower(norm.NFC.String(s)))
		}
	}
	return strings.ToLower(s)
}

func truncate(s string, runes int) string {
	for i := range s {
		if runes == 0 {
			return s[:i]
		}
		runes--
	}
	return s
}

// Date is a day: "2026-01-31".
type Date string

// Valid reports whether the day exists.
func (d Date) Valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// TimeOfDay is a time of the day: "09:30".
type TimeOfDay string

// Valid reports whether the time exists.
func (t TimeOfDay) Valid() bool {
	parsed, err := time.Parse("15:04", string(t))
	return err == nil && parsed.Format("15:04") == string(t)
}

// DateTime is a moment in the account's time zone: "2026-01-31 09:30:00".
type DateTime string

// Valid reports whether the date and the time exist.
func (d DateTime) Valid() bool {
	parsed, err := time.Parse(time.DateTime, string(d))
	return err == nil && parsed.Format(time.DateTime) == string(d)
}

// in is the moment that a valid d means in a zone. One that a change of clocks
// leaves out, or has twice, is read by the offset before or after the change.
func (d DateTime) in(zone *time.Location) time.Time {
	t, _ := time.ParseInLocation(time.DateTime, string(d), zone)
	return t.UTC()
}

// IPAddress is an address of IPv4 or IPv6, without a zone.
type IPAddress string

// Valid reports whether a is an address.
func (a IPAddress) Valid() bool {
	parsed, err := netip.ParseAddr(string(a))
	return err == nil && parsed.Zone() == ""
}

// normalized is the one spelling of a, which must be valid. An IPv4 address in
// IPv6 is that of IPv4.
func (a IPAddress) normalized() IPAddress {
	parsed, err := netip.ParseAddr(string(a))
	if err != nil {
		return a
	}
	return IPAddress(parsed.Unmap().String())
}
