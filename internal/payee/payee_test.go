package payee_test

import (
	"strings"
	"testing"

	"sluss.example/sluss/internal/payee"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		holders string // separated by |
		want    payee.Result
		matched string
	}{
		{"Anna Andersson", "Anna Andersson", payee.Match, ""},
		{"ANNA  andersson", "Anna Andersson", payee.Match, ""},
		{"Andre Oberg", "André Öberg", payee.Match, ""},
		{"Muller Strasse", "Müller Straße", payee.Match, ""},
		{"Example", "Example AB", payee.Match, ""},
		{"Example B.V.", "Example BV", payee.Match, ""},
		{"Maersk", "A/S Mærsk", payee.Match, ""},
		{"O'Neill-Smith", "ONeill Smith", payee.Match, ""},
		{"Adam Sambo", "Eva Sambo|Adam Sambo", payee.Match, ""},
		{"AB", "AB", payee.Match, ""},

		{"Ana Anderson", "Anna Andersson", payee.CloseMatch, "Anna Andersson"},
		{"Andersson Anna", "Anna Andersson", payee.CloseMatch, "Anna Andersson"},
		{"A. Andersson", "Anna Andersson", payee.CloseMatch, "Anna Andersson"},
		{"Anna Andersson", "A Andersson", payee.CloseMatch, "A Andersson"},
		{"Anna M Andersson", "Anna Andersson", payee.CloseMatch, "Anna Andersson"},
		{"Adm Sambo", "Eva Sambo|Adam Sambo", payee.CloseMatch, "Adam Sambo"},

		{"Bo Berg", "Anna Andersson", payee.NoMatch, ""},
		{"Anna", "Anna Andersson", payee.NoMatch, ""},
		{"A A", "Anna Andersson", payee.NoMatch, ""},
		{"Example Ltd", "Other Ltd", payee.NoMatch, ""},
		{"Anna Andersson", "", payee.NotPossible, ""},
	}
	for _, tt := range tests {
		var holders []string
		if tt.holders != "" {
			holders = strings.Split(tt.holders, "|")
		}
		if got := payee.Verify(tt.name, holders); got.Result != tt.want || got.Name != tt.matched {
			t.Errorf("Verify(%q, %q) = %s %q, want %s %q", tt.name, holders, got.Result, got.Name, tt.want, tt.matched)
		}
	}
}

// FuzzVerify looks that a name is itself, and that it does not matter who is
// compared with whom.
func FuzzVerify(f *testing.F) {
	f.Add("Anna Andersson", "A. Andersson")
	f.Add("", "ÅÄÖ ß AB")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := payee.Verify(a, []string{a}); got.Result != payee.Match {
			t.Errorf("%q is not itself: %s", a, got.Result)
		}
		if x, y := payee.Verify(a, []string{b}), payee.Verify(b, []string{a}); x.Result != y.Result {
			t.Errorf("%q and %q: %s, the other way %s", a, b, x.Result, y.Result)
		}
	})
}
