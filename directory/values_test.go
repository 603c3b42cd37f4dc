package directory

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

func TestPhoneText(t *testing.T) {
	for _, tt := range []struct {
		text     PhoneText
		valid    bool
		identity string
	}{
		{"74955140578", true, "74955140578"},
		{"+7 (495) 514-05-78", true, "74955140578"},
		{"((((7", true, "7"},
		{"7+", true, "7"},
		{"0", true, "0"},
		{"12345678901234567890", true, "12345678901234567890"},
		{"123456789012345678901", false, "123456789012345678901"},
		{"74955140578...2345", true, "74955140578...2345"},
		{"+7 495 514-05-78 ... 23-45", true, "74955140578...2345"},
		{"7...0123456789", true, "7...0123456789"},
		{"7...01234567890", false, "7...01234567890"},
		{"7...*#", true, "7...*#"},
		{"7...", false, "7..."},
		{"7..1", false, "7..1"},
		{"7....1", false, "7....1"},
		{"7...1...2", false, "7...1...2"},
		{"...1", false, "...1"},
		{"", false, ""},
		{"+", false, ""},
		{" ", false, ""},
		{"*7", false, "*7"},
		{"7#", false, "7#"},
		{"7a", false, "7a"},
		{"7\t", false, "7\t"},
		{"7\n", false, "7\n"},
		{"7\u00a0495", false, "7\u00a0495"}, // a space, but not the one that is allowed
		{"٧٤٩٥", false, "٧٤٩٥"},
		{"７４９５", false, "７４９５"},
	} {
		if got := tt.text.Valid(); got != tt.valid {
			t.Errorf("%q: valid is %t, want %t", tt.text, got, tt.valid)
		}
		if got := tt.text.Identity(); got != tt.identity {
			t.Errorf("%q: got identity %q, want %q", tt.text, got, tt.identity)
		}
	}
}

// What is among the digits is kept as the number's spelling, so it has a bound.
func TestPhoneTextBound(t *testing.T) {
	c := CreateEmployee{
		Names:        Names{LastName: schema.Some("Ivanov")},
		PhoneNumbers: schema.Some([]PhoneNumber{{PhoneNumber: schema.Some(PhoneText("1" + strings.Repeat(" ", 100_000)))}}),
	}
	if err := schema.Of[CreateEmployee](RevisionSeed).Check(&c); !errors.HasCode(err, errors.InvalidParameterValue) {
		t.Errorf("100001 characters: got error %v, want invalid_parameter_value", err)
	}
}

func TestE164(t *testing.T) {
	for _, tt := range []struct {
		text   PhoneText
		region string
		want   string
	}{
		{"74955140578", "RU", "+74955140578"},
		{"+7 495 514-05-78", "US", "+74955140578"},
		{"8 (495) 514-05-78", "RU", "+74955140578"},
		{"4955140578", "RU", "+74955140578"},
		{"74955140578...2345", "RU", "+74955140578"},
		{"(202) 456-1111", "US", "+12024561111"},
		{"(202) 456-1111", "RU", ""},
		{" +44 20 7946 0958", "RU", "+442079460958"},
		{"101", "RU", ""},
		{"+70000000000", "RU", ""},
		{"12345678901234567890", "RU", ""},
	} {
		if got := tt.text.e164(tt.region); got != tt.want {
			t.Errorf("%q in %s: got %q, want %q", tt.text, tt.region, got, tt.want)
		}
	}
}

func TestValid(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value interface{ Valid() bool }
		want  bool
	}{
		{"shortest extension", ExtensionText("0"), true},
		{"longest extension", ExtensionText("99999"), true},
		{"extension of six", ExtensionText("100000"), false},
		{"extension of none", ExtensionText(""), false},
		{"extension with sign", ExtensionText("+1"), false},
		{"extension in other digits", ExtensionText("１"), false},
		{"extension with line end", ExtensionText("1\n"), false},

		{"e-mail", Email("anna.petrova+x@example.com"), true},
		{"e-mail in another alphabet", Email("анна@пример.рф"), true},
		{"no e-mail", Email(""), true},
		{"e-mail with name", Email("Anna <anna@example.com>"), false},
		{"e-mail in brackets", Email("<anna@example.com>"), false},
		{"e-mail with space", Email(" anna@example.com"), false},
		{"two e-mails", Email("a@example.com,b@example.com"), false},
		{"e-mail without host", Email("anna@"), false},
		{"e-mail without local part", Email("@example.com"), false},
		{"e-mail without @", Email("anna"), false},
		{"longest e-mail", Email(strings.Repeat("a", 242) + "@example.com"), true},
		{"e-mail too long", Email(strings.Repeat("a", 243) + "@example.com"), false},

		{"language", Language("en"), true},
		{"language in upper case", Language("EN"), false},
		{"language with country", Language("en-GB"), false},
		{"time zone", TimeZone("Europe/Moscow"), true},
		{"UTC", TimeZone("UTC"), true},
		{"no time zone", TimeZone(""), true},
		{"the machine's time zone", TimeZone("Local"), false},
		{"time zone that is a path", TimeZone("../etc/passwd"), false},
		{"unknown time zone", TimeZone("Europe/Mosco"), false},

		{"day", Date("2024-02-29"), true},
		{"day that does not exist", Date("2026-02-29"), false},
		{"day in short", Date("2026-2-1"), false},
		{"time", TimeOfDay("09:30"), true},
		{"midnight", TimeOfDay("00:00"), true},
		{"time in short", TimeOfDay("9:30"), false},
		{"hour 24", TimeOfDay("24:00"), false},
	} {
		if got := tt.value.Valid(); got != tt.want {
			t.Errorf("%s %q: valid is %t, want %t", tt.name, tt.value, got, tt.want)
		}
	}
	for region, want := range map[string]bool{"RU": true, "US": true, "XX": false, "ru": false, "": false, "RUS": false} {
		if got := ValidRegion(region); got != want {
			t.Errorf("region %q: valid is %t, want %t", region, got, want)
		}
	}
}

func TestHandle(t *testing.T) {
	for _, tt := range []struct {
		handle Handle
		want   string // "" for none
	}{
		{"anna", "anna"},
		{"Anna.Petrova-2_x", "anna.petrova-2_x"},
		{"АННА", "анна"},
		{"e\u0301", "\u00e9"},
		{"ａｎｎａ", "anna"},
		{Handle(strings.Repeat("ж", 40)), strings.Repeat("ж", 40)},
		{Handle(strings.Repeat("ж", 41)), ""},
		{"", ""},
		{"anna petrova", ""},
		{"anna\u3000petrova", ""},
		{"a\x00", ""},
		{"a\u200db", ""}, // zero width joiner
		{"\u265a", ""},   // a chess piece
		{"אa", ""},       // right to left and left to right
		{"a@b", ""},
		{"a&b", ""},
		{`a\b`, ""},
		{"a/b", ""},
		{"a:b", ""},
		{"a'b", ""},
		{`a"b`, ""},
		{"<a>", ""},
	} {
		got, ok := tt.handle.normalized()
		if got != tt.want || ok != (tt.want != "") || ok != tt.handle.Valid() {
			t.Errorf("%q: got %q, %t (valid: %t), want %q", tt.handle, got, ok, tt.handle.Valid(), tt.want)
		}
	}
}

func TestGroupHandle(t *testing.T) {
	for _, tt := range []struct {
		handle GroupHandle
		want   string // "" for none
	}{
		{"Sales", "sales"},
		{GroupHandle(strings.Repeat("Ж", MaxGroupHandle)), strings.Repeat("ж", MaxGroupHandle)},
		{GroupHandle(strings.Repeat("ж", MaxGroupHandle+1)), ""},
		{"", ""},
		{"a@b", ""},
	} {
		got, ok := tt.handle.normalized()
		if got != tt.want || ok != (tt.want != "") || ok != tt.handle.Valid() {
			t.Errorf("%q: got %q, %t (valid: %t), want %q", tt.handle, got, ok, tt.handle.Valid(), tt.want)
		}
	}
}

// What is forbidden is so in its wide form too, which is kept as the narrow one.
func TestWideHandle(t *testing.T) {
	for _, r := range handleForbidden {
		wide := Handle("a" + string(r-'!'+'！') + "b")
		if got, ok := wide.normalized(); ok {
			t.Errorf("%q: got %q, want none", wide, got)
		}
	}
}

func TestDeriveHandle(t *testing.T) {
	for _, tt := range []struct {
		sources []string
		want    string
	}{
		{[]string{"anna", "a.petrova", "Petrova Anna"}, "anna"},
		{[]string{"", "a.petrova", "Petrova Anna"}, "a.petrova"},
		{[]string{"", "", "Петрова Анна"}, "петрова-анна"},
		{[]string{"Anna@Example.com"}, "anna-example.com"},
		{[]string{`<a>&"b"`}, "a---b"},
		{[]string{"  ", "--", "x"}, "x"},
		{[]string{"♚♛"}, "employee"},
		{[]string{"אa", "x"}, "x"},
		{[]string{"a\x00b"}, "a-b"},
		{[]string{"\xff\xfe"}, "employee"},
		{nil, "employee"},
		{[]string{strings.Repeat("ж", 50)}, strings.Repeat("ж", 34)},
	} {
		if got := deriveHandle(tt.sources...); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.sources, got, tt.want)
		}
	}
}

// Whatever a handle is derived from, it is one, and leaves room for a number.
func TestDeriveHandleAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune(handleForbidden+" -.aЖאé\u0301ａ＠＆／ﬀⅣ")))).Draw(t, "source")
		got := deriveHandle(source)
		if again, ok := Handle(got).normalized(); !ok || again != got {
			t.Fatalf("%q: got %q, which is the handle %q, %t", source, got, again, ok)
		}
		if with := Handle(got + "-99999"); !with.Valid() {
			t.Fatalf("%q: got %q, and %q is no handle", source, got, with)
		}
	})
}

func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"Anna", "ANNA", "anna"},
		{"Ёлкин", "ЁЛКИН", "е\u0308лкин", "Е\u0308ЛКИН"},
		{"É", "e\u0301", "E\u0301"},
	} {
		for _, s := range same {
			if got, want := Fold(s), Fold(same[0]); got != want {
				t.Errorf("fold of %q: got %q, want %q as of %q", s, got, want, same[0])
			}
		}
	}
	if Fold("Anna") == Fold("Ann") || Fold("e") == Fold("é") {
		t.Error("different texts are folded into one")
	}
}

func TestFoldTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		if once := Fold(s); Fold(once) != once {
			t.Fatalf("fold of %q: got %q, and folded again %q", s, once, Fold(once))
		}
	})
}

func TestTruncate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "text"), rapid.IntRange(0, 10).Draw(t, "characters")
		got := truncate(s, n)
		if want := min(n, utf8.RuneCountInString(s)); !strings.HasPrefix(s, got) || utf8.RuneCountInString(got) != want {
			t.Fatalf("%q to %d: got %q, want its first %d characters", s, n, got, want)
		}
	})
}

func TestDomainName(t *testing.T) {
	for _, tt := range []struct {
		name  DomainName
		valid bool
		want  string
	}{
		{"example.com", true, "example.com"},
		{"EXAMPLE.Com", true, "example.com"},
		{"localhost", true, "localhost"},
		{"127.0.0.1", true, "127.0.0.1"},
		{"ПРИМЕР.рф", true, "пример.рф"},
		{"xn--e1afmkfd.xn--p1ai", true, "пример.рф"},
		{"XN--E1AFMKFD.XN--P1AI", true, "пример.рф"},
		{"straße.de", true, "straße.de"},
		{"A\u030angstro\u0308m.se", true, "ångström.se"},
		{"a-b.c", true, "a-b.c"},
		{DomainName(strings.Repeat("a", 63) + ".com"), true, strings.Repeat("a", 63) + ".com"},
		{DomainName(strings.Repeat("a", 64) + ".com"), false, ""},
		{DomainName(strings.Repeat(strings.Repeat("a", 49)+".", 5) + "com"), true, strings.Repeat(strings.Repeat("a", 49)+".", 5) + "com"},
		{DomainName(strings.Repeat(strings.Repeat("a", 49)+".", 5) + "comm"), false, ""},
		{"", false, ""},
		{".", false, ""},
		{"example.com.", false, ""},
		{"example..com", false, ""},
		{".example.com", false, ""},
		{"-a.com", false, ""},
		{"a-.com", false, ""},
		{"a_b.com", false, ""},
		{"*.example.com", false, ""},
		{"example.com:80", false, ""},
		{"https://example.com", false, ""},
		{"example.com/path", false, ""},
		{"user@example.com", false, ""},
		{"a b.com", false, ""},
		{"[::1]", false, ""},
		{"xn--zzzz", false, ""},
		{"a\u200db.com", false, ""},
	} {
		if got := tt.name.Valid(); got != tt.valid {
			t.Errorf("%q: valid is %t, want %t", tt.name, got, tt.valid)
		}
		if !tt.valid {
			continue
		}
		if got := tt.name.normalized(); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDateTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text  DateTime
		valid bool
		want  string // in Berlin, as UTC
	}{
		{"2026-01-31 09:30:00", true, "2026-01-31T08:30:00Z"},
		{"2026-07-31 09:30:00", true, "2026-07-31T07:30:00Z"},
		{"2024-02-29 00:00:00", true, "2024-02-28T23:00:00Z"},
		{"2026-02-29 00:00:00", false, ""},
		{"2026-01-31 24:00:00", false, ""},
		{"2026-01-31 23:59:60", false, ""},
		{"2026-01-31 9:30:00", false, ""},
		{"2026-01-31 09:30:00.5", false, ""},
		{"2026-01-31 09:30:00,5", false, ""},
		{"2026-01-31 09:30:00Z", false, ""},
		{"2026-01-31T09:30:00", false, ""},
		{"2026-01-31", false, ""},
		{"", false, ""},
	} {
		if got := tt.text.Valid(); got != tt.valid {
			t.Errorf("%q: valid is %t, want %t", tt.text, got, tt.valid)
		}
		if !tt.valid {
			continue
		}
		if got := tt.text.in(berlin).Format(time.RFC3339); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
		}
	}
}
