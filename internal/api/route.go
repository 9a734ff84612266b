package api

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
)

// A family is a group of endpoints with the same bodies and codes of errors.
type family int

// The families.
const (
	unknownFamily   family = iota // no such path
	directoryFamily               // ASPSP: tppMessages only
	accountFamily                 // consents and account information
	kycFamily                     // KYC: ProblemDetails
	paymentFamily                 // payments and currency exchange
)

// A route is one endpoint.
type route struct {
	method    string
	path      string // pattern of an http.ServeMux, without the method
	operation string // operationId in the description
	family    family
	// scopes are the API scopes of which the token needs one; none if the
	// endpoint is open to everybody.
	scopes []scope.API
	// corporate says that the token must be for the PSU context corporate.
	corporate bool
	headers   headerSet
	body      bool // the call has a body, which may be empty
	xml       bool // the answer can be XML too
	html      bool // the answer is a page
	serve     func(*Handler, http.ResponseWriter, *http.Request) error
	// beside are all routes of the path.
	beside methods
}

// routes is the table of all endpoints.
func routes() []route {
	return slices.Concat(directoryRoutes(), consentRoutes(), accountRoutes(), kycRoutes(), quoteRoutes(), paymentRoutes(), basketRoutes(), proofRoutes())
}

// Routes returns the handler of all endpoints and of every path below
// [Prefixes] that has none. It must be served within [web.Observer.Observe],
// which finds the X-Request-ID.
func (h *Handler) Routes() http.Handler {
	h.described = sync.OnceValues(loadDescription)
	mux := http.NewServeMux()
	byPath := map[string]methods{}
	for _, rt := range routes() {
		if byPath[rt.path] == nil {
			byPath[rt.path] = methods{}
			mux.Handle(rt.path, h.dispatch(rt.path, byPath[rt.path]))
		}
		byPath[rt.path][rt.method] = rt
		if service, ok := strings.CutSuffix(rt.path, "{product}"); ok && !strings.HasPrefix(rt.path, paymentsPath+"/") {
			mux.Handle(service, h.noPath(&rt)) // whatever such a service would have
		}
	}
	mux.Handle("/", h.adapt(func(http.ResponseWriter, *http.Request) error {
		return problem.New(problem.PathUnknown, "no such path")
	}))
	return h.adapt(func(w http.ResponseWriter, r *http.Request) error {
		h.begin(w)
		if err := h.checkCertificate(r); err != nil {
			return err
		}
		if !tidy(r) {
			r.URL.Path = "/" // the mux would redirect, which no client of an API follows with its body
			r.URL.RawPath = ""
		}
		mux.ServeHTTP(w, r)
		return nil
	})
}

// begin sets the headers that every answer has unless its handler knows
// better.
func (h *Handler) begin(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// tidy takes trailing slashes off the path. It reports whether the path is
// otherwise one that a route can have.
func tidy(r *http.Request) bool {
	u := *r.URL
	for _, p := range []*string{&u.Path, &u.RawPath} {
		if len(*p) > 1 {
			*p = strings.TrimRight(*p, "/")
		}
	}
	r.URL = &u
	return u.Path == path.Clean(u.Path)
}

// methods are the routes of a path by method.
type methods map[string]route

// allow returns the value of an Allow header, without the methods that are
// not wanted in it.
func (m methods) allow(but ...string) string {
	var names []string
	for name := range m {
		if !slices.Contains(but, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// dispatch returns the handler of a path.
func (h *Handler) dispatch(pattern string, m methods) http.Handler {
	return h.adapt(func(w http.ResponseWriter, r *http.Request) error {
		rt, ok := m[r.Method]
		if !ok {
			e := problem.New(problem.MethodNotAllowed, "this path has %s", m.allow())
			e.Allow = m.allow()
			return e
		}
		rt.beside = m
		r.Pattern = rt.method + " " + pattern // for the log line: of all that the path has, this
		return h.call(&rt, w, r)
	})
}

// noPath returns the handler of the paths below a service that nobody offers:
// they answer as rt, by which it is asked for.
func (h *Handler) noPath(rt *route) http.Handler {
	return h.adapt(func(w http.ResponseWriter, r *http.Request) error { return h.call(rt, w, r) })
}

func (h *Handler) adapt(fn web.HandlerFunc) http.Handler { return web.Adapt(fn, h.writeError) }

// String returns the method and the path.
func (rt *route) String() string { return fmt.Sprintf("%s %s", rt.method, rt.path) }
