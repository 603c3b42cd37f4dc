package rpc

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// OpenRPCVersion is the version of the OpenRPC specification that documents
// follow.
const OpenRPCVersion = "1.2.6"

// API is what an OpenRPC document tells beyond the methods' declarations.
type API struct {
	Title, Version, Description string
	License, LicenseURL         string
	Servers                     []string                  // absolute URLs; may be empty
	Results                     map[string]jsontext.Value // what each method answers to its Example, by name
}

// OpenRPC is a document that describes methods, see https://spec.open-rpc.org.
// Parameters are by name, with those that tell who calls. An example is one of a
// method's if both its Example and its result are there. What the specification
// has no word for is told by x-right and x-components of a method and by what
// schema.Type.JSONSchema adds to schemas; an error's data holds the mnemonic alone.
func OpenRPC(api API, methods []Info) (jsontext.Value, error) {
	d := openRPC{
		OpenRPC: OpenRPCVersion,
		Info:    openInfo{api.Title, api.Description, api.Version, openLicense{api.License, api.LicenseURL}},
		Methods: make([]openMethod, 0, len(methods)),
	}
	for _, url := range api.Servers {
		d.Servers = append(d.Servers, openServer{url})
	}
	used := map[*errors.Code]bool{}
	for _, m := range methods {
		described, err := m.openRPC(api.Results[m.Name])
		if err != nil {
			return nil, fmt.Errorf("rpc: %s: %w", m.Name, err)
		}
		for _, code := range m.answers() {
			used[code] = true
			described.Errors = append(described.Errors, reference{"#/components/errors/" + errorKey(code)})
		}
		d.Methods = append(d.Methods, described)
	}
	d.Components.Errors = map[string]openError{}
	for code := range used {
		d.Components.Errors[errorKey(code)] = openError{code.Number, code.Message, openErrorData{code.Mnemonic}}
	}
	return json.Marshal(d, json.Deterministic(true))
}

// Parameters are all parameters of the method: those that tell who calls, unless
// it is open, and its own.
func (i Info) Parameters() []*schema.Field {
	if i.Open {
		return i.Params.Fields
	}
	who := schema.Of[caller]("").Type().Fields
	return append(who[:len(who):len(who)], i.Params.Fields...)
}

// answers are the codes that the method may answer, in the catalogue's order.
func (i Info) answers() []*errors.Code {
	own := map[*errors.Code]bool{}
	for _, code := range i.Errors {
		own[code] = true
	}
	var all []*errors.Code
	for _, code := range errors.Catalogue() {
		if code.Scope == "all" || own[code] {
			all = append(all, code)
		}
	}
	return all
}

// errorKey names a code among components. The mnemonic alone does not tell them
// all apart.
func errorKey(code *errors.Code) string { return code.Mnemonic + strconv.Itoa(code.Number) }

func (i Info) openRPC(result jsontext.Value) (openMethod, error) {
	m := openMethod{
		Name: i.Name, Summary: i.Summary, ParamStructure: "by-name", Params: []openContent{},
		Result: openContent{Name: "result", Schema: jsontext.Value("{}")},
		Right:  i.Right, Components: i.Components,
	}
	for _, f := range i.Parameters() {
		m.Params = append(m.Params, openContent{f.Name, f.Doc, f.Required, f.JSONSchema()})
	}
	if i.Result != nil {
		m.Result.Schema = i.Result.JSONSchema()
	}
	if i.Example == "" || result == nil {
		return m, nil
	}
	if !result.IsValid() {
		return m, errors.New("the result of the example is no JSON")
	}
	pairing := openPairing{Name: "example", Params: []openExample{}, Result: openExample{"result", result}}
	for name, value := range children(jsontext.Value(i.Example)) {
		pairing.Params = append(pairing.Params, openExample{name, value.Clone()})
	}
	m.Examples = []openPairing{pairing}
	return m, nil
}

// The document's parts, in its order. What is optional and empty is left out.
type (
	openRPC struct {
		OpenRPC    string         `json:"openrpc"`
		Info       openInfo       `json:"info"`
		Servers    []openServer   `json:"servers,omitempty"`
		Methods    []openMethod   `json:"methods"`
		Components openComponents `json:"components"`
	}
	openInfo struct {
		Title       string      `json:"title"`
		Description string      `json:"description,omitempty"`
		Version     string      `json:"version"`
		License     openLicense `json:"license,omitzero"`
	}
	openLicense struct {
		Name string `json:"name"`
		URL  string `json:"url,omitempty"`
	}
	openServer struct {
		URL string `json:"url"`
	}
	openMethod struct {
		Name           string        `json:"name"`
		Summary        string        `json:"summary"`
		ParamStructure string        `json:"paramStructure"`
		Params         []openContent `json:"params"`
		Result         openContent   `json:"result"`
		Errors         []reference   `json:"errors"`
		Examples       []openPairing `json:"examples,omitempty"`
		Right          string        `json:"x-right,omitempty"`
		Components     []string      `json:"x-components,omitempty"`
	}
	openContent struct {
		Name        string         `json:"name"`
		Description string         `json:"description,omitempty"`
		Required    bool           `json:"required,omitzero"`
		Schema      jsontext.Value `json:"schema"`
	}
	openPairing struct {
		Name   string        `json:"name"`
		Params []openExample `json:"params"`
		Result openExample   `json:"result"`
	}
	openExample struct {
		Name  string         `json:"name"`
		Value jsontext.Value `json:"value"`
	}
	openComponents struct {
		Errors map[string]openError `json:"errors"`
	}
	openError struct {
		Code    int           `json:"code"`
		Message string        `json:"message"`
		Data    openErrorData `json:"data"`
	}
	openErrorData struct {
		Mnemonic string `json:"mnemonic"`
	}
	reference struct {
		Ref string `json:"$ref"`
	}
)
