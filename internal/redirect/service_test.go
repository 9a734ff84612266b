package redirect_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store"
)

func TestLink(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	o := r.start(anna())
	name, href, err := r.Link(t.Context(), redirect.LinkRequest{Base: base, Kind: redirect.KindConsent, Found: o.Found(), RedirectURI: callback})
	want := base + "/connect/authorize?client_id=[CLIENT_ID]&scope=accountinformation%20private&response_type=code" +
		"&redirect_uri=[TPP_REDIRECT_URI]&state=[TPP_STATE]&acr_values=idp:ESSESESS%20consentId:" + o.Consent.ID +
		"%20consentAuthorisationId:" + o.Authorisation.ID
	if err != nil || name != "scaOAuth" || href != want {
		t.Errorf("link %s %s, %v; want %s", name, href, err, want)
	}

	r = newRig(t, sca.PlainRedirect)
	o = r.start(anna())
	acr := "&acr_values=idp:ESSESESS%20consentId:" + o.Consent.ID + "%20consentAuthorisationId:" + o.Authorisation.ID
	for _, tt := range []struct{ back, nok, want string }{
		{"", "", "redirect_uri=[TPP_REDIRECT_URI]&state=[TPP_STATE]" + acr},
		{callback, "", "redirect_uri=" + url.QueryEscape(callback) + "&state=[TPP_STATE]" + acr},
		{callback, nokURI, "redirect_uri=" + url.QueryEscape(callback) + "&state=[TPP_STATE]" + acr + "&nok_redirect_uri=" + url.QueryEscape(nokURI)},
		{"https://evil.example/cb", "https://evil.example/nok", "redirect_uri=[TPP_REDIRECT_URI]&state=[TPP_STATE]" + acr},
	} {
		name, href, err := r.Link(t.Context(), redirect.LinkRequest{Base: base, Kind: redirect.KindConsent, Found: o.Found(), RedirectURI: tt.back, NokRedirectURI: tt.nok})
		if want := base + "/sca/redirect?client_id=[CLIENT_ID]&" + tt.want; err != nil || name != "scaRedirect" || href != want {
			t.Errorf("link %s %s, %v; want %s", name, href, err, want)
		}
	}
}

func TestAuthorizeRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	o := r.start(anna())
	decoupled := r.start(app.Caller{ClientID: appID, Context: scope.Private, PSU: "2"})
	acr := func(bicfi, id, authorisation string) string {
		return "idp:" + bicfi + " consentId:" + id + " consentAuthorisationId:" + authorisation
	}
	tests := []struct {
		name   string
		change func(url.Values)
		page   bool
		want   string // error in the query
	}{
		{"no client_id", func(q url.Values) { q.Del("client_id") }, true, ""},
		{"unknown client_id", func(q url.Values) { q.Set("client_id", "x") }, true, ""},
		{"client_id twice", func(q url.Values) { q.Add("client_id", appID) }, true, ""},
		{"client_id not filled in", func(q url.Values) { q.Set("client_id", "[CLIENT_ID]") }, true, ""},
		{"redirect_uri not filled in", func(q url.Values) { q.Set("redirect_uri", "[TPP_REDIRECT_URI]") }, true, ""},
		{"state not filled in", func(q url.Values) { q.Set("state", "[TPP_STATE]") }, true, ""},
		{"no redirect_uri", func(q url.Values) { q.Del("redirect_uri") }, true, ""},
		{"unlisted redirect_uri", func(q url.Values) { q.Set("redirect_uri", callback+"2") }, true, ""},
		{"redirect_uri twice", func(q url.Values) { q.Add("redirect_uri", callback) }, true, ""},
		{"long state", func(q url.Values) { q.Set("state", strings.Repeat("x", 2049)) }, true, ""},

		{"no response_type", func(q url.Values) { q.Del("response_type") }, false, "invalid_request"},
		{"other response_type", func(q url.Values) { q.Set("response_type", "token") }, false, "unsupported_response_type"},
		{"no scope", func(q url.Values) { q.Del("scope") }, false, "invalid_scope"},
		{"scope of another API", func(q url.Values) { q.Set("scope", "paymentinitiation private") }, false, "invalid_scope"},
		{"scope of the other context", func(q url.Values) { q.Set("scope", "accountinformation corporate") }, false, "invalid_scope"},
		{"scope twice", func(q url.Values) { q.Add("scope", "x") }, false, "invalid_request"},
		{"no acr_values", func(q url.Values) { q.Del("acr_values") }, false, "invalid_request"},
		{"other bank", func(q url.Values) { q.Set("acr_values", acr("HANDSESS", o.Consent.ID, o.Authorisation.ID)) }, false, "invalid_request"},
		{"no such consent", func(q url.Values) { q.Set("acr_values", acr("ESSESESS", "x", o.Authorisation.ID)) }, false, "invalid_request"},
		{"no such authorisation", func(q url.Values) { q.Set("acr_values", acr("ESSESESS", o.Consent.ID, "x")) }, false, "invalid_request"},
		{"authorisation of another consent", func(q url.Values) {
			q.Set("acr_values", acr("ESSESESS", o.Consent.ID, decoupled.Authorisation.ID))
		}, false, "invalid_request"},
		{"another app's", func(q url.Values) { q.Set("client_id", otherID) }, false, "invalid_request"},
		{"plain PKCE", func(q url.Values) { q.Set("code_challenge", challenge); q.Set("code_challenge_method", "plain") }, false, "invalid_request"},
		{"PKCE without method", func(q url.Values) { q.Set("code_challenge", challenge) }, false, "invalid_request"},
		{"PKCE without challenge", func(q url.Values) { q.Set("code_challenge_method", "S256") }, false, "invalid_request"},
		{"malformed challenge", func(q url.Values) { q.Set("code_challenge", "x"); q.Set("code_challenge_method", "S256") }, false, "invalid_request"},
	}
	for _, tt := range tests {
		q := r.query(o)
		tt.change(q)
		to, err := r.authorize(o, q)
		if tt.page {
			r.fails(tt.name, err, problem.AuthorizeRefused)
			continue
		}
		got := r.back(to, err)
		if got.Get("error") != tt.want || got.Get("state") != "a b&c" || got.Get("error_description") == "" {
			t.Errorf("%s: the browser brings %v, want %s", tt.name, got, tt.want)
		}
	}
	if n := len(r.bank.Orders()); n != 0 {
		t.Errorf("the bank was asked %d times", n)
	}
	r.expect(o, consent.Received, sca.Started, "")
}

func TestOAuth(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	o := r.start(anna())
	code := r.code(o)
	r.expect(o, consent.Received, sca.Started, "")
	for name, change := range map[string]func(*redirect.ExchangeRequest){
		"another app":           func(e *redirect.ExchangeRequest) { e.App = r.apps[otherID] },
		"another redirect_uri":  func(e *redirect.ExchangeRequest) { e.RedirectURI = nokURI },
		"another consent":       func(e *redirect.ExchangeRequest) { e.Resource.ID = "x" },
		"another authorisation": func(e *redirect.ExchangeRequest) { e.Resource.AuthorisationID = "x" },
		"another kind":          func(e *redirect.ExchangeRequest) { e.Resource.Kind = "payment" },
		"a verifier":            func(e *redirect.ExchangeRequest) { e.Verifier = verifier },
		"another code":          func(e *redirect.ExchangeRequest) { e.Code += "x" },
	} {
		r.fails(name, r.exchange(o, code, change), problem.GrantInvalid)
	}
	r.fails("another scope", r.exchange(o, code, func(e *redirect.ExchangeRequest) { e.Scope = "paymentinitiation private" }), problem.ScopeInvalid)
	r.fails("malformed scope", r.exchange(o, code, func(e *redirect.ExchangeRequest) { e.Scope = "x" }), problem.ScopeInvalid)
	busy := problem.New(problem.Busy, "busy")
	err := r.Exchange(t.Context(), redirect.ExchangeRequest{
		App: r.apps[appID], Code: code, RedirectURI: callback,
		Resource: redirect.Resource{Kind: redirect.KindConsent, ID: o.Consent.ID, AuthorisationID: o.Authorisation.ID},
	}, func(context.Context, scope.Set) (string, error) { return "", busy })
	if !errors.Is(err, busy) {
		t.Errorf("a busy signer: %v", err)
	}
	r.expect(o, consent.Received, sca.Started, "")
	r.clock.Advance(599 * time.Second)
	if err := r.exchange(o, code, func(e *redirect.ExchangeRequest) {
		e.Scope = "private accountinformation"
		e.Resource.ID = strings.ToUpper(e.Resource.ID)
	}); err != nil {
		t.Fatal(err)
	}
	r.expect(o, consent.Valid, sca.Finalised, "")
	if r.issued != 1 {
		t.Errorf("issued %d tokens", r.issued)
	}
	r.fails("second use", r.exchange(o, code), problem.GrantInvalid)
	if len(r.revoked) != 1 || r.revoked[0] != "jti-1" || r.issued != 1 {
		t.Errorf("second use: revoked %v, issued %d", r.revoked, r.issued)
	}
	r.expect(o, consent.Valid, sca.Finalised, "")
	got := r.back(r.authorize(o, r.query(o)))
	if got.Get("error") != "invalid_request" {
		t.Errorf("authorize once more: %v", got)
	}
}

func TestPKCE(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	o := r.start(anna())
	q := r.query(o)
	q.Set("code_challenge", challenge)
	q.Set("code_challenge_method", "S256")
	handle := r.visit(o, q)
	r.bank.Sign("1", 1)
	code := r.back(r.Return(t.Context(), handle)).Get("code")
	r.fails("no verifier", r.exchange(o, code), problem.GrantInvalid)
	r.fails("wrong verifier", r.exchange(o, code, func(e *redirect.ExchangeRequest) { e.Verifier = challenge }), problem.GrantInvalid)
	if err := r.exchange(o, code, func(e *redirect.ExchangeRequest) { e.Verifier = verifier }); err != nil {
		t.Error(err)
	}
}

func TestCodeExpires(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	o := r.start(anna())
	code := r.code(o)
	r.clock.Advance(600 * time.Second)
	r.fails("expired code", r.exchange(o, code), problem.GrantInvalid)
	r.expect(o, consent.Received, sca.Failed, sca.SessionExpired)
	o = r.again(anna(), consent.Ref{BICFI: "ESSESESS", ConsentID: o.Consent.ID})
	if err := r.exchange(o, r.code(o)); err != nil {
		t.Errorf("a new authorisation: %v", err)
	}
}

func TestCodeOfAnEndedConsent(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	o := r.start(anna())
	code := r.code(o)
	if err := r.Consents.Terminate(t.Context(), anna(), consent.Ref{BICFI: "ESSESESS", ConsentID: o.Consent.ID}); err != nil {
		t.Fatal(err)
	}
	r.fails("after DELETE", r.exchange(o, code), problem.GrantInvalid)
	r.expect(o, consent.TerminatedByTPP, sca.Failed, sca.SessionExpired)
}

func TestOneOfManyExchangesWins(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	o := r.start(anna())
	code := r.code(o)
	var mu sync.Mutex
	var wg sync.WaitGroup
	won := 0
	r.Revoker = nil
	for i := range 8 {
		wg.Go(func() {
			err := r.Exchange(context.WithoutCancel(t.Context()), redirect.ExchangeRequest{
				App: r.apps[appID], Code: code, RedirectURI: callback,
				Resource: redirect.Resource{Kind: redirect.KindConsent, ID: o.Consent.ID, AuthorisationID: o.Authorisation.ID},
			}, func(context.Context, scope.Set) (string, error) { return string(rune('a' + i)), nil })
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !problem.Is(err, problem.GrantInvalid) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d exchanges of one code succeeded", won)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	down := problem.New(problem.BankUnavailable, "down")
	tests := []struct {
		name    string
		act     func(*rig)
		want    string // error in the query
		status  consent.Status
		sca     sca.Status
		failure sca.Failure
	}{
		{"declined", func(r *rig) {
			r.bank.Answer(bank.SCAState{Status: sca.Failed, Failure: sca.UserCancel, Declined: true})
		}, "access_denied", consent.Rejected, sca.Failed, sca.UserCancel},
		{"left", func(r *rig) { r.bank.Answer(bank.SCAState{Status: sca.Failed, Failure: sca.UserCancel}) }, "access_denied", consent.Received, sca.Failed, sca.UserCancel},
		{"came back without an answer", func(*rig) {}, "access_denied", consent.Received, sca.Failed, sca.UserCancel},
		{"no rights", func(r *rig) {
			r.bank.Answer(bank.SCAState{Status: sca.Failed, Failure: sca.RightsMissing})
		}, "access_denied", consent.Received, sca.Failed, sca.RightsMissing},
		{"timed out at the bank", func(r *rig) {
			r.bank.Answer(bank.SCAState{Status: sca.Failed, Failure: sca.SessionExpired})
		}, "server_error", consent.Received, sca.Failed, sca.SessionExpired},
		{"the bank failed", func(r *rig) { r.bank.Answer(bank.SCAState{Status: sca.Failed}) }, "server_error", consent.Received, sca.Failed, sca.RefusedByBank},
		{"too late", func(r *rig) { r.clock.Advance(15 * time.Minute) }, "server_error", consent.Received, sca.Failed, sca.SessionExpired},
		{"down", func(r *rig) { r.bank.Refuse(down) }, "temporarily_unavailable", consent.Received, sca.Started, ""},
	}
	for _, kind := range []sca.Approach{sca.OAuthRedirect, sca.PlainRedirect} {
		for _, tt := range tests {
			t.Run(string(kind)+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, kind)
				o := r.start(anna())
				handle := r.visit(o, r.query(o))
				tt.act(r)
				q := r.back(r.Return(t.Context(), handle))
				if q.Get("error") != tt.want || q.Get("state") != "a b&c" || q.Has("code") {
					t.Errorf("the browser brings %v, want %s", q, tt.want)
				}
				r.bank.Refuse(nil)
				r.expect(o, tt.status, tt.sca, tt.failure)
			})
		}
	}
}

func TestBankAtTheDoor(t *testing.T) {
	t.Parallel()
	for reason, want := range map[problem.Reason]struct {
		code string
		sca  sca.Status
	}{
		problem.BankUnavailable: {"temporarily_unavailable", sca.Started},
		problem.PSUInvalid:      {"server_error", sca.Failed},
		problem.BankRefused:     {"server_error", sca.Failed},
	} {
		r := newRig(t, sca.OAuthRedirect)
		o := r.start(anna())
		r.bank.Refuse(problem.New(reason, "no"))
		if q := r.back(r.authorize(o, r.query(o))); q.Get("error") != want.code {
			t.Errorf("%s: the browser brings %v, want %s", reason, q, want.code)
		}
		r.bank.Refuse(nil)
		why := sca.Failure("")
		if want.sca == sca.Failed {
			why = sca.RefusedByBank
		}
		r.expect(o, consent.Received, want.sca, why)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.PlainRedirect)
	o := r.start(anna())
	handle := r.visit(o, r.query(o))
	r.bank.Sign("1", 1)
	q := r.back(r.Return(t.Context(), handle))
	if q.Get("state") != "a b&c" || q.Has("code") || q.Has("error") {
		t.Errorf("the browser brings %v", q)
	}
	r.expect(o, consent.Valid, sca.Finalised, "")
	if to, err := r.Return(t.Context(), handle); err != nil || strings.Contains(to, "error") {
		t.Errorf("the browser once more: %s, %v", to, err)
	}

	r = newRig(t, sca.PlainRedirect)
	o = r.start(anna())
	link := r.query(o)
	link.Set("nok_redirect_uri", nokURI)
	handle = r.visit(o, link)
	r.bank.Answer(bank.SCAState{Status: sca.Failed, Failure: sca.UserCancel, Declined: true})
	to, err := r.Return(t.Context(), handle)
	if err != nil || !strings.HasPrefix(to, nokURI+"?error=access_denied&") {
		t.Errorf("failure leads to %s, %v", to, err)
	}
	link.Set("nok_redirect_uri", "https://evil.example/nok")
	_, err = r.authorize(o, link)
	r.fails("unlisted nok_redirect_uri", err, problem.AuthorizeRefused)
}

func TestBrowserComesAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	o := r.start(anna())
	first := r.visit(o, r.query(o))
	second := r.visit(o, r.query(o))
	if got := r.bank.Stopped(); len(got) != 1 || got[0] != "run-1" {
		t.Errorf("stopped at the bank: %v", got)
	}
	_, err := r.Return(t.Context(), first)
	r.fails("the first way back", err, problem.ResourceUnknown)
	r.bank.Sign("1", 1)
	if code := r.back(r.authorize(o, r.query(o))).Get("code"); code == "" {
		t.Error("a browser that comes once more after the signature gets no code")
	}
	_, err = r.Return(t.Context(), second)
	r.fails("the second way back, replaced", err, problem.ResourceUnknown)
	_, err = r.Return(t.Context(), "x")
	r.fails("no such handle", err, problem.ResourceUnknown)
	if got := r.Origins(t.Context(), base+redirect.ReturnPath+"x"); got != nil {
		t.Errorf("origins of no visit: %v", got)
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	o := r.start(anna())
	q := r.query(o)
	q.Set("redirect_uri", "http://localhost:49152/cb")
	handle := r.visit(o, q)
	if got := r.Origins(t.Context(), base+redirect.ReturnPath+handle); len(got) != 1 || got[0] != "http://localhost:49152" {
		t.Errorf("origins %v", got)
	}
	r.bank.Sign("1", 1)
	to, err := r.Return(t.Context(), handle)
	if err != nil || !strings.HasPrefix(to, "http://localhost:49152/cb?code=") {
		t.Errorf("sent to %s, %v", to, err)
	}
}

func TestTheOneWhoLogsInBecomesTheOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	nobody := app.Caller{ClientID: appID, Context: scope.Private}
	o := r.start(nobody)
	handle := r.visit(o, r.query(o))
	r.bank.Sign("7", 1)
	code := r.back(r.Return(t.Context(), handle)).Get("code")
	if err := r.exchange(o, code); err != nil {
		t.Fatal(err)
	}
	c, err := r.Consents.ForUse(t.Context(), nobody, "ESSESESS", o.Consent.ID)
	if err != nil || c.Owner.PSU != "7" {
		t.Errorf("owner %q, %v", c.Owner.PSU, err)
	}
}

// TestWhatIsDeleted holds that keeping house takes what nobody can use, and a
// used code not before the token that came of it has ended.
func TestWhatIsDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	db, ok := r.Store.(*store.DB)
	if !ok {
		t.Fatal("the store is no database")
	}
	o := r.start(anna())
	handle := r.visit(o, r.query(o))
	r.bank.Sign("1", 1)
	code := r.back(r.Return(t.Context(), handle)).Get("code")
	if err := r.exchange(o, code); err != nil {
		t.Fatal(err)
	}
	if err := db.DeleteRedirects(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Visit(t.Context(), handle); err != nil {
		t.Error(err)
	}
	r.fails("second use", r.exchange(o, code), problem.GrantInvalid)
	if len(r.revoked) != 1 {
		t.Errorf("revoked %v", r.revoked)
	}
	if err := db.DeleteRedirects(t.Context(), noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, err := db.Visit(t.Context(), handle)
	r.fails("a deleted visit", err, problem.ResourceUnknown)
	r.fails("a deleted code", r.exchange(o, code), problem.GrantInvalid)
	if len(r.revoked) != 1 {
		t.Errorf("a deleted code revokes: %v", r.revoked)
	}
}
