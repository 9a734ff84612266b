// Package banktest has what tests of banks share: RunPayments, which every bank
// that takes payments must pass, Scripted, a bank that does
// what a test says, and Ledger, a bank with accounts to read.
package banktest

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
)

// Scripted is a bank that does what a test says, also what the persons of the
// simulator never do, such as a bank that is down in the middle of a run. It
// keeps consents and runs SCA, and has no accounts. It is safe for concurrent
// use; Profile must not change while it is used.
type Scripted struct {
	Profile bank.Profile
	entry   aspsp.ASPSP
	in      *time.Location

	mu      sync.Mutex
	last    int
	refusal error // of every call
	signer  error // of CheckSigner
	runs    map[string]*bank.SCAState
	orders  []bank.SCAOrder
	opened  []bank.ConsentOrder
	stopped []string
	closed  []string
	revoked map[string]bool
	forgot  bool
}

// NewScripted returns a bank with the default profile and the time of
// Stockholm.
func NewScripted(bicfi ident.BICFI) *Scripted {
	in, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		in = time.FixedZone("CET", 3600)
	}
	return &Scripted{
		Profile: bank.DefaultProfile(), in: in, runs: map[string]*bank.SCAState{}, revoked: map[string]bool{},
		entry: aspsp.ASPSP{BICFI: bicfi, Name: "Scripted", CountryCode: "SE", Affiliated: []aspsp.Affiliate{{ID: "08999", Name: "Affiliate"}}},
	}
}

// Info implements [bank.Connector].
func (s *Scripted) Info() *bank.Info {
	return &bank.Info{ASPSP: s.entry, Profile: s.Profile, Location: s.in}
}

// Refuse makes every call return err from now on; nil ends that.
func (s *Scripted) Refuse(err error) { s.with(func() { s.refusal = err }) }

// RefuseSigner makes CheckSigner return err from now on; nil ends that.
func (s *Scripted) RefuseSigner(err error) { s.with(func() { s.signer = err }) }

// Answer sets the state of the run that was started last, but for its Ref.
func (s *Scripted) Answer(st bank.SCAState) {
	s.with(func() {
		st.Ref = "run-" + strconv.Itoa(s.last)
		s.runs[st.Ref] = &st
	})
}

// Sign has the person sign the run that was started last.
func (s *Scripted) Sign(psu string, needed int) {
	s.Answer(bank.SCAState{Status: sca.Finalised, Signer: psu, SignaturesNeeded: needed})
}

// SignRun has the person sign a run, which needs no other signature.
func (s *Scripted) SignRun(ref, psu string) {
	s.with(func() {
		s.runs[ref] = &bank.SCAState{Ref: ref, Status: sca.Finalised, Signer: psu, SignaturesNeeded: 1}
	})
}

// Revoke has the PSU end the consent that was opened last.
func (s *Scripted) Revoke() {
	s.with(func() { s.revoked["consent-"+strconv.Itoa(len(s.opened))] = true })
}

// Forget makes the bank forget every run and consent.
func (s *Scripted) Forget() {
	s.with(func() {
		clear(s.runs)
		s.forgot = true
	})
}

// Orders returns what SCA was started for.
func (s *Scripted) Orders() (orders []bank.SCAOrder) {
	s.with(func() { orders = slices.Clone(s.orders) })
	return orders
}

// Opened returns the consents that were opened.
func (s *Scripted) Opened() (orders []bank.ConsentOrder) {
	s.with(func() { orders = slices.Clone(s.opened) })
	return orders
}

// Stopped returns the runs that were stopped.
func (s *Scripted) Stopped() (refs []string) {
	s.with(func() { refs = slices.Clone(s.stopped) })
	return refs
}

// Closed returns the consents that were closed.
func (s *Scripted) Closed() (refs []string) {
	s.with(func() { refs = slices.Clone(s.closed) })
	return refs
}

func (s *Scripted) with(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// OpenConsent implements [bank.ConsentKeeper].
func (s *Scripted) OpenConsent(_ context.Context, o bank.ConsentOrder) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusal != nil {
		return "", s.refusal
	}
	s.opened = append(s.opened, o)
	return "consent-" + strconv.Itoa(len(s.opened)), nil
}

// Consent implements [bank.ConsentKeeper].
func (s *Scripted) Consent(_ context.Context, ref string) (bank.ConsentState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forgot {
		return bank.ConsentState{}, problem.New(problem.ResourceUnknown, "no such consent")
	}
	return bank.ConsentState{Revoked: s.revoked[ref]}, s.refusal
}

// CloseConsent implements [bank.ConsentKeeper].
func (s *Scripted) CloseConsent(_ context.Context, ref string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, ref)
	return s.refusal
}

// CheckSigner implements [bank.SignerChecker].
func (s *Scripted) CheckSigner(context.Context, bank.Customer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signer
}

// StartSCA implements [bank.Authoriser].
func (s *Scripted) StartSCA(_ context.Context, o bank.SCAOrder) (bank.SCAState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusal != nil {
		return bank.SCAState{}, s.refusal
	}
	s.last++
	ref := "run-" + strconv.Itoa(s.last)
	st := &bank.SCAState{Ref: ref, Status: sca.Started, SignaturesNeeded: 1, Message: "Start your BankID app"}
	if o.Approach.Redirect() {
		st.RedirectURL = "/bank/" + ref
	} else {
		st.Challenge.Data = []string{"challenge of " + ref}
	}
	s.runs[ref], s.orders = st, append(s.orders, o)
	return *st, nil
}

// SCA implements [bank.Authoriser].
func (s *Scripted) SCA(_ context.Context, ref string) (bank.SCAState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusal != nil {
		return bank.SCAState{}, s.refusal
	}
	st, ok := s.runs[ref]
	if !ok {
		return bank.SCAState{}, problem.New(problem.ResourceUnknown, "no such run")
	}
	return *st, nil
}

// StopSCA implements [bank.Authoriser].
func (s *Scripted) StopSCA(_ context.Context, ref string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = append(s.stopped, ref)
	return s.refusal
}
