package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

func TestCertificates(t *testing.T) {
	t.Parallel()
	now := clock.Real{}.Now()
	ca := certtest.NewIssuer(t, now)
	below := ca.Below(t)
	own, told := ca.Issue(t, nil), below.Issue(t, nil)
	between := (&certtest.Client{Cert: below.Cert}).Field()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	standard := web.Certificates{Proxies: proxies}
	nginx := web.Certificates{Proxies: proxies, Header: "X-Client-Cert"}
	const proxy, mapped, ipv6, client = "10.1.2.3:4711", "[::ffff:10.1.2.3]:4711", "[2001:db8::7]:4711", "192.0.2.7:4711"
	escaped := url.PathEscape(string(told.PEM()))
	tests := []struct {
		name    string
		in      web.Certificates
		from    string
		tls     *certtest.Client // of the connection
		headers http.Header
		want    *certtest.Client // nil for none
		between int
		bad     bool
	}{
		{"of the connection", web.Certificates{}, client, own, nil, own, 0, false},
		{"none", standard, client, nil, nil, nil, 0, false},
		{"told of", standard, proxy, nil, http.Header{"Client-Cert": {told.Field()}}, told, 0, false},
		{"told of, mapped address", standard, mapped, nil, http.Header{"Client-Cert": {told.Field()}}, told, 0, false},
		{"told of, IPv6", standard, ipv6, nil, http.Header{"Client-Cert": {told.Field()}}, told, 0, false},
		{"told of with its chain", standard, proxy, nil, http.Header{"Client-Cert": {told.Field()}, "Client-Cert-Chain": {between}}, told, 1, false},
		{"another header", nginx, proxy, nil, http.Header{"X-Client-Cert": {escaped}}, told, 0, false},
		{"no chain in another header", nginx, proxy, nil, http.Header{"X-Client-Cert": {escaped}, "Client-Cert-Chain": {"x"}}, told, 0, false},

		{"from a client", standard, client, nil, http.Header{"Client-Cert": {told.Field()}}, nil, 0, false},
		{"from a client with another one", standard, client, own, http.Header{"Client-Cert": {told.Field()}}, own, 0, false},
		{"no proxies", web.Certificates{}, proxy, nil, http.Header{"Client-Cert": {told.Field()}}, nil, 0, false},
		{"no address", standard, "@", nil, http.Header{"Client-Cert": {told.Field()}}, nil, 0, false},
		{"the proxy's own", standard, proxy, own, nil, nil, 0, false},
		{"the proxy says none", standard, proxy, own, http.Header{"Client-Cert": {""}}, nil, 0, false},
		{"the proxy writes a hyphen", nginx, proxy, own, http.Header{"X-Client-Cert": {"-"}}, nil, 0, false},
		{"the wrong header", nginx, proxy, nil, http.Header{"Client-Cert": {told.Field()}}, nil, 0, false},
		{"two", standard, proxy, nil, http.Header{"Client-Cert": {told.Field(), told.Field()}}, nil, 0, true},
		{"an empty one beside one", standard, proxy, nil, http.Header{"Client-Cert": {"", told.Field()}}, nil, 0, true},
		{"unreadable", standard, proxy, nil, http.Header{"Client-Cert": {"x"}}, nil, 0, true},
		{"unreadable chain", standard, proxy, nil, http.Header{"Client-Cert": {told.Field()}, "Client-Cert-Chain": {"x"}}, nil, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			r.RemoteAddr = tt.from
			if tt.headers != nil {
				r.Header = tt.headers
			}
			if tt.tls != nil {
				r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{tt.tls.Cert}}
			}
			got, err := tt.in.Of(r)
			if tt.bad != problem.Is(err, problem.CertificateInvalid) || !tt.bad && err != nil {
				t.Errorf("Of reports %v", err)
			}
			switch {
			case tt.want == nil && got != nil, tt.want != nil && got == nil:
				t.Errorf("Of = %v, want one: %t", got, tt.want != nil)
			case got != nil && (!got.Leaf.Equal(tt.want.Cert) || len(got.Intermediates) != tt.between):
				t.Errorf("Of = %v with %d between", got.Leaf.Subject, len(got.Intermediates))
			}
		})
	}
}
