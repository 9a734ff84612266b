package ident

import (
	"log/slog"
	"regexp"
	"strconv"
	"strings"
)

// An IBAN is an International Bank Account Number, ISO 13616, in capitals and
// without spaces. It is logged masked.
type IBAN string

var ibanForm = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$`)

// NewIBAN returns the IBAN of an account number of a country, with its check
// digits.
func NewIBAN(country, bban string) IBAN {
	rest := 98 - mod97(bban+country+"00")
	return IBAN(country + twoDigits(rest) + bban)
}

// Valid reports whether the check digits are right, and the length where that
// of the country is known.
func (i IBAN) Valid() bool {
	if len(i) < 5 || !ibanForm.MatchString(string(i)) {
		return false
	}
	if n, ok := ibanLength[i.Country()]; ok && len(i) != n {
		return false
	}
	if check := string(i[2:4]); check < "02" || check > "98" { // 00, 01 and 99 have the remainder of others
		return false
	}
	return mod97(string(i[4:]+i[:4])) == 1
}

// Country returns the country, ISO 3166-1 alpha-2, empty for a value that is
// no IBAN.
func (i IBAN) Country() string {
	if len(i) < 2 {
		return ""
	}
	return string(i[:2])
}

// Mask returns the country and the last four characters, such as "SE…7466".
func (i IBAN) Mask() string {
	if len(i) < 10 {
		return "…"
	}
	return string(i[:2]) + "…" + string(i[len(i)-4:])
}

// LogValue implements [slog.LogValuer].
func (i IBAN) LogValue() slog.Value { return slog.StringValue(i.Mask()) }

// Grouped returns the IBAN in groups of four, as on paper.
func (i IBAN) Grouped() string {
	var b strings.Builder
	for n, c := range []byte(i) {
		if n > 0 && n%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// mod97 returns the remainder of ISO 7064 MOD 97-10 of s, in which a letter
// counts as two digits: A is 10, Z is 35. Other bytes count as nothing.
func mod97(s string) int {
	rest := 0
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case 'A' <= c && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		case 'a' <= c && c <= 'z':
			rest = (rest*100 + int(c-'a') + 10) % 97
		}
	}
	return rest
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// ibanLength has the length of an IBAN by country, for the countries of the
// European Economic Area and a few more (the IBAN registry, ISO 13616-2).
var ibanLength = map[string]int{
	"AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
	"FI": 18, "FO": 18, "FR": 27, "GB": 22, "GI": 23, "GL": 18, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26,
	"IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25,
	"RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "VA": 22,
}

// RFValid reports whether s is a creditor reference of ISO 11649, in capitals
// and without spaces, with the right check digits.
func RFValid(s string) bool {
	if len(s) < 5 || len(s) > 25 || !strings.HasPrefix(s, "RF") || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return false
	}
	if check := s[2:4]; check < "02" || check > "98" {
		return false
	}
	return mod97(s[4:]+s[:4]) == 1
}
