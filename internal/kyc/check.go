package kyc

import (
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/problem"
)

// The most characters that a value of a kind has.
const (
	MaxWord = 40  // numbers, postal codes
	MaxName = 140 // names, addresses
	MaxText = 500 // descriptions
)

// A checker collects what is wrong with answers.
type checker struct {
	now    time.Time
	draft  bool // only what keeps a draft from being stored
	faults []*problem.Error
}

func (c *checker) fail(field, format string, args ...any) {
	e := problem.New(problem.FormatInvalid, format, args...).At(field)
	e.In = problem.Body
	c.faults = append(c.faults, e)
}

// text checks a value of at most so many characters, and returns whether there
// is more to check.
func (c *checker) text(field, v string, most int, missing string) bool {
	switch {
	case utf8.RuneCountInString(v) > most:
		c.fail(field, "At most %d characters.", most)
	case !utf8.ValidString(v) || strings.ContainsFunc(v, isBad):
		c.fail(field, "Remove the characters that cannot be printed.")
	case c.draft:
	case v == "":
		c.fail(field, "%s", missing)
	default:
		return true
	}
	return false
}

// isBad reports whether r can be no part of an answer. Lines of a text may
// end.
func isBad(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == utf8.RuneError }

func (c *checker) country(field, v string) {
	if !c.text(field, v, MaxWord, "Choose a country.") {
		return
	}
	if _, ok := aspsp.CountryName(v); !ok {
		c.fail(field, "Choose a country of the list.")
	}
}

// oldest is the earliest year in which somebody alive was born.
const oldest = 1900

func (c *checker) born(field, v string) {
	if !c.text(field, v, MaxWord, "Enter the date of birth.") {
		return
	}
	d, err := time.Parse(time.DateOnly, v)
	if err != nil || d.Year() < oldest || d.After(c.now) {
		c.fail(field, "Enter a date of birth as year-month-day, such as 1980-05-31.")
	}
}

func (c *checker) company(v *Company) {
	c.text("name", v.Name, MaxName, "Enter the registered name.")
	c.text("legalForm", v.LegalForm, MaxName, "Enter the legal form, such as limited company.")
	c.text("street", v.Street, MaxName, "Enter the street and number.")
	c.text("postalCode", v.PostalCode, MaxWord, "Enter the postal code.")
	c.text("city", v.City, MaxName, "Enter the town.")
	c.country("country", v.Country)
	c.text("business", v.Business, MaxText, "Say what the company does.")
	c.text("payments", v.Payments, MaxText, "Say what the payments are for.")
}

func (c *checker) owners(all []Owner) {
	if len(all) == 0 && !c.draft {
		c.fail("owners-0-name", "Enter at least one owner.")
	}
	c.count("owners", len(all))
	for i, v := range all {
		field := func(name string) string { return fmt.Sprintf("owners-%d-%s", i, name) }
		c.text(field("name"), v.Name, MaxName, "Enter the owner's name.")
		c.text(field("number"), v.Number, MaxWord, "Enter the organisation number or personal number.")
		c.country(field("country"), v.Country)
		c.share(field("share"), v.Share)
	}
}

func (c *checker) count(field string, n int) {
	if n > MaxPeople {
		c.fail(fmt.Sprintf("%s-%d-name", field, MaxPeople), "At most %d can be entered.", MaxPeople)
	}
}

func (c *checker) share(field, v string) {
	if !c.text(field, v, MaxWord, "Enter the share in per cent.") {
		return
	}
	n, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(strings.TrimSuffix(v, "%")), ",", ".", 1), 64)
	if err != nil || !(n > 0 && n <= 100) {
		c.fail(field, "Enter a share between 0 and 100 per cent, such as 25.")
	}
}

func (c *checker) beneficial(all []Beneficial, nobody bool) {
	switch {
	case c.draft:
	case len(all) == 0 && !nobody:
		c.fail("beneficial-0-name", "Enter the beneficial owners, or say that there is none.")
	case len(all) > 0 && nobody:
		c.fail("nobody", "Either enter persons or say that there is none.")
	}
	c.count("beneficial", len(all))
	for i, v := range all {
		field := func(name string) string { return fmt.Sprintf("beneficial-%d-%s", i, name) }
		c.text(field("name"), v.Name, MaxName, "Enter the person's name.")
		c.born(field("born"), v.Born)
		c.country(field("country"), v.Country)
		c.text(field("control"), v.Control, MaxName, "Say how the person owns or controls the company.")
	}
}

func (c *checker) signatory(v *Signatory) {
	c.text("name", v.Name, MaxName, "Enter the signatory's name.")
	c.born("born", v.Born)
	c.text("role", v.Role, MaxName, "Enter the role, such as managing director.")
	if c.text("email", v.Email, MaxName, "Enter an e-mail address.") {
		if a, err := mail.ParseAddress(v.Email); err != nil || a.Address != v.Email {
			c.fail("email", "Enter an e-mail address, such as name@company.example.")
		}
	}
	if !v.Confirmed && !c.draft {
		c.fail("confirmed", "The signatory must confirm that the answers are true.")
	}
}
