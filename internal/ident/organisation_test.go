package ident_test

import (
	"slices"
	"strings"
	"testing"

	"sluss.example/sluss/internal/ident"
)

func TestParseOrganisation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		country string
		in      string
		want    string // empty if in is none
	}{
		{"plain", "SE", "5560160680", "5560160680"},
		{"hyphen", "SE", "556016-0680", "5560160680"},
		{"12 digits", "SE", "165560160680", "5560160680"},
		{"12 digits, hyphen", "SE", "16556016-0680", "5560160680"},
		{"spaces", "SE", " 556016 0680 ", "5560160680"},
		{"no check digit", "SE", "9999999990", "9999999990"},
		{"Finland", "FI", "0112038-9", "01120389"},
		{"Norway", "NO", "984 851 006", "984851006"},
		{"Denmark", "DK", "61126228", "61126228"},
		{"Netherlands, KVK", "NL", "33031431", "33031431"},
		{"Netherlands, RSIN", "NL", "004423139", "004423139"},
		{"Germany, register", "DE", "HRB 30000", "HRB30000"},
		{"Germany, lower case", "DE", "hrb 30000 b", "HRB30000B"},
		{"Germany, economic number", "DE", "DE123456788-00001", "DE12345678800001"},

		{"empty", "SE", "", ""},
		{"hyphens alone", "SE", "----------", ""},
		{"short", "SE", "12", ""},
		{"9 digits", "SE", "556016068", ""},
		{"11 digits", "SE", "55601606800", ""},
		{"12 digits of another century", "SE", "195560160680", ""},
		{"letters", "SE", "55601606AB", ""},
		{"digits of another script", "SE", "٥٥٦٠١٦٠٦٨٠", ""},
		{"of another country", "FI", "5560160680", ""},
		{"Norway, first digit", "NO", "184851006", ""},
		{"country without forms", "ZZ", "5560160680", ""},
		{"country in lower case", "se", "5560160680", ""},
		{"long", "SE", "5560160680" + strings.Repeat("-", 40), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ident.ParseOrganisation(tt.country, tt.in)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("ParseOrganisation(%q, %q) = %q, %v, want %q", tt.country, tt.in, got, err, tt.want)
			}
		})
	}
}

func TestOrganisationCountries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want string
	}{
		{"556016-0680", "SE"},
		{"0112038-9", "FI DK NL"},
		{"984851006", "NO NL"},
		{"HRB 30000", "DE"},
		{"12", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(ident.OrganisationCountries(tt.in), " "); got != tt.want {
			t.Errorf("OrganisationCountries(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzParseOrganisation(f *testing.F) {
	for _, s := range []string{"556016-0680", "165560160680", "0112038-9", "HRB 30000 B", "DE123456788-00001", "984851006", ""} {
		f.Add("SE", s)
		f.Add("DE", s)
	}
	f.Fuzz(func(t *testing.T, country, s string) {
		n, err := ident.ParseOrganisation(country, s)
		if err != nil {
			return
		}
		if again, err := ident.ParseOrganisation(country, n); err != nil || again != n {
			t.Errorf("ParseOrganisation(%q, %q) = %q, which parses to %q, %v", country, s, n, again, err)
		}
		if all := ident.OrganisationCountries(s); !slices.Contains(all, country) {
			t.Errorf("OrganisationCountries(%q) = %v, which has no %s", s, all, country)
		}
	})
}
