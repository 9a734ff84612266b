package sca_test

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/sca"
)

// TestStatusMachine goes through every pair of statuses.
func TestStatusMachine(t *testing.T) {
	t.Parallel()
	all := sca.Statuses()
	if len(all) != 10 {
		t.Fatalf("%d statuses, want the 10 of NextGenPSD2", len(all))
	}
	for i, from := range all {
		for j, to := range all {
			want := !from.Final() && (to.Final() || j > i)
			if got := from.CanBecome(to); got != want {
				t.Errorf("%s.CanBecome(%s) = %t, want %t", from, to, got, want)
			}
		}
	}
	if sca.Status("other").CanBecome(sca.Failed) {
		t.Error("an unknown status can become failed")
	}
}

func TestFinalStatusesStay(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, s := range sca.Statuses() {
		a := sca.Authorisation{Status: s}
		a.Fail(sca.UserCancel, "m", at)
		if failed := a.FinishedAt.Equal(at); failed == s.Final() {
			t.Errorf("Fail on %s: changed %t", s, failed)
		}
		a = sca.Authorisation{Status: s, MoreNeeded: true}
		a.Void(sca.RefusedByBank, "m", at)
		if voided := a.Status == sca.Failed && a.Failure == sca.RefusedByBank && !a.MoreNeeded; voided != s.Signed() {
			t.Errorf("Void on %s: changed %t", s, voided)
		}
		a = sca.Authorisation{Status: s}
		a.Finish(sca.Finalised, at)
		if finished := a.FinishedAt.Equal(at); finished == s.Final() {
			t.Errorf("Finish on %s: changed %t", s, finished)
		}
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	started, signed := created.Add(time.Hour), created.Add(time.Hour+time.Minute)
	tests := []struct {
		name string
		a    sca.Authorisation
		want time.Time // zero: none
	}{
		{"never started", sca.Authorisation{Status: sca.Received, CreatedAt: created}, created.Add(24 * time.Hour)},
		{"redirect", sca.Authorisation{Status: sca.Started, Approach: sca.PlainRedirect, StartedAt: started}, started.Add(15 * time.Minute)},
		{"code", sca.Authorisation{Status: sca.Started, Approach: sca.OAuthRedirect, StartedAt: started, SignedAt: signed}, signed.Add(10 * time.Minute)},
		{"decoupled", sca.Authorisation{Status: sca.Started, Approach: sca.Decoupled, StartedAt: started}, time.Time{}},
		{"final", sca.Authorisation{Status: sca.Failed, CreatedAt: created}, time.Time{}},
	}
	for _, tt := range tests {
		got, limited := tt.a.Deadline()
		if !got.Equal(tt.want) || limited == tt.want.IsZero() {
			t.Errorf("%s: Deadline() = %v, %t, want %v", tt.name, got, limited, tt.want)
		}
	}
}

func TestApproachWire(t *testing.T) {
	t.Parallel()
	for a, want := range map[sca.Approach]string{sca.Decoupled: "DECOUPLED", sca.OAuthRedirect: "REDIRECT", sca.PlainRedirect: "REDIRECT"} {
		if got := a.Wire(); got != want {
			t.Errorf("%s.Wire() = %s, want %s", a, got, want)
		}
	}
}
