package control

import (
	"context"
	"net/http"

	"sluss.example/sluss/internal/fx"
)

// Orders is what the control API does to orders of currency exchange.
type Orders interface {
	// Fund notes that the money for an order has come in; an empty amount
	// stands for all of it. It reports problem.ResourceUnknown,
	// problem.ParameterInconsistent for another amount than is due, and
	// problem.StatusInvalid for an order that is no longer to be funded.
	Fund(ctx context.Context, quoteID, amount string) (fx.Order, error)
}

// fundOrder serves POST /fx-orders/{id}/fund.
func (h *Handler) fundOrder(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Amount string `json:"amount"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	if _, err := h.Orders.Fund(r.Context(), r.PathValue("id"), in.Amount); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
