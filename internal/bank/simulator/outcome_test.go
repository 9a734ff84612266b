package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
)

// TestIdentities holds every published and every own test identity to its row,
// second by second.
func TestIdentities(t *testing.T) {
	t.Parallel()
	type step struct {
		after  time.Duration
		status sca.Status
	}
	tests := []struct {
		psu      string
		steps    []step
		failure  sca.Failure
		declined bool
		needed   int
	}{
		{"99990101000", []step{{0, sca.Started}, {1999, sca.Started}, {2000, sca.Finalised}}, "", false, 1},
		{"199002092386", []step{{0, sca.Started}, {2000, sca.Finalised}}, "", false, 1},
		{"198001019999", []step{{0, sca.Started}, {2000, sca.Finalised}}, "", false, 1},
		{"99990101002", []step{{0, sca.Started}, {2000, sca.Finalised}}, "", false, 2},
		{"99990101004", []step{{0, sca.Started}, {2000, sca.Failed}}, sca.SessionExpired, false, 1},
		{"99990101005", []step{{0, sca.Started}, {2000, sca.Failed}}, sca.NotActivated, false, 1},
		{"99990101101", []step{{0, sca.Started}, {2000, sca.Failed}}, sca.UserCancel, true, 1},
		{"99990101102", []step{{0, sca.Started}, {29_999, sca.Started}, {30_000, sca.Failed}}, sca.SessionExpired, false, 1},
		{"99990101103", []step{{0, sca.Started}, {2000, sca.Failed}}, sca.RightsMissing, false, 1},
		{"99990101104", []step{{0, sca.Started}, {29_999, sca.Started}, {30_000, sca.Finalised}}, "", false, 1},
		{"99990101105", []step{
			{0, sca.AuthenticationStarted},
			{2000, sca.AuthoriseCreditorAccountStarted},
			{4000, sca.Started},
			{6000, sca.Finalised},
		}, "", false, 1},
		{"99990101106", []step{{0, sca.Exempted}}, "", false, 1},
		{"99990101108", []step{{0, sca.Started}, {2000, sca.Finalised}}, "", false, 3},
	}
	for _, tt := range tests {
		t.Run(tt.psu, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			b := r.bank("ESSESESS")
			st := r.start(b, corporate(tt.psu, simulator.DemoCompany), nil)
			for _, s := range tt.steps {
				r.clock.AdvanceTo(start.Add(s.after * time.Millisecond))
				if st = r.look(b, st.Ref); st.Status != s.status {
					t.Fatalf("after %d ms: %s, want %s", s.after, st.Status, s.status)
				}
				if hasChallenge := len(st.Challenge.Data) > 0; hasChallenge == st.Status.Final() {
					t.Errorf("after %d ms, %s: challenge %v", s.after, st.Status, st.Challenge)
				}
			}
			last := start.Add(tt.steps[len(tt.steps)-1].after * time.Millisecond)
			r.clock.Advance(time.Hour) // whoever looks later sees the same
			want := bank.SCAState{
				Ref: st.Ref, Status: tt.steps[len(tt.steps)-1].status, Failure: tt.failure, Declined: tt.declined,
				Message: st.Message, SignaturesNeeded: tt.needed, FinishedAt: last,
			}
			if want.Status.Signed() {
				want.Signer = tt.psu
			}
			if diff := cmp.Diff(want, r.look(b, st.Ref)); diff != "" {
				t.Errorf("an hour later (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusedIdentity(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b, c := r.bank("ESSESESS"), private("99990101107")
	if err := b.CheckSigner(t.Context(), c); !problem.Is(err, problem.PSUInvalid) {
		t.Errorf("CheckSigner = %v, want psu_invalid", err)
	}
	if _, err := b.StartSCA(t.Context(), bank.SCAOrder{Customer: c}); !problem.Is(err, problem.PSUInvalid) {
		t.Errorf("StartSCA = %v, want psu_invalid", err)
	}
	if err := b.CheckSigner(t.Context(), private("")); err != nil {
		t.Error(err)
	}
}

// TestDefaultPersons: nobody was named, so the default person signs, and then
// another one.
func TestDefaultPersons(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b, c := r.bank("HANDSESS"), corporate("", "9999990020")
	ref, signers := "", map[string]bool{}
	for range 2 {
		st := r.start(b, c, func(_ *bank.ConsentOrder, o *bank.SCAOrder) {
			if ref != "" {
				o.SubjectRef = ref
			}
		})
		if ref == "" {
			s, err := r.Pending(t.Context())
			if err != nil || len(s) != 1 {
				t.Fatalf("Pending = %v, %v", s, err)
			}
			if s[0].OrganisationName != "Två Händer Bygg AB" || s[0].Signers != 2 {
				t.Errorf("session of %q with %d signers", s[0].OrganisationName, s[0].Signers)
			}
		}
		r.clock.Advance(2 * time.Second)
		st = r.look(b, st.Ref)
		if st.Status != sca.Finalised || st.SignaturesNeeded != 2 {
			t.Errorf("%s with %d signatures needed", st.Status, st.SignaturesNeeded)
		}
		signers[st.Signer] = true
	}
	if !signers[simulator.OrdinaryPerson] {
		t.Errorf("signed by %v", signers)
	}
}

func TestManual(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		psu     string
		act     func(r *rig, ref string) error
		wait    time.Duration
		status  sca.Status
		failure sca.Failure
	}{
		{"nobody", "", nil, 29 * time.Second, sca.Started, ""},
		{"nobody in time", "", nil, 30 * time.Second, sca.Failed, sca.SessionExpired},
		{"approved", "", approve, 0, sca.Finalised, ""},
		{"approved by one who may not", "99990101103", approve, 0, sca.Failed, sca.RightsMissing},
		{"approved by one who is exempted", "99990101106", nil, 0, sca.Exempted, ""},
		{"declined", "", decide(simulator.Decline), 0, sca.Failed, sca.UserCancel},
		{"left", "", decide(simulator.Abort), 0, sca.Failed, sca.UserCancel},
		{"expired", "", decide(simulator.Expire), 0, sca.Failed, sca.SessionExpired},
		{"opened", "", open, 179 * time.Second, sca.Started, ""},
		{"opened and not signed", "", open, 180 * time.Second, sca.Failed, sca.SessionExpired},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *simulator.Options) { o.Mode = simulator.Manual })
			b := r.bank("SWEDSESS")
			st := r.start(b, private(tt.psu), nil)
			if tt.act != nil {
				if err := tt.act(r, st.Ref); err != nil {
					t.Fatal(err)
				}
			}
			r.clock.Advance(tt.wait)
			if st = r.look(b, st.Ref); st.Status != tt.status || st.Failure != tt.failure {
				t.Errorf("%s %s, want %s %s", st.Status, st.Failure, tt.status, tt.failure)
			}
			if st.Status.Final() && tt.act != nil && tt.wait == 0 {
				if err := approve(r, st.Ref); !problem.Is(err, problem.StatusInvalid) {
					t.Errorf("a second answer: %v, want status_invalid", err)
				}
			}
		})
	}
}

func approve(r *rig, ref string) error { return decide(simulator.Approve)(r, ref) }

func decide(v simulator.Verdict) func(*rig, string) error {
	return func(r *rig, ref string) error { return r.Decide(r.t.Context(), ref, simulator.Decision{Verdict: v}) }
}

func open(r *rig, ref string) error { return r.Login(r.t.Context(), ref, "") }

func TestRedirect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		named   string // by the app
		by      string // who answers
		verdict simulator.Verdict
		reason  problem.Reason // of the answer
		status  sca.Status
		failure sca.Failure
	}{
		{"approve", "", "199002092386", simulator.Approve, "", sca.Finalised, ""},
		{"approve as named", "199002092386", "19900209-2386", simulator.Approve, "", sca.Finalised, ""},
		{"decline", "", "199002092386", simulator.Decline, "", sca.Failed, sca.UserCancel},
		{"leave", "", "", simulator.Abort, "", sca.Failed, sca.UserCancel},
		{"expire", "", "", simulator.Expire, "", sca.Failed, sca.SessionExpired},
		{"magic still steers", "", "99990101005", simulator.Approve, "", sca.Failed, sca.NotActivated},
		{"slow one", "", "99990101104", simulator.Approve, "", sca.Finalised, ""},
		{"exempted one", "", "99990101106", simulator.Approve, "", sca.Exempted, ""},

		{"somebody else", "199002092386", "99990101000", simulator.Approve, problem.PSUInvalid, sca.Started, ""},
		{"refused", "", "99990101107", simulator.Approve, problem.PSUInvalid, sca.Started, ""},
		{"no verdict", "", "199002092386", "maybe", problem.FormatInvalid, sca.Started, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			b := r.bank("DNBANOKK")
			st := r.start(b, private(tt.named), func(_ *bank.ConsentOrder, o *bank.SCAOrder) { o.Approach = sca.OAuthRedirect })
			if st.RedirectURL != "https://bank.example/"+st.Ref || st.Status != sca.Started {
				t.Fatalf("started as %+v", st)
			}
			r.clock.Advance(10 * time.Minute) // no magic without the page
			if got := r.look(b, st.Ref).Status; got != sca.Started {
				t.Fatalf("%s before the answer", got)
			}
			err := r.Decide(t.Context(), st.Ref, simulator.Decision{Verdict: tt.verdict, PSU: tt.by})
			if tt.reason == "" && err != nil || tt.reason != "" && !problem.Is(err, tt.reason) {
				t.Fatalf("Decide = %v, want %q", err, tt.reason)
			}
			if st = r.look(b, st.Ref); st.Status != tt.status || st.Failure != tt.failure {
				t.Errorf("%s %s, want %s %s", st.Status, st.Failure, tt.status, tt.failure)
			}
			r.clock.Advance(5 * time.Minute)
			if st = r.look(b, st.Ref); tt.status == sca.Started && st.Failure != sca.SessionExpired {
				t.Errorf("after 15 minutes: %s %s", st.Status, st.Failure)
			}
		})
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.Mode = simulator.Scripted })
	b := r.bank("ESSESESS")
	if err := r.Script("199002092386", "99990101101"); err != nil {
		t.Fatal(err)
	}
	one := r.start(b, private("199002092386"), nil)
	if err := r.Script("199002092386", ""); err != nil {
		t.Fatal(err)
	}
	two := r.start(b, private("199002092386"), nil)
	r.clock.Advance(2 * time.Second)
	if got := r.look(b, one.Ref); got.Failure != sca.UserCancel {
		t.Errorf("scripted: %s %s", got.Status, got.Failure)
	}
	if got := r.look(b, two.Ref); got.Status != sca.Finalised {
		t.Errorf("script over: %s %s", got.Status, got.Failure)
	}
	if err := newRig(t, nil).Script("1", "2"); !problem.Is(err, problem.StatusInvalid) {
		t.Errorf("Script in mode auto = %v", err)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b := r.bank("ESSESESS")
	st := r.start(b, private("199002092386"), nil)
	r.clock.Advance(time.Second)
	for range 2 {
		if err := b.StopSCA(t.Context(), st.Ref); err != nil {
			t.Fatal(err)
		}
	}
	r.clock.Advance(time.Minute)
	if st = r.look(b, st.Ref); st.Status != sca.Failed || st.Failure != sca.SessionExpired {
		t.Errorf("stopped: %s %s", st.Status, st.Failure)
	}
	if err := b.StopSCA(t.Context(), "unknown"); err != nil {
		t.Error(err)
	}
	if st = r.look(b, "unknown"); st.Status != sca.Failed {
		t.Errorf("unknown run: %s", st.Status)
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b := r.bank("ESSESESS")
	of := func(psu, method string) bank.SCAState {
		return r.start(b, private(psu), func(_ *bank.ConsentOrder, o *bank.SCAOrder) { o.Method = method })
	}
	rounds := of("99990101105", sca.MBID)
	first := rounds.Challenge.Data[0]
	if !strings.HasPrefix(first, "7e57") || len(first) != 36 {
		t.Errorf("token %q", first)
	}
	if again := r.look(b, rounds.Ref).Challenge.Data[0]; again != first {
		t.Errorf("the token changed within a round: %s", again)
	}
	text, image := of("199002092386", sca.MBIDQRToken), of("199002092386", sca.MBIDQRImage)
	if a, b := text.Challenge.Data[0], r.look(b, text.Ref).Challenge.Data[0]; a == b || !strings.HasPrefix(a, "bankid.7e57") {
		t.Errorf("QR texts %q and %q", a, b)
	}
	if a, b := image.Challenge.Image, r.look(b, image.Ref).Challenge.Image; a == b || !strings.HasPrefix(a, "data:image/png;base64,iVBOR") {
		t.Errorf("QR images %.40q and %.40q", a, b)
	}
	r.clock.Advance(2 * time.Second)
	if second := r.look(b, rounds.Ref).Challenge.Data[0]; second == first {
		t.Error("the second round has the token of the first")
	}
}
