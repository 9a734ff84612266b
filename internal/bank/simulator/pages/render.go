package pages

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
)

//nolint:gochecknoglobals // parsed once, never changed
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"page": func(title string, v *view) head {
		h := head{title, v.Bank, v.Theme, v.LogoURI()}
		if h.Icon == "" {
			h.Icon = noIcon
		}
		return h
	},
	"number":    number,
	"errorPage": func(title string) head { return head{Title: title, Bank: "Bank", Icon: noIcon} },
}).ParseFS(files, "templates/*.html"))

// A view is what the templates of a session show.
type view struct {
	*simulator.Session
	Bank       string
	Theme      string
	Action     string // of the forms, before their last part
	Token      string
	Message    string // what was wrong with the form
	LoggedIn   bool
	First      []choice // persons to log in as
	More       []choice
	NamedName  string // of the person that the application named
	Consent    bool   // the subject is a consent
	DirectData bool   // the consent opens data, not direct debits
	Rights     []string
	Asks       string // whose accounts and which, in words
	Until      string
	Minutes    int // that are left
}

// Several reports whether several payments are signed together.
func (d *view) Several() bool { return d.Subject == bank.SubjectBasket }

// Cancels reports whether a payment is withdrawn.
func (d *view) Cancels() bool { return d.Subject == bank.SubjectCancellation }

// Heading is the title of the page of payments.
func (d *view) Heading() string {
	if d.Cancels() {
		return "Cancel a payment"
	}
	return "Approve " + d.Errand()
}

// Errand says what the person is to approve.
func (d *view) Errand() string {
	switch {
	case d.Several():
		return fmt.Sprintf("%d payments", len(d.Payments))
	case d.Cancels():
		return "the cancellation of a payment"
	}
	return "a payment"
}

// Question asks for the answer.
func (d *view) Question() string {
	switch {
	case d.Several():
		return fmt.Sprintf("Approve these %d payments?", len(d.Payments))
	case d.Cancels():
		return "Cancel this payment?"
	}
	return "Approve this payment?"
}

// Yes is the word of consent.
func (d *view) Yes() string {
	switch {
	case d.Several():
		return "Approve all"
	case d.Cancels():
		return "Cancel the payment"
	}
	return "Approve"
}

// No is the word of refusal.
func (d *view) No() string {
	if d.Cancels() {
		return "Keep the payment"
	}
	return "Refuse"
}

// CommonFrom is the account that all payments debit; empty if they debit
// several.
func (d *view) CommonFrom() string {
	for i := range d.Payments {
		if d.Payments[i].From != d.Payments[0].From {
			return ""
		}
	}
	if len(d.Payments) == 0 {
		return ""
	}
	return d.Payments[0].From
}

// LogoURI returns the logo as a data URI. An image runs no script and loads
// nothing, whatever it holds.
func (d *view) LogoURI() template.URL {
	if len(d.Logo) == 0 {
		return ""
	}
	return template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(d.Logo)) //nolint:gosec // see above
}

// A choice is a person to log in as.
type choice struct {
	simulator.Person
	Checked bool
}

// firstPeople is how many persons are shown at once.
const firstPeople = 5

// choices returns the persons who fit the customer: those of the organisation
// first, or those who belong to none.
func choices(s *simulator.Session) (first, more []choice) {
	var own, others []choice
	for _, p := range s.People {
		switch p.Organisation {
		case "":
			others = append(others, choice{Person: p})
		case s.Customer.Organisation:
			own = append(own, choice{Person: p})
		}
	}
	all := append(own, others...)
	if len(all) > 0 {
		all[0].Checked = true
	}
	n := min(len(all), firstPeople)
	return all[:n], all[n:]
}

// noIcon keeps a browser from asking for one.
const noIcon template.URL = "data:,"

// A head is what the head of a page shows.
type head struct {
	Title, Bank, Theme string
	Icon               template.URL
}

type errorView struct{ Title, Text, RequestID string }

func (v visit) view(s *simulator.Session, message string) *view {
	d := &view{
		Session: s, Bank: s.BankName, Theme: assets + "bank/" + string(s.BICFI) + ".css", Action: Path + v.ref,
		Token: v.token, Message: message, LoggedIn: v.psu != "",
		Consent: s.Subject == bank.SubjectConsent, DirectData: !s.Asked.DirectDebit,
		Rights: rights(&s.Asked), Asks: asks(s), Until: until(&s.Asked),
	}
	d.First, d.More = choices(s)
	for _, p := range s.People {
		if p.PSU == s.Customer.PSU {
			d.NamedName = p.Name
		}
	}
	return d
}

// rights says in words what the consent opens.
func rights(c *bank.ConsentOrder) []string {
	if c.DirectDebit {
		return []string{"Set up direct debits (SEPA) from the accounts below"}
	}
	list := []string{"See the list of accounts: names, numbers and holders"}
	if c.Balances {
		list = append(list, "See the balances")
	}
	if c.Transactions {
		list = append(list, "See the transactions: dates, amounts, counterparties and messages")
	}
	return list
}

// number writes an IBAN in groups of four, and any other number as it is.
func number(s string) string {
	if iban := ident.IBAN(s); iban.Valid() {
		return iban.Grouped()
	}
	return s
}

// asks says which accounts are asked for.
func asks(s *simulator.Session) string {
	whose := "your"
	if s.Customer.Context == scope.Corporate {
		whose = "the company's"
	}
	switch {
	case s.Asked.Select:
		return "Those of " + whose + " accounts that you choose"
	case s.Asked.All:
		return "All of " + whose + " accounts at this bank"
	case len(s.Accounts) == 1:
		return "One of " + whose + " accounts"
	case len(s.Accounts) > 1:
		return fmt.Sprintf("%d of %s accounts", len(s.Accounts), whose)
	}
	return "Certain of " + whose + " accounts"
}

// until says how long the consent lasts.
func until(c *bank.ConsentOrder) string {
	if !c.Recurring {
		return "Once, within the next 24 hours."
	}
	return "Until the end of " + c.ValidUntil.Format("2 January 2006") + ". You can end it before, here or in the application."
}

// render writes the page of a session: the log-in, or the question.
func (h *Handler) render(w http.ResponseWriter, r *http.Request, status int, d *view) error {
	if left := d.ExpiresAt.Sub(h.Clock.Now()); !d.ExpiresAt.IsZero() && left > 0 {
		d.Minutes = int((left + time.Minute - 1) / time.Minute)
	}
	name := "login.html"
	switch {
	case d.Ended():
		name = "done.html"
	case d.LoggedIn && d.Consent:
		name = "consent.html"
	case d.LoggedIn:
		name = "payment.html"
	}
	web.PageHeaders(w.Header(), h.formAction(r.Context(), d.Session))
	return writePage(w, status, name, d)
}

func writePage(w http.ResponseWriter, status int, name string, data any) error {
	var buf bytes.Buffer
	if err := templates.ExecuteTemplate(&buf, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return web.WriteBody(w, status, "text/html; charset=utf-8", buf.Bytes())
}

// A theme is the colours of a bank: the band on top and the buttons, with
// white writing on them, and the same for dark surroundings.
type theme struct{ band, accent, darkAccent string }

// themes are of our own choice; they only help to tell the banks apart.
var themes = map[ident.BICFI]theme{
	"ESSESESS": {"#1c4a1a", "#1f7a1a", "#6fcf68"},
	"HANDSESS": {"#00396b", "#005fa5", "#6db8f2"},
	"NDEASESS": {"#00005e", "#0000a0", "#9d9dff"},
	"NDEAFIHH": {"#00005e", "#0000a0", "#9d9dff"},
	"SWEDSESS": {"#7a2f0a", "#b8400b", "#ff9a66"},
	"DABASESX": {"#002639", "#00557f", "#6cc0e8"},
	"DABADKKK": {"#002639", "#00557f", "#6cc0e8"},
	"ELLFSESS": {"#003a70", "#b3132b", "#ff8a98"},
	"OPBKSE21": {"#2b1d63", "#5b3cc4", "#b4a0ff"},
	"OKOYFIHH": {"#3a2210", "#b04400", "#ff9d5c"},
	"DNBANOKK": {"#04383a", "#00716f", "#5fd0c9"},
	"INGBNL2A": {"#40210b", "#b84700", "#ff9a57"},
	"DEUTDEFF": {"#050e4d", "#0018a8", "#94a3ff"},
}

// serveTheme serves GET /sca/assets/bank/{bicfi}.
func serveTheme(w http.ResponseWriter, r *http.Request) error {
	t, ok := themes[ident.BICFI(strings.TrimSuffix(r.PathValue("bicfi"), ".css"))]
	if !ok {
		t = theme{"#22303c", "#2f5d86", "#8fc1ec"}
	}
	css := fmt.Sprintf(":root { --band: %s; --accent: %s; }\n@media (prefers-color-scheme: dark) { :root { --accent: %s; --on-accent: #0c1013; } }\n",
		t.band, t.accent, t.darkAccent)
	return writeStyle(w, []byte(css))
}

// serveStyle serves GET /sca/assets/bank.css.
func serveStyle(w http.ResponseWriter, _ *http.Request) error {
	css, err := files.ReadFile("assets/bank.css")
	if err != nil {
		return fmt.Errorf("read style: %w", err)
	}
	return writeStyle(w, css)
}

func writeStyle(w http.ResponseWriter, css []byte) error {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return web.WriteBody(w, http.StatusOK, "text/css; charset=utf-8", css)
}
