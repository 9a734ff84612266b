package webhook

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"sluss.example/sluss/internal/problem"
)

// A Policy says where messages may go. The zero value is that of an
// installation: to public addresses, by HTTPS.
type Policy struct {
	// Allow are ranges that messages may go to although they are not public.
	Allow []netip.Prefix
	// Plain allows http where the host is an address within Allow, or
	// "localhost".
	Plain bool
}

// maxURL bounds an endpoint's URL, in bytes.
const maxURL = 2000

// CheckURL reports problem.FormatInvalid unless an endpoint may have the URL.
// Where a name leads to is checked with each connection, since that may change.
func (p Policy) CheckURL(s string) error {
	u, err := url.Parse(s)
	bad := func(format string, args ...any) error {
		return problem.New(problem.FormatInvalid, format, args...).At("url")
	}
	switch {
	case err != nil || len(s) > maxURL || u.Hostname() == "":
		return bad("must be an absolute URL of at most %d characters, such as https://app.example/events", maxURL)
	case u.User != nil:
		return bad("must not hold a user or a password: the signature shows who calls")
	case u.Fragment != "":
		return bad("must not have a fragment")
	case u.Scheme == "http" && p.Plain && p.local(u.Hostname()):
	case u.Scheme == "http" && p.Plain:
		return bad("must be https; http is for receivers on this machine only")
	case u.Scheme != "https":
		return bad("must be https")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !p.may(ip) {
		return bad("must not be a private or reserved address; webhooks.allow in the configuration allows single ones")
	}
	return nil
}

// local reports whether a host may be called by http.
func (p Policy) local(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return len(p.Allow) > 0
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && p.allows(ip)
}

func (p Policy) allows(ip netip.Addr) bool {
	return slices.ContainsFunc(p.Allow, func(r netip.Prefix) bool { return r.Contains(ip.Unmap()) })
}

func (p Policy) may(ip netip.Addr) bool { return p.allows(ip) || public(ip) }

// control refuses a connection to an address that messages may not go to. The
// dialer calls it with what the name was resolved to, just before it connects,
// so a name that leads elsewhere the second time gains nothing.
func (p Policy) control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	if !p.may(ip) {
		return &forbidden{ip.WithZone("").Unmap()}
	}
	return nil
}

// forbidden is the error of an address that messages may not go to.
type forbidden struct{ ip netip.Addr }

func (f *forbidden) Error() string {
	return fmt.Sprintf("the host is at %s, which is not public", f.ip)
}

// reserved are the special-purpose blocks of the IANA registries that
// netip.Addr has no method for, and those that carry an IPv4 address within.
func reserved() []netip.Prefix {
	var all []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
		"2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// public reports whether anybody on the Internet could be at ip.
func public(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	return !slices.ContainsFunc(reserved(), func(r netip.Prefix) bool { return r.Contains(ip) })
}
