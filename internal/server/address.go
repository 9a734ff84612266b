package server

import (
	"net/http"
	"net/netip"
	"strings"
)

// proxies are the addresses of trusted proxies.
type proxies []netip.Prefix

// trust reports whether a is one of a trusted proxy.
func (p proxies) trust(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// maxHops is how many proxies may stand one behind the other.
const maxHops = 16

// client returns the address that a request came from: that of the connection,
// or what trusted proxies say of whom they speak for. Each appends an address
// to X-Forwarded-For, so the last one that is not a trusted proxy's is the
// client's; what stands before it is the client's word and counts for nothing.
func (p proxies) client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := peer.Addr().Unmap()
	rest := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	for range maxHops {
		if rest == "" || !p.trust(at) {
			break
		}
		i := strings.LastIndexByte(rest, ',')
		next, ok := parseHop(rest[i+1:])
		if !ok {
			break
		}
		at, rest = next, rest[:max(i, 0)]
	}
	return at
}

// parseHop parses a member of X-Forwarded-For: an address, with or without a
// port.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}
