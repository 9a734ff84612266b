package ident

import (
	"regexp"
	"strings"

	"sluss.example/sluss/internal/problem"
)

// A Bankgiro is a Swedish bankgiro number: 7 or 8 digits, without hyphen. The
// last is a check digit; see [Bankgiro.Valid].
type Bankgiro string

// A Plusgiro is a Swedish plusgiro number: 2 to 8 digits, without hyphen. The
// last is a check digit; see [Plusgiro.Valid].
type Plusgiro string

var (
	bankgiroForm = regexp.MustCompile(`^([0-9]{3,4}-[0-9]{4}|[0-9]{7,8})$`)
	plusgiroForm = regexp.MustCompile(`^[0-9]{1,7}-?[0-9]$`)
)

// ParseBankgiro parses s, with a hyphen before the last four digits or
// without. It reports problem.FormatInvalid.
func ParseBankgiro(s string) (Bankgiro, error) {
	if !bankgiroForm.MatchString(s) {
		return "", problem.New(problem.FormatInvalid, "must be a bankgiro number of 7 or 8 digits, such as 5050-1055")
	}
	return Bankgiro(strings.Replace(s, "-", "", 1)), nil
}

// String returns the number with its hyphen, such as "5050-1055".
func (b Bankgiro) String() string { return hyphenated(string(b), 4) }

// Valid reports whether the check digit is right.
func (b Bankgiro) Valid() bool { return LuhnValid(string(b)) }

// ParsePlusgiro parses s, with a hyphen before the last digit or without. It
// reports problem.FormatInvalid.
func ParsePlusgiro(s string) (Plusgiro, error) {
	if !plusgiroForm.MatchString(s) {
		return "", problem.New(problem.FormatInvalid, "must be a plusgiro number of 2 to 8 digits, such as 901950-6")
	}
	return Plusgiro(strings.Replace(s, "-", "", 1)), nil
}

// String returns the number with its hyphen, such as "901950-6".
func (p Plusgiro) String() string { return hyphenated(string(p), 1) }

// Valid reports whether the check digit is right.
func (p Plusgiro) Valid() bool { return LuhnValid(string(p)) }

// hyphenated puts a hyphen before the last n bytes of s.
func hyphenated(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:len(s)-n] + "-" + s[len(s)-n:]
}

// OCRValid reports whether s is an OCR reference of Bankgirot: 2 to 25 digits,
// the last a check digit. With withLength the digit before it must be the last
// digit of the number of digits.
func OCRValid(s string, withLength bool) bool {
	if len(s) < 2 || len(s) > 25 || !LuhnValid(s) {
		return false
	}
	return !withLength || int(s[len(s)-2]-'0') == len(s)%10
}

// LuhnDigit returns the check digit that modulus 10 (ISO/IEC 7812-1 annex B)
// asks to follow digits, as in giro numbers, OCR references, organisation and
// personal numbers and cards. Bytes that are no digits count as nothing.
func LuhnDigit(digits string) byte {
	return byte('0' + (10-luhnSum(digits, true)%10)%10)
}

// LuhnValid reports whether s is digits, at least two, of which the last is
// the check digit of the others.
func LuhnValid(s string) bool {
	if len(s) < 2 || strings.Trim(s, "0123456789") != "" {
		return false
	}
	return luhnSum(s, false)%10 == 0
}

// luhnSum adds up the digits of s, every second one from the right doubled,
// beginning with the last one if double.
func luhnSum(s string, double bool) int {
	sum := 0
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		n := int(s[i] - '0')
		if double {
			n *= 2
			if n > 9 {
				n -= 9
			}
		}
		sum += n
		double = !double
	}
	return sum
}
