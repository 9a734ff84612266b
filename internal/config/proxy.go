package config

import (
	"fmt"
	"net/netip"
)

// A ProxyConfig says what stands in front of the server.
type ProxyConfig struct {
	// Trusted are the addresses of proxies, such as "10.0.0.0/8" or
	// "192.0.2.7", whose X-Forwarded-Host and X-Forwarded-For are believed.
	// Defaults to none.
	Trusted []string
	// CertFrom are the addresses of proxies that end TLS and tell of the
	// client's certificate in CertHeader. They must remove that header from what
	// clients send, or anybody could pass for anybody. Defaults to none.
	CertFrom []string
	// CertHeader is "Client-Cert" (RFC 9440) by default, or another header with
	// the certificate as PEM, also percent-encoded, or as DER in base64.
	CertHeader string
}

// Prefixes returns the addresses of the trusted proxies.
func (p ProxyConfig) Prefixes() ([]netip.Prefix, error) { return prefixes("proxy.trusted", p.Trusted) }

// CertPrefixes returns the addresses of the proxies that tell of certificates.
func (p ProxyConfig) CertPrefixes() ([]netip.Prefix, error) {
	return prefixes("proxy.certFrom", p.CertFrom)
}

func prefixes(key string, list []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, s := range list {
		if addr, err := netip.ParseAddr(s); err == nil {
			all = append(all, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is no address and no range of addresses; write such as \"192.0.2.7\" or \"10.0.0.0/8\"", key, s)
		}
		all = append(all, prefix)
	}
	return all, nil
}
