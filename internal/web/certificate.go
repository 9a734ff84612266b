package web

import (
	"net/http"
	"net/netip"
	"strings"

	"sluss.example/sluss/internal/certificate"
)

// ClientCert is the header of RFC 9440.
const ClientCert = "Client-Cert"

// Certificates tell which client certificate a request came with. The zero
// value knows the connection's own alone.
type Certificates struct {
	// Proxies are the addresses of those that end TLS before us. What comes
	// from there has the certificate that Header tells of, or none; what comes
	// from anywhere else has that of its connection, whatever its headers say.
	Proxies []netip.Prefix
	// Header is [ClientCert] if empty. A proxy must remove it from what it gets
	// from clients.
	Header string
}

// Of returns the certificate of a request, nil without one. It reports
// problem.CertificateInvalid for a header that cannot be read.
func (c *Certificates) Of(r *http.Request) (*certificate.Presented, error) {
	if c.fromProxy(r) {
		return c.told(r.Header)
	}
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil, nil
	}
	chain := r.TLS.PeerCertificates
	return &certificate.Presented{Leaf: chain[0], Intermediates: chain[1:]}, nil
}

// told returns the certificate that the header of a proxy tells of.
func (c *Certificates) told(h http.Header) (*certificate.Presented, error) {
	name := c.Header
	if name == "" {
		name = ClientCert
	}
	values := h.Values(name)
	if len(values) == 0 || len(values) == 1 && isBlank(values[0]) {
		return nil, nil
	}
	if len(values) > 1 {
		return nil, certificate.ErrField()
	}
	p, err := certificate.ParseField(values[0])
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(name, ClientCert) {
		chain, err := certificate.ParseChain(strings.Join(h.Values("Client-Cert-Chain"), ","))
		if err != nil {
			return nil, err
		}
		p.Intermediates = append(p.Intermediates, chain...)
	}
	return p, nil
}

// isBlank reports whether a proxy says that there is no certificate: nginx and
// HAProxy leave the value empty, others write a hyphen or "(null)".
func isBlank(v string) bool {
	v = strings.TrimSpace(v)
	return v == "" || v == "-" || v == "(null)"
}

func (c *Certificates) fromProxy(r *http.Request) bool {
	if len(c.Proxies) == 0 {
		return false
	}
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	for _, p := range c.Proxies {
		if p.Contains(addr.Addr().Unmap()) {
			return true
		}
	}
	return false
}
