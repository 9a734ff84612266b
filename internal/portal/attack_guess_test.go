package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/developer"
)

// guessed sends the same guess until it is refused, and returns after how many.
func (b *browser) guessed(path string, form url.Values) int {
	b.r.t.Helper()
	for n := range 30 {
		got := b.raw(http.MethodPost, path, form)
		if got.status == http.StatusTooManyRequests {
			if got.header.Get("Retry-After") == "" {
				b.r.t.Errorf("%s: no Retry-After", path)
			}
			return n
		}
	}
	return 30
}

// Who tries many passwords, codes or addresses is soon made to wait.
func TestGuessesAreSlowedDown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		form       url.Values
		signedIn   bool
	}{
		{"passwords", "/portal/sign-in", url.Values{"email": {"ada@example.com"}, "password": {"wrong"}}, false},
		{"passwords of nobody", "/portal/sign-in", url.Values{"email": {"nobody@example.com"}, "password": {"wrong"}}, false},
		{"password once more", "/portal/prove", url.Values{"password": {"wrong"}}, true},
		{"mail to who forgot", "/portal/forgot", url.Values{"email": {"ada@example.com"}}, false},
		{"mail to who has an account", "/portal/sign-up", url.Values{"email": {"ada@example.com"}, "name": {"Ada"}, "password": {goodPassword}}, false},
		{"mail to an address not proved", "/portal/sign-in", url.Values{"email": {"new@example.com"}, "password": {goodPassword}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			ada := r.founder("ada@example.com", "O")
			r.browser().raw(http.MethodPost, "/portal/sign-up", url.Values{"email": {"new@example.com"}, "name": {"New"}, "password": {goodPassword}})
			b := r.browser()
			if tt.signedIn {
				b = ada
				tt.form.Set("csrf", ada.csrf())
			}
			if n := b.guessed(tt.path, tt.form); n > 10 {
				t.Errorf("%d were let through", n)
			}
		})
	}
}

// Nobody learns from an answer, or from how long it takes, who has an account.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.founder("ada@example.com", "O")
	tests := []struct {
		path string
		form url.Values
	}{
		{"/portal/sign-in", url.Values{"password": {"not the password"}}},
		{"/portal/sign-up", url.Values{"name": {"X"}, "password": {"a very good password"}}},
		{"/portal/forgot", url.Values{}},
	}
	for _, tt := range tests {
		var bodies []string
		for _, email := range []string{"ada@example.com", "eva@example.com"} {
			tt.form.Set("email", email)
			got := r.browser().raw(http.MethodPost, tt.path, tt.form)
			bodies = append(bodies, fmt.Sprint(got.status, strings.ReplaceAll(got.body, email, "…"), len(got.header.Values("Set-Cookie"))))
		}
		if bodies[0] != bodies[1] {
			t.Errorf("%s answers who has an account\n%s\nand who has none\n%s", tt.path, bodies[0], bodies[1])
		}
	}
	r.people.Hasher = developer.NewHasher()
	quickest := func(email string) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now() //nolint:forbidigo // what is measured is real time
			if _, _, err := r.people.SignIn(t.Context(), email, "not the password", developer.Device{Network: email}); err == nil {
				t.Fatal("signed in")
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	if known, unknown := quickest("ada@example.com"), quickest("otto@example.com"); unknown < known/8 {
		t.Errorf("a sign-in takes %s for who has an account and %s for who has none", known, unknown)
	}
}

// lockedOut is somebody with an authenticator app who knows the password and
// waits for the second factor, with the secret of the app and a recovery code.
func (r *rig) lockedOut(email string) (b *browser, secret, recovery string) {
	r.t.Helper()
	b = r.founder(email, "O").get("/portal/profile/totp")
	sealed := regexp.MustCompile(`name="sealed" value="([^"]+)"`).FindStringSubmatch(b.body)[1]
	secret = regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`).FindStringSubmatch(b.body)[1]
	b.post("/portal/profile/totp", "sealed", sealed, "code", totpCode(r.t, secret, r.clock.Now()))
	recovery = regexp.MustCompile(`[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}`).FindString(b.body)
	b = r.browser()
	b.post("/portal/sign-in", "email", email, "password", goodPassword).expect(200, "/portal/factor?to=%2Fportal")
	return b, secret, recovery
}

// Who has a password cannot try many codes of the second factor, of the
// authenticator app or for recovery, nor by signing in anew, nor from other
// networks; and a code that was right is not taken a second time.
func TestSecondFactorIsNotGuessed(t *testing.T) {
	t.Parallel()
	for name, guess := range map[string]string{"authenticator": "000000", "recovery": "aaaa-bbbb-cccc-dddd"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			b, secret, recovery := r.lockedOut("ada@example.com")
			form := url.Values{"code": {guess}, "csrf": {csrfForm.FindStringSubmatch(b.body)[1]}}
			if n := b.guessed("/portal/factor", form); n > 10 {
				t.Errorf("%d guesses were let through", n)
			}
			again := r.browser()
			again.post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword)
			form.Set("csrf", csrfForm.FindStringSubmatch(again.body)[1])
			form.Set("code", recovery)
			if got := again.raw(http.MethodPost, "/portal/factor", form, "X-Forwarded-For", "203.0.113.9"); got.status != http.StatusTooManyRequests {
				t.Errorf("a right code in another session is answered %d while guesses wait, want 429", got.status)
			}
			r.clock.Advance(5 * time.Minute)
			form.Set("code", totpCode(t, secret, r.clock.Now()))
			if got := again.raw(http.MethodPost, "/portal/factor", form); got.status != http.StatusSeeOther {
				t.Errorf("the right code after the wait is answered %d, want 303", got.status)
			}
			third := r.browser()
			third.post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword)
			form.Set("csrf", csrfForm.FindStringSubmatch(third.body)[1])
			if got := third.raw(http.MethodPost, "/portal/factor", form); got.status != http.StatusUnprocessableEntity {
				t.Errorf("the same code once more is answered %d, want 422", got.status)
			}
		})
	}
}
