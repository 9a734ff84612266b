package payment

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// maxAhead is how many days ahead an execution date may be.
const maxAhead = 365

// A checker collects what is wrong with the body of a request.
type checker struct {
	*Request
	product string
	info    *bank.Info
	today   time.Time // bank-local date
	order   bank.PaymentOrder
	faults  []*problem.Error
}

// check returns what the request orders. All faults of the body come in one
// error; those about the form of a field come first, since the first one is the
// answer's.
func (r *Request) check(product string, info *bank.Info, today time.Time) (bank.PaymentOrder, error) {
	if r.Unread != nil {
		return bank.PaymentOrder{}, r.Unread
	}
	if !r.Strict {
		r.normalise()
		r.drop(product)
	}
	c := &checker{Request: r, product: product, info: info, today: today, order: bank.PaymentOrder{Product: product}}
	c.faults = slices.Clone(r.Faults)
	c.needs()
	c.texts()
	c.amount()
	c.parties()
	c.references()
	c.date()
	c.rest()
	slices.SortStableFunc(c.faults, func(a, b *problem.Error) int { return rank(a.Reason) - rank(b.Reason) })
	return c.order, problem.Join(c.faults)
}

func rank(r problem.Reason) int {
	return slices.Index([]problem.Reason{problem.FormatInvalid, problem.ParameterInconsistent, problem.ExecutionDateInvalid}, r)
}

func (c *checker) fail(field, format string, args ...any) {
	c.faultOf(problem.FormatInvalid, field, format, args...)
}

func (c *checker) faultOf(r problem.Reason, field, format string, args ...any) {
	e := problem.New(r, format, args...)
	e.In, e.Field = problem.Body, field
	c.faults = append(c.faults, e)
}

// known reports whether the edge has found fault with the field already.
func (c *checker) known(field string) bool {
	return slices.ContainsFunc(c.Faults, func(e *problem.Error) bool { return within(e.Field, field) })
}

// needs finds fields that are missing, and in strict mode those of other
// products.
func (c *checker) needs() {
	for i, f := range fields {
		given := c.given(f.name)
		switch need := needOf(i, c.product); {
		case need == required && !given && !c.known(f.name):
			c.fail(f.name, "is missing")
		case need == never && given:
			c.fail(f.name, "is not a field of %s", c.product)
		}
	}
}

// texts checks the length of the texts and that they are printable.
func (c *checker) texts() {
	for _, t := range c.Request.texts() {
		c.printable(t.field, *t.value, t.most)
	}
	o := &c.order
	o.CreditorName, o.CreditorAgent, o.CreditorBank = c.CreditorName, c.Agent, c.AgentName
	o.Unstructured, o.DebtorText, o.CreditorText = c.Unstructured, c.DebtorText, c.CreditorText
	o.EndToEndID, o.PurposeCode = c.EndToEndID, c.PurposeCode
}

func (c *checker) printable(field, value string, most int) {
	switch {
	case utf8.RuneCountInString(value) > most:
		c.fail(field, "must have at most %d characters", most)
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }):
		c.fail(field, "must not have control characters")
	}
}

func (c *checker) amount() {
	if c.Amount == nil {
		return
	}
	const field = "instructedAmount"
	currency, err := money.ParseCurrency(c.Amount.Currency)
	switch only := currencyFor(c.product, &c.info.ASPSP); {
	case c.known(field + ".currency"):
		return
	case err != nil:
		c.fail(field+".currency", "must be an ISO 4217 currency code")
		return
	case currency == "XXX", only != "" && currency != only:
		c.fail(field+".currency", "must be %s", orAny(only))
	}
	if c.known(field + ".amount") {
		return
	}
	a, err := money.Parse(c.Amount.Decimal, currency)
	switch {
	case err != nil:
		c.fail(field+".amount", "%s", detailOf(err))
	case a.Minor <= 0:
		c.fail(field+".amount", "must be more than zero")
	}
	c.order.Amount = a
}

func orAny(c money.Currency) string {
	if c == "" {
		return "the currency that the creditor gets"
	}
	return string(c)
}

// parties checks who pays whom.
func (c *checker) parties() {
	digits := c.Strict || c.info.Profile.CheckDigits
	debtor, creditor := bank.Party{}, bank.Reference{}
	if c.Debtor != nil {
		debtor = *c.Debtor
		c.faults = append(c.faults, bank.CheckParty("debtorAccount", &debtor)...)
		if digits && bank.WrongDigits(&debtor.Reference) {
			c.fail("debtorAccount.iban", "has wrong check digits")
		}
	}
	if c.Creditor != nil {
		creditor = *c.Creditor
		c.faults = append(c.faults, bank.CheckReference("creditorAccount", &creditor)...)
		if digits && bank.WrongDigits(&creditor) {
			c.fail("creditorAccount.iban", "has wrong check digits")
		}
	}
	inDebtor, inCreditor := checkForm(c.info.Profile.AccountForms, c.product, &debtor, &creditor)
	if inDebtor != "" && c.Debtor != nil {
		c.fail("debtorAccount", "%s", inDebtor)
	}
	if inCreditor != "" && c.Creditor != nil {
		c.fail("creditorAccount", "%s", inCreditor)
	}
	c.order.Debtor, c.order.Creditor = debtor, bank.Party{Reference: creditor}
	c.giro(digits)
	c.agent()
	c.address()
}

// giro checks a creditorGiro.
func (c *checker) giro(digits bool) {
	if c.Giro == nil {
		return
	}
	const number = "creditorGiro.giroNumber"
	var valid bool
	var err error
	switch c.Giro.Type {
	case "BANKGIRO":
		var n ident.Bankgiro
		n, err = ident.ParseBankgiro(c.Giro.Number)
		valid, c.order.Creditor.Bankgiro = n.Valid(), string(n)
	case "PLUSGIRO":
		var n ident.Plusgiro
		n, err = ident.ParsePlusgiro(c.Giro.Number)
		valid, c.order.Creditor.Plusgiro = n.Valid(), string(n)
	default:
		if !c.known("creditorGiro.giroType") {
			c.fail("creditorGiro.giroType", "must be BANKGIRO or PLUSGIRO")
		}
		return
	}
	switch {
	case c.known(number):
	case err != nil:
		c.fail(number, "%s", detailOf(err))
	case digits && !valid:
		c.fail(number, "has a wrong check digit")
	}
}

func (c *checker) agent() {
	if c.Agent == "" {
		return
	}
	b, err := ident.ParseBICFI(c.Agent)
	if err != nil || c.Agent != strings.ToUpper(c.Agent) {
		c.fail("creditorAgent", "must be a BIC of 8 or 11 characters, in capitals")
	}
	c.order.CreditorAgent = string(b)
}

var countryForm = regexp.MustCompile(`^[A-Z]{2}$`)

// maxPart bounds the parts of an address that have no bound of their own.
const maxPart = 140

func (c *checker) address() {
	a := c.Address
	if a == nil {
		return
	}
	const field = "creditorAddress."
	if !countryForm.MatchString(a.Country) && !c.known(field+"country") {
		c.fail(field+"country", "must be two capital letters, ISO 3166-1")
	}
	for _, p := range []struct {
		name, value string
		most        int
		abroad      bool // needed abroad
	}{
		{"street", a.Street, 70, true},
		{"city", a.City, maxPart, true},
		{"postalCode", a.PostalCode, maxPart, true},
		{"buildingNumber", a.BuildingNumber, maxPart, false},
		{"state", a.State, maxPart, false},
	} {
		c.printable(field+p.name, p.value, p.most)
		if c.product == CrossBorder && p.abroad && p.value == "" && !c.known(field+p.name) {
			c.fail(field+p.name, "is missing")
		}
	}
	address := *a
	c.order.CreditorAddress = &address
}

var (
	ocrForm     = regexp.MustCompile(`^[0-9]{2,25}$`)
	rfForm      = regexp.MustCompile(`^RF[0-9]{2}[A-Z0-9]{1,21}$`)
	purposeForm = regexp.MustCompile(`^[A-Z0-9]{4}$`)
)

// references checks OCR, RF and invoice references.
func (c *checker) references() {
	c.order.OCR, c.order.Invoice = c.OCR, c.Invoice
	switch {
	case c.OCR != "" && c.Invoice != "":
		c.fail("ocrRef", "cannot stand beside invoiceRef")
	case c.product == SwedishGiro && c.Strict && c.OCR == "" && c.Invoice == "" && !c.known("ocrRef") && !c.known("invoiceRef"):
		c.fail("ocrRef", "or invoiceRef is needed")
	}
	switch {
	case c.OCR == "":
	case c.product == SwedishGiro && !ocrForm.MatchString(c.OCR):
		c.fail("ocrRef", "must be 2 to 25 digits")
	case c.product == SEPA && !rfForm.MatchString(c.OCR):
		c.fail("ocrRef", "must be a creditor reference of 5 to 25 characters, such as RF18539007547034")
	case c.product == SEPA && (c.Strict || c.info.Profile.CheckDigits) && !ident.RFValid(c.OCR):
		c.fail("ocrRef", "has wrong check digits")
	}
	if c.product == SwedishGiro && utf8.RuneCountInString(c.Invoice) > 25 {
		c.fail("invoiceRef", "must have at most 25 characters")
	}
}

func (c *checker) date() {
	if c.ExecutionDate == nil {
		return
	}
	const field = "requestedExecutionDate"
	d := *c.ExecutionDate
	switch {
	case d.Before(c.today):
		c.faultOf(problem.ExecutionDateInvalid, field, "is in the past")
	case d.After(c.today.AddDate(0, 0, maxAhead)):
		c.faultOf(problem.ExecutionDateInvalid, field, "is more than %d days ahead", maxAhead)
	}
	c.order.ExecutionDate = d
}

// rest checks the fields of payments abroad.
func (c *checker) rest() {
	if c.PurposeCode != "" && !purposeForm.MatchString(c.PurposeCode) {
		c.fail("purposeCode", "must be 4 capitals or digits, such as SUPP")
	}
	for i, info := range c.RegulatoryInfo {
		field := fmt.Sprintf("regulatoryReporting[%d].", i)
		c.printable(field+"detailsCode", info.Code, 35)
		c.printable(field+"detailsInformation", info.Information, 140)
	}
	c.order.RegulatoryInfo = c.RegulatoryInfo
}
