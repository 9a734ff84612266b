// Package ident parses and normalises the identifiers of banking: BICFI, IBAN,
// BBAN, Bankgiro and plusgiro numbers, PSU-ID and organisation numbers.
//
// Parsing checks the form. Check digits are a question of their own
// ([IBAN.Valid] and its like), since commonly used test values fail them.
package ident

import (
	"regexp"
	"strings"

	"sluss.example/sluss/internal/problem"
)

// A BICFI identifies a bank: 8 or 11 characters, upper case. ISO 9362.
type BICFI string

var bicfiForm = regexp.MustCompile(`^[A-Za-z]{6}[A-Za-z2-9][A-NP-Za-np-z0-9]([A-Za-z0-9]{3})?$`)

// ParseBICFI parses s, upper or lower case. A branch code of XXX is dropped,
// so that the 8 character form and the 11 character form of a head office are
// equal. It reports problem.FormatInvalid.
func ParseBICFI(s string) (BICFI, error) {
	if !bicfiForm.MatchString(s) {
		return "", problem.New(problem.FormatInvalid, "must be a BIC of 8 or 11 characters")
	}
	b := strings.ToUpper(s)
	if len(b) == 11 {
		b = strings.TrimSuffix(b, "XXX")
	}
	return BICFI(b), nil
}

// NormalPSU returns the form in which PSU-IDs are stored and compared: without
// hyphens and spaces. A PSU-ID is otherwise opaque.
func NormalPSU(s string) string {
	return strings.NewReplacer("-", "", " ", "").Replace(s)
}

// NormalOrganisation returns the form in which organisation numbers are stored
// and compared: without hyphens and spaces, and without the leading 16 of the
// 12 digit form.
func NormalOrganisation(s string) string {
	n := strings.NewReplacer("-", "", " ", "").Replace(s)
	if len(n) == 12 && strings.HasPrefix(n, "16") {
		n = n[2:]
	}
	return n
}
