package app_test

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func TestCompare(t *testing.T) {
	t.Parallel()
	anna := app.Owner{ClientID: "a", Context: scope.Private, PSU: "1"}
	firm := app.Owner{ClientID: "a", Context: scope.Corporate, Organisation: "o", PSU: "1"}
	tests := []struct {
		name        string
		owner       app.Owner
		caller      app.Caller
		want        app.Relation
		wantReading app.Relation
	}{
		{"same", anna, app.Caller{ClientID: "a", Context: scope.Private, PSU: "1"}, app.Same, app.Same},
		{"PSU not sent", anna, app.Caller{ClientID: "a", Context: scope.Private}, app.Same, app.Same},
		{"PSU not known", app.Owner{ClientID: "a", Context: scope.Private}, app.Caller{ClientID: "a", Context: scope.Private, PSU: "1"}, app.Same, app.Same},
		{"organisation ignored in private", anna, app.Caller{ClientID: "a", Context: scope.Private, Organisation: "o", PSU: "1"}, app.Same, app.Same},
		{"corporate same", firm, app.Caller(firm), app.Same, app.Same},
		{"corporate, PSU not sent", firm, app.Caller{ClientID: "a", Context: scope.Corporate, Organisation: "o"}, app.Same, app.Same},
		{"corporate, other PSU", firm, app.Caller{ClientID: "a", Context: scope.Corporate, Organisation: "o", PSU: "2"}, app.OtherPSU, app.Same},

		{"app before all", firm, app.Caller{ClientID: "b", Context: scope.Private, Organisation: "p", PSU: "2"}, app.OtherApp, app.OtherApp},
		{"context before organisation", firm, app.Caller{ClientID: "a", Context: scope.Private, Organisation: "p", PSU: "2"}, app.OtherContext, app.OtherContext},
		{"organisation before PSU", firm, app.Caller{ClientID: "a", Context: scope.Corporate, Organisation: "p", PSU: "2"}, app.OtherOrganisation, app.OtherOrganisation},
		{"organisation not sent", firm, app.Caller{ClientID: "a", Context: scope.Corporate, PSU: "1"}, app.OtherOrganisation, app.OtherOrganisation},
		{"private, other PSU", anna, app.Caller{ClientID: "a", Context: scope.Private, PSU: "2"}, app.OtherPSU, app.OtherPSU},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.owner.Compare(tt.caller); got != tt.want {
				t.Errorf("Compare(%+v) = %d, want %d", tt.caller, got, tt.want)
			}
			if got := tt.owner.CompareForReading(tt.caller); got != tt.wantReading {
				t.Errorf("CompareForReading(%+v) = %d, want %d", tt.caller, got, tt.wantReading)
			}
		})
	}
}

func TestSecretForm(t *testing.T) {
	t.Parallel()
	s := app.NewSecret()
	if _, err := app.ParseSecret(string(s)); err != nil {
		t.Errorf("ParseSecret of a new secret reports %v", err)
	}
	if s == app.NewSecret() {
		t.Error("two secrets are the same")
	}
	if got := strings.Trim(string(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"); got != "" {
		t.Errorf("a secret has %q in it", got)
	}
	// The form is a promise to scanners: it does not change.
	const fixed = "sluss_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAASHBQF7"
	if got := string(app.SecretOf([32]byte{})); got != fixed {
		t.Errorf("SecretOf(zero) = %s, want %s", got, fixed)
	}
	if got := fmt.Sprint(s.LogValue()); strings.Contains(got, string(s[6:])) {
		t.Errorf("a secret is logged as %s", got)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s)
	if strings.Contains(log.String(), string(s[6:])) {
		t.Errorf("a secret is logged: %s", log.String())
	}
	for name, bad := range map[string]string{
		"empty":         "",
		"cut":           string(s[:54]),
		"longer":        string(s) + "A",
		"other prefix":  "slusz_" + string(s[6:]),
		"changed":       string(s[:10]) + flip(s[10]) + string(s[11:]),
		"checksum":      string(s[:54]) + flip(s[54]),
		"other letters": string(s[:20]) + "+" + string(s[21:]),
	} {
		if _, err := app.ParseSecret(bad); !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("%s: ParseSecret reports %v, want format_invalid", name, err)
		}
	}
}

func flip(c byte) string {
	if c == 'x' {
		return "y"
	}
	return "x"
}

func TestNew(t *testing.T) {
	t.Parallel()
	a, err := app.New(app.App{
		Name: "Böcker AB", Environment: app.Sandbox, Scopes: []scope.API{scope.AccountInformation},
		RedirectURIs: []string{"https://tpp.example/back?x=1", "http://localhost/cb", "http://127.0.0.1:8080/", "http://[::1]/cb"},
	}, noon())
	if err != nil {
		t.Fatal(err)
	}
	if len(a.ID) != 36 || a.Version != 1 || !a.CreatedAt.Equal(noon()) {
		t.Errorf("New = %+v, want an id, version 1 and the time", a)
	}
	if diff := cmp.Diff(scope.Contexts(), a.Contexts); diff != "" {
		t.Errorf("contexts differ (-want +got):\n%s", diff)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := func(change func(*app.App)) *app.App {
		a := &app.App{
			ID: "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10", Name: "x", Environment: app.Production,
			Scopes: []scope.API{scope.ASPSPInformation}, Contexts: []scope.Context{scope.Private},
		}
		change(a)
		return a
	}
	uri := func(s string) *app.App { return good(func(a *app.App) { a.RedirectURIs = []string{s} }) }
	tests := []struct {
		name  string
		in    *app.App
		field string // at fault; empty if in is good
	}{
		{"good", good(func(*app.App) {}), ""},
		{"bankgiro", good(func(a *app.App) {
			a.Scopes = []scope.API{scope.AccountInformation, scope.BankgiroInformation}
			a.Contexts = scope.Contexts()
		}), ""},
		{"https", uri("https://tpp.example"), ""},
		{"https with port", uri("https://tpp.example:8443/a/b?c=d"), ""},

		{"id", good(func(a *app.App) { a.ID = "0F7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10" }), "id"},
		{"short id", good(func(a *app.App) { a.ID = "0f7f2f5c" }), "id"},
		{"long id", good(func(a *app.App) { a.ID += "0" }), "id"},
		{"no name", good(func(a *app.App) { a.Name = "" }), "name"},
		{"spaces", good(func(a *app.App) { a.Name = " x" }), "name"},
		{"line end", good(func(a *app.App) { a.Name = "x\ny" }), "name"},
		{"long name", good(func(a *app.App) { a.Name = strings.Repeat("å", 101) }), "name"},
		{"environment", good(func(a *app.App) { a.Environment = "test" }), "environment"},
		{"no scopes", good(func(a *app.App) { a.Scopes = nil }), "scopes"},
		{"unknown scope", good(func(a *app.App) { a.Scopes = []scope.API{"openid"} }), "scopes"},
		{"scope twice", good(func(a *app.App) { a.Scopes = append(a.Scopes, a.Scopes...) }), "scopes"},
		{"no contexts", good(func(a *app.App) { a.Contexts = nil }), "contexts"},
		{"bankgiro alone", good(func(a *app.App) { a.Scopes = []scope.API{scope.BankgiroInformation} }), "scopes"},
		{"http", uri("http://tpp.example/"), "redirectUris"},
		{"relative", uri("/back"), "redirectUris"},
		{"other scheme", uri("tpp:/back"), "redirectUris"},
		{"no host", uri("https:///back"), "redirectUris"},
		{"javascript", uri("javascript:alert(1)"), "redirectUris"},
		{"wildcard", uri("https://*.tpp.example/"), "redirectUris"},
		{"fragment", uri("https://tpp.example/#x"), "redirectUris"},
		{"empty fragment", uri("https://tpp.example/#"), "redirectUris"},
		{"user", uri("https://u@tpp.example/"), "redirectUris"},
		{"space", uri("https://tpp.example/a b"), "redirectUris"},
		{"backslash", uri(`https://tpp.example\@evil.example/`), "redirectUris"},
		{"loopback lookalike", uri("http://localhost.evil.example/"), "redirectUris"},
		{"twice", good(func(a *app.App) { a.RedirectURIs = []string{"https://a.example", "https://a.example"} }), "redirectUris"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.in.Check()
			if tt.field == "" {
				if err != nil {
					t.Errorf("Check() reports %v", err)
				}
				return
			}
			if !problem.Is(err, problem.FormatInvalid) || !strings.Contains(err.Error(), "("+tt.field+")") {
				t.Errorf("Check() reports %v, want format_invalid of %s", err, tt.field)
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	var a app.App
	for i := range app.MaxSecrets {
		if _, err := a.AddSecret("", noon(), noon().Add(time.Hour*time.Duration(i+1))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.AddSecret("sixth", noon(), time.Time{}); !problem.Is(err, problem.StatusInvalid) {
		t.Errorf("the sixth secret reports %v, want status_invalid", err)
	}
	later := noon().Add(time.Hour)
	text, err := a.AddSecret("sixth", later, time.Time{})
	if err != nil {
		t.Fatalf("a secret in place of one that expired reports %v", err)
	}
	if n := len(a.Secrets); n != app.MaxSecrets {
		t.Errorf("the app has %d secrets, want %d: what expired goes", n, app.MaxSecrets)
	}
	last := a.Secrets[len(a.Secrets)-1]
	if last.Hash != text.Hash() || last.Label != "sixth" || !last.Live(later.AddDate(50, 0, 0)) {
		t.Errorf("the last secret is %+v", last)
	}
	if err := a.RemoveSecret(last.ID); err != nil || len(a.Secrets) != app.MaxSecrets-1 {
		t.Errorf("RemoveSecret reports %v and leaves %d", err, len(a.Secrets))
	}
	if err := a.RemoveSecret(last.ID); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("RemoveSecret again reports %v, want resource_unknown", err)
	}
	if _, err := a.AddSecret("x", noon(), noon()); !problem.Is(err, problem.FormatInvalid) {
		t.Errorf("an expired secret reports %v, want format_invalid", err)
	}
	if _, err := a.AddSecret("x\x00", noon(), time.Time{}); !problem.Is(err, problem.FormatInvalid) {
		t.Errorf("a bad label reports %v, want format_invalid", err)
	}
}

func TestCheckScope(t *testing.T) {
	t.Parallel()
	a := app.App{Scopes: []scope.API{scope.AccountInformation}, Contexts: []scope.Context{scope.Private}}
	tests := []struct{ in, want string }{
		{"accountinformation private", ""},
		{"aspspinformation private", "scope_invalid: scope not granted to this application: aspspinformation"},
		{"paymentinitiation accountinformation corporate", "scope_invalid: scope not granted to this application: paymentinitiation corporate"},
	}
	for _, tt := range tests {
		set, err := scope.Parse(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := a.CheckScope(set); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("CheckScope(%q) reports %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestUnusedSince(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	now := noon()
	tests := []struct {
		name   string
		secret app.Secret
		want   time.Time
	}{
		{"made and used lately", app.Secret{CreatedAt: now.Add(-40 * day), LastUsedAt: now.Add(-day)}, time.Time{}},
		{"made lately, never used", app.Secret{CreatedAt: now.Add(-29 * day)}, time.Time{}},
		{"never used", app.Secret{CreatedAt: now.Add(-30 * day)}, now.Add(-30 * day)},
		{"used long ago", app.Secret{CreatedAt: now.Add(-90 * day), LastUsedAt: now.Add(-31 * day)}, now.Add(-31 * day)},
	}
	for _, tt := range tests {
		if got := tt.secret.UnusedSince(now); !got.Equal(tt.want) {
			t.Errorf("%s: UnusedSince = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestSecretPattern: scanners find every secret, wherever it lies, and nothing
// that is cut off.
func TestSecretPattern(t *testing.T) {
	t.Parallel()
	find := regexp.MustCompile(app.SecretPattern)
	for range 200 {
		s := string(app.NewSecret())
		for _, text := range []string{s, `secret: "` + s + `"`, "client_secret=" + s + "&scope=x", "https://id:" + s + "@host/"} {
			if got := find.FindString(text); got != s {
				t.Errorf("the pattern finds %q in %q, want %q", got, text, s)
			}
		}
		if got := find.FindString(s[:len(s)-1]); got != "" {
			t.Errorf("the pattern finds %q in a secret that is cut off", got)
		}
	}
}

func FuzzParseSecret(f *testing.F) {
	f.Add(string(app.SecretOf([32]byte{1})))
	f.Add("sluss_")
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := app.ParseSecret(s); err == nil && (string(got) != s || !regexp.MustCompile(app.SecretPattern).MatchString(s)) {
			t.Errorf("ParseSecret(%q) = %q", s, got)
		}
	})
}
