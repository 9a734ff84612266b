package app

import (
	"slices"
	"unicode/utf8"

	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/problem"
)

// checkSecurity reports what is wrong with how a must prove itself.
func (a *App) checkSecurity(report func(field string, err *problem.Error)) {
	if utf8.RuneCountInString(a.Extensions.Organisation) > maxOrganisation {
		report("organisation", invalid("at most %d characters", maxOrganisation))
	} else if a.Extensions.Organisation != "" {
		report("organisation", checkText(a.Extensions.Organisation, 1))
	}
	s := a.Security()
	if len(s.Methods) > 0 {
		report("methods", checkWords(s.Methods, Methods()))
	}
	if s.Subject != (certificate.Subject{}) {
		if err := s.Subject.Check(); err != nil {
			report("subject", invalid("%v", err))
		}
	} else if slices.Contains(s.Methods, ByCertificate) {
		report("subject", invalid("%s needs the subject of the app's certificate", ByCertificate))
	}
	if len(s.Certificates) > MaxCertificates {
		report("certificates", invalid("at most %d; take an old one away first", MaxCertificates))
	} else if len(s.Certificates) == 0 && slices.Contains(s.Methods, BySelfSigned) {
		report("certificates", invalid("%s needs a certificate of the app", BySelfSigned))
	}
	if s.FAPI2 && len(s.Methods) > 0 && !slices.ContainsFunc(s.Methods, func(m Method) bool { return m != BySecret }) {
		report("methods", invalid("fapi2 takes no secrets: allow %s, %s or %s", ByAssertion, ByCertificate, BySelfSigned))
	}
}

func certificateUnknown() error {
	return problem.New(problem.ResourceUnknown, "the application has no certificate with this thumbprint")
}

// cut returns at most as many characters of s as are shown to people.
func cut(s string) string {
	if runes := []rune(s); len(runes) > maxName {
		return string(runes[:maxName])
	}
	return s
}
