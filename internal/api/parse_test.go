package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/scope"
)

func TestQuality(t *testing.T) {
	t.Parallel()
	tests := []struct {
		accept string
		want   float64
	}{
		{"", 1},
		{"application/json", 1},
		{"APPLICATION/JSON", 1},
		{"application/json; charset=utf-8; q=0.5", 0.5},
		{"application/json;q=nonsense", 1},
		{"application/json;q=7", 1},
		{"*/*;q=0.1, application/json;q=0.9, application/*;q=0.5", 0.9},
		{"*/*;q=0.1, application/*;q=0.5", 0.5},
		{"text/html, */*;q=0.1", 0.1},
		{",", 1},
		{"json", 1},

		{"text/html", 0},
		{"application/json;q=0, */*", 0},
		{"application/jsonx", 0},
		{"text/json", 0},
	}
	for _, tt := range tests {
		if got := quality([]string{tt.accept}, jsonType).q; got != tt.want {
			t.Errorf("quality(%q) = %v, want %v", tt.accept, got, tt.want)
		}
	}
}

func FuzzQuality(f *testing.F) {
	for _, s := range []string{"", "*/*", "application/json;q=0.5, application/problem+json", "a/b;q=1;q=0,,;", "*/*;q=-1", "*/*;q=NaN"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if q := quality([]string{s}, jsonType).q; !(q >= 0 && q <= 1) {
			t.Errorf("quality(%q) = %v, want 0 to 1", s, q)
		}
		prefersProblem([]string{s})
	})
}

func FuzzHeaders(f *testing.F) {
	f.Add("PSU-ID", "19900209-2386", "TPP-Redirect-Preferred", "True")
	f.Add("PSU-IP-Address", "::ffff:203.0.113.7", "PSU-Corporate-ID", "16556016-0680")
	f.Add("X-ISO-Fallback-Enabled", "true", "Consent-ID", "x")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		header := http.Header{}
		header.Add(name1, value1)
		header.Add(name2, value2)
		read := func(strict bool) (headers, int) {
			var out headers
			rd := &headerReader{header: header, strict: strict}
			p := bank.DefaultProfile()
			rd.psu(&out, &p, scope.Corporate)
			rd.rest(&out, accountHeaders)
			return out, len(rd.faults)
		}
		lenient, faults := read(false)
		strictly, strictFaults := read(true)
		if strictFaults < faults {
			t.Errorf("%v has %d faults, in strict mode %d", header, faults, strictFaults)
		}
		if strictFaults == 0 && !cmp.Equal(lenient.RedirectPreferred, strictly.RedirectPreferred) {
			t.Errorf("%v is read otherwise in strict mode", header)
		}
		if lenient.Attended() != (lenient.IPAddress() != "") {
			t.Errorf("%v is attended from %q", header, lenient.IPAddress())
		}
	})
}

// FuzzConsentBody holds the parser of bodies against that of the standard
// library, and strict against lenient.
func FuzzConsentBody(f *testing.F) {
	for _, s := range []string{
		`{"access":{},"recurringIndicator":true,"validUntil":"2027-01-31","frequencyPerDay":4,"combinedServiceIndicator":false}`,
		`{"access":{"accounts":[{"iban":"SE45"}],"balances":[]},"recurringIndicator":"True","frequencyPerDay":"4"}`,
		`{"access":null,"validUntil":" 2027-01-31 ","x":[[[{}]]]}`,
		`{"a":1,"a":2}`, `[`, `1e400`, `"\ud800"`, "\ufeff{}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseJSON(b)
		if err != nil {
			return
		}
		if !json.Valid(b) {
			t.Fatalf("parseJSON(%q) takes what is not JSON", b)
		}
		lenient, strictly := consent.Request{}, consent.Request{Strict: true}
		err, strictErr := readConsent(v, &lenient), readConsent(v, &strictly)
		if (err == nil) != (strictErr == nil) {
			t.Errorf("%q reports %v, in strict mode %v", b, err, strictErr)
		}
		if len(strictly.Faults) < len(lenient.Faults) {
			t.Errorf("%q has %d faults, in strict mode %d", b, len(lenient.Faults), len(strictly.Faults))
		}
		for _, e := range lenient.Faults {
			if e.Field == "" || e.Detail == "" {
				t.Errorf("%q reports a fault without field or detail: %v", b, e)
			}
		}
	})
}

func TestParseJSON(t *testing.T) {
	t.Parallel()
	bad := []string{
		"", "{", "[1", `{"a"}`, `{"a":1,}`, `{"a":1 "b":2}`, "[1 2]", "nul", "1 2", "{} {}", `{"a":1,"a":1}`, `{"o":{"a":1,"a":1}}`,
		"\xff", `"` + "\xff" + `"`, `{1:2}`, strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2),
	}
	for _, s := range bad {
		if v, err := parseJSON([]byte(s)); err == nil {
			t.Errorf("parseJSON(%q) = %v, want an error", s, v)
		}
	}
	good := []string{"{}", "[]", "null", "1", `"x"`, "true", `{"a":[{"a":1}]}`, "\r\n{\r\n}\r\n", strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth)}
	for _, s := range good {
		if _, err := parseJSON([]byte(s)); err != nil {
			t.Errorf("parseJSON(%q) reports %v", s, err)
		}
	}
	// A member in other letters is another member, unlike in encoding/json.
	v, err := parseJSON([]byte(`{"Access":{},"access":{"allPsd2":"allAccounts"}}`))
	if err != nil {
		t.Fatal(err)
	}
	var req consent.Request
	if err := readConsent(v, &req); err != nil || req.Access == nil || req.Access.AllPSD2 != "allAccounts" {
		t.Errorf("readConsent takes Access for access: %+v, %v", req.Access, err)
	}
}

func TestQueryList(t *testing.T) {
	t.Parallel()
	q := &query{values: map[string][]string{"a": {"x, y", "", " z ", ",,"}}}
	if got, want := q.list("a"), []string{"x", "y", "z"}; !slices.Equal(got, want) {
		t.Errorf("list = %q, want %q", got, want)
	}
}
