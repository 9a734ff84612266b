package token

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
)

// proofAge is how old a DPoP proof may be, beside the [Skew].
const proofAge = time.Minute

// A ProofRequest is a request that came with DPoP proofs.
type ProofRequest struct {
	Headers []string // the DPoP header lines; one is right
	Method  string
	URLs    []string // those that the request's may be written as in htu
	Token   string   // the access token beside it; empty at the token endpoint
}

// A Proof is a DPoP proof that fits its request. It was not yet looked at
// whether it was used before.
type Proof struct {
	Thumbprint string // jkt
	algorithm  string
	key        [32]byte // for memory of its use
	issued     int64    // Unix seconds
}

// until returns when the proof may be forgotten.
func (p *Proof) until() time.Time { return time.Unix(p.issued, 0).Add(proofAge + Skew) }

func proofInvalid(format string, args ...any) error {
	return problem.New(problem.ProofInvalid, "the DPoP proof "+format, args...)
}

// Nonce returns the nonce that the next proof of a client should have; empty
// if none is needed.
func (s *Service) Nonce() string {
	if s.Nonces == nil {
		return ""
	}
	return s.Nonces.At(s.Clock.Now())
}

// CheckProof checks a DPoP proof by all of RFC 9449 section 4.3 but its being
// used once only. It reports problem.ProofInvalid, and problem.NonceNeeded for
// one that is good but for its nonce.
func (s *Service) CheckProof(r *ProofRequest) (*Proof, error) {
	if len(r.Headers) != 1 {
		return nil, proofInvalid("must come in exactly one DPoP header")
	}
	p, err := jose.ParseProof(r.Headers[0])
	if err != nil {
		return nil, proofInvalid("is not a JWT of typ dpop+jwt that is signed with ES256, EdDSA, PS256 or RS256 by the public key in its jwk")
	}
	if err := checkProof(&p, r, s.Clock.Now()); err != nil {
		return nil, err
	}
	if s.Nonces != nil && !s.Nonces.Good(p.Nonce, s.Clock.Now()) {
		return nil, problem.New(problem.NonceNeeded, "the DPoP proof must have the nonce of the DPoP-Nonce header")
	}
	return &Proof{
		Thumbprint: p.Thumbprint, algorithm: p.Algorithm, issued: p.IssuedAt,
		key: sha256.Sum256([]byte("dpop\x00" + p.Thumbprint + "\x00" + p.ID)),
	}, nil
}

// checkProof checks the claims.
func checkProof(p *jose.Proof, r *ProofRequest, now time.Time) error {
	seconds := now.Unix()
	switch {
	case p.ID == "" || len(p.ID) > maxID:
		return proofInvalid("has no jti, or one of more than %d bytes", maxID)
	case p.Method != r.Method:
		return proofInvalid("has another htm than the request's method")
	case !slices.ContainsFunc(r.URLs, func(u string) bool { return sameURL(u, p.URL) }):
		return proofInvalid("has another htu than the request's URL")
	case p.IssuedAt == 0 || p.IssuedAt+int64((proofAge+Skew)/time.Second) <= seconds:
		return proofInvalid("has no iat, or is too old")
	case p.IssuedAt > seconds+int64(Skew/time.Second):
		return proofInvalid("is from the future")
	case r.Token != "" && !isHash(p.TokenHash, r.Token):
		return proofInvalid("has another ath than the hash of the access token")
	}
	return nil
}

// isHash reports whether hash is the ath of a token (RFC 9449 section 4.2).
func isHash(hash, raw string) bool {
	sum := sha256.Sum256([]byte(raw))
	return subtle.ConstantTimeCompare([]byte(hash), []byte(base64.RawURLEncoding.EncodeToString(sum[:]))) == 1
}

// sameURL compares an htu by the rules of RFC 3986 section 6.2, without query
// and fragment. The names of the loopback interface are one, and a slash at the
// end makes no difference, as elsewhere here.
func sameURL(ours, htu string) bool {
	a, err := url.Parse(ours)
	b, err2 := url.Parse(htu)
	return err == nil && err2 == nil && b.Host != "" && b.User == nil &&
		strings.EqualFold(a.Scheme, b.Scheme) && hostOf(a) == hostOf(b) &&
		strings.TrimRight(a.EscapedPath(), "/") == strings.TrimRight(b.EscapedPath(), "/")
}

// hostOf returns host and port as they are compared.
func hostOf(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if host == "127.0.0.1" || host == "::1" {
		host = "localhost"
	}
	if port == "" && strings.EqualFold(u.Scheme, "https") {
		port = "443"
	} else if port == "" {
		port = "80"
	}
	return host + ":" + port
}

// spend notes in the store that the proof is used, for the token endpoint.
func (s *Service) spend(ctx context.Context, p *Proof) error {
	if s.Replays == nil {
		return s.spendHere(p)
	}
	first, err := s.Replays.UseOnce(ctx, p.key, p.until())
	return onlyFirst(first, err)
}

// spendHere notes in the memory of this instance that the proof is used.
func (s *Service) spendHere(p *Proof) error {
	first, err := s.proofs.useOnce(p.key, p.issued, s.Clock.Now())
	return onlyFirst(first, err)
}

func onlyFirst(first bool, err error) error {
	if err == nil && !first {
		return proofInvalid("was used before; make a new one for each request")
	}
	return err
}

// weak reports whether an algorithm is one that FAPI 2.0 section 5.4 leaves
// out.
func weak(a *app.App, algorithm string) bool { return a.Security().FAPI2 && algorithm == "RS256" }
