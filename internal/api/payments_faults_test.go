package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/psd2"
)

// edit returns a body with members set; nil takes a member away. A name with a
// dot sets a member of a member.
func edit(t *testing.T, body string, changes map[string]any) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatal(err)
	}
	for name, v := range changes {
		in := m
		if outer, inner, ok := strings.Cut(name, "."); ok {
			in, _ = m[outer].(map[string]any)
			name = inner
		}
		if in[name] = v; v == nil {
			delete(in, name)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPaymentFields goes through the fields of every product.
func TestPaymentFields(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("å", n) }
	type change = map[string]any
	tests := []struct {
		name, product string
		change        change
		wantCode      string // empty if it is taken
		wantPath      string
	}{
		{"as it is", "domestic", nil, "", ""},
		{"amount as a number", "domestic", change{"instructedAmount.amount": 150}, "", ""},
		{"null is absent", "domestic", change{"creditorAgent": nil, "endToEndIdentification": nil}, "", ""},
		{"IBAN with spaces", "domestic", change{"debtorAccount.iban": "se45 5000 0000 0583 9825 7466"}, "", ""},
		{"wrong IBAN digits", "domestic", change{"creditorAccount.iban": "SE0012000000012345678"}, "", ""},
		{"name of 70", "domestic", change{"creditorName": long(70)}, "", ""},
		{"foreign fields", "domestic", change{"creditorGiro": map[string]any{"giroNumber": "x"}, "purposeCode": "toolong", "ocrRef": "x"}, "", ""},
		{"debtor by bankgiro", "domestic", change{"debtorAccount": change{"bankgiroNumber": "5050-1055"}}, "", ""},
		{"today", "domestic", change{"requestedExecutionDate": "2026-11-23"}, "", ""},
		{"in a year", "domestic", change{"requestedExecutionDate": "2027-11-23"}, "", ""},
		{"giro without hyphen", "swedish-giro", change{"creditorGiro.giroNumber": "50501055"}, "", ""},
		{"plusgiro", "swedish-giro", change{"creditorGiro": change{"giroNumber": "901950-6", "giroType": "PLUSGIRO"}}, "", ""},
		{"no reference", "swedish-giro", change{"ocrRef": nil}, "", ""},
		{"invoice", "swedish-giro", change{"ocrRef": nil, "invoiceRef": "A 1"}, "", ""},
		{"RF wrong digits", "sepa-credit-transfers", change{"ocrRef": "RF00539007547034"}, "", ""},
		{"purpose", "cross-border", change{"purposeCode": "SUPP", "regulatoryReporting": []any{change{"detailsCode": "1"}}}, "", ""},

		{"no amount", "domestic", change{"instructedAmount": nil}, "FORMAT_ERROR", "instructedAmount"},
		{"amount no object", "domestic", change{"instructedAmount": "1"}, "FORMAT_ERROR", "instructedAmount"},
		{"no currency", "domestic", change{"instructedAmount.currency": nil}, "FORMAT_ERROR", "instructedAmount.currency"},
		{"other currency", "domestic", change{"instructedAmount.currency": "EUR"}, "FORMAT_ERROR", "instructedAmount.currency"},
		{"no such currency", "cross-border", change{"instructedAmount.currency": "QQQ"}, "FORMAT_ERROR", "instructedAmount.currency"},
		{"zero", "domestic", change{"instructedAmount.amount": "0.00"}, "FORMAT_ERROR", "instructedAmount.amount"},
		{"negative", "domestic", change{"instructedAmount.amount": "-1"}, "FORMAT_ERROR", "instructedAmount.amount"},
		{"too many decimals", "domestic", change{"instructedAmount.amount": "1.001"}, "FORMAT_ERROR", "instructedAmount.amount"},
		{"no debtor", "domestic", change{"debtorAccount": nil}, "FORMAT_ERROR", "debtorAccount"},
		{"two debtors", "domestic", change{"debtorAccount.bban": "1"}, "FORMAT_ERROR", "debtorAccount"},
		{"no creditor", "domestic", change{"creditorAccount": nil}, "FORMAT_ERROR", "creditorAccount"},
		{"creditor empty", "domestic", change{"creditorAccount": change{}}, "FORMAT_ERROR", "creditorAccount"},
		{"no name", "domestic", change{"creditorName": nil}, "FORMAT_ERROR", "creditorName"},
		{"name of 71", "domestic", change{"creditorName": long(71)}, "FORMAT_ERROR", "creditorName"},
		{"name with a line end", "domestic", change{"creditorName": "a\nb"}, "FORMAT_ERROR", "creditorName"},
		{"long text", "domestic", change{"remittanceInformationUnstructured": long(141)}, "FORMAT_ERROR", "remittanceInformationUnstructured"},
		{"long message", "swedish-giro", change{"creditorAccountMessage": long(141)}, "FORMAT_ERROR", "creditorAccountMessage"},
		{"long end to end", "domestic", change{"endToEndIdentification": long(36)}, "FORMAT_ERROR", "endToEndIdentification"},
		{"bad agent", "domestic", change{"creditorAgent": "esse"}, "FORMAT_ERROR", "creditorAgent"},
		{"address without country", "domestic", change{"creditorAddress": change{"city": "X"}}, "FORMAT_ERROR", "creditorAddress.country"},
		{"long street", "domestic", change{"creditorAddress": change{"country": "SE", "street": long(71)}}, "FORMAT_ERROR", "creditorAddress.street"},
		{"yesterday", "domestic", change{"requestedExecutionDate": "2026-11-22"}, "EXECUTION_DATE_INVALID", "requestedExecutionDate"},
		{"in a year and a day", "domestic", change{"requestedExecutionDate": "2027-11-24"}, "EXECUTION_DATE_INVALID", "requestedExecutionDate"},
		{"no date", "domestic", change{"requestedExecutionDate": "soon"}, "FORMAT_ERROR", "requestedExecutionDate"},
		{"date after another fault", "domestic", change{"requestedExecutionDate": "2026-11-22", "creditorName": nil}, "FORMAT_ERROR", "creditorName"},
		{"no giro", "swedish-giro", change{"creditorGiro": nil}, "FORMAT_ERROR", "creditorGiro"},
		{"giro of no kind", "swedish-giro", change{"creditorGiro.giroType": "POSTGIRO"}, "FORMAT_ERROR", "creditorGiro.giroType"},
		{"giro too long", "swedish-giro", change{"creditorGiro.giroNumber": "123456789"}, "FORMAT_ERROR", "creditorGiro.giroNumber"},
		{"giro missing", "swedish-giro", change{"creditorGiro.giroNumber": nil}, "FORMAT_ERROR", "creditorGiro.giroNumber"},
		{"both references", "swedish-giro", change{"invoiceRef": "1"}, "FORMAT_ERROR", "ocrRef"},
		{"OCR with letters", "swedish-giro", change{"ocrRef": "12A"}, "FORMAT_ERROR", "ocrRef"},
		{"OCR of one digit", "swedish-giro", change{"ocrRef": "1"}, "FORMAT_ERROR", "ocrRef"},
		{"invoice of 26", "swedish-giro", change{"ocrRef": nil, "invoiceRef": long(26)}, "FORMAT_ERROR", "invoiceRef"},
		{"OCR in SEPA", "sepa-credit-transfers", change{"ocrRef": "1234567897"}, "FORMAT_ERROR", "ocrRef"},
		{"SEK in SEPA", "sepa-credit-transfers", change{"instructedAmount.currency": "SEK"}, "FORMAT_ERROR", "instructedAmount.currency"},
		{"no agent", "sepa-credit-transfers", change{"creditorAgent": nil}, "FORMAT_ERROR", "creditorAgent"},
		{"no agent's name", "cross-border", change{"creditorAgentName": nil}, "FORMAT_ERROR", "creditorAgentName"},
		{"no address", "cross-border", change{"creditorAddress": nil}, "FORMAT_ERROR", "creditorAddress"},
		{"no city", "cross-border", change{"creditorAddress.city": nil}, "FORMAT_ERROR", "creditorAddress.city"},
		{"bad purpose", "cross-border", change{"purposeCode": "supp"}, "FORMAT_ERROR", "purposeCode"},
		{"long detail", "cross-border", change{"regulatoryReporting": []any{change{"detailsInformation": long(141)}}}, "FORMAT_ERROR", "regulatoryReporting[0].detailsInformation"},
	}
	r := newRig(t)
	for _, tt := range tests {
		t.Run(tt.product+" "+tt.name, func(t *testing.T) {
			a := r.paying(call{method: http.MethodPost, path: payments + "/" + tt.product, body: edit(t, good(tt.product), tt.change)})
			if tt.wantCode == "" {
				a.want(http.StatusCreated, "", "")
				return
			}
			a.want(http.StatusBadRequest, tt.wantCode, tt.wantPath)
		})
	}
}

// One answer names every fault of a body.
func TestPaymentAllFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := `{"instructedAmount":{"currency":"SEK","amount":"-1"},"creditorAccount":{"iban":"x"},"requestedExecutionDate":"2020-01-01","creditorAgent":7}`
	var e psd2.ErrorInformation
	r.paying(call{method: http.MethodPost, path: payments + "/domestic", body: body}).want(400, "FORMAT_ERROR", "").decode(&e)
	want := map[string]psd2.Code{
		"instructedAmount.amount": "FORMAT_ERROR", "debtorAccount": "FORMAT_ERROR", "creditorAccount.iban": "FORMAT_ERROR",
		"creditorName": "FORMAT_ERROR", "creditorAgent": "FORMAT_ERROR", "requestedExecutionDate": "EXECUTION_DATE_INVALID",
	}
	for _, m := range e.TPPMessages {
		if want[m.Path] != m.Code {
			t.Errorf("a fault %s at %q", m.Code, m.Path)
		}
		delete(want, m.Path)
	}
	if len(want) > 0 {
		t.Errorf("not named: %v", want)
	}
}

// What strict mode refuses beyond that.
func TestPaymentStrict(t *testing.T) {
	t.Parallel()
	r := newRig(t, strict)
	type change = map[string]any
	valid := change{"creditorAccount.iban": "SE3550000000054910000003"}
	for _, tt := range []struct {
		name, product string
		change        change
		wantPath      string
	}{
		{"as it is", "domestic", valid, ""},
		{"wrong digits", "domestic", change{"creditorAccount.iban": "SE1412000000000012345678"}, "creditorAccount.iban"},
		{"field of another product", "domestic", change{"creditorAccount.iban": "SE3550000000054910000003", "ocrRef": "1234"}, "ocrRef"},
		{"amount as a number", "domestic", change{"instructedAmount.amount": 1}, "instructedAmount.amount"},
		{"giro", "swedish-giro", nil, ""},
		{"no reference", "swedish-giro", change{"ocrRef": nil}, "ocrRef"},
		{"giro's digit", "swedish-giro", change{"creditorGiro.giroNumber": "1234-5678"}, "creditorGiro.giroNumber"},
		{"RF", "sepa-credit-transfers", change{"ocrRef": "RF00539007547034"}, "ocrRef"},
	} {
		t.Run(tt.product+" "+tt.name, func(t *testing.T) {
			a := r.paying(call{method: http.MethodPost, path: payments + "/" + tt.product, body: edit(t, good(tt.product), tt.change)})
			if tt.wantPath == "" {
				a.want(http.StatusCreated, "", "")
				return
			}
			a.want(http.StatusBadRequest, "FORMAT_ERROR", tt.wantPath)
		})
	}
	r.seb.Open(bank.OpenedPayment{Converted: true})
	body := edit(t, goodAbroad, nil)
	r.paying(call{method: http.MethodPost, path: payments + "/cross-border", body: body}).want(400, "FORMAT_ERROR", "FX-Quote-Id")
	if got := r.seb.Cancelled(); len(got) != 1 {
		t.Errorf("what was opened is cancelled %v", got)
	}
}

// What is wrong around the body, in the order in which it is found.
func TestPaymentFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.picky.Profile.Products = []string{"domestic"}
	consent := r.create(call{})
	company := map[string]string{"PSU-Corporate-ID": "5560160681"} // odd: no KYC
	refused := problem.New(problem.PaymentFailed, "the bank refuses the payment")
	tests := []struct {
		name       string
		call       call
		bank       error // of OpenPayment
		wantStatus int
		wantCode   string
		wantPath   string
	}{
		{"no such product", call{path: payments + "/instant", body: goodDomestic}, nil, 404, "PRODUCT_UNKNOWN", "product"},
		{"product not here", call{path: payments + "/swedish-giro", body: goodGiro, header: map[string]string{"X-BicFi": "HANDSESS"}}, nil, 403, "PRODUCT_INVALID", "product"},
		{"bulk", call{path: initiation + "/bulk-payments/domestic"}, nil, 400, "SERVICE_INVALID", ""},
		{"periodic", call{path: initiation + "/periodic-payments/domestic"}, nil, 400, "SERVICE_INVALID", ""},
		{"no such service", call{path: initiation + "/other/domestic"}, nil, 404, "RESOURCE_UNKNOWN", ""},
		{"no such consent", call{header: map[string]string{"Consent-ID": requestID}, body: "["}, nil, 403, "CONSENT_UNKNOWN", "Consent-ID"},
		{"consent of another app", call{app: appB, header: map[string]string{"Consent-ID": consent[len(consents)+1:]}}, nil, 403, "CONSENT_UNKNOWN", "Consent-ID"},
		{"no such affiliate", call{header: map[string]string{"X-AffiliatedASPSP-ID": "1"}, body: "["}, nil, 400, "RESOURCE_UNKNOWN", "X-AffiliatedASPSP-ID"},
		{"no KYC before the body", call{scope: paysCompany, header: company, body: "["}, nil, 403, "TPP_KYC_INVALID", ""},
		{"no JSON", call{body: "["}, nil, 400, "FORMAT_ERROR", ""},
		{"no object", call{body: "[]"}, nil, 400, "FORMAT_ERROR", ""},
		{"key too long", call{header: map[string]string{"Idempotency-Key": strings.Repeat("k", 65)}}, nil, 400, "FORMAT_ERROR", "Idempotency-Key"},
		{"no such quote", call{path: payments + "/cross-border", body: goodAbroad, header: map[string]string{"FX-Quote-Id": "Q100000ABC"}}, nil, 400, "RESOURCE_UNKNOWN", "FX-Quote-Id"},
		{"no quote's form", call{path: payments + "/cross-border", body: goodAbroad, header: map[string]string{"FX-Quote-Id": "x"}}, nil, 400, "RESOURCE_UNKNOWN", "FX-Quote-Id"},
		{"quote ignored", call{header: map[string]string{"FX-Quote-Id": "x"}}, nil, 201, "", ""},
		{"consent linked", call{header: map[string]string{"Consent-ID": strings.ToUpper(consent[len(consents)+1:])}}, nil, 201, "", ""},
		{"bank refuses", call{}, refused, 400, "PAYMENT_FAILED", ""},
		{"bank misses something", call{}, problem.New(problem.FormatInvalid, "x").At("ocrRef"), 400, "FORMAT_ERROR", "ocrRef"},
		{"no right", call{}, problem.New(problem.RightsMissing, "x"), 403, "SERVICE_BLOCKED", ""},
		{"PSU unknown", call{}, problem.New(problem.PSUInvalid, "x"), 401, "PSU_CREDENTIALS_INVALID", "PSU-ID"},
		{"company unknown", call{scope: paysCompany}, problem.New(problem.CorporateIDInvalid, "x"), 401, "CORPORATE_ID_INVALID", "PSU-Corporate-ID"},
		{"bank down", call{}, problem.New(problem.BankUnavailable, "x"), 503, "SERVICE_UNAVAILABLE", ""},
		{"bank's own words", call{}, &problem.Error{Reason: problem.BankRefused, Detail: "nej", Status: 403}, 403, "RAW", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r.seb.RefuseCall("OpenPayment", tt.bank)
			c := tt.call
			if c.method = http.MethodPost; c.path == "" {
				c.path = payments + "/domestic"
			}
			if c.body == "" {
				c.body = goodDomestic
			}
			a := r.paying(c).want(tt.wantStatus, tt.wantCode, tt.wantPath)
			if challenge := a.header.Get("WWW-Authenticate"); challenge != "" {
				t.Errorf("challenge %q, though no other token would help", challenge)
			}
		})
	}
	r.seb.RefuseCall("OpenPayment", nil)
	var kyc psd2.ErrorInformation
	r.paying(call{method: http.MethodPost, path: payments + "/domestic", scope: paysCompany, header: company, body: goodDomestic}).want(403, "TPP_KYC_INVALID", "").decode(&kyc)
	if kyc.PSUMessage == "" || kyc.Links["kycRedirect"].Href == "" {
		t.Errorf("without KYC: %+v", kyc)
	}
}

// TestPaymentForms: what a bank's profile takes of accounts.
func TestPaymentForms(t *testing.T) {
	t.Parallel()
	type change = map[string]any
	iban, bban := change{"iban": "SE4550000000058398257466"}, change{"bban": "58398257466"}
	cleared := change{"bban": "12345678", "clearingNumber": "6000"}
	for _, tt := range []struct {
		name, forms      string
		debtor, creditor change
		wantPath         string
	}{
		{"any", "any", bban, iban, ""},
		{"iban", "iban", iban, iban, ""},
		{"iban debtor", "iban", bban, iban, "debtorAccount"},
		{"iban creditor", "iban", iban, cleared, "creditorAccount"},
		{"clearing", "bban+clearing", bban, cleared, ""},
		{"clearing debtor", "bban+clearing", cleared, cleared, "debtorAccount"},
		{"clearing creditor", "bban+clearing", bban, iban, "creditorAccount"},
		{"bban", "bban-debtor", bban, iban, ""},
		{"plusgiro", "bban-debtor", change{"plusgiroNumber": "901950-6"}, iban, ""},
		{"bban debtor", "bban-debtor", iban, iban, "debtorAccount"},
		{"bban creditor", "bban-debtor", bban, cleared, "creditorAccount"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.seb.Profile.AccountForms = tt.forms
			a := r.paying(call{
				method: http.MethodPost, path: payments + "/domestic",
				body: edit(t, goodDomestic, change{"debtorAccount": tt.debtor, "creditorAccount": tt.creditor}),
			})
			if tt.wantPath == "" {
				a.want(201, "", "")
				return
			}
			a.want(400, "FORMAT_ERROR", tt.wantPath)
		})
	}
}

// TestPaymentNotices: a bank's remarks, a date that was moved, a conversion.
func TestPaymentNotices(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.seb.Open(bank.OpenedPayment{
		ExecutionDate: time.Date(2026, 12, 7, 0, 0, 0, 0, time.UTC), Moved: true, Converted: true,
		Notices: []bank.Notice{{Code: "CREDITOR_ACCOUNT_FLAGGED", Text: "be wary"}},
	})
	var created psd2.PaymentCreated
	r.paying(call{
		method: http.MethodPost, path: payments + "/cross-border", body: edit(t, goodAbroad, map[string]any{"requestedExecutionDate": "2026-12-05"}),
	}).want(201, "", "").decode(&created)
	var got []string
	for _, m := range created.TPPMessages {
		got = append(got, string(m.Category)+" "+string(m.Code)+" "+m.Path)
	}
	want := "WARNING CREDITOR_ACCOUNT_FLAGGED ,WARNING WARNING requestedExecutionDate,WARNING WARNING FX-Quote-Id"
	if strings.Join(got, ",") != want {
		t.Errorf("messages %q, want %q", got, want)
	}
	var info psd2.PaymentInformation
	r.paying(call{path: created.Links.Self.Href}).want(200, "", "").decode(&info)
	if info.RequestedExecutionDate != "2026-12-07" || len(info.TPPMessages) != 3 {
		t.Errorf("read: %s, %v", info.RequestedExecutionDate, info.TPPMessages)
	}
}

// TestPaymentQuote pays at a quote, once.
func TestPaymentQuote(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var q psd2.QuoteCreated
	r.paying(call{
		method: http.MethodPost, path: initiation + "/fx",
		body: `{"sourceCurrency":"SEK","targetCurrency":"USD","countryCode":"US","amount":"130.00"}`,
	}).want(201, "", "").decode(&q)
	quoted := func(body string) *answer {
		return r.paying(call{method: http.MethodPost, path: payments + "/cross-border", body: body, header: map[string]string{"FX-Quote-Id": q.FXQuoteID}})
	}
	quoted(edit(t, goodAbroad, map[string]any{"instructedAmount.amount": "131.00"})).want(400, "PARAMETER_NOT_CONSISTENT", "FX-Quote-Id")
	quoted(edit(t, goodAbroad, map[string]any{"creditorAddress.country": "CA"})).want(400, "PARAMETER_NOT_CONSISTENT", "FX-Quote-Id")
	r.seb.RefuseCall("OpenPayment", problem.New(problem.PaymentFailed, "x"))
	quoted(goodAbroad).want(400, "PAYMENT_FAILED", "")
	r.seb.RefuseCall("OpenPayment", nil)
	quoted(goodAbroad).want(201, "", "") // a refused one does not use it up
	quoted(goodAbroad).want(400, "RESOURCE_EXPIRED", "FX-Quote-Id")
	orders := r.seb.Ordered()
	if o := orders[len(orders)-1]; o.Source.Currency != "SEK" || o.Source.Decimal() != q.TotalAmount {
		t.Errorf("the bank debits %v, want %s SEK", o.Source, q.TotalAmount)
	}
}

// TestIdempotency: the first answer again, and only to the same request.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	send := func(c call) *answer {
		if c.method = http.MethodPost; c.path == "" {
			c.path = payments + "/domestic"
		}
		if c.body == "" {
			c.body = goodDomestic
		}
		if c.header == nil {
			c.header = map[string]string{}
		}
		c.header["Idempotency-Key"] = "k 1"
		return r.paying(c)
	}
	bad := edit(t, goodDomestic, map[string]any{"creditorName": nil})
	send(call{body: bad}).want(400, "FORMAT_ERROR", "creditorName") // leaves the key free
	first := send(call{}).want(201, "", "")
	r.clock.Advance(24*time.Hour - time.Second)
	again := send(call{}).want(201, "", "")
	if again.body != first.body || again.header.Get("Location") != first.header.Get("Location") ||
		again.header.Get("ASPSP-SCA-Approach") != first.header.Get("ASPSP-SCA-Approach") {
		t.Errorf("again: %v %s\nfirst: %v %s", again.header, again.body, first.header, first.body)
	}
	if n := len(r.seb.Ordered()); n != 1 {
		t.Errorf("%d payments were opened, want 1", n)
	}
	send(call{body: edit(t, goodDomestic, map[string]any{"creditorName": "Other"})}).want(409, "STATUS_INVALID", "Idempotency-Key")
	send(call{path: payments + "/sepa-credit-transfers", body: goodSEPA}).want(409, "STATUS_INVALID", "")
	send(call{header: map[string]string{"PSU-ID": "199001011234"}}).want(409, "STATUS_INVALID", "")
	if b := send(call{app: appB}).want(201, "", ""); b.body == first.body {
		t.Error("another app gets the answer")
	}
	r.clock.Advance(time.Second)
	if later := send(call{}).want(201, "", ""); later.body == first.body {
		t.Error("after a day the key is still known")
	}
	// Without a key every call is a payment.
	if a, b := r.pay(call{}), r.pay(call{}); a == b {
		t.Error("two calls without a key are one payment")
	}
}

// TestIdempotencyAtOnce: many at once are one payment.
func TestIdempotencyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	header := r.headers(&call{scope: paysPrivate, body: goodDomestic, header: map[string]string{"Idempotency-Key": "k"}})
	const n = 8
	answers := make(chan *answer)
	for range n {
		go func() {
			answers <- r.send(call{method: http.MethodPost, path: payments + "/domestic", body: goodDomestic}, header.Clone())
		}()
	}
	first := ""
	for range n {
		a := <-answers
		if first == "" {
			first = a.body
		}
		if a.status != 201 || a.body != first {
			t.Errorf("%d %s, want 201 %s", a.status, a.body, first)
		}
	}
	if opened, cancelled := len(r.seb.Ordered()), len(r.seb.Cancelled()); opened-cancelled != 1 {
		t.Errorf("%d opened and %d cancelled, want one to stay", opened, cancelled)
	}
}

// TestNoService: whatever is asked of a service that nobody offers, the answer
// is that there is no such service, for who has a token.
func TestNoService(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, service := range []string{"/bulk-payments", "/periodic-payments"} {
		one := initiation + service + "/domestic/" + requestID
		for _, c := range []call{
			{method: http.MethodGet, path: one},
			{method: http.MethodDelete, path: one},
			{method: http.MethodGet, path: one + "/status"},
			{method: http.MethodPost, path: one + "/authorisations"},
			{method: http.MethodPut, path: one + "/authorisations/" + requestID},
		} {
			r.paying(c).want(400, "SERVICE_INVALID", "")
		}
		r.do(call{method: http.MethodGet, path: one, header: map[string]string{"Authorization": ""}}).want(401, "TOKEN_UNKNOWN", "")
	}
}
