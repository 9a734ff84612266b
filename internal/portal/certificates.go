package portal

import (
	"encoding/pem"
	"net/http"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/issuer"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// certificateRoutes are those of the organisation's client certificates.
func certificateRoutes() []route {
	return []route{
		{pattern: "GET /portal/certificates", access: member, page: "certificates", serve: (*Handler).certificates},
		{pattern: "POST /portal/certificates", access: owner, fresh: true, page: "certificates", serve: (*Handler).issueCertificate},
		{pattern: "POST /portal/certificates/revoke", access: owner, fresh: true, serve: (*Handler).revokeCertificate},
		{pattern: "GET /portal/certificates/ca.pem", access: member, serve: (*Handler).caCertificate},
		{pattern: "GET /portal/certificates/{serial}", access: member, serve: (*Handler).certificate},
	}
}

// A certificateRow is a client certificate in the list.
type certificateRow struct {
	issuer.Certificate
	State string
	Soon  bool
}

// renewEarly is how long before its end a certificate should be renewed.
const renewEarly = 30 * 24 * time.Hour

func (h *Handler) certificateData(v *visit) (map[string]any, error) {
	all, err := h.Issuer.Store.Certificates(v.r.Context(), v.member.OrganisationID)
	if err != nil {
		return nil, err
	}
	now := h.Clock.Now()
	rows := make([]certificateRow, len(all))
	for i, c := range all {
		r := certificateRow{Certificate: c, State: "good"}
		switch {
		case !c.BlockedAt.IsZero():
			r.State = "blocked by the operator"
		case !c.RevokedAt.IsZero():
			r.State = "revoked"
		case !now.Before(c.ExpiresAt):
			r.State = "expired"
		default:
			r.Soon = c.ExpiresAt.Sub(now) < renewEarly
		}
		rows[i] = r
	}
	return map[string]any{
		"Certificates": rows, "Environment": h.Environment, "May": h.mayHaveCertificate(&v.organisation), "Request": v.form("request"),
		"Format": v.form("format"),
	}, nil
}

// mayHaveCertificate reports whether the organisation gets certificates: in
// production once an operator has let it in.
func (h *Handler) mayHaveCertificate(o *developer.Organisation) bool {
	return h.Environment != app.Production || o.Access.Status == developer.Granted
}

// certificates serves GET /portal/certificates.
func (h *Handler) certificates(v *visit) error {
	data, err := h.certificateData(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "certificates", "Client certificates", data)
}

// issueCertificate serves POST /portal/certificates. The answer is the file
// itself: the private key in it is kept nowhere.
func (h *Handler) issueCertificate(v *visit) error {
	body, name, kind, err := h.newCertificate(v)
	if err != nil {
		data, failed := h.certificateData(v)
		if failed != nil {
			return failed
		}
		return v.again(err, "certificates", "Client certificates", data)
	}
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return web.WriteBody(v.w, http.StatusOK, kind, body)
}

// minPassphrase is the shortest password of a PFX.
const minPassphrase = 8

func (h *Handler) newCertificate(v *visit) (body []byte, name, contentType string, err error) {
	o := &v.organisation
	format, passphrase := v.form("format"), v.raw("passphrase")
	switch {
	case !h.mayHaveCertificate(o):
		return nil, "", "", problem.New(problem.GrantForbidden, "The organisation has no access to production yet.")
	case o.Number == "" || o.Country == "":
		return nil, "", "", problem.New(problem.StatusInvalid, "Fill in the organisation's number and country first: they go into the certificate.")
	case format == "request" && v.form("request") == "":
		return nil, "", "", problem.New(problem.FormatInvalid, "Paste your certificate request.").At("request")
	case format == "pfx" && len(passphrase) < minPassphrase:
		return nil, "", "", problem.New(problem.FormatInvalid, "Use at least %d characters.", minPassphrase).At("passphrase")
	case format != "pfx" && format != "pem" && format != "request":
		return nil, "", "", problem.New(problem.FormatInvalid, "Choose a form.").At("format")
	}
	r := issuer.Request{OrganisationID: o.ID, Organisation: o.Name, Number: o.Number, Country: o.Country, By: v.user.ID}
	if format == "request" {
		r.Request = []byte(v.form("request"))
	}
	made, err := h.Issuer.Issue(v.r.Context(), r)
	if err != nil {
		return nil, "", "", err
	}
	name = "sluss-client-" + made.Serial[:8]
	if format == "pfx" {
		body, err = made.PKCS12(passphrase)
		return body, name + ".pfx", "application/x-pkcs12", err
	}
	body, err = made.Bundle()
	return body, name + ".pem", "application/x-pem-file", err
}

// revokeCertificate serves POST /portal/certificates/revoke.
func (h *Handler) revokeCertificate(v *visit) error {
	if err := h.Issuer.Revoke(v.r.Context(), v.member.OrganisationID, v.form("serial")); err != nil {
		return err
	}
	v.tell("certificate-revoked")
	return v.see(Path + "/certificates")
}

// caCertificate serves GET /portal/certificates/ca.pem.
func (h *Handler) caCertificate(v *visit) error {
	root, err := h.Issuer.Root(v.r.Context())
	if err != nil {
		return err
	}
	return v.download("sluss-ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
}

// certificate serves GET /portal/certificates/{serial}: the certificate without
// its key.
func (h *Handler) certificate(v *visit) error {
	all, err := h.Issuer.Store.Certificates(v.r.Context(), v.member.OrganisationID)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].Serial == v.r.PathValue("serial") {
			return v.download("sluss-client-"+all[i].Serial[:8]+".crt.pem", all[i].PEM())
		}
	}
	return unknownPage()
}

func (v *visit) download(name string, body []byte) error {
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return web.WriteBody(v.w, http.StatusOK, "application/x-pem-file", body)
}
