package control

import (
	"context"
	"net/http"
	"time"

	"sluss.example/sluss/internal/web"
)

// Banks is what the control API does at the simulated banks.
type Banks interface {
	// Pending returns the runs of SCA that wait for a person, oldest first.
	Pending(ctx context.Context) ([]Pending, error)
	// Decide answers a run in the person's place. It reports
	// problem.ResourceUnknown, and problem.StatusInvalid for one that has
	// ended.
	Decide(ctx context.Context, ref string, d Decision) error
	// Payments returns the payments of a bank, newest first; of all if bicfi is
	// empty.
	Payments(ctx context.Context, bicfi string) ([]Payment, error)
	// Force makes something happen to the payment with the bank's reference or
	// ours. It reports problem.ResourceUnknown, and problem.StatusInvalid.
	Force(ctx context.Context, id string, f Force) error
}

// A Pending is a run of SCA that waits for a person.
type Pending struct {
	Ref          string    `json:"ref"`
	Bank         string    `json:"bicFi"`
	PSU          string    `json:"psuId,omitempty"`
	Organisation string    `json:"psuCorporateId,omitempty"`
	Context      string    `json:"context"`
	Subject      string    `json:"subject"`
	App          string    `json:"app,omitempty"`
	Approach     string    `json:"approach"`
	StartedAt    time.Time `json:"startedAt"`
	ExpiresAt    time.Time `json:"expiresAt,omitzero"`
	// Payments are what is signed, where that is payments.
	Payments []Signed `json:"payments,omitempty"`
}

// A Signed is a payment as the person sees it who signs it.
type Signed struct {
	Amount string `json:"amount"`
	Payee  string `json:"payee"`
	To     string `json:"to"`
	From   string `json:"from"`
	Date   string `json:"date,omitempty"`
}

// A Decision is how a person answers.
type Decision struct {
	Approve bool `json:"-"`
	// PSU is who answers; the person that the app named if empty.
	PSU string `json:"psuId,omitempty"`
	// Accounts are the IBANs or BBANs that the person picks; all if empty.
	Accounts []string `json:"accounts,omitempty"`
}

// Consents is what the control API does to consents.
type Consents interface {
	// RevokeAtBank ends a consent as its PSU would, at the bank. It reports
	// problem.ConsentUnknown.
	RevokeAtBank(ctx context.Context, id string) error
}

// A ResetFunc makes a sandbox as it was at the start.
type ResetFunc func(ctx context.Context) error

// getAuthorisations serves GET /authorisations.
func (h *Handler) getAuthorisations(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Banks.Pending(r.Context())
	if err != nil {
		return err
	}
	if all == nil {
		all = []Pending{}
	}
	return web.WriteJSON(w, http.StatusOK, map[string][]Pending{"authorisations": all})
}

// decide serves POST /authorisations/{ref}/approve and .../refuse.
func (h *Handler) decide(approve bool) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		var d Decision
		if err := read(r, &d); err != nil {
			return err
		}
		d.Approve = approve
		if err := h.Banks.Decide(r.Context(), r.PathValue("ref"), d); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// revokeConsent serves POST /consents/{id}/revoke.
func (h *Handler) revokeConsent(w http.ResponseWriter, r *http.Request) error {
	if err := h.Consents.RevokeAtBank(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// reset serves POST /reset.
func (h *Handler) reset(w http.ResponseWriter, r *http.Request) error {
	if err := h.Reset(r.Context()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
