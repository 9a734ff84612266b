package server

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"sluss.example/sluss/internal/config"
)

// hosts leads a request to the role that its host name stands for, in an
// installation whose roles have base URLs of their own.
type hosts struct {
	byHost  map[string]http.Handler // host in lower case, without a default port
	own     http.Handler            // /healthz and /readyz, under any name
	trusted proxies                 // those whose X-Forwarded-Host counts
}

// ServeHTTP implements [http.Handler].
func (h *hosts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if role, ok := h.byHost[h.nameOf(r)]; ok {
		role.ServeHTTP(w, r)
		return
	}
	if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		h.own.ServeHTTP(w, r)
		return
	}
	http.Error(w, "This host name is none of the base URLs of this installation.", http.StatusMisdirectedRequest)
}

// nameOf returns the host that the client called.
func (h *hosts) nameOf(r *http.Request) string {
	if forwarded := r.Header.Get("X-Forwarded-Host"); forwarded != "" && h.fromProxy(r) {
		first, _, _ := strings.Cut(forwarded, ",")
		return plainHost(strings.TrimSpace(first))
	}
	return plainHost(r.Host)
}

func (h *hosts) fromProxy(r *http.Request) bool {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && h.trusted.trust(addr.Addr().Unmap())
}

// plainHost returns a host in lower case, without the default ports, so that
// names compare.
func plainHost(host string) string {
	host = strings.ToLower(host)
	return strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ":80")
}

// roles are the handlers of the roles, and what is there under any name.
type roles struct{ auth, api, forms, own, control, portal, docs http.Handler }

// byRole returns a handler that keeps apart what the base URLs keep apart: a
// host name serves the roles whose base URL has it.
func (r *roles) byRole(b config.BaseConfig, trusted proxies) (http.Handler, error) {
	byHost := map[string]*router{}
	for _, role := range []struct {
		base string
		set  func(*router)
	}{
		{b.Auth, func(t *router) { t.auth, t.portal, t.docs = r.auth, r.portal, r.docs }},
		{b.API, func(t *router) { t.api = r.api }},
		{b.KYC, func(t *router) { t.forms = r.forms }},
	} {
		u, err := url.Parse(role.base)
		if err != nil {
			return nil, err
		}
		host := plainHost(u.Host)
		if byHost[host] == nil {
			byHost[host] = &router{own: r.own, control: r.control}
		}
		role.set(byHost[host])
	}
	if m, err := url.Parse(b.MTLS); err == nil && m.Host != "" && byHost[plainHost(m.Host)] == nil {
		byHost[plainHost(m.Host)] = &router{auth: r.auth, own: r.own, control: r.control, portal: r.portal, docs: r.docs}
	}
	h := &hosts{byHost: map[string]http.Handler{}, own: r.own, trusted: trusted}
	for host, t := range byHost {
		h.byHost[host] = t
	}
	return h, nil
}
