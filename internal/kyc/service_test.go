package kyc_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const (
	even = "5560160680"
	odd  = "9999990051"
)

// An office is a provider that finds what the test says.
type office struct {
	mu      sync.Mutex
	finding kyc.Finding
	err     error
	asked   []kyc.Submission
}

func (o *office) Assess(_ context.Context, s *kyc.Submission) (kyc.Finding, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, *s)
	return o.finding, o.err
}

// A rig is a service on a database of its own, with a clock that the test
// sets.
type rig struct {
	*testing.T
	*kyc.Service
	db    *store.DB
	clock *clock.Virtual
}

func newRig(t *testing.T, url string, p kyc.Provider) *rig {
	t.Helper()
	db := testdb.Open(t, url)
	r := &rig{T: t, db: db, clock: clock.NewFrozen(noon)}
	r.Service = &kyc.Service{
		Store: db, Provider: p, Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: r.clock, Base: "https://kyc.example.test",
	}
	return r
}

// memory returns a rig on SQLite with the sandbox's provider.
func memory(t *testing.T) *rig {
	t.Helper()
	return newRig(t, "sqlite::memory:", kyc.Sandbox{})
}

func (r *rig) advance(d time.Duration) { r.clock.Advance(d) }

func (r *rig) open() kyc.Case {
	r.Helper()
	c, err := r.Open(r.Context(), "app", "SE", odd)
	if err != nil {
		r.Fatal(err)
	}
	return c
}

// instance returns the id in the link of a case.
func (r *rig) instance(c kyc.Case) string {
	r.Helper()
	u, err := url.Parse(r.URL(&c))
	if err != nil {
		r.Fatal(err)
	}
	return u.Query().Get("instanceId")
}

// complete fills a form in.
func (r *rig) complete(instance string) {
	r.Helper()
	a := good()
	for _, step := range kyc.Steps() {
		if err := r.Save(r.Context(), instance, step, &a); err != nil {
			r.Fatal(err)
		}
	}
}

// good returns complete answers.
func good() kyc.Answers {
	return kyc.Answers{
		Company: kyc.Company{
			Name: "Exempel AB", LegalForm: "Limited company", Street: "Storgatan 1", PostalCode: "111 22", City: "Stockholm", Country: "SE",
			Business: "Sells examples.", Payments: "Suppliers and salaries.",
		},
		Owners:     []kyc.Owner{{Name: "Holding AB", Number: "556000-0001", Country: "SE", Share: "60"}, {Name: "Bo Ek", Number: "19800531-0000", Country: "FI", Share: "40 %"}},
		Beneficial: []kyc.Beneficial{{Name: "Anna Ek", Born: "1980-05-31", Country: "SE", Control: "60 % of the shares by Holding AB", PEP: true}},
		Signatory:  kyc.Signatory{Name: "Anna Ek", Born: "1980-05-31", Role: "Managing director", Email: "anna@exempel.example", Confirmed: true},
	}
}

func (r *rig) wantStanding(organisation, until string) {
	r.Helper()
	st, err := r.Standing(r.Context(), "app", organisation)
	got := ""
	if st.Valid() {
		got = st.ValidUntil.Format(time.DateOnly)
	}
	if err != nil || got != until {
		r.Errorf("Standing(%s) = %q, %v, want %q", organisation, got, err, until)
	}
}

func (r *rig) wantStatus(id string, want kyc.Status) kyc.Case {
	r.Helper()
	c, err := r.Find(r.Context(), id)
	if err != nil || c.Status != want {
		r.Errorf("the case is %q, %v, want %q", c.Status, err, want)
	}
	return c
}

func wantReason(t *testing.T, what string, err error, want problem.Reason) {
	t.Helper()
	if !problem.Is(err, want) {
		t.Errorf("%s reports %v, want %s", what, err, want)
	}
}

func caller(organisation string) app.Caller {
	return app.Caller{ClientID: "app", Context: scope.Corporate, Organisation: organisation, PSU: "1"}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	r := memory(t)
	private := caller(odd)
	private.Context = scope.Private
	tests := []struct {
		name string
		by   app.Caller
		held bool
	}{
		{"private", private, false},
		{"no organisation", caller(""), false},
		{"even", caller(even), false},
		{"even, another way of writing", caller("556016-0680"), false},

		{"odd", caller(odd), true},
		{"odd, another way of writing", caller("16999999-0051"), true},
		{"register number", caller("HRB 12345"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := r.Check(t.Context(), tt.by)
			if !tt.held && err != nil || tt.held && !problem.Is(err, problem.KYCInvalid) {
				t.Errorf("Check reports %v, want held: %t", err, tt.held)
			}
		})
	}
}

// held returns the link that Check gives.
func (r *rig) held() string {
	r.Helper()
	p, ok := errors.AsType[*problem.Error](r.Check(r.Context(), caller(odd)))
	if !ok || p.Reason != problem.KYCInvalid || p.PSUMessage != "Your company must complete a KYC form before payments can be made." ||
		p.Detail != "KYC of the organisation is missing or expired" || p.Field != "" {
		r.Fatalf("Check reports %+v", p)
	}
	link := p.Links["kycRedirect"]
	if !strings.HasPrefix(link, "https://kyc.example.test/kyc/form/?instanceId=") {
		r.Fatalf("the link is %q", link)
	}
	return link
}

// TestCheckKeepsForm: the same open form is returned until it expires.
func TestCheckKeepsForm(t *testing.T) {
	t.Parallel()
	r := memory(t)
	first := r.held()
	r.advance(kyc.FormLife - time.Second)
	if again := r.held(); again != first {
		t.Errorf("another form: %s, want %s", again, first)
	}
	r.advance(time.Second)
	second := r.held()
	if second == first {
		t.Error("the link is given that has expired")
	}
	newer := r.open()
	if got := r.held(); got != second && got != r.URL(&newer) {
		t.Errorf("the link is %s, want one of the open forms", got)
	}
	if _, err := r.Decide(t.Context(), second[strings.LastIndex(second, "=")+1:], kyc.Approve); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(t.Context(), caller(odd)); err != nil {
		t.Errorf("Check of an approved organisation: %v", err)
	}
	foreign := caller(odd)
	foreign.ClientID = "other"
	wantReason(t, "Check by another app", r.Check(t.Context(), foreign), problem.KYCInvalid)
}

// TestLife is the life of a case on every engine.
func TestLife(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		r := newRig(t, url, kyc.Sandbox{})
		r.wantStanding(even, "2027-11-23")
		r.wantStanding(odd, "")
		c, other := r.open(), r.open()
		id := r.instance(c)
		if id == c.ID || id == r.instance(other) {
			t.Error("the id in the link is no secret")
		}
		wantReason(t, "Submit of an empty form", second(r.Submit(t.Context(), id)), problem.FormatInvalid)
		r.complete(id)
		r.wantStanding(odd, "")
		sent, err := r.Submit(t.Context(), id)
		if err != nil || sent.Status != kyc.Approved {
			t.Fatalf("Submit = %s, %v", sent.Status, err)
		}
		wantReason(t, "Submit once more", second(r.Submit(t.Context(), id)), problem.StatusInvalid)
		r.wantStatus(other.ID, kyc.Void)
		for _, writing := range []string{odd, "999999-0051", "169999990051"} {
			r.wantStanding(writing, "2027-11-23")
		}
		r.advance(365*24*time.Hour + 12*time.Hour - time.Second) // the end of the last date
		r.wantStanding(odd, "2027-11-23")
		r.advance(time.Second)
		r.wantStanding(odd, "")
		r.wantStatus(c.ID, kyc.Expired)
		r.wantTrail(c.ID, "kyc.open", "kyc.submitted", "kyc.approved", "kyc.expired")
		r.wantTrail(other.ID, "kyc.open", "kyc.void")
	})
}

// second returns the error of a call.
func second(_ kyc.Case, err error) error { return err }

func (r *rig) wantTrail(id string, want ...string) {
	r.Helper()
	events, err := r.db.Trail(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range events {
		got[e.Type]++
		if e.Subject != id || e.ClientID != "app" {
			r.Errorf("event %+v", e)
		}
	}
	for _, w := range want {
		got[w]--
	}
	for kind, n := range got {
		if n != 0 {
			r.Errorf("%d too many of %s", n, kind)
		}
	}
}

func TestStandingUnknown(t *testing.T) {
	t.Parallel()
	r := memory(t)
	for _, id := range []string{"", "12", "55601606800", "abc", strings.Repeat("5", 100)} {
		_, err := r.Standing(t.Context(), "app", id)
		wantReason(t, "Standing("+id+")", err, problem.ResourceUnknown)
		_, err = r.Open(t.Context(), "app", "SE", id)
		wantReason(t, "Open("+id+")", err, problem.ResourceUnknown)
	}
	_, err := r.Open(t.Context(), "app", "FI", odd)
	wantReason(t, "Open in another country", err, problem.ResourceUnknown)
}

func TestOpenTooMany(t *testing.T) {
	t.Parallel()
	r := memory(t)
	for range 50 {
		r.open()
	}
	_, err := r.Open(t.Context(), "app", "SE", odd)
	wantReason(t, "Open", err, problem.AccessExceeded)
	r.advance(kyc.FormLife)
	r.open()
}
