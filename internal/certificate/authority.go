package certificate

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"math/big"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sluss.example/sluss/internal/problem"
)

// A State is what a [Register] says of a certificate.
type State int

// The states.
const (
	Good    State = iota
	Revoked       // by its issuer
	Blocked       // by the operator
)

// A Register knows the certificates that are not to be taken any more. It is
// asked with every check and must be quick.
type Register interface {
	// StateOf returns the state of a certificate whose issuer is trusted.
	StateOf(c *x509.Certificate) State
}

// An Authority decides on certificates that must have an issuer of ours. It is
// safe for concurrent use, and must not be changed once in use.
type Authority struct {
	// Registers are asked in order; the worst state counts.
	Registers []Register

	issuers []*x509.Certificate
	roots   *x509.CertPool
	seen    chains
}

// NewAuthority returns an authority that trusts the certificates of a PEM text.
func NewAuthority(text []byte) (*Authority, error) {
	issuers, err := ParsePEM(text)
	if err != nil {
		return nil, err
	}
	a := &Authority{issuers: issuers, roots: x509.NewCertPool()}
	for _, c := range issuers {
		if !c.IsCA {
			return nil, errors.New("a certificate in the PEM is not that of an issuer (CA)")
		}
		a.roots.AddCert(c)
	}
	return a, nil
}

func refused(r problem.Reason, text string) error { return problem.New(r, "%s", text) }

// Check checks at now that an issuer of ours stands behind the certificate,
// that it is for clients, and that it was not withdrawn. It reports
// problem.CertificateMissing for none, problem.CertificateInvalid,
// problem.CertificateBlocked, problem.CertificateRevoked and
// problem.CertificateExpired, in this order.
func (a *Authority) Check(p *Presented, now time.Time) error {
	if p == nil {
		return refused(problem.CertificateMissing, "no client certificate was presented")
	}
	chain, err := a.chain(p, now)
	if err != nil {
		return err
	}
	switch a.stateOf(chain) {
	case Blocked:
		return refused(problem.CertificateBlocked, "the client certificate is blocked")
	case Revoked:
		return refused(problem.CertificateRevoked, "the client certificate is revoked")
	}
	if now.After(p.Leaf.NotAfter) {
		return refused(problem.CertificateExpired, "the client certificate has expired")
	}
	return nil
}

// stateOf returns the worst state within the chain.
func (a *Authority) stateOf(chain []*x509.Certificate) State {
	worst := Good
	for _, r := range a.Registers {
		for _, c := range chain {
			worst = max(worst, r.StateOf(c))
		}
	}
	return worst
}

// chain returns the way from the leaf to an issuer of ours as it is, or was
// when the leaf was last good.
func (a *Authority) chain(p *Presented, now time.Time) ([]*x509.Certificate, error) {
	at := now
	if now.After(p.Leaf.NotAfter) {
		at = p.Leaf.NotAfter
	}
	key := sha256.Sum256(p.Leaf.Raw)
	if chain := a.seen.get(key); chain != nil && during(chain, at) {
		return chain, nil
	}
	if !slices.Contains(p.Leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return nil, refused(problem.CertificateInvalid, "the certificate is not for clients: its extended key usage lacks clientAuth")
	}
	between := x509.NewCertPool()
	for _, c := range p.Intermediates {
		between.AddCert(c)
	}
	found, err := p.Leaf.Verify(x509.VerifyOptions{
		Roots: a.roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, problem.New(problem.CertificateInvalid, "no issuer that is trusted here stands behind the client certificate").Because(err)
	}
	a.seen.put(key, found[0])
	return found[0], nil
}

// during reports whether all of a chain is good at a time.
func during(chain []*x509.Certificate, at time.Time) bool {
	return !slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return at.Before(c.NotBefore) || at.After(c.NotAfter) })
}

// perGeneration bounds the chains that are kept in each of two generations.
const perGeneration = 2048

// chains keeps what was found to be trusted, by the hash of the leaf, so that
// a call costs no signature checks. The zero value is ready.
type chains struct {
	mu         sync.Mutex
	young, old map[[32]byte][]*x509.Certificate
}

func (c *chains) get(key [32]byte) []*x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if chain, ok := c.young[key]; ok {
		return chain
	}
	chain, ok := c.old[key]
	if ok {
		c.insert(key, chain)
	}
	return chain
}

func (c *chains) put(key [32]byte, chain []*x509.Certificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.insert(key, chain)
}

// insert keeps a chain. The caller holds mu.
func (c *chains) insert(key [32]byte, chain []*x509.Certificate) {
	if len(c.young) >= perGeneration {
		c.old, c.young = c.young, nil
	}
	if c.young == nil {
		c.young = map[[32]byte][]*x509.Certificate{}
	}
	c.young[key] = chain
}

// A serial names a certificate: its issuer and the number that this gave it.
type serial struct{ issuer, number string }

func serialOf(issuer []byte, n *big.Int) serial { return serial{string(issuer), n.Text(16)} }

// Lists is a [Register] of the revocation lists of issuers (RFC 5280 section
// 5). It is safe for concurrent use. The zero value is empty.
type Lists struct {
	revoked atomic.Pointer[map[serial]struct{}]
}

// Set replaces the lists by those in files, each in PEM or DER and signed by an
// issuer that a trusts. The lists of before stay if one cannot be read. A list
// whose successor is overdue counts as long as there is no other: what it
// revokes stays revoked.
func (l *Lists) Set(a *Authority, files ...[]byte) error {
	next := map[serial]struct{}{}
	for _, file := range files {
		list, err := parseRevocations(file)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(a.issuers, func(c *x509.Certificate) bool { return list.CheckSignatureFrom(c) == nil }) {
			return errors.New("the list is not signed by an issuer that is trusted here")
		}
		for _, entry := range list.RevokedCertificateEntries {
			if entry.ReasonCode != removeFromCRL {
				next[serialOf(list.RawIssuer, entry.SerialNumber)] = struct{}{}
			}
		}
	}
	l.revoked.Store(&next)
	return nil
}

// removeFromCRL is the reason that takes a certificate off a list (RFC 5280
// section 5.3.1).
const removeFromCRL = 8

// StateOf implements [Register].
func (l *Lists) StateOf(c *x509.Certificate) State {
	if all := l.revoked.Load(); all != nil {
		if _, ok := (*all)[serialOf(c.RawIssuer, c.SerialNumber)]; ok {
			return Revoked
		}
	}
	return Good
}

// A Blocklist is a [Register] of what the operator does not let in, by serial
// number in hexadecimal, of whatever issuer.
type Blocklist map[string]struct{}

// NewBlocklist parses serial numbers as tools print them: hexadecimal, also
// with colons and leading zeros.
func NewBlocklist(serials []string) (Blocklist, error) {
	b := Blocklist{}
	for _, s := range serials {
		n, err := parseSerial(s)
		if err != nil {
			return nil, err
		}
		b[n.Text(16)] = struct{}{}
	}
	return b, nil
}

// StateOf implements [Register].
func (b Blocklist) StateOf(c *x509.Certificate) State {
	if _, ok := b[c.SerialNumber.Text(16)]; ok {
		return Blocked
	}
	return Good
}
