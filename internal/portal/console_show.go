package portal

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"sluss.example/sluss/internal/problem"
)

// An outcome is what the console looks for in an answer.
type outcome struct {
	ConsentID       string `json:"consentId"`
	PaymentID       string `json:"paymentId"`
	AuthorisationID string `json:"authorisationId"`
	SCAStatus       string `json:"scaStatus"`
	SCAMethods      []struct {
		ID string `json:"authenticationMethodId"`
	} `json:"scaMethods"`
	Links map[string]struct {
		Href string `json:"href"`
	} `json:"_links"`
	Accounts []struct {
		ResourceID string `json:"resourceId"`
		IBAN       string `json:"iban"`
		BBAN       string `json:"bban"`
		Currency   string `json:"currency"`
	} `json:"accounts"`
}

// learn takes what later requests need out of an answer, and goes on to the
// next stage if it was one to go on from.
func (c *console) learn(status int, body []byte) {
	if status < 200 || status > 299 {
		return
	}
	var o outcome
	_ = json.Unmarshal(body, &o) // no JSON: there is nothing in it to learn
	c.take(&o)
	switch {
	case c.stage.isPoll():
		c.polls++
		c.scaStatus = o.SCAStatus
		if o.SCAStatus == "finalised" || o.SCAStatus == "exempted" {
			c.stage, c.polls, c.link = c.stage+1, 0, ""
		}
	case c.stage == stagePaymentStatus, c.stage == stageEnd: // may be asked again
	default:
		c.stage, c.polls, c.scaStatus = c.stage+1, 0, ""
	}
}

func (c *console) take(o *outcome) {
	if o.ConsentID != "" && c.stage == stageConsent {
		c.consent = o.ConsentID
	}
	if o.PaymentID != "" && c.stage == stagePayment {
		c.payment = o.PaymentID
	}
	if o.AuthorisationID != "" {
		c.authorisation, c.link = o.AuthorisationID, ""
	}
	if len(o.SCAMethods) > 0 {
		c.method = o.SCAMethods[0].ID
	}
	for _, name := range []string{"scaOAuth", "scaRedirect"} {
		if l := o.Links[name].Href; l != "" {
			c.link = l
		}
	}
	if len(o.Accounts) > 0 && c.stage == stageAccounts {
		a := o.Accounts[0]
		c.account = account{a.ResourceID, a.IBAN, a.BBAN, a.Currency}
	}
}

// A walk is a stage in the list of them.
type walk struct {
	Key            int
	Title          string
	Done, Current  bool
	Sub            bool // belongs to the one before
	Text, GuideURL string
}

func (c *console) walk() []walk {
	var all []walk
	for _, s := range stages() {
		sub := s.key.isPoll() || s.key == stageConsentMethod || s.key == stagePaymentMethod
		all = append(all, walk{int(s.key), s.title, s.key < c.stage, s.key == c.stage, sub, s.text, s.guide})
	}
	return all
}

// An entry is an exchange in the list of them.
type entry struct {
	exchange
	N    int
	Full bool // it is shown; else a link leads to it
	Open bool
}

// fullExchanges is how many exchanges are shown in full, the last ones, so that
// the page does not grow with each.
const fullExchanges = 3

// entries are the exchanges, of which one more may be asked for by its number.
func (c *console) entries(asked string) []entry {
	all := make([]entry, len(c.log))
	for i, e := range c.log {
		open := asked == strconv.Itoa(i) || asked == "" && i == len(c.log)-1
		all[i] = entry{exchange: e, N: i, Full: open || i >= len(c.log)-fullExchanges, Open: open}
	}
	return all
}

// showConsole shows the console with a request to send, and with what is wrong
// with it.
func (h *Handler) showConsole(v *visit, c *console, d draft, fault error) error {
	a, err := h.ownApp(v, c.appID)
	if err != nil {
		h.consoles.end(v.session.ID)
		return v.see(Path + "/try")
	}
	data := map[string]any{
		"App": a, "Bank": c.bank.ASPSP.Name, "BICFI": c.bank.ASPSP.BICFI, "Logo": dataURL(c.bank.ASPSP.Logo), "Who": c.who, "Context": c.context,
		"Log": c.entries(v.form("show")), "Walk": c.walk(), "Draft": d, "Stage": int(c.stage), "TokenStage": c.stage == stageToken, "End": c.stage == stageEnd,
		"Methods": []string{"GET", "POST", "PUT", "DELETE"}, "SCAStatus": c.scaStatus, "Frozen": h.Sandbox.Clock.Frozen(),
		"Poll":   c.stage.isPoll() && c.polls > 0 && c.polls < maxPolls && c.link == "" && c.scaStatus != "failed" && fault == nil,
		"Failed": c.scaStatus == "failed" && c.stage.isPoll(), "IsPoll": c.stage.isPoll(), "StartStage": int(c.stage) - 2, "Address": v.form("address"),
	}
	if c.stage < stageEnd {
		data["Now"] = c.walk()[c.stage]
	}
	if c.link != "" && c.stage.isPoll() {
		data["BankPage"], data["RedirectURI"] = c.bankPage(a), c.redirectURI(a)
	}
	if c.stage == stageToken {
		data["Scope"] = scopeIn(a, c.context)
	}
	status := http.StatusOK
	if fault != nil {
		faults, ok := fields(fault)
		if !ok {
			var p *problem.Error
			if !errors.As(fault, &p) {
				return fault
			}
			faults = map[string]string{"": p.Detail}
		}
		data["Faults"], status = faults, http.StatusUnprocessableEntity
	}
	return v.showWith(status, "try", "Try it", data, "try.js")
}
