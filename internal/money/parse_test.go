package money_test

import (
	"testing"

	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		in       string
		currency money.Currency
		want     money.Amount
		wantErr  string // empty if in is valid
	}{
		{"whole", "125", "SEK", money.Amount{Minor: 12500, Currency: "SEK"}, ""},
		{"one decimal", "125.5", "SEK", money.Amount{Minor: 12550, Currency: "SEK"}, ""},
		{"two decimals", "-125.50", "SEK", money.Amount{Minor: -12550, Currency: "SEK"}, ""},
		{"less than one", "-0.05", "EUR", money.Amount{Minor: -5, Currency: "EUR"}, ""},
		{"minus zero", "-0", "EUR", money.Amount{Minor: 0, Currency: "EUR"}, ""},
		{"leading zeros", "007.1", "EUR", money.Amount{Minor: 710, Currency: "EUR"}, ""},
		{"largest", "99999999999999.999", "KWD", money.Amount{Minor: 99999999999999999, Currency: "KWD"}, ""},
		{"no decimals in the currency", "1234", "JPY", money.Amount{Minor: 1234, Currency: "JPY"}, ""},
		{"currency of nobody", "1.23", "XXX", money.Amount{Minor: 123, Currency: "XXX"}, ""},

		{"empty", "", "SEK", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
		{"plus", "+1", "SEK", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
		{"comma", "1,50", "SEK", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
		{"dot alone", "1.", "SEK", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
		{"dot first", ".5", "SEK", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
		{"exponent", "1e3", "SEK", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
		{"line end", "1\n", "SEK", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
		{"15 digits", "100000000000000", "SEK", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
		{"4 decimals", "1.0000", "KWD", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
		{"too many for SEK", "1.500", "SEK", money.Amount{}, "format_invalid: has more decimals than SEK, which has 2"},
		{"too many for JPY", "1.0", "JPY", money.Amount{}, "format_invalid: has more decimals than JPY, which has 0"},
		{"other digits", "١", "SEK", money.Amount{}, "format_invalid: must be an amount such as 125.50"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := money.Parse(tt.in, tt.currency)
			if got != tt.want || errorText(err) != tt.wantErr {
				t.Errorf("Parse(%q, %s) = %#v, %q, want %#v, %q", tt.in, tt.currency, got, errorText(err), tt.want, tt.wantErr)
			}
		})
	}
}

func TestParseCurrency(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"SEK", "EUR", "JPY", "KWD", "XXX"} {
		if got, err := money.ParseCurrency(s); err != nil || string(got) != s {
			t.Errorf("ParseCurrency(%q) = %q, %v, want it back", s, got, err)
		}
	}
	for _, s := range []string{"", "sek", "SE", "SEKK", "QQQ", "12A", "SEK\n"} {
		if got, err := money.ParseCurrency(s); !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("ParseCurrency(%q) = %q, %v, want %s", s, got, err, problem.FormatInvalid)
		}
	}
}

// FuzzParse looks that what parses prints, and parses to the same.
func FuzzParse(f *testing.F) {
	f.Add("125.50", "SEK")
	f.Add("-0.001", "KWD")
	f.Add("-0", "JPY")
	f.Add("99999999999999.999", "XXX")
	f.Fuzz(func(t *testing.T, s, code string) {
		c, err := money.ParseCurrency(code)
		if err != nil {
			return
		}
		a, err := money.Parse(s, c)
		if err != nil {
			return
		}
		if b, err := money.Parse(a.Decimal(), c); err != nil || a != b {
			t.Errorf("Parse(%q, %s) = %v, which prints and parses to %v, %v", s, c, a, b, err)
		}
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
