// Package passkey has the two ceremonies of WebAuthn Level 3: a user registers
// a passkey, and signs in with one. It wraps the library that knows the formats.
//
// A ceremony begins with options for the browser and a state, which the browser
// carries sealed, and ends with both in one request, once. A passkey must be
// discoverable, so that nobody has to type an address, and must verify its
// user, so that it counts as two factors. Attestation is not asked for: which
// make of authenticator it is does not matter.
package passkey

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
)

// Life is how long a ceremony may take.
const Life = 15 * time.Minute

// Once remembers what was used.
type Once interface {
	// UseOnce reports whether the key was not used before. It is remembered
	// until the instant.
	UseOnce(ctx context.Context, key [32]byte, until time.Time) (bool, error)
}

// A Ceremonies holds the ceremonies of one site. It is safe for concurrent use.
type Ceremonies struct {
	rp     *webauthn.WebAuthn
	sealer developer.Sealer
	once   Once
	clock  clock.Clock
}

// New returns the ceremonies of the site with the base URL: its host is the
// relying party, and it the one origin. Where the host is an address, or a name
// without a dot other than localhost, there are none, since passkeys are for
// domains (WebAuthn Level 3 section 4, RP ID), and it returns nil.
func New(base string, sealer developer.Sealer, once Once, c clock.Clock) (*Ceremonies, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") && host != "localhost" {
		return nil, nil //nolint:nilnil // as the comment says
	}
	rp, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "sluss", RPOrigins: []string{base},
		// Password managers tell of extensions that nobody asked for.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Ceremonies{rp: rp, sealer: sealer, once: once, clock: c}, nil
}

// A Begun is a ceremony that the browser carries on.
type Begun struct {
	Options []byte // JSON, for navigator.credentials
	State   []byte // sealed
}

// A state is what is sealed.
type state struct {
	Session webauthn.SessionData `json:"session"`
	Until   time.Time            `json:"until"`
}

// person is a user as the library wants it.
type person struct{ *developer.User }

func (p person) WebAuthnID() []byte          { return []byte(p.ID) }
func (p person) WebAuthnName() string        { return p.Email }
func (p person) WebAuthnDisplayName() string { return p.Name }

func (p person) WebAuthnCredentials() []webauthn.Credential {
	var all []webauthn.Credential
	for _, k := range p.Passkeys {
		var c webauthn.Credential
		if json.Unmarshal(k.Credential, &c) == nil {
			all = append(all, c)
		}
	}
	return all
}

// Register begins the registration of a passkey. The purpose, such as the id of
// the session, must be the same when it is finished.
func (c *Ceremonies) Register(u *developer.User, purpose string) (Begun, error) {
	p := person{u}
	options, session, err := c.rp.BeginRegistration(p,
		webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementRequired),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
		}),
		webauthn.WithConveyancePreference(protocol.PreferNoAttestation),
		webauthn.WithExclusions(webauthn.Credentials(p.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Begun{}, fmt.Errorf("begin to register a passkey: %w", err)
	}
	return c.begun(options.Response, session, "register "+purpose)
}

// SignIn begins a sign-in by any passkey of this site.
func (c *Ceremonies) SignIn() (Begun, error) {
	options, session, err := c.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Begun{}, fmt.Errorf("begin to sign in by a passkey: %w", err)
	}
	return c.begun(options.Response, session, "sign in")
}

func (c *Ceremonies) begun(options any, session *webauthn.SessionData, purpose string) (b Begun, err error) {
	if b.Options, err = json.Marshal(options); err != nil {
		return b, fmt.Errorf("encode options of a passkey: %w", err)
	}
	text, err := json.Marshal(state{*session, c.clock.Now().Add(Life)})
	if err != nil {
		return b, fmt.Errorf("encode state of a passkey: %w", err)
	}
	b.State = c.sealer.Seal("passkey "+purpose, text)
	return b, nil
}

// refused is the one answer to what is not right, with the cause for the log.
func refused(err error) error {
	if p, ok := errors.AsType[*problem.Error](err); ok && p.Reason != problem.ResourceUnknown {
		return err // the store is away, or the like
	}
	return problem.New(problem.ClientInvalid, "The passkey was not accepted. Try it again.").Because(err)
}

// open opens a state and spends it.
func (c *Ceremonies) open(ctx context.Context, sealed []byte, purpose string) (*webauthn.SessionData, error) {
	text, err := c.sealer.Open("passkey "+purpose, sealed)
	if err != nil {
		return nil, refused(err)
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, refused(err)
	}
	if !c.clock.Now().Before(s.Until) {
		return nil, problem.New(problem.ClientInvalid, "That took too long. Try it again.")
	}
	first, err := c.once.UseOnce(ctx, sha256.Sum256([]byte("passkey "+s.Session.Challenge)), s.Until)
	if err != nil {
		return nil, err
	}
	if !first {
		return nil, refused(errors.New("the challenge was used before"))
	}
	return &s.Session, nil
}

// Registered ends a registration by what the browser answered, and returns the
// passkey, which has no label yet. It reports problem.ClientInvalid.
func (c *Ceremonies) Registered(ctx context.Context, u *developer.User, purpose string, sealed, answer []byte) (developer.Passkey, error) {
	session, err := c.open(ctx, sealed, "register "+purpose)
	if err != nil {
		return developer.Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return developer.Passkey{}, refused(err)
	}
	credential, err := c.rp.CreateCredential(person{u}, *session, parsed)
	if err != nil {
		return developer.Passkey{}, refused(err)
	}
	credential.Attestation = webauthn.CredentialAttestation{} // nobody will look at it
	text, err := json.Marshal(credential)
	if err != nil {
		return developer.Passkey{}, fmt.Errorf("encode a passkey: %w", err)
	}
	return developer.Passkey{ID: credential.ID, Credential: text, CreatedAt: c.clock.Now()}, nil
}

// SignedIn ends a sign-in by what the browser answered. It returns the user, as
// find knows it by the id of a credential, and the passkey as it is to be
// stored. It reports problem.ClientInvalid, also for a passkey that seems to
// have been copied.
func (c *Ceremonies) SignedIn(ctx context.Context, sealed, answer []byte, find func(context.Context, []byte) (developer.User, error)) (developer.User, developer.Passkey, error) {
	none := developer.Passkey{}
	session, err := c.open(ctx, sealed, "sign in")
	if err != nil {
		return developer.User{}, none, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return developer.User{}, none, refused(err)
	}
	u, err := find(ctx, parsed.RawID)
	if err != nil {
		return developer.User{}, none, refused(err)
	}
	_, credential, err := c.rp.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return person{&u}, nil }, *session, parsed)
	if err != nil {
		return developer.User{}, none, refused(err)
	}
	if credential.Authenticator.CloneWarning {
		return developer.User{}, none, refused(errors.New("its counter went back"))
	}
	text, err := json.Marshal(credential)
	if err != nil {
		return developer.User{}, none, fmt.Errorf("encode a passkey: %w", err)
	}
	for _, k := range u.Passkeys {
		if bytes.Equal(k.ID, credential.ID) {
			k.Credential, k.UsedAt = text, c.clock.Now()
			return u, k, nil
		}
	}
	return developer.User{}, none, refused(errors.New("it is gone"))
}
