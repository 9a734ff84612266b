package server

import (
	"net/http"
	"net/url"
	"strings"

	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/docs"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/portal"
	"sluss.example/sluss/internal/web"
)

// A router leads a request to the role that its path belongs to. The path
// spaces of the roles do not overlap. It does not redirect to a tidier path,
// as an http.ServeMux would: no client of an API follows that with its body.
type router struct {
	auth, api, forms http.Handler // nil under a host of the others
	own              http.Handler
	control          http.Handler // nil unless the control API is on this origin
	portal, docs     http.Handler // nil under a host that people do not come to
}

// ServeHTTP implements [http.Handler].
func (r *router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path := req.URL.Path
	if !forPrograms(path) {
		web.PlainHeaders(w.Header())
	}
	switch {
	case r.forms != nil && !r.alone() && formLink(req.URL):
		http.Redirect(w, req, kyc.FormPath+"?"+req.URL.RawQuery, http.StatusSeeOther)
	case r.api != nil && hasPrefix(path, api.Prefixes()...):
		r.api.ServeHTTP(w, req)
	case r.control != nil && hasPrefix(path, control.Prefix+"/"):
		r.control.ServeHTTP(w, req)
	case r.portal != nil && (path == portal.Path || hasPrefix(path, portal.Path+"/")):
		r.portal.ServeHTTP(w, req)
	case r.docs != nil && (path == docs.Path || path == docs.ListPath || hasPrefix(path, docs.Path+"/")):
		r.docs.ServeHTTP(w, req)
	case r.portal != nil && path == "/" && strings.Contains(req.Header.Get("Accept"), "text/html"):
		http.Redirect(w, req, portal.Path, http.StatusSeeOther) // a person who typed the address
	case path == "/healthz" || path == "/readyz":
		r.own.ServeHTTP(w, req)
	case r.forms != nil && (r.alone() || hasPrefix(path+"/", kyc.FormPath)):
		r.forms.ServeHTTP(w, req)
	case r.auth != nil && hasPrefix(path, "/connect/", "/.well-known/", "/sca/"):
		r.auth.ServeHTTP(w, req)
	default:
		r.unknown(w, req)
	}
}

// forPrograms reports whether a path is one that no browser shows.
func forPrograms(path string) bool {
	return hasPrefix(path, "/connect/token", "/connect/introspect", "/connect/revocation", "/.well-known/", control.Prefix+"/") || hasPrefix(path, api.Prefixes()...)
}

// formLink reports whether the URL is a link to a KYC form in one of its shorter
// forms, with a path that is not of the page alone.
func formLink(u *url.URL) bool {
	return (u.Path == "/" || u.Path == "/form" || u.Path == "/form/") && u.Query().Has("instanceId")
}

// alone reports whether the page with the KYC form has the host for itself.
func (r *router) alone() bool { return r.auth == nil && r.api == nil }

// unknown answers a path that nothing is at: as the API does where there is
// one, since that is whom its clients know.
func (r *router) unknown(w http.ResponseWriter, req *http.Request) {
	if r.api != nil {
		r.api.ServeHTTP(w, req)
		return
	}
	_ = web.WriteBody(w, http.StatusNotFound, "text/plain; charset=utf-8", []byte("There is nothing at this address.\n"))
}

func hasPrefix(path string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}
