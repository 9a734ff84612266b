package certificate

import (
	"crypto/x509"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// A Subject is what an app registers of its certificate for tls_client_auth:
// exactly one of the five (RFC 8705 section 2.1.2).
type Subject struct {
	DN    string `json:"dn,omitempty"`    // as in RFC 4514
	DNS   string `json:"dns,omitempty"`   // a dNSName of the subjectAltName
	URI   string `json:"uri,omitempty"`   // a uniformResourceIdentifier of it
	IP    string `json:"ip,omitempty"`    // an iPAddress of it
	Email string `json:"email,omitempty"` // a rfc822Name of it
}

// maxSubject is the most bytes of a value.
const maxSubject = 1000

// Check returns what is wrong with s. The error says what to do.
func (s Subject) Check() error {
	given := 0
	for _, v := range []string{s.DN, s.DNS, s.URI, s.IP, s.Email} {
		if len(v) > maxSubject {
			return errors.New("too long")
		}
		if v != "" {
			given++
		}
	}
	if given != 1 {
		return errors.New("name exactly one of dn, dns, uri, ip and email")
	}
	if s.DN != "" {
		_, err := parseName(s.DN)
		return err
	}
	if s.IP != "" {
		if _, err := netip.ParseAddr(s.IP); err != nil {
			return errors.New("ip is no address")
		}
	}
	if s.URI != "" {
		if u, err := url.Parse(s.URI); err != nil || u.Scheme == "" {
			return errors.New("uri is not absolute")
		}
	}
	if s.Email != "" && !strings.Contains(s.Email, "@") {
		return errors.New("email has no @")
	}
	return nil
}

// Matches reports whether the certificate has the subject.
func (s Subject) Matches(c *x509.Certificate) bool {
	switch {
	case s.DN != "":
		want, err := parseName(s.DN)
		if err != nil {
			return false
		}
		got, err := nameOf(c.RawSubject)
		return err == nil && got.equal(want)
	case s.DNS != "":
		return slices.ContainsFunc(c.DNSNames, func(n string) bool { return strings.EqualFold(n, s.DNS) })
	case s.URI != "":
		want, err := url.Parse(s.URI)
		return err == nil && slices.ContainsFunc(c.URIs, func(u *url.URL) bool { return u.String() == want.String() })
	case s.IP != "":
		want, err := netip.ParseAddr(s.IP)
		if err != nil {
			return false
		}
		for _, ip := range c.IPAddresses {
			if got, ok := netip.AddrFromSlice(ip); ok && got.Unmap() == want.Unmap() {
				return true
			}
		}
	case s.Email != "":
		return slices.ContainsFunc(c.EmailAddresses, func(e string) bool { return sameMailbox(e, s.Email) })
	}
	return false
}

// sameMailbox compares the part after the @ without regard to case (RFC 5280
// section 7.5).
func sameMailbox(a, b string) bool {
	i, j := strings.LastIndexByte(a, '@'), strings.LastIndexByte(b, '@')
	return i > 0 && j > 0 && a[:i] == b[:j] && strings.EqualFold(a[i:], b[j:])
}
