package forms

import (
	"fmt"
	"net/http"
	"strconv"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/kyc"
)

// A step is one page of the form.
type step struct {
	Name   kyc.Step
	Title  string
	Lead   string
	Groups []group
	Faults []fault
}

// A group is some fields, such as those of one person.
type group struct {
	Title  string
	Remove string // value of the button that takes the group away; none if empty
	Add    string // text of the button below that adds another group; none if empty
	Fields []*field
}

// A field is one question.
type field struct {
	ID, Label, Hint, Value string
	Kind                   string // text, date, email, area, country, check
	Auto                   string // autocomplete
	Mode                   string // inputmode
	Max                    int    // characters
	Short                  bool   // half as wide
	Error                  string
	Options                []option
}

type option struct {
	Value, Text string
	Selected    bool
}

// A fault is a line of the summary of what is wrong.
type fault struct{ ID, Label, Text string }

// DescribedBy returns the ids of what explains the field.
func (f *field) DescribedBy() string {
	s := ""
	if f.Hint != "" {
		s = f.ID + "-hint"
	}
	if f.Error != "" {
		if s != "" {
			s += " "
		}
		s += f.ID + "-error"
	}
	return s
}

// field returns the field with the id, and whose it is: of the group with that
// title.
func (s *step) field(id string) (found *field, whose string) {
	for _, g := range s.Groups {
		for _, f := range g.Fields {
			if f.ID != id {
				continue
			}
			if g.Remove != "" {
				whose = g.Title + ", "
			}
			return f, whose
		}
	}
	return nil, ""
}

// position returns where a field is on the page.
func (s *step) position(id string) int {
	n := 0
	for _, g := range s.Groups {
		for _, f := range g.Fields {
			if f.ID == id {
				return n
			}
			n++
		}
	}
	return n
}

// newStep returns a step with what the form has been filled in with.
func (h *Handler) newStep(r *http.Request, f *kyc.Form, name kyc.Step) *step {
	rows, err := strconv.Atoi(r.URL.Query().Get("rows"))
	if err != nil || r.Method != http.MethodGet {
		rows = 1
	}
	rows = min(max(rows, 1), kyc.MaxPeople)
	if r.Method != http.MethodGet { // what comes back is what was sent: no country is suggested
		sent := *f
		sent.Country = ""
		f = &sent
	}
	var s *step
	switch name {
	case kyc.StepOwners:
		s = ownersStep(f, rows)
	case kyc.StepBeneficial:
		s = beneficialStep(f, rows)
	case kyc.StepSignatory:
		s = signatoryStep(f)
	case kyc.StepCompany:
		s = companyStep(f)
	default:
		s = companyStep(f)
	}
	s.Name, s.Title = name, titles(string(name))
	if r.URL.Query().Get("check") == "1" && r.Method == http.MethodGet {
		s.blame(f.Answers.Check(name, h.KYC.Clock.Now()))
	}
	return s
}

func text(id, label, hint, value string, most int) *field {
	return &field{ID: id, Label: label, Hint: hint, Value: value, Kind: "text", Max: most}
}

func word(id, label, value string) *field {
	f := text(id, label, "", value, kyc.MaxWord)
	f.Short = true
	return f
}

func auto(f *field, auto string) *field {
	f.Auto = auto
	return f
}

func area(id, label, hint, value string) *field {
	f := text(id, label, hint, value, kyc.MaxText)
	f.Kind = "area"
	return f
}

func born(id, value string) *field {
	f := word(id, "Date of birth", value)
	f.Kind = "date"
	return f
}

func check(id, label, hint string, on bool) *field {
	f := &field{ID: id, Label: label, Hint: hint, Kind: "check"}
	if on {
		f.Value = "yes"
	}
	return f
}

// country returns a list of all countries. One that is none of them stays what
// it is, so that it can be seen to be wrong.
func country(id, label, value, otherwise string) *field {
	if value == "" {
		value = otherwise
	}
	f := &field{ID: id, Label: label, Value: value, Kind: "country", Short: true, Options: []option{{"", "Choose", value == ""}}}
	for _, c := range aspsp.EveryCountry() {
		f.Options = append(f.Options, option{c.Code, c.Name, c.Code == value})
	}
	return f
}

func companyStep(f *kyc.Form) *step {
	c := f.Answers.Company
	return &step{
		Lead: "As it is registered.",
		Groups: []group{{Fields: []*field{
			auto(text("name", "Registered name", "", c.Name, kyc.MaxName), "organization"),
			text("legalForm", "Legal form", "Such as limited company, partnership or association.", c.LegalForm, kyc.MaxName),
			auto(text("street", "Street and number", "", c.Street, kyc.MaxName), "street-address"),
			auto(word("postalCode", "Postal code", c.PostalCode), "postal-code"),
			auto(func() *field { t := text("city", "Town", "", c.City, kyc.MaxName); t.Short = true; return t }(), "address-level2"),
			auto(country("country", "Country", c.Country, f.Country), "country"),
			area("business", "What does the company do?", "", c.Business),
			area("payments", "What will the payments be for?", "Such as suppliers, salaries and taxes.", c.Payments),
		}}},
	}
}

func ownersStep(f *kyc.Form, rows int) *step {
	s := &step{
		Lead: "Everybody who holds a quarter of the shares or more, whether a person or another company. If nobody does, the largest owner.",
	}
	all := f.Answers.Owners
	for i := range max(rows, len(all)) {
		var o kyc.Owner
		if i < len(all) {
			o = all[i]
		}
		id := func(name string) string { return fmt.Sprintf("owners-%d-%s", i, name) }
		share := word(id("share"), "Share in per cent", o.Share)
		share.Mode = "decimal"
		s.Groups = append(s.Groups, group{
			Title: fmt.Sprintf("Owner %d", i+1), Remove: removal(i),
			Fields: []*field{
				text(id("name"), "Name", "", o.Name, kyc.MaxName),
				word(id("number"), "Organisation or personal number", o.Number),
				share,
				country(id("country"), "Country", o.Country, f.Country),
			},
		})
	}
	s.limit("Add another owner")
	return s
}

func removal(i int) string { return doRemove + strconv.Itoa(i) }

// limit puts the button to add below the last row, unless there is no room for
// more, and takes the button to remove from the only one.
func (s *step) limit(add string) {
	if n := len(s.Groups); n < kyc.MaxPeople {
		s.Groups[n-1].Add = add
	}
	if len(s.Groups) == 1 {
		s.Groups[0].Remove = ""
	}
}

func beneficialStep(f *kyc.Form, rows int) *step {
	s := &step{
		Lead: "The persons who in the end own or control more than a quarter of the company, also through other companies.",
	}
	all := f.Answers.Beneficial
	for i := range max(rows, len(all)) {
		var b kyc.Beneficial
		if i < len(all) {
			b = all[i]
		}
		id := func(name string) string { return fmt.Sprintf("beneficial-%d-%s", i, name) }
		s.Groups = append(s.Groups, group{
			Title: fmt.Sprintf("Person %d", i+1), Remove: removal(i),
			Fields: []*field{
				text(id("name"), "Full name", "", b.Name, kyc.MaxName),
				born(id("born"), b.Born),
				country(id("country"), "Country of residence", b.Country, f.Country),
				text(id("control"), "How the person owns or controls the company", "Such as 60 % of the shares by Holding AB.", b.Control, kyc.MaxName),
				check(id("pep"), "Holds or has held a high public office, or is close to somebody who does", "", b.PEP),
			},
		})
	}
	s.limit("Add another person")
	s.Groups = append(s.Groups, group{Title: "If there is none", Fields: []*field{
		check("nobody", "No person owns or controls more than a quarter", "", f.Answers.NobodyBeneficial),
	}})
	return s
}

func signatoryStep(f *kyc.Form) *step {
	v := f.Answers.Signatory
	email := auto(text("email", "E-mail address", "", v.Email, kyc.MaxName), "email")
	email.Kind = "email"
	return &step{
		Lead: "A person who may sign for the company. If that is not you, save the form and pass its link on.",
		Groups: []group{{Fields: []*field{
			auto(text("name", "Full name", "", v.Name, kyc.MaxName), "name"),
			auto(born("born", v.Born), "bday"),
			auto(text("role", "Role", "Such as managing director or authorised signatory.", v.Role, kyc.MaxName), "organization-title"),
			email,
			check("confirmed", "I may sign for the company, and what is written here is true", "", v.Confirmed),
		}}},
	}
}
