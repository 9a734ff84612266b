package control

import (
	"net/http"
	"time"

	"sluss.example/sluss/internal/web"
)

// A Payment is a payment as its bank has it.
type Payment struct {
	Ref         string    `json:"ref"` // the bank's
	PaymentID   string    `json:"paymentId,omitempty"`
	Bank        string    `json:"bicFi"`
	Product     string    `json:"product,omitempty"`
	Status      string    `json:"status"`
	Reason      string    `json:"reason,omitempty"`
	Amount      string    `json:"amount,omitempty"`  // what the creditor gets, such as "150.00 SEK"
	Debited     string    `json:"debited,omitempty"` // what the debtor loses
	Creditor    string    `json:"creditor,omitempty"`
	SubmittedAt time.Time `json:"submittedAt,omitzero"`
	Since       time.Time `json:"since"` // it has Status
	Next        string    `json:"next,omitempty"`
	NextAt      time.Time `json:"nextAt,omitzero"`
}

// A Force is what is made to happen to a payment: "settle", "reject" or
// "return".
type Force struct {
	What   string `json:"-"`
	Reason string `json:"reason,omitempty"` // why it is rejected
}

// getPayments serves GET /payments.
func (h *Handler) getPayments(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Banks.Payments(r.Context(), r.URL.Query().Get("bicFi"))
	if err != nil {
		return err
	}
	if all == nil {
		all = []Payment{}
	}
	return web.WriteJSON(w, http.StatusOK, map[string][]Payment{"payments": all})
}

// force serves POST /payments/{id}/settle, .../reject and .../return.
func (h *Handler) force(what string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		var f Force
		if err := read(r, &f); err != nil {
			return err
		}
		f.What = what
		if err := h.Banks.Force(r.Context(), r.PathValue("id"), f); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
