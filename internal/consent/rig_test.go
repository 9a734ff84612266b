package consent_test

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A rig is a service on a database of its own, with a bank and a clock that
// the test sets.
type rig struct {
	*testing.T
	*consent.Service
	bank  *banktest.Scripted
	clock *clock.Virtual
}

func newRig(t *testing.T) *rig {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	r := &rig{T: t, bank: banktest.NewScripted("ESSESESS"), clock: clock.NewFrozen(noon)}
	other := banktest.NewScripted("HANDSESS")
	banks, err := bank.NewRegistry(r.bank, other)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"app", "other"} {
		if err := db.InsertApp(t.Context(), app.App{ID: id, Name: "App " + id, Environment: "sandbox", CreatedAt: noon}); err != nil {
			t.Fatal(err)
		}
	}
	r.Service = &consent.Service{Store: db, Banks: banks, Apps: db, Clock: r.clock}
	return r
}

// anna is the app's caller on behalf of one person.
func anna() app.Caller { return app.Caller{ClientID: "app", Context: scope.Private, PSU: "1"} }

// boss is the app's caller on behalf of a person of a company.
func boss(psu string) app.Caller {
	return app.Caller{ClientID: "app", Context: scope.Corporate, Organisation: "5", PSU: psu}
}

func request() consent.Request {
	return consent.Request{
		BICFI: "ESSESESS", Access: &consent.Access{}, Recurring: new(true), FrequencyPerDay: new(4), Combined: new(false),
		ValidUntil: new(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)),
	}
}

func (r *rig) create(by app.Caller, change ...func(*consent.Request)) consent.Ref {
	r.Helper()
	req := request()
	for _, f := range change {
		f(&req)
	}
	c, err := r.Create(r.Context(), by, req)
	if err != nil {
		r.Fatal(err)
	}
	return consent.Ref{BICFI: "ESSESESS", ConsentID: c.ID}
}

// start makes an authorisation and chooses its method.
func (r *rig) start(by app.Caller, ref consent.Ref, redirect bool) consent.Ref {
	r.Helper()
	ref = r.add(by, ref)
	o, err := r.ChooseMethod(r.Context(), by, consent.Choice{Ref: ref, Method: sca.MBID, RedirectPreferred: &redirect})
	if err != nil {
		r.Fatal(err)
	}
	if o.Authorisation.Status != sca.Started || o.Method.ID != sca.MBID {
		r.Fatalf("started: %s, method %q", o.Authorisation.Status, o.Method.ID)
	}
	return ref
}

func (r *rig) add(by app.Caller, ref consent.Ref) consent.Ref {
	r.Helper()
	o, err := r.StartAuthorisation(r.Context(), by, consent.Choice{Ref: ref})
	if err != nil {
		r.Fatal(err)
	}
	if o.Authorisation.Status != sca.Received {
		r.Fatalf("new authorisation: %s", o.Authorisation.Status)
	}
	ref.AuthorisationID = o.Authorisation.ID
	return ref
}

func (r *rig) status(by app.Caller, ref consent.Ref) consent.Status {
	r.Helper()
	c, err := r.Consent(r.Context(), by, ref)
	if err != nil {
		r.Fatal(err)
	}
	return c.Status
}

// expect checks the statuses of an authorisation and of its consent, by a poll.
func (r *rig) expect(by app.Caller, ref consent.Ref, s consent.Status, a sca.Status, why sca.Failure) consent.Open {
	r.Helper()
	o, err := r.Poll(r.Context(), by, ref)
	if err != nil {
		r.Fatal(err)
	}
	if o.Consent.Status != s || o.Authorisation.Status != a || o.Authorisation.Failure != why {
		r.Errorf("poll: %s, %s, %q; want %s, %s, %q", o.Consent.Status, o.Authorisation.Status, o.Authorisation.Failure, s, a, why)
	}
	return o
}

func (r *rig) fails(what string, err error, want problem.Reason) {
	r.Helper()
	if !problem.Is(err, want) {
		r.Errorf("%s: %v, want %s", what, err, want)
	}
}
