package oauth

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"net/http"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/web"
)

//go:embed authorize.css
var pageStyle []byte

//go:embed authorize.html
var pageText string

//nolint:gochecknoglobals // parsed once, never changed
var page = template.Must(template.New("error").Parse(pageText))

// A Browser serves the endpoints that a PSU's browser meets: the authorization
// endpoint of RFC 6749 section 3.1, the plain redirect, and the way back from
// a bank. Their faults are pages for a person to read.
type Browser struct {
	Redirects *redirect.Service
	// Base returns the AUTH base URL that the request was made under, without
	// a trailing slash.
	Base func(r *http.Request) string
}

// Register adds the routes to mux. A trailing slash makes no difference.
func (h *Browser) Register(mux *http.ServeMux) {
	for pattern, fn := range map[string]web.HandlerFunc{
		"/connect/authorize":             h.start(sca.OAuthRedirect),
		"/sca/redirect":                  h.start(sca.PlainRedirect),
		redirect.ReturnPath + "{handle}": h.back,
		"/sca/page.css":                  serveStyle,
	} {
		handler := web.Adapt(onlyGet(fn), failPage)
		mux.Handle(pattern, handler)
		mux.Handle(pattern+"/{$}", handler)
	}
}

// onlyGet refuses every method but GET. HEAD is refused too: each of these
// calls moves an authorisation on, which looking must not.
func onlyGet(fn web.HandlerFunc) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method != http.MethodGet {
			e := problem.New(problem.MethodNotAllowed, "This address is for browsers that follow a link: use GET.")
			e.Allow = http.MethodGet
			return e
		}
		return fn(w, r)
	}
}

// start serves GET /connect/authorize and GET /sca/redirect.
func (h *Browser) start(kind sca.Approach) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		to, err := h.Redirects.Authorize(r.Context(), redirect.AuthorizeRequest{
			Base: h.Base(r), Kind: kind, Query: r.URL.Query(),
		})
		return sendTo(w, to, err)
	}
}

// back serves GET /sca/return/{handle}.
func (h *Browser) back(w http.ResponseWriter, r *http.Request) error {
	to, err := h.Redirects.Return(r.Context(), r.PathValue("handle"))
	return sendTo(w, to, err)
}

func sendTo(w http.ResponseWriter, to string, err error) error {
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", to)
	w.WriteHeader(http.StatusFound)
	return nil
}

func serveStyle(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return web.WriteBody(w, http.StatusOK, "text/css; charset=utf-8", pageStyle)
}

// pages has the status and the heading of the page for a fault; the rest are
// ours to mend.
var pages = map[problem.Reason]struct {
	status int
	title  string
}{
	problem.AuthorizeRefused: {http.StatusBadRequest, "This link does not work"},
	problem.ResourceUnknown:  {http.StatusNotFound, "This page has gone"},
	problem.MethodNotAllowed: {http.StatusMethodNotAllowed, "This is not the way in"},
}

// failPage answers a fault with a page. It never leads to another site.
func failPage(w http.ResponseWriter, r *http.Request, err error) {
	status, title, text := http.StatusInternalServerError, "Something went wrong", "The fault is ours. Go back to the application and try again."
	if p, ok := errors.AsType[*problem.Error](err); ok {
		if row, known := pages[p.Reason]; known {
			status, title, text = row.status, row.title, p.Detail
			if p.Reason == problem.ResourceUnknown {
				text = "The authorisation was answered or started anew meanwhile. Go back to the application and start again."
			}
		}
		if p.Allow != "" {
			w.Header().Set("Allow", p.Allow)
		}
	}
	web.NoteError(r.Context(), err, http.StatusText(status))
	var buf bytes.Buffer
	data := struct{ Title, Text, RequestID string }{title, text, web.LineOf(r.Context()).RequestID}
	if err := page.Execute(&buf, data); err != nil {
		buf.Reset()
		buf.WriteString(title)
	}
	web.PageHeaders(w.Header(), "'none'")
	_ = web.WriteBody(w, status, "text/html; charset=utf-8", buf.Bytes())
}
