package schema_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/schema"
)

const benchmarkParams = `{"access_token":"0123456789012345678901234567890123456789","first_name":"Иван","last_name":"Иванов","status":"available",
	"calls_available":true,"allowed_in_call_types":["internal","external"],"email":"ivanov@example.com","coach":{"coach_id":25,"coach_always_enabled":true},
	"groups":[1,2,3],"phone_numbers":[{"phone_number":"74951234567","channels_count":2,"dial_time":30},{"phone_number":"74951234568","channels_count":1,"dial_time":60}],
	"extension":"101","site":"example.com","operator":{"operator_login":"ivanov","operator_password":"12345678"},"expected_version":7}`

// A create of 25 members is to take less than 15 µs.
func BenchmarkDecodeAndCheck(b *testing.B) {
	s := schema.Of[create]("seed")
	b.SetBytes(int64(len(benchmarkParams)))
	b.ReportAllocs()
	for b.Loop() {
		v, err := s.Decode(jsontext.Value(benchmarkParams), "access_token")
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Check(&v); err != nil {
			b.Fatal(err)
		}
	}
}
