package consent_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
)

func TestDecoupled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ref := r.create(anna())
	_, err := r.ForUse(t.Context(), anna(), ref.BICFI, ref.ConsentID)
	r.fails("use before", err, problem.ConsentInvalid)
	ref = r.start(anna(), ref, false)
	if o := r.expect(anna(), ref, consent.Received, sca.Started, ""); !slices.Equal(o.Challenge.Data, []string{"challenge of run-1"}) {
		t.Errorf("challenge %v", o.Challenge)
	}
	r.bank.Sign("1", 1)
	if o := r.expect(anna(), ref, consent.Valid, sca.Finalised, ""); o.Challenge.Data != nil {
		t.Errorf("a challenge after the end: %v", o.Challenge)
	}
	c, err := r.ForUse(t.Context(), anna(), ref.BICFI, strings.ToUpper(ref.ConsentID))
	if err != nil || c.Granted != nil || !c.AuthorisedAt.Equal(noon) {
		t.Errorf("use: %+v, %v", c, err)
	}
	want := bank.SCAOrder{
		Customer: bank.Customer{Context: scope.Private, PSU: "1"}, Subject: bank.SubjectConsent, SubjectRef: "consent-1",
		Approach: sca.Decoupled, Method: sca.MBID, AppName: "App app",
	}
	if got := r.bank.Orders(); !reflect.DeepEqual(got, []bank.SCAOrder{want}) {
		t.Errorf("the bank was asked for %+v, want %+v", got, want)
	}
}

// TestConsentTellsFirst checks that whichever call looks first settles.
func TestWhicheverCallLooksFirst(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"poll", "status", "use"} {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			ref := r.start(anna(), r.create(anna()), false)
			r.bank.Sign("1", 1)
			switch first {
			case "poll":
				r.expect(anna(), ref, consent.Valid, sca.Finalised, "")
			case "status":
				if s := r.status(anna(), ref); s != consent.Valid {
					t.Errorf("status %s", s)
				}
			case "use":
				if _, err := r.ForUse(t.Context(), anna(), ref.BICFI, ref.ConsentID); err != nil {
					t.Error(err)
				}
			}
			stored, err := r.Store.Consent(t.Context(), ref.ConsentID)
			if err != nil || stored.Status != consent.Valid {
				t.Errorf("stored: %s, %v", stored.Status, err)
			}
		})
	}
}

func TestSeveralSigners(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ref := r.create(boss("1"))
	first := r.start(boss("1"), ref, false)
	r.bank.Sign("1", 2)
	if o := r.expect(boss("1"), first, consent.PartiallyAuthorised, sca.Finalised, ""); !o.Authorisation.MoreNeeded {
		t.Error("the first signer is not told that another one is needed")
	}
	_, err := r.StartAuthorisation(t.Context(), boss("1"), consent.Choice{Ref: ref})
	r.fails("the same person again", err, problem.StatusInvalid)
	unnamed := r.start(boss(""), ref, false)
	r.bank.Sign("1", 2)
	r.expect(boss(""), unnamed, consent.PartiallyAuthorised, sca.Failed, sca.RightsMissing)
	second := r.start(boss("2"), ref, false)
	r.bank.Sign("2", 2)
	r.expect(boss("2"), second, consent.Valid, sca.Finalised, "")
	if o := r.expect(boss("2"), first, consent.Valid, sca.Finalised, ""); o.Authorisation.MoreNeeded {
		t.Error("another signature is still needed")
	}
	_, err = r.ForUse(t.Context(), boss("2"), ref.BICFI, ref.ConsentID)
	r.fails("use by another than the creator", err, problem.ConsentUnknown)
	if _, err := r.ForUse(t.Context(), boss("1"), ref.BICFI, ref.ConsentID); err != nil {
		t.Error(err)
	}
	o, err := r.Consent(t.Context(), boss("3"), ref)
	if err != nil || o.Authorisations[0].ID != first.AuthorisationID || o.Authorisations[2].ID != second.AuthorisationID {
		t.Errorf("authorisations are not oldest first: %+v, %v", o.Authorisations, err)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		answer bank.SCAState
		want   consent.Status
		why    sca.Failure
		again  bool // a new authorisation may follow
	}{
		{bank.SCAState{Status: sca.Failed, Failure: sca.UserCancel, Declined: true}, consent.Rejected, sca.UserCancel, false},
		{bank.SCAState{Status: sca.Failed, Failure: sca.RightsMissing, Declined: true}, consent.Rejected, sca.RightsMissing, false},
		{bank.SCAState{Status: sca.Failed, Failure: sca.SessionExpired}, consent.Received, sca.SessionExpired, true},
		{bank.SCAState{Status: sca.Failed, Failure: sca.NotActivated}, consent.Received, sca.NotActivated, true},
		{bank.SCAState{Status: sca.Finalised, Signer: "1", Accounts: []string{}}, consent.Rejected, sca.RightsMissing, false},
	}
	for _, tt := range tests {
		t.Run(string(tt.why)+" "+string(tt.want), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			ref := r.start(anna(), r.create(anna()), false)
			r.bank.Answer(tt.answer)
			r.expect(anna(), ref, tt.want, sca.Failed, tt.why)
			_, err := r.StartAuthorisation(t.Context(), anna(), consent.Choice{Ref: ref})
			if tt.again {
				if err != nil {
					t.Error(err)
				}
				return
			}
			r.fails("another authorisation", err, problem.StatusInvalid)
			if closed := r.bank.Closed(); !slices.Equal(closed, []string{"consent-1"}) {
				t.Errorf("closed at the bank: %v", closed)
			}
		})
	}
}

func TestStatesOfAuthorisations(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ref := r.create(anna())
	choose := func(by app.Caller, ref consent.Ref, method string) error {
		_, err := r.ChooseMethod(t.Context(), by, consent.Choice{Ref: ref, Method: method})
		return err
	}
	first := r.start(anna(), ref, false)
	r.fails("start twice", choose(anna(), first, sca.MBID), problem.StatusInvalid)
	second := r.add(anna(), ref)
	r.expect(anna(), first, consent.Received, sca.Failed, sca.SessionExpired)
	if stopped := r.bank.Stopped(); !slices.Equal(stopped, []string{"run-1"}) {
		t.Errorf("stopped at the bank: %v", stopped)
	}
	r.fails("no method", choose(anna(), second, ""), problem.FormatInvalid)
	r.fails("unknown method", choose(anna(), second, "sms"), problem.MethodUnknown)
	r.fails("start a failed one", choose(anna(), first, sca.MBID), problem.StatusInvalid)
	other := r.create(anna())
	r.fails("of another consent", choose(anna(), consent.Ref{BICFI: ref.BICFI, ConsentID: other.ConsentID, AuthorisationID: second.AuthorisationID}, sca.MBID), problem.ResourceUnknown)
	_, err := r.Poll(t.Context(), anna(), consent.Ref{BICFI: ref.BICFI, ConsentID: other.ConsentID, AuthorisationID: second.AuthorisationID})
	r.fails("poll one of another consent", err, problem.ResourceUnknown)
	if err := choose(anna(), second, sca.MBIDSameDevice); err != nil {
		t.Fatal(err)
	}
	r.bank.Sign("1", 1)
	r.expect(anna(), second, consent.Valid, sca.Finalised, "")
	r.fails("start a finished one", choose(anna(), second, sca.MBID), problem.StatusInvalid)
	_, err = r.StartAuthorisation(t.Context(), anna(), consent.Choice{Ref: ref})
	r.fails("add to a valid consent", err, problem.StatusInvalid)

	corporate := r.create(boss("1"))
	own := r.add(boss("1"), corporate)
	r.fails("start another person's", choose(boss("2"), own, sca.MBID), problem.ResourceForeign)
	r.expect(boss("2"), own, consent.Received, sca.Received, "")
	r.bank.RefuseSigner(problem.New(problem.PSUInvalid, "no"))
	_, err = r.StartAuthorisation(t.Context(), boss("3"), consent.Choice{Ref: corporate})
	r.fails("a person that the bank refuses", err, problem.PSUInvalid)
	r.bank.RefuseSigner(nil)
	for range 49 {
		r.add(boss("3"), corporate)
	}
	_, err = r.StartAuthorisation(t.Context(), boss("3"), consent.Choice{Ref: corporate})
	r.fails("too many", err, problem.AccessExceeded)
}

func TestClock(t *testing.T) {
	t.Parallel()
	t.Run("never authorised", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		ref := r.add(anna(), r.create(anna()))
		r.clock.Advance(24*time.Hour - time.Second)
		r.expect(anna(), ref, consent.Received, sca.Received, "")
		r.clock.Advance(time.Second)
		r.expect(anna(), ref, consent.Rejected, sca.Failed, sca.SessionExpired)
	})
	t.Run("validUntil", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		ref := r.start(anna(), r.create(anna()), false)
		r.bank.Sign("1", 1)
		r.expect(anna(), ref, consent.Valid, sca.Finalised, "")
		r.clock.AdvanceTo(time.Date(2027, 1, 31, 22, 59, 59, 0, time.UTC)) // a second before midnight in Stockholm
		if _, err := r.ForUse(t.Context(), anna(), ref.BICFI, ref.ConsentID); err != nil {
			t.Error(err)
		}
		r.clock.Advance(time.Second)
		_, err := r.ForUse(t.Context(), anna(), ref.BICFI, ref.ConsentID)
		r.fails("use after the last day", err, problem.ConsentExpired)
	})
	t.Run("one-off", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		ref := r.start(anna(), r.create(anna(), func(q *consent.Request) { q.Recurring = new(false) }), false)
		r.bank.Sign("1", 1)
		r.expect(anna(), ref, consent.Valid, sca.Finalised, "")
		r.clock.Advance(24*time.Hour - time.Second)
		if s := r.status(anna(), ref); s != consent.Valid {
			t.Errorf("a second before: %s", s)
		}
		r.clock.Advance(time.Second)
		if s := r.status(anna(), ref); s != consent.Expired {
			t.Errorf("after a day: %s", s)
		}
	})
}

func TestSupersede(t *testing.T) {
	t.Parallel()
	oneOff := func(q *consent.Request) { q.Recurring = new(false) }
	debit := func(q *consent.Request) { q.Type = "sepaDirectDebit" }
	tests := []struct {
		name         string
		older, newer app.Caller
		olderKind    func(*consent.Request)
		newerKind    func(*consent.Request)
		want         consent.Status
	}{
		{"same", boss("1"), boss("1"), nil, nil, consent.Expired},
		{"older is one-off", boss("1"), boss("1"), oneOff, nil, consent.Valid},
		{"newer is one-off", boss("1"), boss("1"), nil, oneOff, consent.Valid},
		{"other person", boss("1"), boss("2"), nil, nil, consent.Valid},
		{"other organisation", boss("1"), app.Caller{ClientID: "app", Context: scope.Corporate, Organisation: "6", PSU: "1"}, nil, nil, consent.Valid},
		{"other context", boss("1"), anna(), nil, nil, consent.Valid},
		{"other app", boss("1"), app.Caller{ClientID: "other", Context: scope.Corporate, Organisation: "5", PSU: "1"}, nil, nil, consent.Valid},
		{"newer is for direct debits", boss("1"), boss("1"), nil, debit, consent.Valid},
		{"older is for direct debits", boss("1"), boss("1"), debit, nil, consent.Valid},
		{"both are for direct debits", boss("1"), boss("1"), debit, debit, consent.Expired},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			sign := func(by app.Caller, kind func(*consent.Request)) consent.Ref {
				if kind == nil {
					kind = func(*consent.Request) {}
				}
				ref := r.start(by, r.create(by, kind), false)
				r.bank.Sign(by.PSU, 1)
				r.expect(by, ref, consent.Valid, sca.Finalised, "")
				return ref
			}
			older := sign(tt.older, tt.olderKind)
			r.clock.Advance(time.Hour)
			sign(tt.newer, tt.newerKind)
			if got := r.status(tt.older, older); got != tt.want {
				t.Errorf("the older consent is %s, want %s", got, tt.want)
			}
		})
	}
}

// The bank's answer on the older consent is looked at last, but it is the older
// one all the same.
func TestSupersedeLate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	older := r.start(anna(), r.create(anna()), false)
	r.bank.Answer(bank.SCAState{Status: sca.Finalised, Signer: "1", SignaturesNeeded: 1, FinishedAt: noon.Add(time.Second)})
	r.clock.Advance(time.Minute)
	newer := r.start(anna(), r.create(anna()), false)
	r.bank.Sign("1", 1)
	r.expect(anna(), newer, consent.Valid, sca.Finalised, "")
	r.expect(anna(), older, consent.Expired, sca.Finalised, "")
	if s := r.status(anna(), newer); s != consent.Valid {
		t.Errorf("the newer consent is %s", s)
	}
	if got := r.bank.Closed(); !slices.Equal(got, []string{"consent-1"}) {
		t.Errorf("the bank was told to close %v", got)
	}
}

func TestDirectDebitOpensNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ref := r.start(boss("1"), r.create(boss("1"), func(q *consent.Request) { q.Type = "SEPADirectDebit" }), false)
	r.bank.Sign("1", 1)
	r.expect(boss("1"), ref, consent.Valid, sca.Finalised, "")
	_, err := r.ForUse(t.Context(), boss("1"), ref.BICFI, ref.ConsentID)
	r.fails("use", err, problem.ConsentInvalid)
}

func TestTerminate(t *testing.T) {
	t.Parallel()
	valid := func(r *rig) consent.Ref {
		ref := r.start(anna(), r.create(anna()), false)
		r.bank.Sign("1", 1)
		r.expect(anna(), ref, consent.Valid, sca.Finalised, "")
		return ref
	}
	tests := []struct {
		name string
		in   func(*rig) consent.Ref
		want consent.Status
	}{
		{"received", func(r *rig) consent.Ref { return r.create(anna()) }, consent.TerminatedByTPP},
		{"received, with one added", func(r *rig) consent.Ref { return r.add(anna(), r.create(anna())) }, consent.TerminatedByTPP},
		{"received, with one pending", func(r *rig) consent.Ref { return r.start(anna(), r.create(anna()), false) }, consent.TerminatedByTPP},
		{"valid", valid, consent.TerminatedByTPP},
		{"signed, but nobody looked", func(r *rig) consent.Ref {
			ref := r.start(anna(), r.create(anna()), false)
			r.bank.Sign("1", 1)
			return ref
		}, consent.TerminatedByTPP},
		{"partially authorised", func(r *rig) consent.Ref {
			ref := r.start(anna(), r.create(anna()), false)
			r.bank.Sign("1", 2)
			return ref
		}, consent.TerminatedByTPP},
		{"rejected", func(r *rig) consent.Ref {
			ref := r.start(anna(), r.create(anna()), false)
			r.bank.Answer(bank.SCAState{Status: sca.Failed, Failure: sca.UserCancel, Declined: true})
			return ref
		}, consent.Rejected},
		{"expired", func(r *rig) consent.Ref {
			ref := valid(r)
			r.clock.AdvanceTo(time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC))
			return ref
		}, consent.Expired},
		{"revoked", func(r *rig) consent.Ref {
			ref := valid(r)
			r.bank.Revoke()
			return ref
		}, consent.RevokedByPSU},
		{"the bank is down", func(r *rig) consent.Ref {
			ref := r.start(anna(), r.create(anna()), false)
			r.bank.Refuse(problem.New(problem.BankUnavailable, "down"))
			return ref
		}, consent.TerminatedByTPP},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			ref := tt.in(r)
			for range 2 {
				if err := r.Terminate(t.Context(), anna(), ref); err != nil {
					t.Fatal(err)
				}
			}
			r.bank.Refuse(nil)
			c, err := r.Consent(t.Context(), anna(), ref)
			if err != nil || c.Status != tt.want {
				t.Fatalf("after DELETE: %s, %v; want %s", c.Status, err, tt.want)
			}
			for _, a := range c.Authorisations {
				if !a.Status.Final() {
					t.Errorf("an authorisation is still %s", a.Status)
				}
			}
			_, err = r.ForUse(t.Context(), anna(), ref.BICFI, ref.ConsentID)
			if tt.want == consent.Expired {
				r.fails("use", err, problem.ConsentExpired)
			} else {
				r.fails("use", err, problem.ConsentInvalid)
			}
		})
	}
}

// TestOwnershipOfEveryStep holds that every call refuses strangers alike.
func TestOwnershipOfEveryStep(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ref := r.add(boss("1"), r.create(boss("1")))
	calls := map[string]func(app.Caller, consent.Ref) error{
		"get":       func(by app.Caller, ref consent.Ref) error { _, err := r.Consent(r.Context(), by, ref); return err },
		"terminate": func(by app.Caller, ref consent.Ref) error { return r.Terminate(r.Context(), by, ref) },
		"add": func(by app.Caller, ref consent.Ref) error {
			_, err := r.StartAuthorisation(r.Context(), by, consent.Choice{Ref: ref})
			return err
		},
		"choose": func(by app.Caller, ref consent.Ref) error {
			_, err := r.ChooseMethod(r.Context(), by, consent.Choice{Ref: ref, Method: sca.MBID})
			return err
		},
		"poll": func(by app.Caller, ref consent.Ref) error { _, err := r.Poll(r.Context(), by, ref); return err },
	}
	callers := []struct {
		name string
		by   app.Caller
		want problem.Reason
	}{
		{"other app", app.Caller{ClientID: "other", Context: scope.Corporate, Organisation: "5", PSU: "1"}, problem.ConsentUnknown},
		{"other app, private", app.Caller{ClientID: "other", Context: scope.Private, PSU: "1"}, problem.ConsentUnknown},
		{"other context", app.Caller{ClientID: "app", Context: scope.Private, Organisation: "5", PSU: "1"}, problem.ContextForeign},
		{"other organisation", app.Caller{ClientID: "app", Context: scope.Corporate, Organisation: "6", PSU: "1"}, problem.ConsentForeign},
	}
	for name, call := range calls {
		for _, c := range callers {
			r.fails(name+" by "+c.name, call(c.by, ref), c.want)
		}
		unknown := ref
		unknown.ConsentID = "6f0c1a52-6c0e-4d0e-9a35-0f8e7d2a1b11"
		r.fails(name+" of none", call(boss("1"), unknown), problem.ConsentUnknown)
		foreign, none := call(callers[0].by, ref), call(boss("1"), unknown)
		if foreign.Error() != none.Error() {
			t.Errorf("%s: another app's and none are told apart: %v, %v", name, foreign, none)
		}
		elsewhere := ref
		elsewhere.BICFI = "HANDSESS"
		r.fails(name+" at another bank", call(boss("1"), elsewhere), problem.ParameterInconsistent)
	}
	for _, c := range append(callers, callers[0], struct {
		name string
		by   app.Caller
		want problem.Reason
	}{"other person", boss("2"), ""}) {
		_, err := r.ForUse(t.Context(), c.by, ref.BICFI, ref.ConsentID)
		r.fails("use by "+c.name, err, problem.ConsentUnknown)
	}
	if s := r.status(boss("9"), ref); s != consent.Received {
		t.Errorf("refused calls changed the consent to %s", s)
	}
}

func TestTheSignerBecomesTheOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	nobody := app.Caller{ClientID: "app", Context: scope.Private}
	ref := r.start(nobody, r.create(nobody), false)
	r.bank.Sign("7", 1)
	r.expect(nobody, ref, consent.Valid, sca.Finalised, "")
	c, err := r.ForUse(t.Context(), nobody, ref.BICFI, ref.ConsentID)
	if err != nil || c.Owner.PSU != "7" {
		t.Errorf("owner %q, %v", c.Owner.PSU, err)
	}
	_, err = r.ForUse(t.Context(), anna(), ref.BICFI, ref.ConsentID)
	r.fails("use by another person", err, problem.ConsentUnknown)
	_, err = r.Consent(t.Context(), anna(), ref)
	r.fails("read by another person", err, problem.ConsentForeign)
}

func TestTheBankRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for reason, field := range map[problem.Reason]string{problem.CorporateIDInvalid: "PSU-Corporate-ID", problem.PSUInvalid: "PSU-ID", problem.BankUnavailable: ""} {
		r.bank.Refuse(problem.New(reason, "no"))
		_, err := r.Create(t.Context(), anna(), request())
		r.fails("create", err, reason)
		if p, _ := errors.AsType[*problem.Error](err); p == nil || p.Field != field {
			t.Errorf("create: %v, want the field %q", err, field)
		}
	}
	r.bank.Refuse(nil)
	ref := r.start(anna(), r.create(anna()), false)
	r.bank.Refuse(problem.New(problem.BankUnavailable, "down"))
	_, err := r.Poll(t.Context(), anna(), ref)
	r.fails("poll while the bank is down", err, problem.BankUnavailable)
	r.bank.Refuse(nil)
	r.expect(anna(), ref, consent.Received, sca.Started, "")
	req := request()
	req.BICFI = "DABASESX"
	_, err = r.Create(t.Context(), anna(), req)
	r.fails("a bank that is not there", err, problem.ResourceUnknown)
}

func TestRevokedByThePSU(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ref := r.start(anna(), r.create(anna()), false)
	r.bank.Sign("1", 1)
	r.expect(anna(), ref, consent.Valid, sca.Finalised, "")
	r.clock.Advance(48 * time.Hour)
	r.bank.Revoke()
	_, err := r.ForUse(t.Context(), anna(), ref.BICFI, ref.ConsentID)
	r.fails("use", err, problem.ConsentInvalid)
	c, err := r.Consent(t.Context(), anna(), ref)
	if err != nil || c.Status != consent.RevokedByPSU || c.LastAction.Format(time.DateOnly) != "2026-11-25" {
		t.Errorf("%s on %v, %v", c.Status, c.LastAction, err)
	}
}

func TestTheBankForgets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ref := r.start(anna(), r.create(anna()), false)
	r.bank.Forget()
	r.expect(anna(), ref, consent.Received, sca.Failed, sca.RefusedByBank)

	r = newRig(t)
	ref = r.start(anna(), r.create(anna()), false)
	r.bank.Sign("1", 1)
	r.expect(anna(), ref, consent.Valid, sca.Finalised, "")
	r.bank.Forget()
	if s := r.status(anna(), ref); s != consent.RevokedByPSU {
		t.Errorf("a consent that the bank has forgotten is %s", s)
	}
}

// TestConcurrentCalls holds that calls at once end in one of the outcomes
// that calls in a row have.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ref := r.add(anna(), r.create(anna()))
	var wg sync.WaitGroup
	var mu sync.Mutex
	started := 0
	for range 8 {
		wg.Go(func() {
			_, err := r.ChooseMethod(context.WithoutCancel(t.Context()), anna(), consent.Choice{Ref: ref, Method: sca.MBID})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				started++
			} else if !problem.Is(err, problem.StatusInvalid) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if started != 1 {
		t.Errorf("started %d times", started)
	}
	// The one run that counts is the one that was not stopped.
	stored, err := r.Store.Consent(t.Context(), ref.ConsentID)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(r.bank.Stopped(), stored.Authorisations[0].BankRef) {
		t.Error("the stored run was stopped")
	}
	for range 8 {
		wg.Go(func() {
			if err := r.Terminate(context.WithoutCancel(t.Context()), anna(), ref); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s := r.status(anna(), ref); s != consent.TerminatedByTPP {
		t.Errorf("after DELETE: %s", s)
	}
}
