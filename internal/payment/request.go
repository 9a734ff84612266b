package payment

import (
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// A Request asks for a payment. Texts are empty, and pointers nil, if the
// request does not have the field.
type Request struct {
	BICFI     ident.BICFI
	Affiliate string // X-AffiliatedASPSP-ID
	ConsentID string // Consent-ID, in any case
	QuoteID   string // FX-Quote-Id
	Product   string // as in the path
	IPAddress string // PSU-IP-Address

	Amount         *Amount
	Debtor         *bank.Party
	Creditor       *bank.Reference
	Giro           *Giro
	CreditorName   string
	Address        *bank.Address
	Agent          string // creditorAgent
	AgentName      string // creditorAgentName
	ExecutionDate  *time.Time
	Unstructured   string
	Invoice, OCR   string
	DebtorText     string
	CreditorText   string
	EndToEndID     string
	PurposeCode    string
	RegulatoryInfo []bank.RegulatoryInfo

	// Unread is why the body could not be read at all, nil if it could.
	Unread error
	// Faults are what the edge found wrong in the body already, such as values
	// of a wrong type. They are reported together with those of the rules; a
	// field that is named there is not reported as missing.
	Faults []*problem.Error
	// Strict takes only what the description has: no field of another product,
	// an IBAN in capitals and with the right check digits, a reference in each
	// giro payment.
	Strict bool
	// RedirectPreferred is TPP-Redirect-Preferred; nil if not sent.
	RedirectPreferred *bool

	// Key is the Idempotency-Key; empty if not sent. Body is then what was
	// sent, and Render makes the answer to keep.
	Key    string
	Body   []byte
	Render func(c *Created) (Answer, error)
}

// An Amount is an instructedAmount as it was sent.
type Amount struct{ Currency, Decimal string }

// A Giro is a creditorGiro as it was sent.
type Giro struct{ Number, Type string }

// given reports whether the request has the field.
func (r *Request) given(field string) bool {
	switch field {
	case "instructedAmount":
		return r.Amount != nil
	case "debtorAccount":
		return r.Debtor != nil
	case "creditorAccount":
		return r.Creditor != nil
	case "creditorGiro":
		return r.Giro != nil
	case "creditorAddress":
		return r.Address != nil
	case "requestedExecutionDate":
		return r.ExecutionDate != nil
	case "regulatoryReporting":
		return r.RegulatoryInfo != nil
	}
	for _, t := range r.texts() {
		if t.field == field {
			return *t.value != ""
		}
	}
	return false
}

// A text is a field with a text, and how many characters it may have.
type text struct {
	field string
	value *string
	most  int
}

func (r *Request) texts() []text {
	return []text{
		{"creditorName", &r.CreditorName, 70},
		{"creditorAgent", &r.Agent, 11},
		{"creditorAgentName", &r.AgentName, 35},
		{"remittanceInformationUnstructured", &r.Unstructured, 140},
		{"invoiceRef", &r.Invoice, 35},
		{"ocrRef", &r.OCR, 35},
		{"debtorAccountMessage", &r.DebtorText, 140},
		{"creditorAccountMessage", &r.CreditorText, 140},
		{"endToEndIdentification", &r.EndToEndID, 35},
		{"purposeCode", &r.PurposeCode, 4},
	}
}

// drop takes away the fields of other products, which are ignored.
func (r *Request) drop(product string) {
	for i, f := range fields {
		if needOf(i, product) != never {
			continue
		}
		switch f.name {
		case "creditorAccount":
			r.Creditor = nil
		case "creditorGiro":
			r.Giro = nil
		case "regulatoryReporting":
			r.RegulatoryInfo = nil
		}
		for _, t := range r.texts() {
			if t.field == f.name {
				*t.value = ""
			}
		}
		r.Faults = without(r.Faults, f.name)
	}
}

// without returns the faults that are not in the field.
func without(faults []*problem.Error, field string) []*problem.Error {
	var out []*problem.Error
	for _, e := range faults {
		if !within(e.Field, field) {
			out = append(out, e)
		}
	}
	return out
}

// within reports whether the path is the field or lies in it.
func within(path, field string) bool {
	return path == field || strings.HasPrefix(path, field+".") || strings.HasPrefix(path, field+"[")
}

// normalise brings the accounts into the form in which they are compared.
func (r *Request) normalise() {
	if r.Debtor != nil {
		d := *r.Debtor
		d.IBAN = normalIBAN(d.IBAN)
		r.Debtor = &d
	}
	if r.Creditor != nil {
		c := *r.Creditor
		c.IBAN = normalIBAN(c.IBAN)
		r.Creditor = &c
	}
}

func normalIBAN(s string) string { return strings.ToUpper(strings.ReplaceAll(s, " ", "")) }
