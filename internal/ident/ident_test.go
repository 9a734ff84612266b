package ident_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

func TestParseBICFI(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want ident.BICFI // empty if in is no BIC
	}{
		{"ESSESESS", "ESSESESS"},
		{"esSEsess", "ESSESESS"},
		{"ESSESESSXXX", "ESSESESS"},
		{"DEUTDEFF500", "DEUTDEFF500"},

		{"", ""},
		{"ESSESES", ""},
		{"ESSESESS1", ""},
		{"ESSESE1S", ""},     // 0 and 1 are for tests
		{"ESSESESO", ""},     // nor the letter O
		{"E5SESESS", ""},     // a digit in the bank's code
		{"ESSESESSXXX ", ""}, // no spaces
		{"ÉSSESESS", ""},
		{"ESSESESS\n", ""},
	}
	for _, tt := range tests {
		got, err := ident.ParseBICFI(tt.in)
		if got != tt.want || (err == nil) != (tt.want != "") || err != nil && !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("ParseBICFI(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestNormal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"19900209-2386": "199002092386", "9900 2": "99002", "user.name": "user.name", "": ""} {
		if got := ident.NormalPSU(in); got != want {
			t.Errorf("NormalPSU(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"556016-0680": "5560160680", "165560160680": "5560160680", "16 556016-0680": "5560160680", "1655601606": "1655601606"} {
		if got := ident.NormalOrganisation(in); got != want {
			t.Errorf("NormalOrganisation(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParsePSU(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"personal number", "19900209-2386", "199002092386"},
		{"login name", "kund.åsa", "kund.åsa"},
		{"longest", strings.Repeat("å", 100), strings.Repeat("å", 100)},

		{"empty", "", ""},
		{"only hyphens", " -- ", ""},
		{"too long", strings.Repeat("1", 101), ""},
		{"control character", "abc\x00", ""},
		{"line end", "abc\r\nX: y", ""},
		{"no UTF-8", "abc\xff", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ident.ParsePSU(tt.in)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("ParsePSU(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
			}
		})
	}
}

// TestMasked looks that a log shows no whole identifier.
func TestMasked(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "iban", ident.IBAN("SE4550000000058398257466"), "psu", ident.MaskPSU("199002092386"))
	if got := out.String(); !strings.Contains(got, "iban=SE…7466 psu=…86") {
		t.Errorf("logs %q, want both masked", got)
	}
	if got := ident.IBAN("SE45").Mask() + ident.MaskPSU("12345"); got != "……" {
		t.Errorf("masks short values as %q, want nothing of them", got)
	}
}

func TestNewUUID(t *testing.T) {
	t.Parallel()
	a, b := ident.NewUUID(), ident.NewUUID()
	if a == b || len(a) != 36 || a[14] != '4' || !strings.ContainsRune("89ab", rune(a[19])) {
		t.Errorf("NewUUID returns %q and %q, want two of version 4", a, b)
	}
}

func FuzzParseBICFI(f *testing.F) {
	f.Add("ESSESESS")
	f.Add("essesessxxx")
	f.Add("DEUTDEFF500")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := ident.ParseBICFI(s)
		if err != nil {
			return
		}
		if again, err := ident.ParseBICFI(string(b)); err != nil || again != b {
			t.Errorf("ParseBICFI(%q) = %q, which parses to %q, %v", s, b, again, err)
		}
	})
}

func FuzzParsePSU(f *testing.F) {
	f.Add("19900209-2386")
	f.Add("kund åsa")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ident.ParsePSU(s)
		if err != nil {
			return
		}
		if again, err := ident.ParsePSU(n); err != nil || again != n {
			t.Errorf("ParsePSU(%q) = %q, which parses to %q, %v", s, n, again, err)
		}
		if strings.Contains(ident.MaskPSU(n), n) {
			t.Errorf("MaskPSU(%q) shows it all", n)
		}
	})
}
