package developer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
)

func TestSignUpAndIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		d := developer.Device{Agent: "Test", Network: "192.0.2.0/24"}
		if err := r.SignUp(ctx, developer.NewAccount{Email: " Ada@Example.com ", Name: "Ada", Password: goodPassword}); err != nil {
			t.Fatal(err)
		}
		link := r.link("ada@example.com", "Prove")
		_, _, err := r.SignIn(ctx, "ada@example.com", goodPassword, d)
		r.fails("SignIn before the address is proved", err, problem.StatusInvalid)
		again := r.link("ada@example.com", "Prove")
		if _, err := r.Verify(ctx, link); err != nil {
			t.Errorf("the first of two links: %v", err)
		}
		_, err = r.Verify(ctx, link)
		r.fails("a link used twice", err, problem.ResourceExpired)
		r.clock.Advance(49 * time.Hour)
		_, err = r.Verify(ctx, again)
		r.fails("a link that is too old", err, problem.ResourceExpired)

		x, cookie := r.in("ADA@example.com")
		got, u, err := r.Look(ctx, cookie)
		if err != nil || got.ID != x.ID || u.Email != "ada@example.com" || got.Stage != developer.Full {
			t.Errorf("Look = %+v, %v, %v", got, u, err)
		}
		_, _, err = r.SignIn(ctx, "ada@example.com", "wrong", d)
		r.fails("a wrong password", err, problem.ClientInvalid)
		_, _, err2 := r.SignIn(ctx, "nobody@example.com", "wrong", d)
		if err2 == nil || err2.Error() != err.Error() {
			t.Errorf("no such account: %v, a wrong password: %v; want the same", err2, err)
		}
	})
}

// Whoever asks for an account that there is learns nothing; its owner does.
func TestSignUpTellsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.person("ada@example.com")
		err := r.SignUp(t.Context(), developer.NewAccount{Email: "ada@example.com", Name: "Eve", Password: "another good one"})
		if err != nil {
			t.Fatal(err)
		}
		mails := r.mail.take("ada@example.com")
		if len(mails) != 1 || !strings.Contains(mails[0].Subject, "already") {
			t.Errorf("mails: %+v", mails)
		}
		r.in("ada@example.com") // with the old password
		if err := r.Forgot(t.Context(), "nobody@example.com", developer.Device{}); err != nil {
			t.Errorf("Forgot of nobody: %v", err)
		}
		if mails := r.mail.take("nobody@example.com"); len(mails) != 0 {
			t.Errorf("mail to nobody: %+v", mails)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		u := r.person("ada@example.com")
		_, idle := r.in("ada@example.com")
		r.clock.Advance(73 * time.Hour)
		_, _, err := r.Look(ctx, idle)
		r.fails("an idle session", err, problem.ResourceUnknown)
		_, used := r.in("ada@example.com")
		for range 15 {
			r.clock.Advance(47 * time.Hour)
			if _, _, err = r.Look(ctx, used); err != nil {
				break
			}
		}
		if err != nil {
			t.Errorf("a session in use ended early: %v", err)
		}
		r.clock.Advance(47 * time.Hour)
		_, _, err = r.Look(ctx, used)
		r.fails("a session after 30 days", err, problem.ResourceUnknown)

		x, _ := r.in("ada@example.com")
		_, other := r.in("ada@example.com")
		next, err := r.ChangePassword(ctx, x, &u, "quite another password", developer.Device{})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = r.Look(ctx, other)
		r.fails("another session after a new password", err, problem.ResourceUnknown)
		if err := r.db.Tidy(ctx, r.clock.Now()); err != nil {
			t.Fatal(err)
		}
		left, err := r.db.Sessions(ctx, u.ID)
		if err != nil || len(left) != 1 || left[0].ID == x.ID {
			t.Errorf("sessions left: %+v, %v", left, err)
		}
		if _, _, err := r.Look(ctx, next); err != nil {
			t.Errorf("the session that goes on: %v", err)
		}
	})
}

func TestReset(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		r.person("ada@example.com")
		_, cookie := r.in("ada@example.com")
		if err := r.Forgot(ctx, "ada@example.com", developer.Device{}); err != nil {
			t.Fatal(err)
		}
		link := r.link("ada@example.com", "new password")
		r.fails("a bad password", r.Reset(ctx, link, "short"), problem.FormatInvalid)
		if err := r.Reset(ctx, link, "something else entirely"); err != nil {
			t.Fatal(err)
		}
		r.fails("the link again", r.Reset(ctx, link, "something else entirely"), problem.ResourceExpired)
		_, _, err := r.Look(ctx, cookie)
		r.fails("a session of before", err, problem.ResourceUnknown)
		_, err = r.Verify(ctx, link)
		r.fails("a link of another kind", err, problem.ResourceExpired)
		if _, _, err := r.SignIn(ctx, "ada@example.com", "something else entirely", developer.Device{}); err != nil {
			t.Error(err)
		}
	})
}

func TestGuessing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		r.person("ada@example.com")
		var err error
		for range 6 {
			_, _, err = r.SignIn(ctx, "ada@example.com", "wrong", developer.Device{Network: "198.51.100.0/24"})
		}
		r.fails("the sixth guess", err, problem.AccessExceeded)
		_, _, err = r.SignIn(ctx, "ada@example.com", goodPassword, developer.Device{Network: "192.0.2.0/24"})
		r.fails("the right one while it waits", err, problem.AccessExceeded)
		r.clock.Advance(2 * time.Second)
		r.in("ada@example.com")
		for range 6 {
			_, _, err = r.SignIn(ctx, "x"+strings.Repeat("y", 3)+"@example.com", "wrong", developer.Device{Network: "203.0.113.0/24"})
		}
		r.fails("many from one network", err, problem.AccessExceeded)
		r.in("ada@example.com")
	})
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		u := r.person("ada@example.com")
		d := developer.Device{}
		secret := []byte("12345678901234567890")
		_, err := r.AddTOTP(ctx, u.ID, secret, "000000")
		r.fails("a wrong first code", err, problem.ClientInvalid)
		codes, err := r.AddTOTP(ctx, u.ID, secret, developer.TOTPAt(secret, r.clock.Now()))
		if err != nil || len(codes) != 10 {
			t.Fatalf("AddTOTP = %v, %v", codes, err)
		}
		x, cookie := r.in("ada@example.com")
		if x.Stage != developer.NeedFactor {
			t.Fatalf("stage %s after the password", x.Stage)
		}
		_, _, err = r.Factor(ctx, x, developer.TOTPAt(secret, r.clock.Now()), d)
		r.fails("a code that was used", err, problem.ClientInvalid)
		r.clock.Advance(30 * time.Second)
		full, better, err := r.Factor(ctx, x, developer.TOTPAt(secret, r.clock.Now()), d)
		if err != nil || full.Stage != developer.Full || better == cookie {
			t.Fatalf("Factor = %+v, %v; the secret must be another", full, err)
		}
		_, _, err = r.Look(ctx, cookie)
		r.fails("the session before the second factor", err, problem.ResourceUnknown)

		x, _ = r.in("ada@example.com")
		if _, _, err := r.Factor(ctx, x, strings.ToUpper(codes[3]), d); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		x, _ = r.in("ada@example.com")
		_, _, err = r.Factor(ctx, x, codes[3], d)
		r.fails("a recovery code again", err, problem.ClientInvalid)
		fresh, err := r.NewRecovery(ctx, u.ID)
		if err != nil || slices.Contains(fresh, codes[0]) {
			t.Errorf("NewRecovery = %v, %v", fresh, err)
		}
		if err := r.RemoveTOTP(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		if x, _ := r.in("ada@example.com"); x.Stage != developer.Full {
			t.Errorf("stage %s once the factor is gone", x.Stage)
		}
	})
}

func TestProve(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		u := r.person("ada@example.com")
		x, cookie := r.in("ada@example.com")
		if !r.Fresh(&x) {
			t.Error("not fresh after signing in")
		}
		r.clock.Advance(time.Hour)
		if r.Fresh(&x) {
			t.Error("fresh after an hour")
		}
		r.fails("a wrong proof", r.Prove(t.Context(), x, &u, "wrong"), problem.ClientInvalid)
		if err := r.Prove(t.Context(), x, &u, goodPassword); err != nil {
			t.Fatal(err)
		}
		x, _, err := r.Look(t.Context(), cookie)
		if err != nil || !r.Fresh(&x) {
			t.Errorf("not fresh after a proof: %v", err)
		}
	})
}
