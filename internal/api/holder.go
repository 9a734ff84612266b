package api

import (
	"net/http"
	"slices"
	"strings"

	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
)

// checkCertificate checks the client certificate of every call, where the
// installation wants one, before anything else is looked at. The logos need
// none, like no token: the browser of a PSU loads them.
func (h *Handler) checkCertificate(r *http.Request) error {
	if h.Authority == nil || strings.HasPrefix(r.URL.Path, logoPath) {
		return nil
	}
	presented, err := h.certificates().Of(r)
	if err != nil {
		return err
	}
	return h.Authority.Check(presented, h.Clock.Now())
}

func (h *Handler) certificates() *web.Certificates {
	if h.Certificates == nil {
		return &web.Certificates{}
	}
	return h.Certificates
}

// checkHolder checks that who makes the call is whom the token is for: that
// the certificate is of the organisation that owns the app, and what the token
// is bound to.
func (h *Handler) checkHolder(w http.ResponseWriter, r *http.Request, c *call, sent credential) error {
	presented, err := h.certificates().Of(r)
	if err != nil {
		presented = nil // where one is needed, it was refused already
	}
	if h.Authority != nil && (presented == nil || !certificate.Names(presented.Leaf, c.access.App.Extensions.Organisation)) {
		return problem.New(problem.CertificateInvalid, "the client certificate is not of the organisation that owns the application")
	}
	if sent.dpop {
		if nonce := h.Tokens.Nonce(); nonce != "" {
			w.Header().Set("DPoP-Nonce", nonce)
		}
	}
	return h.Tokens.CheckHolder(&c.access, &token.Holder{
		DPoP: sent.dpop, Presented: presented,
		Proof: token.ProofRequest{
			Headers: r.Header.Values("DPoP"), Method: r.Method, URLs: []string{h.APIBase + r.URL.EscapedPath()}, Token: sent.token,
		},
	})
}

// A credential is what an Authorization header has.
type credential struct {
	token string
	dpop  bool // by the scheme DPoP (RFC 9449 section 7.1), else Bearer (RFC 6750 section 2.1)
}

// readCredential reads the Authorization header.
func readCredential(h http.Header) (credential, error) {
	values := slices.DeleteFunc(slices.Clone(h.Values("Authorization")), func(v string) bool { return trim(v) == "" })
	if len(values) == 0 {
		return credential{}, problem.New(problem.TokenMissing, "the Authorization header is missing")
	}
	if len(values) > 1 {
		return credential{}, problem.New(problem.TokenUnknown, "more than one Authorization header")
	}
	scheme, raw, _ := strings.Cut(trim(values[0]), " ")
	raw = trim(raw)
	dpop := strings.EqualFold(scheme, "DPoP")
	if raw == "" || !dpop && !strings.EqualFold(scheme, "Bearer") {
		return credential{}, problem.New(problem.TokenMissing, "the Authorization header must be: Bearer and a token")
	}
	return credential{raw, dpop}, nil
}
