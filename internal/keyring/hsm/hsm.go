//go:build pkcs11 && cgo

package hsm

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/miekg/pkcs11"

	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
)

// Built says whether this program has the backend.
const Built = true

// maxIdle bounds the sessions that are kept. As many sign at once as there are
// cores; tokens may allow far more.
const maxIdle = 64

// A backend signs in a token.
type backend struct {
	keyring.Builtin // for keys that are sealed in the store

	config Config
	ctx    *pkcs11.Ctx
	slot   uint
	anchor pkcs11.SessionHandle // keeps the log-in, which ends with the last session
	idle   chan pkcs11.SessionHandle
	change sync.Mutex // held by who makes or destroys keys, which not every module does well for two at once
	last   bool       // nobody else of this process has the module open
}

// Open opens the module, finds the token and logs in.
func Open(c Config) (keyring.Backend, error) {
	ctx := pkcs11.New(c.Module)
	if ctx == nil {
		return nil, fmt.Errorf("%s is no PKCS #11 module that can be loaded", c.Module)
	}
	b := &backend{config: c, ctx: ctx, idle: make(chan pkcs11.SessionHandle, maxIdle)}
	switch err := ctx.Initialize(); {
	case err == nil:
		b.last = true
	case !is(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED):
		ctx.Destroy()
		return nil, fmt.Errorf("start the PKCS #11 module: %w", err)
	}
	err := b.findToken()
	if err == nil {
		b.anchor, err = b.newSession()
	}
	if err != nil {
		return nil, errors.Join(err, b.end())
	}
	return b, nil
}

// is reports whether err is what a module returned.
func is(err error, code uint) bool {
	p, ok := errors.AsType[pkcs11.Error](err)
	return ok && uint(p) == code
}

// findToken finds the token by its label.
func (b *backend) findToken() error {
	slots, err := b.ctx.GetSlotList(true)
	if err != nil {
		return fmt.Errorf("list the slots of the PKCS #11 module: %w", err)
	}
	var labels []string
	for _, slot := range slots {
		info, err := b.ctx.GetTokenInfo(slot)
		if err != nil {
			continue // a slot whose token is not ready
		}
		if info.Label == b.config.Token {
			b.slot = slot
			return nil
		}
		if info.Label != "" {
			labels = append(labels, fmt.Sprintf("%q", info.Label))
		}
	}
	return fmt.Errorf("the PKCS #11 module has no token %q; it has %s", b.config.Token, strings.Join(append(labels, "no other"), ", "))
}

// newSession opens a session that is logged in.
func (b *backend) newSession() (pkcs11.SessionHandle, error) {
	s, err := b.ctx.OpenSession(b.slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return 0, fmt.Errorf("open a session of the token: %w", err)
	}
	if err := b.ctx.Login(s, pkcs11.CKU_USER, b.config.PIN); err != nil && !is(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN) {
		return 0, errors.Join(fmt.Errorf("log in to the token: %w", err), b.ctx.CloseSession(s))
	}
	return s, nil
}

// with calls fn with a session that nobody else uses. One in which something
// went wrong is not used again.
func (b *backend) with(fn func(s pkcs11.SessionHandle) error) error {
	var s pkcs11.SessionHandle
	select {
	case s = <-b.idle:
	default:
		var err error
		if s, err = b.newSession(); err != nil {
			return err
		}
	}
	if err := fn(s); err != nil {
		_ = b.ctx.CloseSession(s) // it may be gone already
		return err
	}
	select {
	case b.idle <- s:
		return nil
	default:
		return b.ctx.CloseSession(s)
	}
}

// Generate implements [keyring.Backend]: the module makes the key.
func (b *backend) Generate(a jose.Algorithm) (keyring.Private, error) {
	k, ok := kinds[a]
	if !ok {
		return keyring.Private{}, fmt.Errorf("no algorithm is called %q", a)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails; see crypto/rand
	common := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_ID, id),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, "sluss token signing "+string(a)),
	}
	public := append(append([]*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true)}, common...), k.public()...)
	private := append([]*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_SIGN, true), pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true), pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
	}, common...)
	b.change.Lock()
	defer b.change.Unlock()
	err := b.with(func(s pkcs11.SessionHandle) error {
		_, _, err := b.ctx.GenerateKeyPair(s, []*pkcs11.Mechanism{pkcs11.NewMechanism(k.generate, nil)}, public, private)
		return err
	})
	if err != nil {
		return keyring.Private{}, fmt.Errorf("make a key for %s in the token: %w", a, err)
	}
	return keyring.Private{Reference: reference{b.config.Token, id}.String()}, nil
}

// Open implements [keyring.Backend].
func (b *backend) Open(a jose.Algorithm, p keyring.Private) (crypto.Signer, error) {
	if p.Reference == "" {
		return b.Builtin.Open(a, p)
	}
	r, err := b.ours(p.Reference)
	if err != nil {
		return nil, err
	}
	k, ok := kinds[a]
	if !ok {
		return nil, fmt.Errorf("no algorithm is called %q", a)
	}
	s := &signer{backend: b, kind: k, id: r.id}
	err = b.with(func(session pkcs11.SessionHandle) error {
		if s.public, err = b.readPublic(session, k, r.id); err != nil {
			return err
		}
		handle, err := b.find(session, pkcs11.CKO_PRIVATE_KEY, r.id)
		s.handle.Store(uint64(handle))
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ours parses a reference to a key in the token.
func (b *backend) ours(text string) (reference, error) {
	r, err := parseReference(text)
	if err == nil && r.token != b.config.Token {
		err = fmt.Errorf("the private key is in token %q, and not in %q", r.token, b.config.Token)
	}
	return r, err
}

// find returns the object of a class with the id.
func (b *backend) find(s pkcs11.SessionHandle, class uint, id []byte) (pkcs11.ObjectHandle, error) {
	found, err := b.findAll(s, pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_ID, id))
	if err == nil && len(found) != 1 {
		err = errors.New("the key is not in the token any more")
	}
	if err != nil {
		return 0, err
	}
	return found[0], nil
}

// findAll returns up to ten objects with the attributes.
func (b *backend) findAll(s pkcs11.SessionHandle, attributes ...*pkcs11.Attribute) ([]pkcs11.ObjectHandle, error) {
	if err := b.ctx.FindObjectsInit(s, attributes); err != nil {
		return nil, fmt.Errorf("search the token: %w", err)
	}
	found, _, err := b.ctx.FindObjects(s, 10)
	if err := errors.Join(err, b.ctx.FindObjectsFinal(s)); err != nil {
		return nil, fmt.Errorf("search the token: %w", err)
	}
	return found, nil
}

// Discard implements [keyring.Backend].
func (b *backend) Discard(text string) error {
	r, err := b.ours(text)
	if err != nil {
		return err
	}
	b.change.Lock()
	defer b.change.Unlock()
	return b.with(func(s pkcs11.SessionHandle) error {
		found, err := b.findAll(s, pkcs11.NewAttribute(pkcs11.CKA_ID, r.id))
		for _, o := range found {
			err = errors.Join(err, b.ctx.DestroyObject(s, o))
		}
		return err
	})
}

// Close implements [keyring.Backend].
func (b *backend) Close() error {
	close(b.idle)
	for s := range b.idle {
		_ = b.ctx.CloseSession(s) // it may be gone already
	}
	return errors.Join(b.ctx.CloseSession(b.anchor), b.end())
}

// end gives the module back.
func (b *backend) end() error {
	if !b.last {
		return nil
	}
	err := b.ctx.Finalize()
	b.ctx.Destroy()
	return err
}
