package ident

import (
	"regexp"
	"strings"

	"sluss.example/sluss/internal/problem"
)

var giroForm = regexp.MustCompile(`^[0-9-]{5,35}$`)

// ParseGiro parses a Bankgiro or plusgiro number, with or without hyphens, and
// returns its digits. It looks at the form alone; see [LuhnValid]. It reports
// problem.FormatInvalid.
func ParseGiro(s string) (string, error) {
	digits := strings.ReplaceAll(s, "-", "")
	if !giroForm.MatchString(s) || digits == "" {
		return "", problem.New(problem.FormatInvalid, "must be a giro number: 5 to 35 digits and hyphens")
	}
	return digits, nil
}

// FormatBankgiro returns a Bankgiro number of 7 or 8 digits as it is printed:
// with a hyphen before the last four. Others are returned as they are.
func FormatBankgiro(digits string) string {
	if len(digits) != 7 && len(digits) != 8 {
		return digits
	}
	return digits[:len(digits)-4] + "-" + digits[len(digits)-4:]
}

// FormatPlusgiro returns a plusgiro number of 2 to 8 digits as it is printed:
// with a hyphen before the check digit. Others are returned as they are.
func FormatPlusgiro(digits string) string {
	if len(digits) < 2 || len(digits) > 8 {
		return digits
	}
	return digits[:len(digits)-1] + "-" + digits[len(digits)-1:]
}

// LuhnValid reports whether the last of the digits is the check digit of those
// before it by the Luhn algorithm (ISO/IEC 7812-1 annex B), as in giro numbers,
// OCR references, organisation numbers and personal numbers of ten digits.
func LuhnValid(digits string) bool {
	return len(digits) > 1 && isDigits(digits) && luhn(digits[:len(digits)-1]) == digits[len(digits)-1]
}

// WithLuhn returns digits with their check digit behind them.
func WithLuhn(digits string) string { return digits + string(luhn(digits)) }

// luhn returns the check digit of digits.
func luhn(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

func isDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
