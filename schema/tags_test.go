package schema

import (
	"reflect"
	"strings"
	"testing"
)

// Tags that go vet refuses in a source file.
func TestMalformedTags(t *testing.T) {
	for _, tt := range []struct{ field, tag, want string }{
		{"A", `json`, "is not key:"},
		{"A", `json:a`, "is not key:"},
		{"A", `json:"a`, "is not key:"},
		{"A", "json:`a`", "is not key:"},
		{"A", `json:"a" length`, "is not key:"},
		{"A", `json:"a":"b"`, "unknown tag key"},
		{"a", `json:"a"`, "is not exported"},
	} {
		field := reflect.StructField{Name: tt.field, Type: reflect.TypeFor[string](), Tag: reflect.StructTag(tt.tag)}
		if tt.field == "a" {
			field.PkgPath = "example.com/p"
		}
		t.Run(tt.tag, func(t *testing.T) {
			defer func() {
				if message, _ := recover().(string); !strings.Contains(message, tt.want) {
					t.Errorf("tag %s panics with %q, want %q", tt.tag, message, tt.want)
				}
			}()
			compile(reflect.StructOf([]reflect.StructField{field}), "")
		})
	}
}
