package forms

import (
	"fmt"
	"strings"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/kyc"
)

// review returns all that the form has been filled in with.
func (h *Handler) review(v visit, f *kyc.Form) []section {
	var all []section
	for _, s := range kyc.Steps() {
		all = append(all, section{
			Title: titles(string(s)), Href: link(v, string(s)), Facts: facts(&f.Answers, s),
			Missing: len(f.Answers.Check(s, h.KYC.Clock.Now())) > 0,
		})
	}
	return all
}

// facts returns the answers of a step for reading.
func facts(a *kyc.Answers, s kyc.Step) []fact {
	var all []fact
	add := func(name string, parts ...string) {
		var known []string
		for _, p := range parts {
			if p != "" {
				known = append(known, p)
			}
		}
		if len(known) > 0 {
			all = append(all, fact{name, strings.Join(known, ", ")})
		}
	}
	switch s {
	case kyc.StepCompany:
		c := a.Company
		add("Name", c.Name)
		add("Legal form", c.LegalForm)
		add("Address", c.Street, strings.TrimSpace(c.PostalCode+" "+c.City), countryName(c.Country))
		add("Does", c.Business)
		add("Pays", c.Payments)
	case kyc.StepOwners:
		for i, o := range a.Owners {
			add(fmt.Sprintf("Owner %d", i+1), o.Name, o.Number, countryName(o.Country), percent(o.Share))
		}
	case kyc.StepBeneficial:
		for i, b := range a.Beneficial {
			pep := ""
			if b.PEP {
				pep = "high public office"
			}
			add(fmt.Sprintf("Person %d", i+1), b.Name, b.Born, countryName(b.Country), b.Control, pep)
		}
		if a.NobodyBeneficial {
			add("Nobody", "No person owns or controls more than a quarter")
		}
	case kyc.StepSignatory:
		add("Name", a.Signatory.Name, a.Signatory.Born)
		add("Role", a.Signatory.Role)
		add("E-mail", a.Signatory.Email)
		if a.Signatory.Confirmed {
			add("Confirmed", "May sign for the company, and what is written here is true")
		}
	}
	return all
}

func countryName(code string) string {
	if name, ok := aspsp.CountryName(code); ok {
		return name
	}
	return code
}

func percent(s string) string {
	if s == "" || strings.HasSuffix(s, "%") {
		return s
	}
	return s + " %"
}
