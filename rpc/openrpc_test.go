package rpc_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
)

type described struct {
	Name  schema.Opt[string] `json:"name" required:"true" doc:"A name." length:"1..8"`
	Below schema.Opt[nested] `json:"below" null:"no"`
}

type nested struct {
	Below schema.Opt[[]nested] `json:"below" null:"no"`
}

func nothing[P, R any](context.Context, P) (r R, err error) { return r, nil }

func TestOpenRPC(t *testing.T) {
	type result struct {
		ID int64 `json:"id" doc:"An id."`
	}
	methods, err := rpc.Describe("",
		rpc.Method[described, result]{
			Name: "set.name", Summary: "Set a name.", Right: "names:update", Components: []string{"a", "b"}, Example: `{"name": "x", "below": {}}`,
			Errors: []*errors.Code{errors.SystemEntity, errors.Other}, Run: nothing[described, result],
		},
		rpc.Method[struct{}, string]{Name: "ping", Summary: "Answer.", Open: true, Example: `{}`, Run: nothing[struct{}, string]},
		rpc.Method[struct{}, string]{Name: "pong", Summary: "Answer nobody.", AnyCaller: true, Run: nothing[struct{}, string]},
	)
	if err != nil {
		t.Fatal(err)
	}
	got, err := rpc.OpenRPC(rpc.API{
		Title: "Names", Version: "1", License: "MIT", Servers: []string{"http://localhost/"},
		Results: map[string]jsontext.Value{"set.name": jsontext.Value(`{"id": 1}`), "ping": jsontext.Value(`"pong"`)},
	}, methods)
	if err != nil {
		t.Fatal(err)
	}
	for name, result := range map[string]string{"ping": `pong`, "set.name": `{"id": 1`} {
		if document, err := rpc.OpenRPC(rpc.API{Results: map[string]jsontext.Value{name: jsontext.Value(result)}}, methods); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s with the result %s: got %s, error %v; want an error", name, result, document, err)
		}
	}
	var common []string // references to the errors that every method may answer
	for _, code := range errors.Catalogue() {
		if code.Scope == "all" {
			common = append(common, `{"$ref":"#/components/errors/`+code.Mnemonic+strconv.Itoa(code.Number)+`"}`)
		}
	}
	all := strings.Join(common, ",")
	who := `{"name":"access_token","description":"The token that the call comes with; may stand in the header Authorization: Bearer instead.","schema":{"type":["string","null"],"writeOnly":true}},` +
		`{"name":"user_id","description":"The member in whose name the call is made; the token's own if absent.","schema":{"type":["integer","null"]}}`
	want := `{"openrpc":"1.2.6","info":{"title":"Names","version":"1","license":{"name":"MIT"}},"servers":[{"url":"http://localhost/"}],"methods":[` +
		`{"name":"ping","summary":"Answer.","paramStructure":"by-name","params":[],"result":{"name":"result","schema":{}},"errors":[` + all + `],` +
		`"examples":[{"name":"example","params":[],"result":{"name":"result","value":"pong"}}]},` +
		`{"name":"pong","summary":"Answer nobody.","paramStructure":"by-name","params":[` + who + `],"result":{"name":"result","schema":{}},"errors":[` + all + `]},` +
		`{"name":"set.name","summary":"Set a name.","paramStructure":"by-name","params":[` + who + `,` +
		`{"name":"name","description":"A name.","required":true,"schema":{"type":"string","minLength":1,"maxLength":8}},` +
		`{"name":"below","schema":{"type":"object","properties":{"below":{"type":"array","items":{"type":"object","description":"The same again."}}},"additionalProperties":false}}],` +
		`"result":{"name":"result","schema":{"type":"object","properties":{"id":{"description":"An id.","type":"integer"}}}},` +
		`"errors":[` + all + `,{"$ref":"#/components/errors/forbidden-32602"}],` +
		`"examples":[{"name":"example","params":[{"name":"name","value":"x"},{"name":"below","value":{}}],"result":{"name":"result","value":{"id":1}}}],` +
		`"x-right":"names:update","x-components":["a","b"]}],` +
		`"components":{"errors":`
	head, errorsObject, _ := strings.Cut(string(got), `"errors":{`)
	if diff := cmp.Diff(want, head+`"errors":`); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, member := range []string{
		`"forbidden-32602":{"code":-32602,"message":"Permission denied","data":{"mnemonic":"forbidden"}}`,
		`"forbidden-32003":{"code":-32003,"message":"Permission denied","data":{"mnemonic":"forbidden"}}`,
	} {
		if !strings.Contains(errorsObject, member) {
			t.Errorf("the errors lack %s: %s", member, errorsObject)
		}
	}
	if strings.Contains(errorsObject, "already_in_use") {
		t.Errorf("the errors have one that no method answers: %s", errorsObject)
	}
}
