package ident

import (
	"log/slog"
	"regexp"
	"strings"

	"sluss.example/sluss/internal/problem"
)

// An IBAN is an international bank account number, ISO 13616, in upper case
// and without spaces. It prints masked in a log.
type IBAN string

var ibanForm = regexp.MustCompile(`^[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{1,30}$`)

// ParseIBAN parses s, which may have spaces and lower case letters. It looks
// at the form alone; see [IBAN.Valid]. It reports problem.FormatInvalid.
func ParseIBAN(s string) (IBAN, error) {
	iban := strings.ReplaceAll(s, " ", "")
	if !ibanForm.MatchString(iban) {
		return "", problem.New(problem.FormatInvalid, "must be an IBAN: two letters, two digits and up to 30 letters and digits")
	}
	return IBAN(strings.ToUpper(iban)), nil
}

// NewIBAN returns the IBAN of an account number in a country (ISO 3166-1
// alpha-2), with the check digits of ISO 7064 MOD 97-10. Both must be capitals
// and digits.
func NewIBAN(country, bban string) IBAN {
	n := 98 - mod97(bban+country+"00")
	return IBAN(country + string([]byte{byte('0' + n/10), byte('0' + n%10)}) + bban)
}

// Country returns the country code.
func (i IBAN) Country() string { return string(i[:min(2, len(i))]) }

// Valid reports whether the check digits are right, and the length where the
// country's is known.
func (i IBAN) Valid() bool {
	if !ibanForm.MatchString(string(i)) {
		return false
	}
	if n, ok := ibanLengths[i.Country()]; ok && n != len(i) {
		return false
	}
	return mod97(string(i[4:]+i[:4])) == 1
}

// LogValue prints the country, the check digits and the last four characters.
func (i IBAN) LogValue() slog.Value { return slog.StringValue(Mask(string(i))) }

// Mask returns an account number or other identifier with all but its first
// and last four characters hidden; of a short one nothing is shown.
func Mask(s string) string {
	if len(s) < 12 {
		return strings.Repeat("*", len(s))
	}
	return s[:4] + strings.Repeat("*", len(s)-8) + s[len(s)-4:]
}

// mod97 returns the remainder that ISO 7064 MOD 97-10 takes, with letters
// counted from A = 10. Other characters than capitals and digits count as 0.
func mod97(s string) int {
	n := 0
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			n = (n*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			n = (n*100 + int(c-'A') + 10) % 97
		}
	}
	return n
}

// ibanLengths are the lengths by country, from the IBAN registry.
var ibanLengths = map[string]int{
	"AT": 20, "BE": 16, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27,
	"GB": 22, "IE": 22, "IS": 26, "IT": 27, "LT": 20, "LU": 20, "LV": 21, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "SE": 24,
}
