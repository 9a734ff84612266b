package server

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClient(t *testing.T) {
	t.Parallel()
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	tests := []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "192.0.2.1:5000", nil, "192.0.2.1"},
		{"a proxy that says nothing", "10.0.0.1:5000", nil, "10.0.0.1"},
		{"one proxy", "10.0.0.1:5000", []string{"192.0.2.1"}, "192.0.2.1"},
		{"two proxies", "10.0.0.1:5000", []string{"192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"two headers", "10.0.0.1:5000", []string{"192.0.2.1", "10.0.0.2"}, "192.0.2.1"},
		{"with ports", "[2001:db8::1]:5000", []string{"[2a00::7]:443"}, "2a00::7"},
		{"IPv6 in brackets", "10.0.0.1:5000", []string{"[2a00::7]"}, "2a00::7"},
		{"IPv4 within IPv6", "[::ffff:10.0.0.1]:5000", []string{"::ffff:192.0.2.1"}, "192.0.2.1"},

		{"a stranger who says it was another", "192.0.2.1:5000", []string{"198.51.100.7"}, "192.0.2.1"},
		{"a client who lies to the proxy", "10.0.0.1:5000", []string{"198.51.100.7, 192.0.2.1"}, "192.0.2.1"},
		{"rubbish", "10.0.0.1:5000", []string{"192.0.2.1, unknown"}, "10.0.0.1"},
		{"rubbish before", "10.0.0.1:5000", []string{"x, 10.0.0.3"}, "10.0.0.3"},
		{"empty", "10.0.0.1:5000", []string{","}, "10.0.0.1"},
		{"no peer", "@", []string{"192.0.2.1"}, "invalid IP"},
	}
	for _, tt := range tests {
		r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{"X-Forwarded-For": tt.forwarded}}
		if got := trusted.client(r).String(); got != tt.want {
			t.Errorf("%s: client = %s, want %s", tt.name, got, tt.want)
		}
	}
}

func FuzzClient(f *testing.F) {
	f.Add("10.0.0.1:1", "192.0.2.1, [::1]:2")
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		got := trusted.client(r)
		p, err := netip.ParseAddrPort(peer)
		if (err == nil) != got.IsValid() || err == nil && !trusted.trust(p.Addr().Unmap()) && got != p.Addr().Unmap() {
			t.Errorf("client of %q that says %q = %v", peer, forwarded, got)
		}
	})
}
