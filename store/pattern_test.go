package store

import (
	"context"
	"regexp"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/store/testdb"
)

// A pattern matches the same texts in PostgreSQL as in RE2.
func TestPosixPattern(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, testdb.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(ctx) })
	check := func(t interface{ Fatalf(string, ...any) }, pattern, text string) {
		want := regexp.MustCompile(pattern).MatchString(text)
		var got bool
		if err := conn.QueryRow(ctx, "select $1::text ~ $2", text, posixPattern(pattern)).Scan(&got); err != nil {
			t.Fatalf("%q became %q: %v", pattern, posixPattern(pattern), err)
		}
		if got != want {
			t.Fatalf("%q on %q: got %t, want %t (as %q)", pattern, text, got, want, posixPattern(pattern))
		}
	}
	for _, tt := range []struct{ pattern, text string }{
		{`^Iv.*ov$`, "Ivanov"}, {`(?i)иванов`, "ИВАНОВ"}, {`иванов`, "ИВАНОВ"}, {`\d{3,}`, "12"}, {`\d{3,}`, "1234"},
		{`^$`, ""}, {``, "x"}, {`a\.b`, "axb"}, {`[^a-c]`, "b"}, {`[^a-c]`, "d"}, {`\bfoo\b`, "a foo b"}, {`\bfoo\b`, "afoob"},
		{`(a|b)+?c`, "ababc"}, {`a{2,3}`, "a"}, {`\pL`, "ж"}, {`\pL`, "1"}, {`(?s)a.b`, "a\nb"}, {`a.b`, "a\nb"},
		{`(?m)^b$`, "a\nb\nc"}, {`^b$`, "a\nb\nc"}, {`\Qa.b\E`, "a.b"}, {`[[:alpha:]]+`, "12a"}, {`(?i)straße`, "STRAßE"},
		{`***:x`[3:], ":x"}, {`\x{41}`, "A"}, {`\$`, "$"}, {`\\`, `\`}, {`x*`, "y"}, {`(?:)`, ""}, {`[\]\-^]`, "^"}, {`\B`, "ab"},
	} {
		check(t, tt.pattern, tt.text)
	}
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`([ab.Ж]|\[\^?[a-cж]\]|\((a|b|\^|\$)\)|\\b|\\d|\(\?i:[aж]\))([*+?]|\{1,2\})?(\|[ab]|b|\.)?`).
			Filter(func(s string) bool { _, err := regexp.Compile(s); return err == nil }).Draw(t, "pattern")
		check(t, pattern, rapid.StringMatching(`[abcABжЖ1 \n]{0,6}`).Draw(t, "text"))
	})
}
