// Package apitest holds answers, and requests, against the description of the
// APIs. It is for tests.
package apitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"sluss.example/sluss/psd2"
)

// A Validator holds every exchange that passes through it against the
// description, and fails the test if it does not fit.
type Validator struct {
	// Strict says that the server is strict: it must refuse every request that
	// the description refuses.
	Strict bool

	*description
	t testing.TB
}

// A description is the parsed one, with the routes to its operations. It is
// only read.
type description struct {
	doc    *openapi3.T
	router routers.Router
}

// described parses the description once for all tests, which takes long.
//
//nolint:gochecknoglobals // all tests of a process share it, and nothing changes it
var described = sync.OnceValues(func() (*description, error) {
	doc, err := openapi3.NewLoader().LoadFromData(psd2.OpenAPI())
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // a test's server has an address of its own
	router, err := gorillamux.NewRouter(doc)
	return &description{doc, router}, err
})

// New returns a Validator for a test.
func New(t testing.TB) *Validator {
	t.Helper()
	d, err := described()
	if err != nil {
		t.Fatalf("load the description: %v", err)
	}
	return &Validator{t: t, description: d}
}

// Handler returns a handler that serves by next and checks each exchange.
func (v *Validator) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			v.t.Errorf("read the request: %v", err)
		}
		asked := r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		res := rec.Result()
		v.check(asked, body, res, rec.Body.Bytes())
		for name, values := range res.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(res.StatusCode)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// RoundTripper returns a transport that sends by next and checks each
// exchange. http.DefaultTransport if next is nil.
func (v *Validator) RoundTripper(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return roundTripper{v, next}
}

type roundTripper struct {
	v    *Validator
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (rt roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	res, err := rt.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	rt.v.check(r, body, res, answer)
	return res, nil
}

// check checks one exchange.
func (v *Validator) check(r *http.Request, body []byte, res *http.Response, answer []byte) {
	v.t.Helper()
	what := fmt.Sprintf("%s %s = %d %s", r.Method, r.URL.Path, res.StatusCode, answer)
	asked := tidy(r, body)
	route, params, err := v.router.FindRoute(asked)
	if service, ok := notOffered(asked); err != nil && ok {
		route, params, err = v.router.FindRoute(service)
	}
	if err != nil {
		if err := v.checkUnrouted(asked, res, answer, err); err != nil {
			v.t.Errorf("%s: %v", what, err)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{
		Request: asked, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}
	if v.Strict && res.StatusCode < http.StatusBadRequest {
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			v.t.Errorf("%s, but the description refuses the request: %v", what, err)
		}
	}
	if err := validate(r.Context(), in, res, answer); err != nil {
		v.t.Errorf("%s: the description does not have this answer: %v", what, err)
	}
}

// notOffered returns the request by which the description has all paths of the
// payment service of r, if that is one of those which nobody offers.
func notOffered(r *http.Request) (*http.Request, bool) {
	for _, service := range []string{"/bulk-payments/", "/periodic-payments/"} {
		if before, rest, ok := strings.Cut(r.URL.Path, service); ok {
			product, _, _ := strings.Cut(rest, "/")
			out := r.Clone(r.Context())
			out.Method, out.URL.Path = http.MethodPost, before+service+product
			return out, strings.Contains(rest, "/")
		}
	}
	return nil, false
}

func validate(ctx context.Context, in *openapi3filter.RequestValidationInput, res *http.Response, answer []byte) error {
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Options: in.Options,
	}
	if len(answer) > 0 && !strings.Contains(res.Header.Get("Content-Type"), "json") {
		o := *in.Options
		o.ExcludeResponseBody = true
		out.Options = &o
	}
	out.SetBodyBytes(answer)
	return openapi3filter.ValidateResponse(ctx, out)
}

// tidy returns the request as the description has it: without a trailing
// slash, without headers and parameters that are empty, since these count as
// absent, and without a byte order mark and white space round the body.
func tidy(r *http.Request, body []byte) *http.Request {
	out := r.Clone(r.Context())
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if len(body) == 0 {
		out.Body = http.NoBody
	}
	if len(out.URL.Path) > 1 {
		out.URL.Path = strings.TrimRight(out.URL.Path, "/")
	}
	out.URL.RawPath = ""
	for name, values := range out.Header {
		if strings.TrimSpace(strings.Join(values, "")) == "" {
			out.Header.Del(name)
		}
	}
	query := out.URL.Query()
	for name, values := range query {
		if strings.Join(values, "") == "" {
			query.Del(name)
		}
	}
	out.URL.RawQuery = query.Encode()
	return out
}

// checkUnrouted checks the answer to a request that the description has no
// operation for.
func (v *Validator) checkUnrouted(r *http.Request, res *http.Response, answer []byte, cause error) error {
	want, name := http.StatusNotFound, "Dir404"
	if errors.Is(cause, routers.ErrMethodNotAllowed) {
		want, name = http.StatusMethodNotAllowed, "Dir405"
	}
	if res.StatusCode == http.StatusUnauthorized && bytes.Contains(answer, []byte(`"CERTIFICATE_`)) {
		want, name = http.StatusUnauthorized, "Dir401" // looked at before the route
	}
	for prefix, family := range map[string]string{
		"/psd2/consent/": "Ais", "/psd2/accountinformation/": "Ais", "/psd2/paymentinitiation/": "Pis", "/connect/": "OAuth", "/.well-known/": "OAuth",
		"/kyc/integration/": "Kyc", "/integration/": "Kyc",
	} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			name = strings.Replace(name, "Dir", family, 1)
		}
	}
	if res.StatusCode != want {
		return fmt.Errorf("want %d: the description has no such operation", want)
	}
	if v.doc.Components.Responses[name] == nil {
		return nil // nothing is promised there
	}
	status := fmt.Sprint(want)
	op := &openapi3.Operation{Responses: openapi3.NewResponses(openapi3.WithName(status, v.doc.Components.Responses[name].Value))}
	in := &openapi3filter.RequestValidationInput{
		Request: r, Route: &routers.Route{Spec: v.doc, Operation: op, Path: r.URL.Path, Method: r.Method},
		Options: &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true},
	}
	return validate(r.Context(), in, res, answer)
}
