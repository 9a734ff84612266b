package ident_test

import (
	"strings"
	"testing"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

func TestParseBICFI(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"eight", "ESSESESS", "ESSESESS"},
		{"head office", "ESSESESSXXX", "ESSESESS"},
		{"branch", "DEUTDEFF500", "DEUTDEFF500"},
		{"lower case", "okoyfihh", "OKOYFIHH"},
		{"eight that end in XXX", "ABCDSEXX", "ABCDSEXX"},

		{"empty", "", ""},
		{"seven", "ESSESES", ""},
		{"nine", "ESSESESS1", ""},
		{"digit in the bank code", "E1SESESS", ""},
		{"location 1", "ESSESE1S", ""},
		{"location O", "ESSESESO", ""},
		{"newline behind", "ESSESESS\n", ""},
		{"letter that is no ASCII", "ESSESESſ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ident.ParseBICFI(tt.in)
			if string(got) != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("ParseBICFI(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
			}
			if err != nil && !problem.Is(err, problem.FormatInvalid) {
				t.Errorf("ParseBICFI(%q) reports %v, want format_invalid", tt.in, err)
			}
		})
	}
}

// TestIBAN has examples from the IBAN registry, and the sample of the sandbox
// that fails its check digits.
func TestIBAN(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in    string
		want  string
		valid bool
	}{
		{"SE4550000000058398257466", "SE4550000000058398257466", true},
		{"FI2112345600000785", "FI2112345600000785", true},
		{"no93 8601 1117 947", "NO9386011117947", true},
		{"DK5000400440116243", "DK5000400440116243", true},
		{"NL91ABNA0417164300", "NL91ABNA0417164300", true},
		{"DE89370400440532013000", "DE89370400440532013000", true},
		{"GB29NWBK60161331926819", "GB29NWBK60161331926819", true},

		{"SE1412000000000012345678", "SE1412000000000012345678", false},
		{"SE45500000000583982574", "SE45500000000583982574", false},
		{"SE4550000000058398257467", "SE4550000000058398257467", false},
		{"", "", false},
		{"SE45", "", false},
		{"4550000000058398257466", "", false},
		{"SE45-5000", "", false},
		{"SE45" + strings.Repeat("1", 31), "", false},
	}
	for _, tt := range tests {
		got, err := ident.ParseIBAN(tt.in)
		if string(got) != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("ParseIBAN(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
		}
		if got.Valid() != tt.valid {
			t.Errorf("%q.Valid() = %t, want %t", got, got.Valid(), tt.valid)
		}
		if tt.valid {
			if again := ident.NewIBAN(got.Country(), string(got[4:])); again != got {
				t.Errorf("NewIBAN(%q, %q) = %q, want %q", got.Country(), got[4:], again, got)
			}
		}
	}
}

func TestGiro(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, want string
		valid    bool
	}{
		{"5050-1055", "50501055", true},
		{"50501055", "50501055", true},
		{"991-2346", "9912346", true},
		{"90 19 50-6", "", false},
		{"901950-6", "9019506", true},
		{"1234-5678", "12345678", false},
		{"-----", "", false},
		{"1234", "", false},
		{"5050_1055", "", false},
	}
	for _, tt := range tests {
		got, err := ident.ParseGiro(tt.in)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("ParseGiro(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
		}
		if ident.LuhnValid(got) != tt.valid {
			t.Errorf("LuhnValid(%q) = %t, want %t", got, !tt.valid, tt.valid)
		}
	}
	for in, want := range map[string]string{"50501055": "5050-1055", "9912346": "991-2346", "123": "123"} {
		if got := ident.FormatBankgiro(in); got != want {
			t.Errorf("FormatBankgiro(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"9019506": "901950-6", "10": "1-0", "123456789": "123456789"} {
		if got := ident.FormatPlusgiro(in); got != want {
			t.Errorf("FormatPlusgiro(%q) = %q, want %q", in, got, want)
		}
	}
	// The example of the algorithm's Wikipedia article, and an organisation number.
	for _, want := range []string{"79927398713", "5560160680"} {
		if got := ident.WithLuhn(want[:len(want)-1]); got != want {
			t.Errorf("WithLuhn(%q) = %q, want %q", want[:len(want)-1], got, want)
		}
	}
}

func TestNormal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"5560160680": "5560160680", "556016-0680": "5560160680", "165560160680": "5560160680", "16556016-0680": "5560160680",
		"1655601606": "1655601606", "185560160680": "185560160680", " 556016 0680 ": "5560160680", "": "",
	} {
		if got := ident.NormalOrganisation(in); got != want {
			t.Errorf("NormalOrganisation(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"19900209-2386": "199002092386", "user 1": "user1", "A-b": "Ab"} {
		if got := ident.NormalPSU(in); got != want {
			t.Errorf("NormalPSU(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNewUUID(t *testing.T) {
	t.Parallel()
	a, b := ident.NewUUID(), ident.NewUUID()
	if a == b || !ident.IsUUID(a) || a[14] != '4' || !strings.ContainsRune("89ab", rune(a[19])) {
		t.Errorf("NewUUID() = %q then %q, want two of version 4", a, b)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"SE4550000000058398257466": "SE45****************7466", "1990020923": "**********", "": ""} {
		if got := ident.IBAN(in).LogValue().String(); got != want {
			t.Errorf("%q in a log = %q, want %q", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ESSESESSXXX", "no93 8601 1117 947", "5050-1055", "199002092386", "\xff", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := ident.ParseBICFI(s); err == nil {
			if again, err := ident.ParseBICFI(string(b)); err != nil || again != b {
				t.Errorf("ParseBICFI(%q) = %q, which parses to %q, %v", s, b, again, err)
			}
		}
		if i, err := ident.ParseIBAN(s); err == nil {
			if again, err := ident.ParseIBAN(string(i)); err != nil || again != i {
				t.Errorf("ParseIBAN(%q) = %q, which parses to %q, %v", s, i, again, err)
			}
			i.Valid()
		}
		if g, err := ident.ParseGiro(s); err == nil && len(g) >= 5 {
			if again, err := ident.ParseGiro(g); err != nil || again != g {
				t.Errorf("ParseGiro(%q) = %q, which parses to %q, %v", s, g, again, err)
			}
		}
		if p := ident.NormalPSU(s); ident.NormalPSU(p) != p {
			t.Errorf("NormalPSU(%q) = %q, which is not normal", s, p)
		}
		ident.LuhnValid(s)
		ident.NormalOrganisation(s)
	})
}
