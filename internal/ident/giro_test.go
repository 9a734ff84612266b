package ident_test

import (
	"testing"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

func TestParseBankgiro(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, want string // want is empty if in is none
		valid    bool
	}{
		{"5050-1055", "5050-1055", true}, // the tax agency's
		{"50501055", "5050-1055", true},
		{"991-2346", "991-2346", true}, // the example of Bankgirot's manual
		{"9912346", "991-2346", true},
		{"1234-5678", "1234-5678", false}, // well-formed

		{"", "", false},
		{"505-01055", "", false},
		{"5050--1055", "", false},
		{"123456", "", false},
		{"123456789", "", false},
		{"5050 1055", "", false},
		{"5050-105x", "", false},
	}
	for _, tt := range tests {
		got, err := ident.ParseBankgiro(tt.in)
		if got.String() != tt.want || got.Valid() != tt.valid || err != nil && !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("ParseBankgiro(%q) = %s (valid %t), %v, want %q (%t)", tt.in, got, got.Valid(), err, tt.want, tt.valid)
		}
	}
}

func TestParsePlusgiro(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, want string
		valid    bool
	}{
		{"4154-7", "4154-7", false},
		{"901950-6", "901950-6", true}, // the children's fund's
		{"9019506", "901950-6", true},
		{"1-8", "1-8", true},

		{"", "", false},
		{"1", "", false},
		{"90 19 50-6", "", false},
		{"123456789", "", false},
		{"-6", "", false},
	}
	for _, tt := range tests {
		got, err := ident.ParsePlusgiro(tt.in)
		if got.String() != tt.want || got.Valid() != tt.valid || err != nil && !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("ParsePlusgiro(%q) = %s (valid %t), %v, want %q (%t)", tt.in, got, got.Valid(), err, tt.want, tt.valid)
		}
	}
}

func TestOCRValid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in                string
		want, wantLengths bool
	}{
		{"18", true, false},
		{"1230", true, false},
		{"13579135795", false, false},
		{"", false, false},
		{"0", false, false},
		{"12a0", false, false},
		{"00000000000000000000000000", false, false}, // 26 digits
		{lengthOCR("1234"), true, true},
		{lengthOCR("12345678"), true, true},
	}
	for _, tt := range tests {
		if got, lengths := ident.OCRValid(tt.in, false), ident.OCRValid(tt.in, true); got != tt.want || lengths != tt.wantLengths {
			t.Errorf("OCRValid(%q) = %t, with length %t, want %t and %t", tt.in, got, lengths, tt.want, tt.wantLengths)
		}
	}
}

// lengthOCR returns the OCR reference of digits with a digit of its length and
// a check digit.
func lengthOCR(digits string) string {
	digits += string(rune('0' + (len(digits)+2)%10))
	return digits + string(ident.LuhnDigit(digits))
}

func TestLuhn(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"79927398713", "4111111111111111", "18", "5560160680", "9002092386"} {
		if !ident.LuhnValid(s) || ident.LuhnDigit(s[:len(s)-1]) != s[len(s)-1] {
			t.Errorf("%s is not valid by modulus 10, want it valid", s)
		}
	}
	for _, s := range []string{"79927398710", "4111111111111112", "", "0", "1x8", "18\n"} {
		if ident.LuhnValid(s) {
			t.Errorf("%q is valid by modulus 10, want it not", s)
		}
	}
}

func FuzzGiro(f *testing.F) {
	f.Add("5050-1055")
	f.Add("9019506")
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := ident.ParseBankgiro(s); err == nil {
			if again, err := ident.ParseBankgiro(b.String()); err != nil || again != b {
				t.Errorf("ParseBankgiro(%q) = %s, which parses to %s, %v", s, b, again, err)
			}
		}
		if p, err := ident.ParsePlusgiro(s); err == nil {
			if again, err := ident.ParsePlusgiro(p.String()); err != nil || again != p {
				t.Errorf("ParsePlusgiro(%q) = %s, which parses to %s, %v", s, p, again, err)
			}
		}
		if ident.OCRValid(s, true) && !ident.OCRValid(s, false) {
			t.Errorf("OCRValid(%q) holds with the length only", s)
		}
	})
}
