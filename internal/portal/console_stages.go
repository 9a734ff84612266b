package portal

import (
	"fmt"
	"strings"
	"time"

	"sluss.example/sluss/internal/ident"
)

// A stageKey is where a console stands, in the order of the stages.
type stageKey int

// The stages.
const (
	stageToken stageKey = iota
	stageBank
	stageConsent
	stageConsentStart
	stageConsentMethod
	stageConsentPoll
	stageAccounts
	stageTransactions
	stagePayment
	stagePaymentStart
	stagePaymentMethod
	stagePaymentPoll
	stagePaymentStatus
	stageEnd
)

// A stage is one request of the walk.
type stage struct {
	key         stageKey
	title, text string
	guide       string
}

// stages are the requests of the walk, in order.
func stages() []stage {
	const start = "/docs/get-started"
	return []stage{
		{stageToken, "Token", "Every call carries an access token. The portal gets one for you, so that it needs no secret; your program sends the request below.", start},
		{stageBank, "Bank", "What the bank can do: its payment products, and how its customers sign.", "/docs/api"},
		{stageConsent, "Consent", "A consent asks for leave to read accounts. It is not good until its PSU has signed it.", start},
		{stageConsentStart, "Start signing", "An authorisation is one person's signature. The answer lists the methods that the bank offers.", start},
		{stageConsentMethod, "Choose a method", "Now the bank asks the person: by BankID, or on a page of its own.", start},
		{stageConsentPoll, "See how it ends", "Ask every few seconds until scaStatus is final.", start},
		{stageAccounts, "Accounts", "Under a valid consent, named by its header, the accounts can be read.", start},
		{stageTransactions, "Transactions", "What was booked on the first account in the last 30 days.", start},
		{stagePayment, "Payment", "A payment is ordered first, and carried out once it is signed.", "/docs/api"},
		{stagePaymentStart, "Start signing", "The same three calls as for a consent.", "/docs/api"},
		{stagePaymentMethod, "Choose a method", "The bank shows amount and payee to the person.", "/docs/api"},
		{stagePaymentPoll, "See how it ends", "Ask every few seconds until scaStatus is final.", "/docs/api"},
		{stagePaymentStatus, "Status", "How the payment stands at the bank. Ask again: it is settled some seconds after it was signed.", "/docs/api"},
	}
}

// isPoll reports whether the stage asks how an SCA stands.
func (k stageKey) isPoll() bool { return k == stageConsentPoll || k == stagePaymentPoll }

// A draft is a request before it is sent.
type draft struct {
	Method, Path, Headers, Body string
}

// What stands in a draft for what is not known yet.
const (
	noConsent, noPayment, noAuthorisation, noAccount = "CONSENT_ID", "PAYMENT_ID", "AUTHORISATION_ID", "ACCOUNT_ID"
)

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// draft returns the request that the stage proposes, or the one that was
// refused.
func (c *console) draft(h *Handler) draft {
	if c.edited != nil {
		return *c.edited
	}
	now := h.Clock.Now()
	const consents, accounts = "/psd2/consent/v1/consents", "/psd2/accountinformation/v1/accounts"
	payments := "/psd2/paymentinitiation/v1/payments/" + c.product()
	consent, payment := consents+"/"+or(c.consent, noConsent), payments+"/"+or(c.payment, noPayment)
	auth := "/authorisations/" + or(c.authorisation, noAuthorisation)
	method := fmt.Sprintf("{\n  \"authenticationMethodId\": %q\n}", or(c.method, c.firstMethod()))
	var d draft
	switch c.stage {
	case stageBank:
		return draft{"GET", "/psd2/aspspinformation/v1/aspsps/" + string(c.bank.ASPSP.BICFI), "X-Request-ID: " + ident.NewUUID(), ""}
	case stageConsent:
		d = draft{"POST", consents, "", fmt.Sprintf(`{
  "access": {},
  "recurringIndicator": true,
  "validUntil": %q,
  "frequencyPerDay": 4,
  "combinedServiceIndicator": false
}`, now.AddDate(0, 0, 90).Format(time.DateOnly))}
	case stageConsentStart:
		d = draft{"POST", consent + "/authorisations", "", ""}
	case stageConsentMethod:
		d = draft{"PUT", consent + auth, "", method}
	case stageConsentPoll:
		d = draft{"GET", consent + auth, "", ""}
	case stageAccounts:
		d = draft{"GET", accounts + "?withBalance=true", "Consent-ID: " + or(c.consent, noConsent), ""}
	case stageTransactions:
		d = draft{
			"GET", accounts + "/" + or(c.account.ID, noAccount) + "/transactions?bookingStatus=booked&dateFrom=" + now.AddDate(0, 0, -30).Format(time.DateOnly),
			"Consent-ID: " + or(c.consent, noConsent), "",
		}
	case stagePayment:
		d = draft{"POST", payments, "", c.paymentBody()}
	case stagePaymentStart:
		d = draft{"POST", payment + "/authorisations", "", ""}
	case stagePaymentMethod:
		d = draft{"PUT", payment + auth, "", method}
	case stagePaymentPoll:
		d = draft{"GET", payment + auth, "", ""}
	case stagePaymentStatus:
		d = draft{"GET", payment + "/status", "", ""}
	default:
		return draft{}
	}
	d.Headers = c.headers(d.Headers, d.Body != "")
	return d
}

// headers returns the lines of a request that a person stands behind.
func (c *console) headers(more string, body bool) string {
	lines := []string{
		"X-Request-ID: " + ident.NewUUID(), "X-BicFi: " + string(c.bank.ASPSP.BICFI), "PSU-ID: " + c.who.PSU, "PSU-IP-Address: 192.0.2.1",
		"PSU-User-Agent: Mozilla/5.0", fmt.Sprintf("TPP-Redirect-Preferred: %t", !c.bank.Profile.Decoupled),
	}
	if c.who.Organisation != "" {
		lines = append(lines, "PSU-Corporate-ID: "+c.who.Organisation)
	}
	if more != "" {
		lines = append(lines, more)
	}
	if body {
		lines = append(lines, "Content-Type: application/json")
	}
	return strings.Join(lines, "\n")
}

// product is the first payment product of the bank.
func (c *console) product() string {
	if len(c.bank.Profile.Products) == 0 {
		return "domestic"
	}
	return c.bank.Profile.Products[0]
}

func (c *console) firstMethod() string {
	if len(c.bank.Profile.Methods) == 0 {
		return "mbid"
	}
	return c.bank.Profile.Methods[0].ID
}

// payees are accounts to pay to: examples that everybody knows, by country.
var payees = map[string]struct{ iban, currency, bank string }{
	"SE": {"SE4550000000058398257466", "SEK", ""}, "NO": {"NO9386011117947", "NOK", ""}, "DK": {"DK5000400440116243", "DKK", ""},
	"FI": {"FI2112345600000785", "EUR", "NDEAFIHH"}, "NL": {"NL91ABNA0417164300", "EUR", "INGBNL2A"}, "DE": {"DE89370400440532013000", "EUR", "DEUTDEFF"},
}

// paymentBody is a payment from the first account.
func (c *console) paymentBody() string {
	to := payees[c.bank.ASPSP.CountryCode]
	if to.iban == "" {
		to = payees["DE"]
	}
	debtor := fmt.Sprintf(`{ "iban": %q }`, or(c.account.IBAN, "DEBTOR_IBAN"))
	if c.account.IBAN == "" && c.account.BBAN != "" {
		debtor = fmt.Sprintf(`{ "bban": %q }`, c.account.BBAN)
	}
	agent := ""
	if to.bank != "" {
		agent = fmt.Sprintf("\n  \"creditorAgent\": %q,\n  \"creditorAgentName\": \"Example bank\",", to.bank)
	}
	return fmt.Sprintf(`{
  "instructedAmount": { "currency": %q, "amount": "125.50" },
  "debtorAccount": %s,
  "creditorAccount": { "iban": %q },
  "creditorName": "Example payee",%s
  "remittanceInformationUnstructured": "Invoice 17"
}`, to.currency, debtor, to.iban, agent)
}
