package api_test

import (
	"net/http"
	"strings"
	"testing"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/psd2"
)

const (
	initiation  = "/psd2/paymentinitiation/v1"
	payments    = initiation + "/payments"
	paysPrivate = "paymentinitiation private"
	paysCompany = "paymentinitiation corporate"

	goodDomestic = `{"instructedAmount":{"currency":"SEK","amount":"150.00"},
		"debtorAccount":{"iban":"SE4550000000058398257466","currency":"SEK"},
		"creditorAccount":{"iban":"SE1412000000000012345678"},"creditorName":"Leverantör AB"}`
	goodGiro = `{"instructedAmount":{"currency":"SEK","amount":"150.00"},
		"debtorAccount":{"iban":"SE4550000000058398257466"},"creditorGiro":{"giroNumber":"5050-1055","giroType":"BANKGIRO"},
		"creditorName":"Leverantör AB","ocrRef":"1234567897"}`
	goodSEPA = `{"instructedAmount":{"currency":"EUR","amount":"99.95"},"debtorAccount":{"iban":"SE4550000000058398257466"},
		"creditorAccount":{"iban":"DE89370400440532013000"},"creditorName":"Firma","creditorAgent":"DEUTDEFF","creditorAgentName":"Deutsche Bank",
		"ocrRef":"RF18539007547034"}`
	goodAbroad = `{"instructedAmount":{"currency":"USD","amount":"130.00"},"debtorAccount":{"iban":"SE4550000000058398257466"},
		"creditorAccount":{"bban":"123456789"},"creditorName":"Vendor Inc","creditorAgent":"CHASUS33","creditorAgentName":"Chase",
		"creditorAddress":{"street":"1 Main St","city":"New York","postalCode":"10001","country":"US","state":"NY"}}`
)

// good returns a body that each product takes.
func good(product string) string {
	return map[string]string{
		"domestic": goodDomestic, "swedish-giro": goodGiro, "sepa-credit-transfers": goodSEPA, "cross-border": goodAbroad,
		"international": goodAbroad, "international-tp": goodAbroad,
	}[product]
}

// pay creates a payment and returns its path.
func (r *rig) pay(c call) string {
	r.Helper()
	if c.method = http.MethodPost; c.path == "" {
		c.path = payments + "/domestic"
	}
	if c.scope == "" {
		c.scope = paysPrivate
	}
	if c.body == "" {
		c.body = good(c.path[strings.LastIndex(c.path, "/")+1:])
	}
	var created psd2.PaymentCreated
	r.do(c).want(http.StatusCreated, "", "").decode(&created)
	return created.Links.Self.Href
}

// paid sends a call about payments.
func (r *rig) paying(c call) *answer {
	r.Helper()
	if c.scope == "" {
		c.scope = paysPrivate
	}
	return r.do(c)
}

// begin starts an authorisation of the payment, the cancellation or the basket
// and returns its path.
func (r *rig) begin(authorisations string, c call) string {
	r.Helper()
	c.method, c.path, c.body = http.MethodPost, authorisations, ""
	var created psd2.AuthorisationCreated
	a := r.paying(c).want(http.StatusCreated, "", "").decode(&created)
	self := created.Links.SCAStatus.Href
	if a.header.Get("Location") != apiBase+self || created.Links.AuthoriseTransaction.Href != self {
		r.Errorf("POST %s leads to %q and %v", authorisations, a.header.Get("Location"), created.Links)
	}
	c.method, c.path, c.body = http.MethodPut, self, `{"authenticationMethodId":"mbid"}`
	var started psd2.AuthorisationStarted
	r.paying(c).want(http.StatusOK, "", "").decode(&started)
	return self
}

// signs has a person sign what was begun, and polls it.
func (r *rig) signs(self, psu string, needed int, c call) {
	r.Helper()
	r.seb.Sign(psu, needed)
	r.wantSCA(self, c, "finalised")
}

func (r *rig) wantSCA(self string, c call, want string) psd2.AuthorisationStatus {
	r.Helper()
	c.method, c.path, c.body = http.MethodGet, self, ""
	var st psd2.AuthorisationStatus
	r.paying(c).want(http.StatusOK, "", "").decode(&st)
	if st.SCAStatus != want {
		r.Errorf("%s is %s, want %s", self, st.SCAStatus, want)
	}
	return st
}

// wantStatus checks the status of a payment or a basket, and its first message.
func (r *rig) wantStatus(self string, c call, want payment.Status, code string) {
	r.Helper()
	c.method, c.path, c.body = http.MethodGet, self+"/status", ""
	var st psd2.PaymentStatus
	r.paying(c).want(http.StatusOK, "", "").decode(&st)
	got := ""
	if len(st.TPPMessages) > 0 {
		got = string(st.TPPMessages[0].Code)
	}
	if st.TransactionStatus != string(want) || got != code {
		r.Errorf("%s is %s %s, want %s %s", self, st.TransactionStatus, got, want, code)
	}
}

// TestPayment pays with each product by each of its names.
func TestPayment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i, product := range []string{
		"domestic", "swedish-giro", "sepa-credit-transfers", "cross-border", "international", "international-tp",
	} {
		self := r.pay(call{path: payments + "/" + product})
		if !strings.HasPrefix(self, payments+"/"+product+"/") {
			t.Errorf("a payment of %s is at %s", product, self)
		}
		r.wantStatus(self, call{}, payment.RCVD, "")
		auth := r.begin(self+"/authorisations", call{})
		r.wantSCA(auth, call{}, "started")
		r.signs(auth, "199002092386", 1, call{})
		if n := len(r.seb.Submitted()); n != i+1 {
			t.Errorf("the bank was told %d times, want %d", n, i+1)
		}
		r.wantStatus(self, call{}, payment.ACSP, "")
		r.seb.Say(r.seb.Submitted()[i], bank.PaymentState{Status: payment.ACSC})
		r.wantStatus(self, call{}, payment.ACSC, "")
		var info psd2.PaymentInformation
		r.paying(call{path: self}).want(200, "", "").decode(&info)
		if info.TransactionStatus != "ACSC" || info.CreditorName == "" {
			t.Errorf("%s reads %+v", self, info)
		}
	}
}
