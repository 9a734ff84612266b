package app

import (
	"crypto/x509"
	"slices"
	"time"

	"sluss.example/sluss/internal/certificate"
)

// A Method is a way for an app to prove who it is at the token endpoint.
type Method string

// The methods. Secret is both client_secret_post and client_secret_basic.
const (
	BySecret      Method = "secret"
	ByAssertion   Method = "private_key_jwt"             // RFC 7523
	ByCertificate Method = "tls_client_auth"             // RFC 8705 section 2.1
	BySelfSigned  Method = "self_signed_tls_client_auth" // RFC 8705 section 2.2
)

// Methods returns all methods.
func Methods() []Method { return []Method{BySecret, ByAssertion, ByCertificate, BySelfSigned} }

// Security is how an app must prove who it is, and what its tokens are bound
// to. The zero value is that of most apps: a secret, or an assertion by a
// registered key, and tokens for whoever holds them.
type Security struct {
	// Methods are those that the app may use; [BySecret] and, once it has
	// keys, [ByAssertion] if empty.
	Methods []Method `json:"methods,omitempty"`
	// FAPI2 holds the app to the FAPI 2.0 security profile: no secrets, and
	// no tokens that are not bound to a key of the app.
	FAPI2 bool `json:"fapi2,omitempty"`
	// RequireDPoP refuses requests for tokens without a DPoP proof.
	RequireDPoP bool `json:"requireDpop,omitempty"`
	// BindCertificate binds each token to the client certificate that was
	// presented for it (RFC 8705 section 3).
	BindCertificate bool `json:"bindCertificate,omitempty"`
	// Subject is that of the app's certificate, for [ByCertificate].
	Subject certificate.Subject `json:"subject,omitzero"`
	// Certificates are the app's own, for [BySelfSigned].
	Certificates []Certificate `json:"certificates,omitempty"`
}

// A Certificate is what is kept of a registered one.
type Certificate struct {
	Thumbprint string    `json:"thumbprint"` // x5t#S256
	Subject    string    `json:"subject"`    // for people
	NotAfter   time.Time `json:"notAfter"`
}

// MaxCertificates is how many certificates an app may have at once.
const MaxCertificates = 5

// maxOrganisation is the most characters of an organisation.
const maxOrganisation = 100

// Security returns how the app must prove who it is.
func (a *App) Security() Security {
	if s := a.Extensions.Security; s != nil {
		return *s
	}
	return Security{}
}

// Allows reports whether the app may prove itself by m.
func (a *App) Allows(m Method) bool {
	s := a.Extensions.Security
	if s == nil {
		return m == BySecret || m == ByAssertion
	}
	if s.FAPI2 && m == BySecret {
		return false
	}
	if len(s.Methods) == 0 {
		return m == BySecret || m == ByAssertion
	}
	return slices.Contains(s.Methods, m)
}

// SetSecurity replaces how the app must prove itself. It reports
// problem.FormatInvalid with every fault that it finds.
func (a *App) SetSecurity(s Security) error {
	a.Extensions.Security = &s
	if s.isZero() {
		a.Extensions.Security = nil
	}
	return a.Check()
}

func (s *Security) isZero() bool {
	return len(s.Methods) == 0 && len(s.Certificates) == 0 && s.Subject == (certificate.Subject{}) &&
		!s.FAPI2 && !s.RequireDPoP && !s.BindCertificate
}

// Register adds certificates to those that the app has of its own. One that is
// there already is not added again.
func (s *Security) Register(certs []*x509.Certificate) {
	for _, c := range certs {
		thumbprint := certificate.Thumbprint(c)
		if slices.ContainsFunc(s.Certificates, func(k Certificate) bool { return k.Thumbprint == thumbprint }) {
			continue
		}
		s.Certificates = append(slices.Clip(s.Certificates), Certificate{
			Thumbprint: thumbprint, Subject: cut(c.Subject.String()), NotAfter: c.NotAfter.UTC(),
		})
	}
}

// Unregister takes the certificate with the thumbprint away. It reports
// problem.ResourceUnknown.
func (s *Security) Unregister(thumbprint string) error {
	i := slices.IndexFunc(s.Certificates, func(k Certificate) bool { return k.Thumbprint == thumbprint })
	if i < 0 {
		return certificateUnknown()
	}
	s.Certificates = slices.Delete(slices.Clone(s.Certificates), i, i+1)
	return nil
}

// clone returns a copy of s that shares nothing with it; nil of nil.
func (s *Security) clone() *Security {
	if s == nil {
		return nil
	}
	c := *s
	c.Methods, c.Certificates = slices.Clone(s.Methods), slices.Clone(s.Certificates)
	return &c
}
