package api

import (
	"net/http"

	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/signing"
)

// signablePayment returns what serves one of the two sets of authorisations of a
// payment: operations startPaymentAuthorisation, updatePaymentPsuData and
// getPaymentInitiationScaStatus, and their like of a cancellation.
func signablePayment(set payment.Set) signable {
	path, id := "/authorisations/", "authorisationId"
	if set == payment.OfCancellation {
		path, id = "/cancellation-authorisations/", "cancellationId"
	}
	of := func(r *http.Request, o payment.Open, err error) (signature, error) {
		if err != nil {
			return signature{}, blamePath(renameInPath(err, "authorisationId", id), "paymentId")
		}
		return signature{Open: o.Open, found: o.Found(), path: paymentPath(r, o.Payment.ID) + path + o.Authorisation.ID}, nil
	}
	return signable{
		kind: redirect.KindPayment, id: id,
		start: func(h *Handler, r *http.Request, c signing.Choice) (signature, error) {
			o, err := h.Payments.StartAuthorisation(r.Context(), caller(r), paymentRef(r), set, c)
			return of(r, o, err)
		},
		choose: func(h *Handler, r *http.Request, c signing.Choice) (signature, error) {
			o, err := h.Payments.ChooseMethod(r.Context(), caller(r), paymentRef(r), set, c)
			return of(r, o, err)
		},
		poll: func(h *Handler, r *http.Request) (signature, error) {
			o, err := h.Payments.Poll(r.Context(), caller(r), paymentRef(r), set)
			return of(r, o, err)
		},
		owned: func(h *Handler, r *http.Request) error {
			_, err := h.Payments.Authorisations(r.Context(), caller(r), paymentRef(r), set)
			return blamePath(err, "paymentId")
		},
	}
}
