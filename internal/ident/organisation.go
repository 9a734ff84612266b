package ident

import (
	"regexp"
	"strings"

	"sluss.example/sluss/internal/problem"
)

// maxOrganisation bounds what is taken for an organisation number, in bytes.
const maxOrganisation = 40

// organisationForms has a row for each country whose organisation numbers are
// known: what they look like once they are normalised. Check digits do not
// count.
var organisationForms = []struct {
	country string // ISO 3166-1 alpha-2
	form    *regexp.Regexp
}{
	{"SE", regexp.MustCompile(`^[0-9]{10}$`)},                                                       // organisationsnummer; a sole trader's personal number
	{"FI", regexp.MustCompile(`^[0-9]{8}$`)},                                                        // Y-tunnus, 1234567-8
	{"NO", regexp.MustCompile(`^[89][0-9]{8}$`)},                                                    // organisasjonsnummer
	{"DK", regexp.MustCompile(`^[0-9]{8}$`)},                                                        // CVR
	{"NL", regexp.MustCompile(`^[0-9]{8,9}$`)},                                                      // KVK, or RSIN
	{"DE", regexp.MustCompile(`^((HRA|HRB|GNR|PR|VR)[0-9]{1,6}[A-Z]{0,3}|DE[0-9]{9}([0-9]{5})?)$`)}, // register, or economic identification number
}

// OrganisationCountries returns the countries, ISO 3166-1 alpha-2, whose
// organisation numbers look like s; none if s is not one of a known form. S may
// have hyphens and spaces, and a Swedish number a leading 16.
func OrganisationCountries(s string) []string {
	n, ok := plainOrganisation(s)
	if !ok {
		return nil
	}
	var all []string
	for _, f := range organisationForms {
		if f.form.MatchString(n) {
			all = append(all, f.country)
		}
	}
	return all
}

// ParseOrganisation parses an organisation number of a country, ISO 3166-1
// alpha-2, and returns it as [NormalOrganisation] does, in capitals. Check
// digits do not count. It reports problem.FormatInvalid, also for a country
// whose numbers are not known.
func ParseOrganisation(country, s string) (string, error) {
	n, ok := plainOrganisation(s)
	for _, f := range organisationForms {
		if ok && f.country == country && f.form.MatchString(n) {
			return n, nil
		}
	}
	return "", problem.New(problem.FormatInvalid, "must be an organisation number, such as 556016-0680")
}

// plainOrganisation normalises s, which must not be empty, nor longer than an
// organisation number with whatever may stand between its digits.
func plainOrganisation(s string) (string, bool) {
	if s == "" || len(s) > maxOrganisation {
		return "", false
	}
	return strings.ToUpper(NormalOrganisation(s)), true
}
