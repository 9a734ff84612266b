package scope_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParse(t *testing.T) {
	t.Parallel()
	const (
		noContext = "no PSU context: add private or corporate"
	)
	tests := []struct {
		name    string
		in      string
		want    string
		wantErr string // empty if in is valid
	}{
		{"context first", "corporate paymentinitiation", "corporate paymentinitiation", ""},
		{"order kept", "paymentinitiation private accountinformation", "paymentinitiation private accountinformation", ""},
		{"repeated", "accountinformation private accountinformation", "accountinformation private", ""},
		{"all", "aspspinformation accountinformation bankgiroinformation paymentinitiation corporate", "aspspinformation accountinformation bankgiroinformation paymentinitiation corporate", ""},
		{"double space", "accountinformation  private", "accountinformation private", ""},
		{"spaces at the ends", " private accountinformation ", "private accountinformation", ""},

		{"empty", "", "", "scope_invalid: scope is empty; ask for one or more API scopes and private or corporate"},
		{"no context", "accountinformation", "", "scope_invalid: " + noContext},
		{"context alone", "private", "", "scope_invalid: no API scope"},
		{"two contexts", "accountinformation private corporate", "", "scope_invalid: private and corporate exclude each other"},
		{"two unknown", "accounts accountinformation Private", "", "scope_invalid: unknown: 'accounts' 'Private'; " + noContext},
		{"only spaces", "  ", "", "scope_invalid: scope is empty; ask for one or more API scopes and private or corporate"},
		{"spaces all round, unknown", " accounts  private ", "", "scope_invalid: unknown: 'accounts'; no API scope"},
		{"tab", "accountinformation\tprivate", "", "scope_invalid: unknown: 'accountinformation\tprivate'; " + noContext + "; no API scope"},
		{"private bankgiro", "accountinformation bankgiroinformation private", "", "scope_invalid: bankgiroinformation needs accountinformation and corporate"},
		{"bankgiro alone", "bankgiroinformation corporate", "", "scope_invalid: bankgiroinformation needs accountinformation and corporate"},
		{"several faults", "openid private", "", "scope_invalid: unknown: 'openid'; no API scope"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := scope.Parse(tt.in)
			if got := set.String(); got != tt.want {
				t.Errorf("Parse(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if got := errorText(err); got != tt.wantErr {
				t.Errorf("Parse(%q) reports %q, want %q", tt.in, got, tt.wantErr)
			}
		})
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/vectors/scope.txt")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(text), "\n\n") {
		fields := map[string]string{}
		for line := range strings.Lines(block) {
			if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":"); ok && !strings.HasPrefix(line, "#") {
				fields[name] = strings.TrimPrefix(value, " ")
			}
		}
		if fields["expect"] == "" {
			continue // the remarks at the top
		}
		set, err := scope.Parse(fields["scope"])
		got := "ok"
		if problem.Is(err, problem.ScopeInvalid) {
			got = "scope_invalid"
		}
		if got != fields["expect"] || set.String() != fields["words"] {
			t.Errorf("Parse(%q) = %q, %s, want %q, %s", fields["scope"], set, got, fields["words"], fields["expect"])
		}
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	set, err := scope.Parse("accountinformation corporate paymentinitiation")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]scope.API{scope.AccountInformation, scope.PaymentInitiation}, set.APIs()); diff != "" {
		t.Errorf("APIs() differs (-want +got):\n%s", diff)
	}
	if got := set.Context(); got != scope.Corporate {
		t.Errorf("Context() = %q, want %q", got, scope.Corporate)
	}
	if !set.HasAny(scope.ASPSPInformation, scope.PaymentInitiation) || set.HasAny(scope.ASPSPInformation) || set.HasAny() {
		t.Error("HasAny finds what is not there, or not what is")
	}
	if (scope.Set{}).Has(scope.AccountInformation) || (scope.Set{}).Context() != "" {
		t.Error("the zero set covers something")
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"same", "accountinformation private", "accountinformation private", true},
		{"other order", "accountinformation private", "private accountinformation", true},
		{"repeated", "accountinformation private", "private accountinformation private", true},

		{"less", "accountinformation aspspinformation private", "accountinformation private", false},
		{"more", "accountinformation private", "accountinformation aspspinformation private", false},
		{"other context", "accountinformation private", "accountinformation corporate", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, errA := scope.Parse(tt.a)
			b, errB := scope.Parse(tt.b)
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			if got := a.Equal(b); got != tt.want {
				t.Errorf("Parse(%q).Equal(Parse(%q)) = %t, want %t", tt.a, tt.b, got, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "accountinformation private", "private  corporate", "bankgiroinformation", "\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		set, err := scope.Parse(s)
		if err != nil {
			if !problem.Is(err, problem.ScopeInvalid) || set.String() != "" {
				t.Fatalf("Parse(%q) = %q, %v", s, set, err)
			}
			return
		}
		again, err := scope.Parse(set.String())
		if err != nil || again.String() != set.String() || !again.Equal(set) || set.Context() == "" || len(set.APIs()) == 0 {
			t.Fatalf("Parse(%q) = %q, which parses to %q, %v", s, set, again, err)
		}
	})
}
