package portal

import (
	"net/http"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
)

// A paymentRow is a payment in a list.
type paymentRow struct {
	*payment.Payment
	maskedOwner
	Bank              string
	Creditor, Account string // masked
	Debtor            string // masked
}

func (h *Handler) paymentRow(p *payment.Payment) paymentRow {
	return paymentRow{
		p, maskOwner(&p.Owner), h.bankName(p.BICFI), maskName(p.Order.CreditorName), maskAccount(&p.Order.Creditor), maskAccount(&p.Order.Debtor),
	}
}

// payments serves GET /portal/apps/{app}/payments.
func (h *Handler) payments(v *visit) error {
	statuses := texts(payment.Statuses())
	f := v.listing(statuses)
	all, err := h.Things.ListPayments(v.r.Context(), f)
	if err != nil {
		return err
	}
	all, more := cutPage(all)
	var last app.Mark
	rows := make([]paymentRow, len(all))
	for i := range all {
		rows[i] = h.paymentRow(&all[i])
		last = app.Mark{At: all[i].CreatedAt, ID: all[i].ID}
	}
	data := v.list(&f, statuses, "payments", more, last)
	data["Rows"] = rows
	return v.show(http.StatusOK, "payments", "Payments of "+v.app.Name, data)
}

// payment serves GET /portal/apps/{app}/payments/{payment}.
func (h *Handler) payment(v *visit) error {
	p, err := h.Things.Payment(v.r.Context(), strings.ToLower(v.r.PathValue("payment")))
	if problem.Is(err, problem.ResourceUnknown) || err == nil && p.Owner.ClientID != v.app.ID {
		return unknownPage()
	}
	if err != nil {
		return err
	}
	trail, err := h.Things.Trail(v.r.Context(), p.ID)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "payment", "Payment", map[string]any{
		"App": &v.app, "Tab": "payments", "Payment": h.paymentRow(&p), "Authorisations": authorisationRows(p.Authorisations),
		"Cancellation": authorisationRows(p.Cancellation.Authorisations), "Trail": trail,
	})
}

// moreSize is how many of each kind the page of the rest shows.
const moreSize = 20

// A caseRow is a KYC case, with its organisation masked.
type caseRow struct {
	ID, Organisation, Status string
	Made, Until              string
}

// more serves GET /portal/apps/{app}/more: baskets, quotes and KYC cases, the
// newest of each.
func (h *Handler) more(v *visit) error {
	ctx, f := v.r.Context(), app.Listing{ClientID: v.app.ID, Limit: moreSize}
	baskets, err := h.Things.ListBaskets(ctx, f)
	if err != nil {
		return err
	}
	quotes, err := h.Things.ListQuotes(ctx, f)
	if err != nil {
		return err
	}
	cases, err := h.Things.ListKYCCases(ctx, f)
	if err != nil {
		return err
	}
	rows := make([]caseRow, len(cases))
	for i := range cases {
		c := &cases[i]
		rows[i] = caseRow{c.ID, maskOwner(&app.Owner{Organisation: c.Organisation}).Organisation, string(c.Status), c.CreatedAt.UTC().Format("2006-01-02 15:04"), ""}
		if !c.ValidUntil.IsZero() {
			rows[i].Until = c.ValidUntil.Format("2006-01-02")
		}
	}
	return v.show(http.StatusOK, "more", "Baskets, quotes and KYC of "+v.app.Name, map[string]any{
		"App": &v.app, "Tab": "payments", "Baskets": baskets, "Quotes": quotes, "Cases": rows, "Most": moreSize,
	})
}
