package api

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// KYC is the due diligence on organisations: [kyc.Service].
type KYC interface {
	// Open makes a new form. It reports problem.ResourceUnknown for what is not
	// an organisation number of the country, and problem.AccessExceeded.
	Open(ctx context.Context, clientID, country, organisation string) (kyc.Case, error)
	// URL returns the link to a form.
	URL(c *kyc.Case) string
	// Standing returns whether an organisation may pay. It reports
	// problem.ResourceUnknown.
	Standing(ctx context.Context, clientID, organisation string) (kyc.Standing, error)
}

func kycRoutes() []route {
	var all []route
	for _, at := range []struct{ prefix, older string }{{"/kyc/integration/v1", ""}, {"/integration/v1", "Older"}} {
		all = append(all,
			route{
				method: http.MethodPost, path: at.prefix + "/new/{organisation}", operation: "createKycForm" + at.older, family: kycFamily,
				scopes: []scope.API{scope.PaymentInitiation}, corporate: true, serve: (*Handler).createKYCForm,
			},
			route{
				method: http.MethodGet, path: at.prefix + "/status/{organisation}", operation: "getKycStatus" + at.older, family: kycFamily,
				scopes: []scope.API{scope.PaymentInitiation}, corporate: true, serve: (*Handler).getKYCStatus,
			})
	}
	return all
}

// kycCountryForm is what a countryCode looks like, in either mode.
var kycCountryForm = regexp.MustCompile(`^[A-Z]{2}$`)

// createKYCForm serves POST /kyc/integration/v1/new/{PSU-Corporate-ID},
// operation createKycForm. Whatever body it has is ignored.
func (h *Handler) createKYCForm(w http.ResponseWriter, r *http.Request) error {
	q := h.queryOf(r)
	country := q.text("countryCode")
	if !kycCountryForm.MatchString(country) && q.err() == nil {
		q.fail("countryCode", "must be a country, ISO 3166-1 alpha-2, such as SE")
	}
	id := pathValue(r, "organisation")
	if _, err := h.KYC.Standing(r.Context(), caller(r).ClientID, id); err != nil { // the path comes before the query
		return problem.Blame(err, problem.Path, headerOrganisation)
	}
	if err := q.err(); err != nil {
		return err
	}
	c, err := h.KYC.Open(r.Context(), caller(r).ClientID, country, id)
	if err != nil {
		return problem.Blame(err, problem.Path, headerOrganisation)
	}
	return web.WriteJSON(w, http.StatusCreated, psd2.KYCForm{KYCURL: h.KYC.URL(&c)})
}

// getKYCStatus serves GET /kyc/integration/v1/status/{PSU-Corporate-ID},
// operation getKycStatus.
func (h *Handler) getKYCStatus(w http.ResponseWriter, r *http.Request) error {
	id := pathValue(r, "organisation")
	st, err := h.KYC.Standing(r.Context(), caller(r).ClientID, id)
	if err != nil {
		return problem.Blame(err, problem.Path, headerOrganisation)
	}
	out := psd2.KYCStatus{PSUCorporateID: id, KYCStatus: psd2.KYCStatusInvalid}
	if st.Valid() {
		until := st.ValidUntil.Format(time.DateOnly)
		out.KYCStatus, out.KYCValidUntil = psd2.KYCStatusValid, &until
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// writeProblemDetails answers a fault as the KYC service does. Of what is ours
// to mend it has no body.
func writeProblemDetails(w http.ResponseWriter, r *http.Request, p *problem.Error, f fault) {
	if f.status == http.StatusInternalServerError {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(f.status)
		return
	}
	w.Header().Set("Content-Type", psd2.ProblemContentType)
	detail := p.Detail
	if p.Reason == problem.FormatInvalid && p.Field != "" {
		detail = p.Field + " " + detail // this form has no member for it
	}
	_ = web.WriteJSON(w, f.status, psd2.ProblemDetails{
		Type: "urn:sluss:problem:" + string(f.code), Title: http.StatusText(f.status), Status: f.status,
		Detail: cut(detail, 512), Instance: cut(r.URL.EscapedPath(), 512),
	})
}
