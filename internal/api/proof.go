package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
)

//go:embed proof.html
var proofHTML string

// proofRoutes is the endpoint to which the transaction of a payment links.
func proofRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/_sluss/v1/payments/{paymentId}/proof", operation: "getProofOfPayment", family: paymentFamily,
		scopes: []scope.API{scope.AccountInformation, scope.PaymentInitiation}, headers: personHeaders, html: true, serve: (*Handler).getProof,
	}}
}

// A proof is what a proof of payment shows.
type proof struct {
	Bank  string
	Facts []fact
}

type fact struct{ Name, Value string }

// getProof serves GET /_sluss/v1/payments/{paymentId}/proof, operation
// getProofOfPayment. What clients wrote is on the page, so a browser runs
// nothing in it.
func (h *Handler) getProof(w http.ResponseWriter, r *http.Request) error {
	v, err := h.Payments.Proof(r.Context(), caller(r), paymentRef(r))
	if err != nil {
		return blamePath(err, "paymentId")
	}
	page, err := template.New("proof").Parse(proofHTML)
	if err != nil {
		return fmt.Errorf("parse proof of payment: %w", err)
	}
	var body bytes.Buffer
	if err := page.Execute(&body, h.proofOf(&v)); err != nil {
		return fmt.Errorf("render proof of payment: %w", err)
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	return web.WriteBody(w, http.StatusOK, "text/html; charset=utf-8", body.Bytes())
}

func (h *Handler) proofOf(v *payment.View) proof {
	o := &v.Order
	out := proof{Bank: string(v.BICFI)}
	if b, ok := h.Banks.Bank(v.BICFI); ok {
		out.Bank = b.Info().ASPSP.Name
	}
	for _, f := range []fact{
		{"Payment", v.ID},
		{"Product", o.Product},
		{"Status", fmt.Sprintf("%s since %s UTC", v.Shown, v.StatusAt.UTC().Format("2006-01-02 15:04:05"))},
		{"Date", date(v.ExecutionDate)},
		{"Amount", o.Amount.Decimal() + " " + string(o.Amount.Currency)},
		{"From account", accountText(&o.Debtor)},
		{"To", o.CreditorName},
		{"To account", accountText(&o.Creditor)},
		{"Address", addressText(o.CreditorAddress)},
		{"Bank of the payee", joinText(o.CreditorBank, o.CreditorAgent)},
		{"Reference", joinText(o.OCR, o.Invoice)},
		{"Message", o.Unstructured},
		{"End-to-end identification", o.EndToEndID},
	} {
		if f.Value != "" {
			out.Facts = append(out.Facts, f)
		}
	}
	return out
}

// accountText names an account for people.
func accountText(p *bank.Party) string {
	if giro := giroReference(p); giro != nil {
		return strings.ToLower(giro.GiroType) + " " + giro.GiroNumber
	}
	return joinText(p.ClearingNumber, p.IBAN, p.BBAN, p.AccountNumber, p.MaskedPAN, p.MSISDN)
}

func addressText(a *bank.Address) string {
	if a == nil {
		return ""
	}
	return joinText(a.Street, a.BuildingNumber, a.PostalCode, a.City, a.State, a.Country)
}

// joinText joins the texts that are there.
func joinText(all ...string) string {
	return strings.Join(strings.Fields(strings.Join(all, " ")), " ")
}

// checkAcceptsPage checks that the client takes a page.
func checkAcceptsPage(accept []string) error {
	if quality(accept, htmlType).q > 0 {
		return nil
	}
	return problem.Blame(problem.New(problem.FormatUnaccepted, "the answer is text/html"), problem.Header, "Accept")
}
