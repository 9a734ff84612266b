package token

import (
	"context"
	"crypto/subtle"
	"slices"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
)

// AuthenticateCertificate returns the app with the id, which has presented its
// client certificate, and by which of the two methods it has proved itself
// (RFC 8705 section 2). It reports problem.ClientInvalid without detail; the
// cause, in which the kinds of fault are told apart, is for the log.
func (s *Service) AuthenticateCertificate(id string, p *certificate.Presented) (*app.App, app.Method, error) {
	refuse := func(cause error) (*app.App, app.Method, error) {
		return nil, "", problem.New(problem.ClientInvalid, "").Because(cause)
	}
	a := s.find(id)
	if a == nil {
		return refuse(problem.New(problem.CertificateInvalid, "no app has this client_id"))
	}
	if a.Allows(app.BySelfSigned) && isOwn(a, p) {
		if now := s.Clock.Now(); now.After(p.Leaf.NotAfter) || now.Before(p.Leaf.NotBefore) {
			return refuse(problem.New(problem.CertificateExpired, "the app's certificate is not good at this time"))
		}
		return a, app.BySelfSigned, nil
	}
	if !a.Allows(app.ByCertificate) || s.Authority == nil {
		return refuse(problem.New(problem.CertificateInvalid, "not a certificate that the app may authenticate by"))
	}
	if err := s.Authority.Check(p, s.Clock.Now()); err != nil {
		return refuse(err)
	}
	if !a.Security().Subject.Matches(p.Leaf) {
		return refuse(problem.New(problem.CertificateInvalid, "the certificate is not this app's"))
	}
	return a, app.ByCertificate, nil
}

// isOwn reports whether the certificate is one that the app has registered.
func isOwn(a *app.App, p *certificate.Presented) bool {
	thumbprint := p.Thumbprint()
	return slices.ContainsFunc(a.Security().Certificates, func(c app.Certificate) bool { return c.Thumbprint == thumbprint })
}

// A Client is an app that has proved who it is, with what it has brought that a
// token can be bound to.
type Client struct {
	App    *app.App
	Method app.Method
	// Proof is nil without one.
	Proof *Proof
	// Presented is nil if no certificate, or none that can be read, came.
	Presented *certificate.Presented
}

// Bind returns what a token for the client must be bound to: the key of its
// proof, its certificate if the app asks for that, and at least one of them
// under FAPI 2.0. It spends the proof. It reports problem.ProofInvalid, and
// problem.FormatInvalid if the certificate is missing.
func (s *Service) Bind(ctx context.Context, c *Client) (jose.Confirmation, error) {
	var bound jose.Confirmation
	sec := c.App.Security()
	if sec.BindCertificate || sec.FAPI2 && c.Proof == nil && c.Presented != nil {
		if c.Presented == nil {
			return bound, problem.New(problem.FormatInvalid,
				"the tokens of this application are bound to its client certificate; present it in the TLS handshake")
		}
		bound.CertificateS256 = c.Presented.Thumbprint()
	}
	if c.Proof == nil {
		if sec.RequireDPoP || sec.FAPI2 && bound == (jose.Confirmation{}) {
			return bound, problem.New(problem.ProofInvalid, "the tokens of this application are bound to its key; send a DPoP proof")
		}
		return bound, nil
	}
	if weak(c.App, c.Proof.algorithm) {
		return bound, proofInvalid("is signed with RS256, which FAPI 2.0 does not take")
	}
	bound.KeyThumbprint = c.Proof.Thumbprint
	return bound, s.spend(ctx, c.Proof)
}

// A Holder is who sends an access token.
type Holder struct {
	DPoP      bool // the scheme of the Authorization header is DPoP, else Bearer
	Proof     ProofRequest
	Presented *certificate.Presented // nil if none
}

// CheckHolder checks that who sends the token that access came from is the one
// that it is bound to. It reports problem.TokenInvalid for another or no
// certificate, and problem.ProofInvalid and problem.NonceNeeded for a DPoP
// proof, or a scheme, that does not fit. Proofs are remembered by this instance
// alone.
func (s *Service) CheckHolder(a *Access, h *Holder) error {
	bound := a.Confirmation
	if bound.CertificateS256 != "" {
		if h.Presented == nil {
			return problem.New(problem.TokenInvalid, "the token is bound to a client certificate; present it in the TLS handshake")
		}
		if subtle.ConstantTimeCompare([]byte(h.Presented.Thumbprint()), []byte(bound.CertificateS256)) != 1 {
			return problem.New(problem.TokenInvalid, "the token is bound to another client certificate")
		}
	}
	switch {
	case bound.KeyThumbprint == "" && h.DPoP:
		return problem.New(problem.ProofInvalid, "the token is not bound to a key; use the scheme Bearer")
	case bound.KeyThumbprint == "":
		return nil
	case !h.DPoP:
		return problem.New(problem.ProofInvalid, "the token is bound to a key; use the scheme DPoP and send a proof")
	}
	p, err := s.CheckProof(&h.Proof)
	if err != nil {
		return err
	}
	if p.Thumbprint != bound.KeyThumbprint {
		return proofInvalid("is by another key than the one that the token is bound to")
	}
	if weak(a.App, p.algorithm) {
		return proofInvalid("is signed with RS256, which FAPI 2.0 does not take")
	}
	return s.spendHere(p)
}
