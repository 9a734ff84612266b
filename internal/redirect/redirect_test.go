package redirect

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"testing"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
)

func TestAllowed(t *testing.T) {
	t.Parallel()
	a := app.App{RedirectURIs: []string{
		"https://tpp.example/cb", "https://tpp.example/q?x=1", "http://localhost:3000/cb", "http://127.0.0.1/cb", "http://[::1]:1/cb", "http://tpp.example/cb",
	}}
	tests := []struct {
		uri  string
		want bool
	}{
		{"https://tpp.example/cb", true},
		{"https://tpp.example/q?x=1", true},
		{"http://localhost:3000/cb", true},
		{"http://localhost:49152/cb", true},
		{"http://localhost/cb", true},
		{"http://127.0.0.1:8080/cb", true},
		{"http://[::1]:49152/cb", true},
		{"http://tpp.example/cb", true},

		{"", false},
		{"https://tpp.example/cb/", false},
		{"https://tpp.example/cb?x=1", false},
		{"https://tpp.example:8443/cb", false},
		{"https://TPP.example/cb", false},
		{"http://tpp.example:80/cb", false},
		{"https://localhost:3000/cb", false},
		{"http://localhost:3000/other", false},
		{"http://localhost.evil.example:3000/cb", false},
		{"http://localhost:3000@evil.example/cb", false},
		{"http://user@localhost:3000/cb", false},
		{"http://localhost:3000/cb#x", false},
		{"http://localhost:x/cb", false},
		{"https://evil.example/cb", false},
	}
	for _, tt := range tests {
		if got := Allowed(&a, tt.uri); got != tt.want {
			t.Errorf("Allowed(%q) = %t, want %t", tt.uri, got, tt.want)
		}
	}
}

func TestBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		visit  Visit
		failed bool
		pairs  []string
		want   string
	}{
		{"plain", Visit{RedirectURI: "https://a/cb"}, false, []string{"code", "x"}, "https://a/cb?code=x"},
		{"existing query kept", Visit{RedirectURI: "https://a/cb?x=1&y=%20"}, false, []string{"code", "x"}, "https://a/cb?x=1&y=%20&code=x"},
		{"open query", Visit{RedirectURI: "https://a/cb?"}, false, []string{"code", "x"}, "https://a/cb?code=x"},
		{"state unchanged", Visit{RedirectURI: "https://a/cb", State: "a+b &=ü/%", HasState: true}, false, nil, "https://a/cb?state=a%2Bb%20%26%3D%C3%BC%2F%25"},
		{"empty state", Visit{RedirectURI: "https://a/cb", HasState: true}, false, nil, "https://a/cb?state="},
		{"scope", Visit{RedirectURI: "https://a/cb"}, false, []string{"scope", "accountinformation private"}, "https://a/cb?scope=accountinformation%20private"},
		{"nothing", Visit{RedirectURI: "https://a/cb"}, false, nil, "https://a/cb"},
		{"failure", Visit{RedirectURI: "https://a/cb", NokRedirectURI: "https://a/nok"}, true, []string{"error", "e"}, "https://a/nok?error=e"},
		{"success has no use for the other", Visit{RedirectURI: "https://a/cb", NokRedirectURI: "https://a/nok"}, false, []string{"code", "x"}, "https://a/cb?code=x"},
	}
	for _, tt := range tests {
		got := tt.visit.back(tt.failed, tt.pairs...)
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		u, err := url.Parse(got)
		if err != nil || tt.visit.HasState && u.Query().Get("state") != tt.visit.State {
			t.Errorf("%s: state does not come back: %s, %v", tt.name, got, err)
		}
	}
}

func TestVerified(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("verifier"))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	for _, tt := range []struct {
		challenge, verifier string
		want                bool
	}{
		{"", "", true},
		{challenge, "verifier", true},
		{challenge, "other", false},
		{challenge, "", false},
		{"", "verifier", false},
		{challenge, challenge, false},
	} {
		if got := verified(tt.challenge, tt.verifier); got != tt.want {
			t.Errorf("verified(%q, %q) = %t, want %t", tt.challenge, tt.verifier, got, tt.want)
		}
	}
	// The example of RFC 7636, appendix B.
	if !verified("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") {
		t.Error("the example of RFC 7636 is refused")
	}
}

func TestParseACR(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want ACR
		ok   bool
	}{
		{"idp:ESSESESS consentId:a consentAuthorisationId:b", ACR{"ESSESESS", Resource{KindConsent, "a", "b"}}, true},
		{"consentAuthorisationId:B  consentId:A idp:essesessXXX", ACR{"ESSESESS", Resource{KindConsent, "a", "b"}}, true},
		{"idp:ESSESESS consentId:a consentAuthorisationId:b other:x", ACR{"ESSESESS", Resource{KindConsent, "a", "b"}}, true},

		{"", ACR{}, false},
		{"idp:ESSESESS", ACR{}, false},
		{"idp:ESSESESS consentId:a", ACR{}, false},
		{"idp:ESSESESS consentId: consentAuthorisationId:b", ACR{}, false},
		{"consentId:a consentAuthorisationId:b", ACR{}, false},
		{"idp:X consentId:a consentAuthorisationId:b", ACR{}, false},
		{"idp:ESSESESS consentId:a consentId:c consentAuthorisationId:b", ACR{}, false},
		{"idp:ESSESESS consentId=a consentAuthorisationId:b", ACR{}, false},
	}
	for _, tt := range tests {
		got, err := ParseACR(tt.in)
		if (err == nil) != tt.ok || got != tt.want {
			t.Errorf("ParseACR(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
		}
		if err != nil && !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("ParseACR(%q): %v, want format_invalid", tt.in, err)
		}
	}
}

// FuzzParseACR holds that what parses, prints, and parses to the same.
func FuzzParseACR(f *testing.F) {
	f.Add("idp:ESSESESS consentId:a consentAuthorisationId:b")
	f.Add("idp:: a: :b  ")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseACR(s)
		if err != nil {
			return
		}
		again, err := ParseACR(a.String())
		if err != nil || again != a {
			t.Errorf("ParseACR(%q) = %+v, %v; want %+v", a.String(), again, err, a)
		}
	})
}
