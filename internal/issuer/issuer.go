// Package issuer is the platform's own certificate authority (CA): it issues
// client certificates to organisations, and withdraws them. In production every call of the APIs
// comes with one.
//
// The CA's key is sealed in the store and made when it is first needed. The
// private key of a certificate is made here too, handed out once with it, and
// not kept; who does not want that sends a request (PKCS #10) instead. The
// serial numbers of what was withdrawn are a snapshot in memory, so that a call
// costs no look into the store: [Service] is a certificate.Register.
package issuer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"time"

	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

const (
	// Life is how long a client certificate is good.
	Life = 398 * 24 * time.Hour
	// caLife is how long the CA's own is.
	caLife = 20 * 365 * 24 * time.Hour
	// early is how long before it was made a certificate is good, for clocks that
	// are behind.
	early = 5 * time.Minute
	// maxLive bounds the certificates of an organisation that are good at once.
	maxLive = 20
	// PollEvery is how often an instance looks for what others have withdrawn.
	PollEvery = 500 * time.Millisecond
)

// An Authority is the CA as it is stored.
type Authority struct {
	Certificate []byte // DER
	Sealed      []byte // PKCS #8 of the private key
	CreatedAt   time.Time
}

// A Store keeps the CA and its certificates.
type Store interface {
	// Authority reports problem.ResourceUnknown while there is none.
	Authority(ctx context.Context) (Authority, error)
	// InsertAuthority stores the CA unless there is one, and returns that which
	// is stored then.
	InsertAuthority(ctx context.Context, a Authority) (Authority, error)
	InsertCertificate(ctx context.Context, c Certificate, events ...event.Event) error
	// Certificates returns those of an organisation, the newest first.
	Certificates(ctx context.Context, organisationID string) ([]Certificate, error)
	// Withdraw stores that a certificate was revoked or blocked. To do it again
	// does nothing. It reports problem.ResourceUnknown for one that is not the
	// organisation's.
	Withdraw(ctx context.Context, organisationID, serial string, state certificate.State, at time.Time, events ...event.Event) error
	// Withdrawn returns the states of the certificates, by serial, that were
	// withdrawn and would be good at now.
	Withdrawn(ctx context.Context, now time.Time) (map[string]certificate.State, error)
}

// A Sealer seals the CA's key: package keyring's.
type Sealer interface {
	Seal(purpose string, plain []byte) []byte
	Open(purpose string, sealed []byte) ([]byte, error)
}

// A Service issues and withdraws certificates. It is safe for concurrent use.
type Service struct {
	Store  Store
	Sealer Sealer
	Clock  clock.Clock
	// Name is what the CA is called, such as "sluss production CA".
	Name string

	mu        sync.Mutex
	root      *x509.Certificate // once it is known
	loading   sync.Mutex        // held by who reads what is withdrawn, so that no older state comes last
	withdrawn atomic.Pointer[map[string]certificate.State]
}

var _ certificate.Register = (*Service)(nil)

const sealPurpose = "certificate authority"

// Root returns the CA's certificate, and makes the CA if there is none.
func (s *Service) Root(ctx context.Context) (*x509.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root != nil {
		return s.root, nil
	}
	a, err := s.authority(ctx)
	if err != nil {
		return nil, err
	}
	s.root, err = x509.ParseCertificate(a.Certificate)
	return s.root, err
}

func (s *Service) authority(ctx context.Context) (Authority, error) {
	a, err := s.Store.Authority(ctx)
	if !problem.Is(err, problem.ResourceUnknown) {
		return a, err
	}
	fresh, err := s.newAuthority()
	if err != nil {
		return Authority{}, err
	}
	return s.Store.InsertAuthority(ctx, fresh)
}

func (s *Service) newAuthority() (Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Authority{}, fmt.Errorf("make the CA's key: %w", err)
	}
	now := s.Clock.Now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: s.Name}, NotBefore: now.Add(-early), NotAfter: now.Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return Authority{}, fmt.Errorf("sign the CA's certificate: %w", err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Authority{}, fmt.Errorf("encode the CA's key: %w", err)
	}
	defer clear(plain)
	return Authority{Certificate: der, Sealed: s.Sealer.Seal(sealPurpose, plain), CreatedAt: now}, nil
}

// newSerial returns a random serial number of 120 bits (CA/Browser Forum
// baseline requirements section 7.1 asks for 64).
func newSerial() *big.Int {
	b := make([]byte, 15)
	_, _ = rand.Read(b) // never fails; see crypto/rand
	b[0] |= 0x40        // never zero, never negative
	return new(big.Int).SetBytes(b)
}

// A Request asks for a certificate.
type Request struct {
	OrganisationID string
	Organisation   string // name
	Number         string // organisation number
	Country        string // ISO 3166-1 alpha-2
	By             string // id of the user
	// Request is a PKCS #10 request in PEM, for a key that the caller keeps. Only
	// its public key counts. A key is made if it is empty.
	Request []byte
}

// Issue issues a certificate. It reports problem.FormatInvalid for a request
// that cannot be read or has a weak key, and problem.AccessExceeded for too many
// certificates.
func (s *Service) Issue(ctx context.Context, r Request) (*Issued, error) {
	now := s.Clock.Now().UTC().Truncate(time.Second)
	if err := s.checkCount(ctx, r.OrganisationID, now); err != nil {
		return nil, err
	}
	root, err := s.Root(ctx)
	if err != nil {
		return nil, err
	}
	signer, err := s.signer(ctx)
	if err != nil {
		return nil, err
	}
	out := &Issued{Root: root}
	public, err := out.publicKey(r.Request)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(), Subject: subjectOf(r), NotBefore: now.Add(-early), NotAfter: now.Add(Life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, root, public, signer)
	if err != nil {
		return nil, fmt.Errorf("sign certificate: %w", err)
	}
	out.Certificate = Certificate{
		Serial: template.SerialNumber.Text(16), OrganisationID: r.OrganisationID, Subject: template.Subject.String(), IssuedBy: r.By,
		IssuedAt: now, ExpiresAt: template.NotAfter, DER: der,
	}
	return out, s.Store.InsertCertificate(ctx, out.Certificate, s.event("certificate.issued", r.OrganisationID, out.Serial))
}

func (s *Service) checkCount(ctx context.Context, organisationID string, now time.Time) error {
	all, err := s.Store.Certificates(ctx, organisationID)
	if err != nil {
		return err
	}
	live := 0
	for i := range all {
		if all[i].Good(now) {
			live++
		}
	}
	if live >= maxLive {
		return problem.New(problem.AccessExceeded, "The organisation has %d certificates that are good. Revoke some first.", live)
	}
	return nil
}

// publicKey returns the key that is certified: that of the request, or a new
// one.
func (i *Issued) publicKey(request []byte) (crypto.PublicKey, error) {
	if len(request) == 0 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make key: %w", err)
		}
		i.key = key
		return &key.PublicKey, nil
	}
	bad := func(text string) error { return problem.New(problem.FormatInvalid, "%s", text).At("request") }
	block, _ := pem.Decode(request)
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return nil, bad("Paste the request as PEM text, from BEGIN to END CERTIFICATE REQUEST.")
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || csr.CheckSignature() != nil {
		return nil, bad("The request cannot be read, or its signature is wrong.")
	}
	switch key := csr.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 || key.N.BitLen() > 4096 {
			return nil, bad("An RSA key must have 2048 to 4096 bits.")
		}
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return nil, bad("An EC key must be on P-256 or P-384.")
		}
	default:
		return nil, bad("The key must be RSA or EC.")
	}
	return csr.PublicKey, nil
}

// subjectOf returns the subject of a certificate: the organisation by its name
// and its number.
func subjectOf(r Request) pkix.Name {
	n := pkix.Name{CommonName: r.Organisation, Organization: []string{r.Organisation}}
	if r.Country != "" {
		n.Country = []string{r.Country}
	}
	if r.Number != "" {
		n.ExtraNames = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: r.Number}}
	}
	return n
}

// signer opens the CA's key.
func (s *Service) signer(ctx context.Context) (crypto.Signer, error) {
	a, err := s.Store.Authority(ctx)
	if err != nil {
		return nil, err
	}
	plain, err := s.Sealer.Open(sealPurpose, a.Sealed)
	if err != nil {
		return nil, fmt.Errorf("open the CA's key: %w", err)
	}
	defer clear(plain)
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, errors.New("the CA's key is not in PKCS #8") // the cause may quote it
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the CA's key does not sign")
	}
	return signer, nil
}

// Revoke withdraws a certificate for its organisation.
func (s *Service) Revoke(ctx context.Context, organisationID, serial string) error {
	return s.withdraw(ctx, organisationID, serial, certificate.Revoked, "certificate.revoked")
}

// Block withdraws a certificate for the operator.
func (s *Service) Block(ctx context.Context, organisationID, serial string) error {
	return s.withdraw(ctx, organisationID, serial, certificate.Blocked, "certificate.blocked")
}

func (s *Service) withdraw(ctx context.Context, organisationID, serial string, state certificate.State, kind string) error {
	if err := s.Store.Withdraw(ctx, organisationID, serial, state, s.Clock.Now(), s.event(kind, organisationID, serial)); err != nil {
		return err
	}
	return s.Load(ctx)
}

func (s *Service) event(kind, organisationID, serial string) event.Event {
	return event.Event{ID: ident.NewUUID(), Type: kind, Subject: organisationID, At: s.Clock.Now(), Detail: serial}
}

// Load takes in what is stored of withdrawn certificates.
func (s *Service) Load(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	next, err := s.Store.Withdrawn(ctx, s.Clock.Now())
	if err != nil {
		return fmt.Errorf("read withdrawn certificates: %w", err)
	}
	s.withdrawn.Store(&next)
	return nil
}

// Run keeps the withdrawn certificates up to date until ctx ends. Those of
// before hold while the store is away.
func (s *Service) Run(ctx context.Context) {
	clock.Real{}.Poll(ctx, PollEvery, nil, func(ctx context.Context) { _ = s.Load(ctx) })
}

// StateOf implements [certificate.Register]. Our serial numbers are random
// enough that no other issuer has the same.
func (s *Service) StateOf(c *x509.Certificate) certificate.State {
	if all := s.withdrawn.Load(); all != nil {
		return (*all)[c.SerialNumber.Text(16)]
	}
	return certificate.Good
}
