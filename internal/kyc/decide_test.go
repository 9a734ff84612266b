package kyc_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/store/storetest"
)

// TestProviderAway: a form that the provider has no answer for stays sent, and
// is decided on once the provider answers.
func TestProviderAway(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		away := errors.New("no answer")
		o := &office{err: away}
		r := newRig(t, url, o)
		c := r.open()
		r.complete(r.instance(c))
		sent, err := r.Submit(t.Context(), r.instance(c))
		if !errors.Is(err, away) || sent.Status != kyc.Submitted {
			t.Fatalf("Submit = %s, %v", sent.Status, err)
		}
		if err := r.Tick(t.Context()); err != nil || len(o.asked) != 1 {
			t.Errorf("asked %d times before it is due, %v", len(o.asked), err)
		}
		r.advance(time.Minute)
		if err := r.Tick(t.Context()); !errors.Is(err, away) || len(o.asked) != 2 {
			t.Errorf("Tick = %v, asked %d times", err, len(o.asked))
		}
		wantReason(t, "Check", r.Check(t.Context(), caller(odd)), problem.KYCInvalid)
		o.err, o.finding = nil, kyc.Finding{Verdict: kyc.Approve, Note: "nothing found"}
		r.advance(48 * time.Hour) // what was sent does not expire
		if err := r.Tick(t.Context()); err != nil {
			t.Error(err)
		}
		r.wantStatus(c.ID, kyc.Approved)
		if got := o.asked[2]; got.Organisation != odd || got.Country != "SE" || got.Company.Name != "Exempel AB" || len(got.Owners) != 2 {
			t.Errorf("the provider was asked about %+v", got)
		}
		r.wantTrail(c.ID, "kyc.open", "kyc.submitted", "kyc.approved")
	})
}

func TestReview(t *testing.T) {
	t.Parallel()
	r := newRig(t, "sqlite::memory:", &office{finding: kyc.Finding{Verdict: kyc.Review, Note: "1 name is like one of a list"}})
	c := r.open()
	r.complete(r.instance(c))
	sent, err := r.Submit(t.Context(), r.instance(c))
	if err != nil || sent.Status != kyc.Submitted || sent.Note == "" || !sent.RetryAt.IsZero() {
		t.Fatalf("Submit = %+v, %v", sent, err)
	}
	r.advance(time.Hour)
	if err := r.Tick(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := r.Decide(t.Context(), c.ID, kyc.Reject); err != nil {
		t.Error(err)
	}
	r.wantStatus(c.ID, kyc.Rejected)
	r.wantTrail(c.ID, "kyc.open", "kyc.submitted", "kyc.review", "kyc.rejected")
	wantReason(t, "Decide once more", second(r.Decide(t.Context(), c.ID, kyc.Approve)), problem.StatusInvalid)
}

func TestManual(t *testing.T) {
	t.Parallel()
	r := newRig(t, "sqlite::memory:", kyc.Manual{})
	r.wantStanding(even, "") // nobody vouches for it
	c := r.open()
	r.complete(r.instance(c))
	if sent, err := r.Submit(t.Context(), r.instance(c)); err != nil || sent.Status != kyc.Submitted {
		t.Fatalf("Submit = %s, %v", sent.Status, err)
	}
	if _, err := r.Decide(t.Context(), r.instance(c), kyc.Approve); err != nil {
		t.Fatal(err)
	}
	r.wantStanding(odd, "2027-11-23")
	if _, err := r.Decide(t.Context(), c.ID, kyc.Reject); err != nil { // taken back
		t.Fatal(err)
	}
	r.wantStanding(odd, "")
}

func TestDecide(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		verdict kyc.Verdict
		status  kyc.Status
		answers bool // are kept
	}{
		{"approve", kyc.Approve, kyc.Approved, true},
		{"reject", kyc.Reject, kyc.Rejected, true},
		{"leave", kyc.Review, kyc.Open, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := memory(t)
			c, other := r.open(), r.open()
			r.complete(r.instance(c))
			r.complete(r.instance(other))
			if _, err := r.Try(t.Context(), r.instance(c), tt.verdict); err != nil {
				t.Fatal(err)
			}
			got := r.wantStatus(c.ID, tt.status)
			if (got.Sealed != nil) != tt.answers {
				t.Errorf("%d bytes of answers are kept", len(got.Sealed))
			}
			if got := r.wantStatus(other.ID, map[bool]kyc.Status{true: kyc.Void, false: kyc.Open}[tt.verdict == kyc.Approve]); got.Status == kyc.Void && got.Sealed != nil {
				t.Error("the answers of a void case are kept")
			}
		})
	}
}

func TestLeaveOpen(t *testing.T) {
	t.Parallel()
	r := newRig(t, "sqlite::memory:", kyc.Manual{})
	c := r.open()
	if got, err := r.LeaveOpen(t.Context(), c.ID); err != nil || got.Status != kyc.Open {
		t.Errorf("LeaveOpen = %s, %v", got.Status, err)
	}
	r.complete(r.instance(c))
	if _, err := r.Submit(t.Context(), r.instance(c)); err != nil {
		t.Fatal(err)
	}
	r.advance(30 * time.Hour)
	got, err := r.LeaveOpen(t.Context(), c.ID)
	if err != nil || got.Status != kyc.Open || r.Left(&got) != kyc.FormLife {
		t.Errorf("LeaveOpen = %s for %s, %v", got.Status, r.Left(&got), err)
	}
	if f, err := r.Form(t.Context(), r.instance(c)); err != nil || f.Answers.Company.Name != "Exempel AB" {
		t.Errorf("the form is %+v, %v", f, err)
	}
	if _, err := r.Decide(t.Context(), c.ID, kyc.Reject); err != nil {
		t.Fatal(err)
	}
	wantReason(t, "LeaveOpen of a rejected case", second(r.LeaveOpen(t.Context(), c.ID)), problem.StatusInvalid)
}

// TestExpiry: an open form loses its answers, and its link tells nothing.
func TestExpiry(t *testing.T) {
	t.Parallel()
	r := memory(t)
	c := r.open()
	id := r.instance(c)
	r.complete(id)
	stored, err := r.db.KYCCase(t.Context(), c.ID)
	if err != nil || len(stored.Sealed) == 0 || bytes.Contains(stored.Sealed, []byte("Anna")) {
		t.Errorf("at rest are %q, %v", stored.Sealed, err)
	}
	r.advance(kyc.FormLife)
	a := good()
	wantReason(t, "Save", r.Save(t.Context(), id, kyc.StepOwners, &a), problem.ResourceExpired)
	wantReason(t, "Submit", second(r.Submit(t.Context(), id)), problem.ResourceExpired)
	_, err = r.Form(t.Context(), id)
	wantReason(t, "Form", err, problem.ResourceExpired)
	if got := r.wantStatus(c.ID, kyc.Expired); got.Sealed != nil {
		t.Error("the answers of an expired form are kept")
	}
	wantReason(t, "Decide", second(r.Decide(t.Context(), c.ID, kyc.Approve)), problem.StatusInvalid)
}

// TestTickExpires: what nobody looks at ends too.
func TestTickExpires(t *testing.T) {
	t.Parallel()
	r := memory(t)
	c := r.open()
	r.advance(kyc.FormLife)
	if err := r.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, err := r.db.KYCCase(t.Context(), c.ID)
	if err != nil || stored.Status != kyc.Expired {
		t.Errorf("the case is %s, %v", stored.Status, err)
	}
	r.wantTrail(c.ID, "kyc.open", "kyc.expired")
}

func TestFindUnknown(t *testing.T) {
	t.Parallel()
	r := memory(t)
	for _, id := range []string{"", "x", "00000000-0000-4000-8000-000000000000"} {
		_, err := r.Find(t.Context(), id)
		wantReason(t, "Find("+id+")", err, problem.ResourceUnknown)
		_, err = r.Form(t.Context(), id)
		wantReason(t, "Form("+id+")", err, problem.ResourceUnknown)
	}
	c := r.open()
	_, err := r.Form(t.Context(), c.ID) // the case's own id is not the one in the link
	wantReason(t, "Form by the id of the case", err, problem.ResourceUnknown)
}
