package consent

import (
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

var (
	noon      = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tomorrow  = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	stockholm = func() *time.Location {
		in, err := time.LoadLocation("Europe/Stockholm")
		if err != nil {
			return time.FixedZone("CET", 3600)
		}
		return in
	}()
)

// pending returns a consent with one started authorisation.
func pending(approach sca.Approach) Consent {
	return Consent{
		ID: "c", Status: Received, CreatedAt: noon, ExpiresAt: noon.Add(24 * time.Hour), Recurring: true,
		ValidUntil: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC),
		Set: signing.Set{Authorisations: []sca.Authorisation{{
			ID: "a", PSU: "1", Status: sca.Started, Approach: approach, BankRef: "run", CreatedAt: noon, StartedAt: noon,
		}}},
	}
}

func signed(at time.Time) bank.SCAState {
	return bank.SCAState{Ref: "run", Status: sca.Finalised, Signer: "1", SignaturesNeeded: 1, FinishedAt: at}
}

// TestStatusMachine goes through every pair of statuses.
func TestStatusMachine(t *testing.T) {
	t.Parallel()
	allowed := map[[2]Status]bool{
		{Received, PartiallyAuthorised}: true, {Received, Valid}: true, {Received, Rejected}: true, {Received, TerminatedByTPP}: true,
		{PartiallyAuthorised, Valid}: true, {PartiallyAuthorised, Rejected}: true, {PartiallyAuthorised, TerminatedByTPP}: true,
		{Valid, Expired}: true, {Valid, RevokedByPSU}: true, {Valid, TerminatedByTPP}: true,
	}
	for _, from := range Statuses() {
		final := true
		for _, to := range Statuses() {
			want := allowed[[2]Status{from, to}]
			final = final && !want
			if got := from.CanBecome(to); got != want {
				t.Errorf("%s.CanBecome(%s) = %t, want %t", from, to, got, want)
			}
			c := pending(sca.Decoupled)
			c.Status = from
			ch := newChange(&c, time.UTC)
			ch.to(to, noon)
			if moved := c.Status == to && from != to; moved != want || ch.Touched != want {
				t.Errorf("to(%s) from %s: moved %t, want %t", to, from, moved, want)
			}
			if open := !c.Authorisations[0].Status.Final(); want && open != c.Status.Awaiting() {
				t.Errorf("%s to %s: open authorisation %t", from, to, open)
			}
		}
		if from.Final() != final {
			t.Errorf("%s.Final() = %t, want %t", from, from.Final(), final)
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	failed := func(f sca.Failure, declined bool) bank.SCAState {
		return bank.SCAState{Ref: "run", Status: sca.Failed, Failure: f, Declined: declined, FinishedAt: noon.Add(2 * time.Second)}
	}
	soon := noon.Add(2 * time.Second)
	none := signed(soon)
	none.Accounts = []string{}
	two := signed(soon)
	two.SignaturesNeeded = 2
	other := signed(soon)
	other.Signer = "2"
	exempted := signed(soon)
	exempted.Status = sca.Exempted
	tests := []struct {
		name     string
		approach sca.Approach
		answer   *bank.SCAState
		at       time.Time
		status   Status
		scaStat  sca.Status
		failure  sca.Failure
	}{
		{"no answer yet", sca.Decoupled, nil, soon, Received, sca.Started, ""},
		{"signed", sca.Decoupled, new(signed(soon)), soon, Valid, sca.Finalised, ""},
		{"exempted", sca.Decoupled, &exempted, soon, Valid, sca.Exempted, ""},
		{"signed in time, seen late", sca.PlainRedirect, new(signed(soon)), noon.Add(23 * time.Hour), Valid, sca.Finalised, ""},
		{"signed in time, seen after the day", sca.Decoupled, new(signed(soon)), noon.Add(25 * time.Hour), Valid, sca.Finalised, ""},
		{"plain redirect", sca.PlainRedirect, new(signed(soon)), soon, Valid, sca.Finalised, ""},
		{"oauth waits for the code", sca.OAuthRedirect, new(signed(soon)), soon, Received, sca.Started, ""},
		{"oauth, a second before the code ends", sca.OAuthRedirect, new(signed(soon)), soon.Add(599 * time.Second), Received, sca.Started, ""},
		{"oauth, code never exchanged", sca.OAuthRedirect, new(signed(soon)), soon.Add(600 * time.Second), Received, sca.Failed, sca.SessionExpired},
		{"second signer needed", sca.Decoupled, &two, soon, PartiallyAuthorised, sca.Finalised, ""},
		{"declined", sca.Decoupled, new(failed(sca.UserCancel, true)), soon, Rejected, sca.Failed, sca.UserCancel},
		{"not activated", sca.Decoupled, new(failed(sca.NotActivated, false)), soon, Received, sca.Failed, sca.NotActivated},
		{"timed out at the bank", sca.Decoupled, new(failed(sca.SessionExpired, false)), soon, Received, sca.Failed, sca.SessionExpired},
		{"no reason", sca.Decoupled, new(failed("", false)), soon, Received, sca.Failed, sca.RefusedByBank},
		{"none of the accounts", sca.Decoupled, &none, soon, Rejected, sca.Failed, sca.RightsMissing},
		{"somebody else signed", sca.Decoupled, &other, soon, Received, sca.Failed, sca.RightsMissing},
		{"redirect, unanswered at 15 minutes", sca.PlainRedirect, nil, noon.Add(15 * time.Minute), Received, sca.Failed, sca.SessionExpired},
		{"redirect, a second before", sca.PlainRedirect, nil, noon.Add(15*time.Minute - time.Second), Received, sca.Started, ""},
		{"redirect, signed too late", sca.PlainRedirect, new(signed(noon.Add(16 * time.Minute))), noon.Add(17 * time.Minute), Received, sca.Failed, sca.SessionExpired},
		{"never authorised", sca.Decoupled, nil, noon.Add(24 * time.Hour), Rejected, sca.Failed, sca.SessionExpired},
		{"a second before", sca.Decoupled, nil, noon.Add(24*time.Hour - time.Second), Received, sca.Started, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := pending(tt.approach)
			answers := map[string]bank.SCAState{}
			if tt.answer != nil {
				answers["run"] = *tt.answer
			}
			ch := newChange(&c, stockholm)
			ch.Settle(answers, tt.at)
			a := c.Authorisations[0]
			if c.Status != tt.status || a.Status != tt.scaStat || a.Failure != tt.failure {
				t.Errorf("settle: %s, %s, %q; want %s, %s, %q", c.Status, a.Status, a.Failure, tt.status, tt.scaStat, tt.failure)
			}
			before := c.clone()
			again := newChange(&c, stockholm)
			again.Settle(answers, tt.at)
			if again.Touched || c.Status != before.Status {
				t.Errorf("settling twice changes something")
			}
		})
	}
}

func TestEndOfLife(t *testing.T) {
	t.Parallel()
	endOfJanuary := time.Date(2027, 1, 31, 23, 0, 0, 0, time.UTC) // midnight in Stockholm
	tests := []struct {
		name      string
		recurring bool
		until     time.Time // date
		end       time.Time
	}{
		{"recurring, end of the local day", true, time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), endOfJanuary},
		{"in summer time", true, time.Date(2027, 7, 31, 0, 0, 0, 0, time.UTC), time.Date(2027, 7, 31, 22, 0, 0, 0, time.UTC)},
		{"one-off, a day", false, time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), noon.Add(24 * time.Hour)},
		{"one-off, until today", false, tomorrow.AddDate(0, 0, -1), time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := pending(sca.Decoupled)
			c.Recurring, c.ValidUntil = tt.recurring, tt.until
			ch := newChange(&c, stockholm)
			ch.Settle(map[string]bank.SCAState{"run": signed(noon)}, noon)
			if c.Status != Valid || !c.ExpiresAt.Equal(tt.end) || !c.AuthorisedAt.Equal(noon) {
				t.Fatalf("authorised: %s until %v, want valid until %v", c.Status, c.ExpiresAt, tt.end)
			}
			ch.Settle(nil, tt.end.Add(-time.Second))
			if c.Status != Valid {
				t.Errorf("a second before the end: %s", c.Status)
			}
			ch.Settle(nil, tt.end.Add(48*time.Hour))
			if c.Status != Expired {
				t.Errorf("after the end: %s", c.Status)
			}
			if want := DateIn(tt.end, stockholm); !c.LastAction.Equal(want) {
				t.Errorf("lastActionDate %v, want that of the end, %v", c.LastAction, want)
			}
		})
	}
}

func TestSigners(t *testing.T) {
	t.Parallel()
	c := pending(sca.Decoupled)
	c.Authorisations = append(c.Authorisations,
		sca.Authorisation{ID: "b", PSU: "2", Status: sca.Started, Approach: sca.Decoupled, BankRef: "run2", CreatedAt: noon, StartedAt: noon},
		sca.Authorisation{ID: "d", Status: sca.Started, Approach: sca.Decoupled, BankRef: "run3", CreatedAt: noon, StartedAt: noon},
		sca.Authorisation{ID: "e", PSU: "3", Status: sca.Started, Approach: sca.Decoupled, BankRef: "run4", CreatedAt: noon, StartedAt: noon})
	by := func(ref, psu string) map[string]bank.SCAState {
		return map[string]bank.SCAState{ref: {Ref: ref, Status: sca.Finalised, Signer: psu, SignaturesNeeded: 3, Accounts: []string{"x"}}}
	}
	ch := newChange(&c, time.UTC)

	ch.Settle(by("run", "1"), noon)
	if c.Status != PartiallyAuthorised || !c.Authorisations[0].MoreNeeded || !slices.Equal(c.Granted, []string{"x"}) || c.Owner.PSU != "1" {
		t.Errorf("first of three: %s, more needed %t, granted %v, owner %q", c.Status, c.Authorisations[0].MoreNeeded, c.Granted, c.Owner.PSU)
	}
	ch.Settle(by("run3", "1"), noon)
	if a := c.Authorisations[2]; a.Failure != sca.RightsMissing {
		t.Errorf("the same person again: %s %s, want failed", a.Status, a.Failure)
	}
	ch.Settle(by("run2", "2"), noon)
	if c.Status != PartiallyAuthorised || !c.Authorisations[1].MoreNeeded {
		t.Errorf("second of three: %s", c.Status)
	}
	ch.Settle(by("run4", "3"), noon)
	if c.Status != Valid || c.Authorisations[0].MoreNeeded || c.Authorisations[3].MoreNeeded || c.Owner.PSU != "1" {
		t.Errorf("third of three: %s", c.Status)
	}
}
