package token_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/usage"
)

// grant asks for a token under the rule.
func (w *world) grant(t *testing.T, s string) (*token.Issued, token.Quota, error) {
	t.Helper()
	set, err := scope.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return w.Grant(t.Context(), token.Asked{App: w.dir.Find(w.app.ID), Scope: set, Method: app.BySecret})
}

const (
	private   = "accountinformation private"
	corporate = "accountinformation corporate"
)

func TestAdvise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := map[string]bool{}
	for n := range 5 {
		issued, q, err := w.grant(t, private)
		if err != nil {
			t.Fatal(err)
		}
		if q.Policy != usage.Advise || q.Used != int64(n+1) {
			t.Errorf("token %d: policy %s, used %d, want %s, %d", n, q.Policy, q.Used, usage.Advise, n+1)
		}
		seen[issued.ID] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d different tokens, want 5", len(seen))
	}
	if _, q, _ := w.grant(t, corporate); q.Used != 1 {
		t.Errorf("used %d in the other context, want 1", q.Used)
	}
}

func TestEnforce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Rule = token.Rule{Policy: usage.Enforce}
	for range 2 {
		if _, _, err := w.grant(t, private); err != nil {
			t.Fatal(err)
		}
	}
	_, q, err := w.grant(t, private)
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || p.Reason != problem.AccessExceeded || p.RetryAfter <= 0 || p.RetryAfter > 61*time.Minute || !strings.Contains(p.Detail, "keep one token") {
		t.Fatalf("the third token reports %v, want access_exceeded that says what to do", err)
	}
	if q.Left() != 0 || q.Wait != p.RetryAfter {
		t.Errorf("%d left, wait %v, want 0, %v", q.Left(), q.Wait, p.RetryAfter)
	}
	if _, _, err := w.grant(t, corporate); err != nil {
		t.Errorf("the other context: %v", err)
	}
	if _, _, err := w.grant(t, "paymentinitiation private"); !problem.Is(err, problem.ScopeInvalid) {
		t.Errorf("a scope that is not granted reports %v past the quota, want scope_invalid", err)
	}
	w.clock.Advance(p.RetryAfter)
	if _, _, err := w.grant(t, private); err != nil {
		t.Errorf("after Retry-After: %v", err)
	}
}

// TestAlgorithm has an app that changes what its tokens are signed by: the new
// key is published a day before it signs, and old tokens stay good.
func TestAlgorithm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Lifetime = 48 * time.Hour
	w.Rule = token.Rule{Policy: usage.Reuse, ReuseShare: 0.01}
	w.Keys.Want(jose.RS256, w.dir.Algorithms)
	w.change(t, func(a *app.App) { a.Extensions.TokenAlgorithm = jose.ES256 })
	if err := w.Keys.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, _, err := w.grant(t, private)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(keyring.Ahead - time.Second)
	before, _, err := w.grant(t, private)
	if err != nil || before.Text != first.Text {
		t.Fatalf("before the key signs: %v, another token", err)
	}
	w.clock.Advance(time.Second)
	after, _, err := w.grant(t, private)
	if err != nil || after.Text == first.Text {
		t.Fatalf("once the key signs: %v, the token of before", err)
	}
	for text, want := range map[string]string{first.Text: `{"alg":"RS256"`, after.Text: `{"alg":"ES256"`} {
		head, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[0])
		if err != nil || !strings.HasPrefix(string(head), want) {
			t.Errorf("the token's header is %s, %v, want %s", head, err, want)
		}
		for range 2 { // verified, and seen before
			if _, err := w.Check(text); err != nil {
				t.Errorf("Check of a token with %s reports %v", want, err)
			}
		}
	}
}

// TestForm has an app that wants its tokens in the form of RFC 9068, section
// 2.1 and 2.2, where the platform's are not: the active one is not handed out
// again, and tokens of both forms are good.
func TestForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Rule = token.Rule{Policy: usage.Reuse}
	for _, tt := range []struct{ platform, app, typ, scope, sub string }{
		{"", "", `"JWT"`, `["accountinformation","private"]`, ""},
		{"", jose.TypeATJWT, `"at+jwt"`, `"accountinformation private"`, `"` + w.app.ID + `"`},
		{jose.TypeATJWT, jose.TypeJWT, `"JWT"`, `["accountinformation","private"]`, ""},
		{jose.TypeATJWT, "", `"at+jwt"`, `"accountinformation private"`, `"` + w.app.ID + `"`},
	} {
		w.Form = tt.platform
		w.change(t, func(a *app.App) { a.Extensions.TokenForm = tt.app })
		issued, _, err := w.grant(t, private)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(issued.Text, ".")
		var got [2]map[string]json.RawMessage
		for i := range got {
			text, err := base64.RawURLEncoding.DecodeString(parts[i])
			if err == nil {
				err = json.Unmarshal(text, &got[i])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if typ, s, sub := string(got[0]["typ"]), string(got[1]["scope"]), string(got[1]["sub"]); typ != tt.typ || s != tt.scope || sub != tt.sub {
			t.Errorf("platform %q, app %q: typ %s, scope %s, sub %s; want %s, %s, %s", tt.platform, tt.app, typ, s, sub, tt.typ, tt.scope, tt.sub)
		}
		if _, err := w.Check(issued.Text); err != nil {
			t.Errorf("platform %q, app %q: Check reports %v", tt.platform, tt.app, err)
		}
	}
}

func TestReuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Rule = token.Rule{Policy: usage.Reuse}
	first, _, err := w.grant(t, private)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		advance time.Duration
		scope   string
		same    bool
		expires time.Duration
	}{
		{"at once", 0, private, true, time.Hour},
		{"other order", 10 * time.Minute, "private accountinformation", true, 50 * time.Minute},
		{"half of its life is left", 20 * time.Minute, private, true, 30 * time.Minute},
		{"other scopes", 0, "aspspinformation accountinformation private", false, time.Hour},
		{"other context", 0, corporate, false, time.Hour},
		{"less than half is left", time.Second, private, false, time.Hour},
	}
	for _, tt := range tests {
		w.clock.Advance(tt.advance)
		again, _, err := w.grant(t, tt.scope)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if same := again.Text == first.Text; same != tt.same || again.ExpiresIn != tt.expires {
			t.Errorf("%s: the same token %t, expires in %v, want %t, %v", tt.name, same, again.ExpiresIn, tt.same, tt.expires)
		}
	}
	set, err := scope.Parse(private)
	if err != nil {
		t.Fatal(err)
	}
	if other, _, err := w.Grant(t.Context(), token.Asked{App: w.dir.Find(w.app.ID), Scope: set, Method: app.ByAssertion}); err != nil || other.Text == first.Text {
		t.Errorf("by another method: %v, the same token %t, want another one", err, err == nil)
	}
	if _, q, _ := w.grant(t, private); q.Used != 4 {
		t.Errorf("%d tokens counted, want 4: what is handed out again is none", q.Used)
	}
}

// TestReuseTogether looks that many requests at once make one token.
func TestReuseTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Rule = token.Rule{Policy: usage.Reuse}
	set, err := scope.Parse(private)
	if err != nil {
		t.Fatal(err)
	}
	var ids sync.Map
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			issued, _, err := w.Grant(t.Context(), token.Asked{App: w.dir.Find(w.app.ID), Scope: set, Method: app.BySecret})
			if err != nil {
				t.Error(err)
				return
			}
			ids.Store(issued.ID, true)
		})
	}
	group.Wait()
	n := 0
	ids.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d tokens, want 1", n)
	}
}

func TestRuleOfApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Rule = token.Rule{Policy: usage.Reuse, Quota: 7}
	w.change(t, func(a *app.App) { a.Extensions.TokenPolicy, a.Extensions.TokenQuota = "enforce", 1 })
	if _, _, err := w.grant(t, private); err != nil {
		t.Fatal(err)
	}
	if _, q, err := w.grant(t, private); !problem.Is(err, problem.AccessExceeded) || q.Quota != 1 {
		t.Errorf("the second reports %v with a quota of %d, want access_exceeded, 1", err, q.Quota)
	}
}
