package api_test

import (
	"net/http"
	"testing"
	"time"

	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/psd2"
)

// The published identities and the magic values, over the wire.
func TestSimulatedPayments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	simulated(r)
	who := func(psu string) call {
		return call{scope: paysCompany, header: map[string]string{"PSU-ID": psu, "PSU-Corporate-ID": "9999999990"}}
	}
	for _, tt := range []struct {
		name, psu, amount string
		wantSCA, wantCode string
		want              payment.Status // a second after
		wantReason        string
		later             payment.Status // 20 seconds after
	}{
		{"success", "99990101000", "10.00", "finalised", "", payment.ACSP, "", payment.ACSC},
		{"second signer", "99990101002", "11.00", "finalised", "AUTHORISATION_PENDING_API", payment.PATC, "AUTHORISATION_PENDING_API", payment.PATC},
		{"session expired", "99990101004", "12.00", "failed", "AUTHENTICATION_SESSION_EXPIRED", payment.RCVD, "", payment.RCVD},
		{"not activated", "99990101005", "13.00", "failed", "BANKID_NOT_ACTIVATED", payment.RCVD, "", payment.RCVD},
		{"declined", "99990101101", "14.00", "failed", "USER_CANCEL", payment.RCVD, "", payment.RCVD},
		{"no rights", "99990101103", "15.00", "failed", "PSU_RIGHTS_MISSING", payment.RCVD, "", payment.RCVD},
		{"no cover", "99990101000", "9990.91", "finalised", "", payment.RJCT, "RAW", payment.RJCT},
		{"closed", "99990101000", "9990.92", "finalised", "", payment.RJCT, "RAW", payment.RJCT},
		{"checks", "99990101000", "9990.93", "finalised", "", payment.PDNG, "", payment.PDNG},
		{"at once", "99990101000", "9990.95", "finalised", "", payment.ACSC, "", payment.ACCC},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := who(tt.psu)
			c.body = edit(t, goodDomestic, map[string]any{"instructedAmount.amount": tt.amount})
			self := r.pay(c)
			auth := r.begin(self+"/authorisations", who(tt.psu))
			r.clock.Advance(2 * time.Second)
			st := r.wantSCA(auth, who(tt.psu), tt.wantSCA)
			code := ""
			if len(st.TPPMessages) > 0 {
				code = string(st.TPPMessages[0].Code)
			}
			if code != tt.wantCode {
				t.Errorf("the poll says %s, want %s", code, tt.wantCode)
			}
			r.clock.Advance(time.Second)
			r.wantStatus(self, who(tt.psu), tt.want, tt.wantReason)
			r.clock.Advance(20 * time.Second)
			r.wantStatus(self, who(tt.psu), tt.later, tt.wantReason)
		})
	}
	t.Run("refused at once", func(t *testing.T) {
		c := who("99990101000")
		c.method, c.path = http.MethodPost, payments+"/domestic"
		c.body = edit(t, goodDomestic, map[string]any{"instructedAmount.amount": "9990.96"})
		r.paying(c).want(400, "PAYMENT_FAILED", "")
	})
	t.Run("three outages", func(t *testing.T) {
		c := who("99990101000")
		c.body = edit(t, goodDomestic, map[string]any{"instructedAmount.amount": "9990.94"})
		c.path = r.pay(c)
		c.method, c.body = "", ""
		for range 3 {
			r.paying(c).want(502, "BANK_SERVICE_UNAVAILABLE", "")
		}
		r.paying(c).want(200, "", "")
	})
	t.Run("flagged giro", func(t *testing.T) {
		c := who("99990101000")
		c.method, c.path = http.MethodPost, payments+"/swedish-giro"
		c.body = edit(t, goodGiro, map[string]any{"creditorGiro.giroNumber": "5555-5551"})
		r.paying(c).want(201, "CREDITOR_ACCOUNT_FLAGGED", "")
		c.body = edit(t, goodGiro, map[string]any{"creditorGiro.giroNumber": "5050-2061", "ocrRef": "1234567890"})
		r.paying(c).want(400, "FORMAT_ERROR", "ocrRef")
		c.body = edit(t, goodGiro, map[string]any{"creditorGiro.giroNumber": "5050-2061"})
		r.paying(c).want(201, "", "")
	})
	t.Run("exempted, and a basket of two", func(t *testing.T) {
		one, two := who("99990101000"), who("99990101000")
		one.body, two.body = edit(t, goodDomestic, nil), edit(t, goodDomestic, map[string]any{"instructedAmount.amount": "9990.91"})
		a, b := r.pay(one), r.pay(two)
		basket := r.basket(who("99990101106"), a, b)
		auth := r.begin(basket+"/authorisations", who("99990101106"))
		r.wantSCA(auth, who("99990101106"), "exempted")
		r.wantStatus(basket, who("99990101000"), payment.ACTC, "")
		r.wantStatus(a, who("99990101000"), payment.ACSP, "")
		r.wantStatus(b, who("99990101000"), payment.RJCT, "RAW")
	})
	t.Run("a basket that the bank refuses", func(t *testing.T) {
		one, two := who("99990101000"), who("99990101000")
		one.body, two.body = edit(t, goodDomestic, nil), edit(t, goodDomestic, map[string]any{"instructedAmount.amount": "9990.97"})
		a, b := r.pay(one), r.pay(two)
		basket := r.basket(who("99990101000"), a, b)
		auth := r.begin(basket+"/authorisations", who("99990101000"))
		r.wantStatus(basket, who("99990101000"), payment.RCVD, "")
		r.clock.Advance(2 * time.Second)
		r.wantSCA(auth, who("99990101000"), "failed")
		r.wantStatus(basket, who("99990101000"), payment.RJCT, "RAW")
		for _, self := range []string{a, b} { // each by itself
			r.wantStatus(self, who("99990101000"), payment.RCVD, "")
			r.begin(self+"/authorisations", who("99990101000"))
			r.clock.Advance(2 * time.Second)
			r.wantStatus(self, who("99990101000"), payment.ACSP, "")
		}
	})
	t.Run("date ahead", func(t *testing.T) {
		c := who("99990101000")
		c.body = edit(t, goodDomestic, map[string]any{"requestedExecutionDate": r.clock.Now().AddDate(0, 0, 3).Format(time.DateOnly)})
		self := r.pay(c)
		auth := r.begin(self+"/authorisations", who("99990101000"))
		r.clock.Advance(2 * time.Second)
		r.wantSCA(auth, who("99990101000"), "finalised")
		r.wantStatus(self, who("99990101000"), payment.ACTC, "")
		r.clock.Advance(4 * 24 * time.Hour)
		r.wantStatus(self, who("99990101000"), payment.ACSC, "")
		var info psd2.PaymentInformation
		c.path, c.method, c.body = self, "", ""
		r.paying(c).want(200, "", "").decode(&info)
	})
}

// TestPayeeVerified: a SEPA payment tells whether the creditor's name is that of
// the account, another product does not.
func TestPayeeVerified(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	simulated(r)
	// The account of the sample company, "Example AB".
	holder := map[string]any{"creditorAccount": map[string]any{"iban": "SE4550000000058398257466"}, "debtorAccount": map[string]any{"bban": "12345678901"}}
	for name, want := range map[string]struct{ match, matched, code string }{
		"EXAMPLE":    {"MTCH", "", ""},
		"Exampel AB": {"CMTC", "Example AB", "CREDITOR_NAME_CLOSE_MATCH"},
		"Somebody":   {"NMTC", "", "CREDITOR_NAME_MISMATCH"},
	} {
		body := edit(t, edit(t, goodSEPA, holder), map[string]any{"creditorName": name})
		var created psd2.PaymentCreated
		r.paying(call{method: http.MethodPost, path: payments + "/sepa-credit-transfers", body: body}).want(201, "", "").decode(&created)
		v := created.VerificationOfPayee
		code := ""
		if v != nil && len(v.TPPMessages) > 0 {
			code = string(v.TPPMessages[0].Code)
		}
		if v == nil || v.PartyNameMatch != want.match || v.MatchedName != want.matched || code != want.code {
			t.Errorf("%s: %+v, want %v", name, v, want)
		}
	}
	var created psd2.PaymentCreated
	r.paying(call{method: http.MethodPost, path: payments + "/sepa-credit-transfers", body: goodSEPA}).want(201, "", "").decode(&created)
	if v := created.VerificationOfPayee; v == nil || v.PartyNameMatch != "NOAP" {
		t.Errorf("an account that nobody knows: %+v", v)
	}
	var other psd2.PaymentCreated
	r.paying(call{method: http.MethodPost, path: payments + "/domestic", body: goodDomestic}).want(201, "", "").decode(&other)
	if other.VerificationOfPayee != nil {
		t.Errorf("a domestic payment: %+v", other.VerificationOfPayee)
	}
}
