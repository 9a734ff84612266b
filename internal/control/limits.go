package control

import (
	"net/http"

	"sluss.example/sluss/internal/app"
)

// setLimits serves PUT /apps/{id}/limits.
func (h *Handler) setLimits(w http.ResponseWriter, r *http.Request) error {
	var l app.Limits
	if err := read(r, &l); err != nil {
		return err
	}
	if err := h.Apps.SetLimits(r.Context(), r.PathValue("id"), l); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
