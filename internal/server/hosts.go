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

// byRole returns a handler that keeps apart what the base URLs keep apart.
func byRole(b config.BaseConfig, trusted proxies, auth, api, own http.Handler) (http.Handler, error) {
	a, err := url.Parse(b.Auth)
	if err != nil {
		return nil, err
	}
	p, err := url.Parse(b.API)
	if err != nil {
		return nil, err
	}
	byHost := map[string]http.Handler{plainHost(a.Host): auth, plainHost(p.Host): api}
	if m, err := url.Parse(b.MTLS); err == nil && m.Host != "" && byHost[plainHost(m.Host)] == nil {
		byHost[plainHost(m.Host)] = auth
	}
	return &hosts{
		byHost:  byHost,
		own:     own,
		trusted: trusted,
	}, nil
}
