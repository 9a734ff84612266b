package ident_test

import (
	"strings"
	"testing"

	"sluss.example/sluss/internal/ident"
)

// TestIBANValid has the examples of the IBAN registry.
func TestIBANValid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   ident.IBAN
		want bool
	}{
		{"Sweden", "SE4550000000058398257466", true},
		{"Finland", "FI2112345600000785", true},
		{"Norway", "NO9386011117947", true},
		{"Denmark", "DK5000400440116243", true},
		{"Germany", "DE89370400440532013000", true},
		{"Netherlands", "NL91ABNA0417164300", true},
		{"United Kingdom", "GB29NWBK60161331926819", true},
		{"Malta", "MT84MALT011000012345MTLCAST001S", true},
		{"a country of unknown length", "BR1800360305000010009795493C1", true},

		{"wrong check digits", "SE1412000000000012345678", false},
		{"two digits swapped", "SE4550000000058398257646", false},
		{"check digits that are never made", "SE00" + ident.NewIBAN("SE", "50000000000000000074")[4:], false},
		{"too short for the country", ident.NewIBAN("SE", "5000000005839825746"), false},
		{"lower case country", "se4550000000058398257466", false},
		{"empty", "", false},
		{"country alone", "SE45", false},
		{"no characters of an IBAN", "SE45-50000000058398257466", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.in.Valid(); got != tt.want {
				t.Errorf("Valid of %q = %t, want %t", string(tt.in), got, tt.want)
			}
		})
	}
}

func TestNewIBAN(t *testing.T) {
	t.Parallel()
	if got, want := ident.NewIBAN("SE", "50000000058398257466"), ident.IBAN("SE4550000000058398257466"); got != want {
		t.Errorf("NewIBAN = %s, want %s", string(got), string(want))
	}
	if got, want := ident.IBAN("SE4550000000058398257466").Grouped(), "SE45 5000 0000 0583 9825 7466"; got != want {
		t.Errorf("Grouped = %q, want %q", got, want)
	}
}

func FuzzIBAN(f *testing.F) {
	f.Add("SE4550000000058398257466")
	f.Add("GB29NWBK60161331926819")
	f.Fuzz(func(t *testing.T, s string) {
		i := ident.IBAN(s)
		if got := strings.ReplaceAll(i.Grouped(), " ", ""); got != strings.ReplaceAll(s, " ", "") {
			t.Errorf("%q in groups is %q", s, got)
		}
		if !i.Valid() {
			return
		}
		if made := ident.NewIBAN(i.Country(), s[4:]); made != i {
			t.Errorf("%q is valid, but its check digits are made as %q", s, string(made))
		}
	})
}
