package iadvize

import (
	"context"
	_ "embed" // schema.graphql
	stderrors "errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	graphql "github.com/graph-gophers/graphql-go"
	gqlast "github.com/graph-gophers/graphql-go/ast"
	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	gqllog "github.com/graph-gophers/graphql-go/log"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// Where GraphQL is mounted.
const (
	GraphQLPath       = "/graphql"
	TokenPath         = "/oauth2/token"
	AuthenticatedPath = "/_authenticated"
)

// Schema is what /graphql serves, in GraphQL's own language.
//
//go:embed schema.graphql
var Schema string

// maxParallel is how many fields of one request ask the roster at the same time.
const maxParallel = 4

// GraphQL makes the door for GraphQL, to be mounted at GraphQLPath, TokenPath and
// AuthenticatedPath. It fails if an option is missing.
func GraphQL(o Options) (http.Handler, error) { return newGraphQL(o, newFetcher()) }

func newGraphQL(o Options, f *fetcher) (http.Handler, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &graphqlServer{Options: o, rules: rules.NewDefaultRules()}
	if o.FetchAvatars {
		s.fetcher = f
	}
	s.rules.RemoveRule(rules.ValuesOfCorrectTypeRule.Name) // its texts repeat values, and bind checks the same
	s.rules.RemoveRule(rules.ValuesOfCorrectTypeRuleWithoutSuggestions.Name)
	var err error
	if s.schema, err = gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: Schema}); err != nil {
		return nil, err
	}
	s.executable, err = graphql.ParseSchema(Schema, &resolver{s}, graphql.UseStringDescriptions(), graphql.UseFieldResolvers(),
		graphql.MaxParallelism(maxParallel), graphql.OverlapValidationLimit(MaxPairs), graphql.PanicHandler(panics{}), graphql.Logger(gqllog.LoggerFunc(s.logPanic)))
	if err != nil {
		return nil, err
	}
	s.narrowIntrospection()
	return dialect.NewRouter([]dialect.Route{
		{Method: http.MethodPost, Path: GraphQLPath, Handle: s.post},
		{Method: http.MethodGet, Path: GraphQLPath, Handle: s.get},
		{Method: http.MethodPost, Path: TokenPath, Handle: s.token},
		{Method: http.MethodGet, Path: AuthenticatedPath, Handle: s.authenticated},
	}, dialect.Refusals{
		NotFound:         refuseOAuth(oauthError{status: http.StatusNotFound, Code: "not_found", Description: "there is nothing at this address"}),
		MethodNotAllowed: refuseOAuth(oauthError{status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Description: "this address takes other methods"}),
		Failed:           refuseOAuth(errServer),
	}, o.Log), nil
}

type graphqlServer struct {
	Options
	schema     *ast.Schema // to check requests by
	rules      *rules.Rules
	executable *graphql.Schema
	fetcher    *fetcher // nil if pictures are not fetched
}

// narrowIntrospection takes out of the schema by which requests are checked what the
// library that executes them does not know.
func (s *graphqlServer) narrowIntrospection() {
	for name, t := range s.executable.AST().Types {
		if object, is := t.(*gqlast.ObjectTypeDefinition); is && strings.HasPrefix(name, "__") {
			fields := &s.schema.Types[name].Fields
			*fields = slices.DeleteFunc(*fields, func(f *ast.FieldDefinition) bool { return object.Fields.Get(f.Name) == nil })
		}
	}
}

// panics answers for what a resolver has not foreseen.
type panics struct{}

// MakePanicError tells nothing.
func (panics) MakePanicError(context.Context, any) *gqlerrors.QueryError {
	return &gqlerrors.QueryError{Message: errors.InternalError.Message}
}

func (s *graphqlServer) logPanic(ctx context.Context, value any) {
	s.Log.ErrorContext(ctx, "a resolver panicked", "panic", value)
}

// graphqlRequest is a request as the specification of GraphQL over HTTP has it.
// Extensions are allowed, and none is known.
type graphqlRequest struct {
	Query         string                    `json:"query"`
	OperationName string                    `json:"operationName"`
	Variables     graphqlVariables          `json:"variables"`
	Extensions    map[string]jsontext.Value `json:"extensions"`
}

// graphqlVariables are values by name, sent as an object, or as a text that is one.
type graphqlVariables map[string]any

// UnmarshalJSONFrom reads either. Whole numbers are int64.
func (v *graphqlVariables) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if value.Kind() == '"' {
		text, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return err
		}
		if value = jsontext.Value(text); len(text) == 0 {
			value = jsontext.Value("null")
		}
	}
	return json.Unmarshal(value, (*map[string]any)(v), wholeNumbers)
}

// wholeNumbers reads numbers without fraction as int64, as ids need it.
var wholeNumbers = json.WithUnmarshalers(json.UnmarshalFromFunc(func(dec *jsontext.Decoder, to *any) error {
	if dec.PeekKind() != '0' {
		return stderrors.ErrUnsupported // leaves the others alone
	}
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if n, err := strconv.ParseInt(string(value), 10, 64); err == nil {
		*to = n
		return nil
	}
	f, err := strconv.ParseFloat(string(value), 64)
	*to = f
	return err
}))

func (s *graphqlServer) post(w http.ResponseWriter, r *http.Request) {
	form := mediaTypeOf(r)
	ctx, ok := s.enter(w, r)
	if !ok {
		return
	}
	if t, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		form.refuse(w, http.StatusUnsupportedMediaType, "The body must be of the type application/json, in UTF-8.")
		return
	}
	body, err := dialect.ReadBody(w, r, s.MaxBody)
	switch {
	case dialect.IsTooLarge(err):
		form.refuse(w, http.StatusRequestEntityTooLarge, "The body is too long.")
		return
	case err != nil:
		panic(http.ErrAbortHandler) // the client has gone
	}
	var request graphqlRequest
	if jsontext.Value(body).Kind() != '{' || json.Unmarshal(body, &request) != nil {
		form.refuse(w, http.StatusBadRequest, "The body must be a JSON object with a text query, and if need be operationName, variables and extensions.")
		return
	}
	s.serve(ctx, w, form, request, false)
}

func (s *graphqlServer) get(w http.ResponseWriter, r *http.Request) {
	form := mediaTypeOf(r)
	ctx, ok := s.enter(w, r)
	if !ok {
		return
	}
	q := r.URL.Query()
	request := graphqlRequest{Query: q.Get("query"), OperationName: q.Get("operationName")}
	for name, to := range map[string]any{"variables": &request.Variables, "extensions": &request.Extensions} {
		if text := q.Get(name); text != "" && json.Unmarshal([]byte(text), to) != nil {
			form.refuse(w, http.StatusBadRequest, "The parameter "+name+" must be a JSON object.")
			return
		}
	}
	s.serve(ctx, w, form, request, true)
}

// enter finds who calls; false says that they have been refused.
func (s *graphqlServer) enter(w http.ResponseWriter, r *http.Request) (context.Context, bool) {
	actor, err := s.authenticate(r)
	if err != nil {
		s.refuseOAuth(w, r, err)
		return nil, false
	}
	c := &caller{actor: actor, origin: "http://" + r.Host}
	if dialect.IsSecure(r) {
		c.origin = "https://" + r.Host
	}
	ctx := directory.WithActor(r.Context(), actor)
	return context.WithValue(ctx, callerKey{}, c), true
}

// caller is who asks, and where they reached the server.
type caller struct {
	actor  directory.Actor
	origin string // "https://roster.example.com"
}

type callerKey struct{}

func callerOf(ctx context.Context) *caller { return ctx.Value(callerKey{}).(*caller) }

// serve answers a request. What is not well-formed, or not valid by the schema, is
// answered without data.
func (s *graphqlServer) serve(ctx context.Context, w http.ResponseWriter, form responseForm, request graphqlRequest, readOnly bool) {
	if request.Query == "" {
		form.refuse(w, http.StatusBadRequest, "The request has no query.")
		return
	}
	d, bad := s.document(request)
	if len(bad) > 0 {
		form.write(w, form.invalid, graphqlResponse{Errors: bad})
		return
	}
	if readOnly && d.operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		form.refuse(w, http.StatusMethodNotAllowed, "Only queries may be sent with GET.")
		return
	}
	result := s.executable.Exec(ctx, d.text, d.operation.Name, d.variables)
	response, status := graphqlResponse{Data: jsontext.Value(result.Data)}, http.StatusOK
	if response.Data == nil { // it was not executed
		status = form.invalid
	}
	for _, e := range result.Errors {
		response.Errors = append(response.Errors, s.told(ctx, d, e))
	}
	form.write(w, status, response)
}

// told is what a client hears of something that went wrong in a field. What is the
// server's own fault is logged.
func (s *graphqlServer) told(ctx context.Context, d *document, e *gqlerrors.QueryError) graphqlError {
	told := graphqlError{Message: e.Message, Path: e.Path, Locations: d.locate(e.Path)}
	var refused badArgument
	switch {
	case e.Rule == "OverlapValidationLimitExceeded":
		told.Message = fmt.Sprintf("The query has more than %d pairs of fields that may be answered under one name.", MaxPairs)
	case e.ResolverError == nil, errors.As(e.ResolverError, &refused):
	default:
		err := errors.Of(e.ResolverError)
		if err.Code() == errors.InternalError {
			s.Log.ErrorContext(ctx, "a field failed", "path", e.Path, "error", err)
		}
		told.Message = messageOf(err)
	}
	if told.Path == nil {
		told.Path = []any{}
	}
	return told
}

// messageOf is what a client is told of an error of the roster's.
func messageOf(err error) string { return errors.Of(err).Violations[0].Message() }

// badArgument is an argument of a query that makes no sense, in words for the client.
type badArgument string

// Error is what the client is told.
func (b badArgument) Error() string { return string(b) }

// graphqlResponse is a response. Without data it is one to a request that was not
// executed.
type graphqlResponse struct {
	Errors []graphqlError `json:"errors,omitempty"`
	Data   jsontext.Value `json:"data,omitzero"`
}

// graphqlError says what is wrong. All members are always there: clients count on it.
type graphqlError struct {
	Message   string            `json:"message"`
	Path      []any             `json:"path"`
	Locations []graphqlLocation `json:"locations"`
}

type graphqlLocation struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// errorAt says what is wrong with a request, and where in the document.
func errorAt(at *ast.Position, message string) graphqlError {
	e := graphqlError{Message: message, Path: []any{}, Locations: []graphqlLocation{}}
	if at != nil {
		e.Locations = append(e.Locations, graphqlLocation{at.Line, at.Column})
	}
	return e
}

// responseForm is how responses are written: the older type tells nothing by the
// status, the newer does.
type responseForm struct {
	mediaType string
	invalid   int // status of a document that is not valid
}

var (
	olderForm = responseForm{"application/json; charset=utf-8", http.StatusOK}
	newerForm = responseForm{"application/graphql-response+json; charset=utf-8", http.StatusBadRequest}
)

// mediaTypeOf is the form that a client wants: the newer where it is named and nothing
// better is. Whatever else is wanted, a vendor's preview or anything, is answered in
// the older.
func mediaTypeOf(r *http.Request) responseForm {
	var newer, older float64
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		t, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
			quality = q
		}
		switch t {
		case "application/graphql-response+json":
			newer = max(newer, quality)
		case "application/json":
			older = max(older, quality)
		}
	}
	if newer > 0 && newer >= older {
		return newerForm
	}
	return olderForm
}

// refuse answers a request that is none.
func (f responseForm) refuse(w http.ResponseWriter, status int, message string) {
	f.write(w, status, graphqlResponse{Errors: []graphqlError{errorAt(nil, message)}})
}

func (f responseForm) write(w http.ResponseWriter, status int, answer any) {
	writeAnswer(w, f.mediaType, status, answer)
}

// writeAnswer answers with JSON, which nobody is to keep.
func writeAnswer(w http.ResponseWriter, mediaType string, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // answers are types of ours, which can be written
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only if the client has gone, and then there is nobody to tell
}
