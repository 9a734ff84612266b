package portal

import (
	"net/http"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
)

// thingRoutes are those of what an application has made.
func thingRoutes() []route {
	return []route{
		{pattern: "GET /portal/apps/{app}/consents", access: member, page: "consents", serve: (*Handler).consents},
		{pattern: "GET /portal/apps/{app}/consents/{consent}", access: member, page: "consent", serve: (*Handler).consent},
		{pattern: "GET /portal/apps/{app}/payments", access: member, page: "payments", serve: (*Handler).payments},
		{pattern: "GET /portal/apps/{app}/payments/{payment}", access: member, page: "payment", serve: (*Handler).payment},
		{pattern: "GET /portal/apps/{app}/more", access: member, page: "more", serve: (*Handler).more},
	}
}

// A consentRow is a consent in a list.
type consentRow struct {
	consent.Consent
	maskedOwner
	Bank  string
	Shown consent.Status
}

func (h *Handler) consentRow(c *consent.Consent) consentRow {
	return consentRow{*c, maskOwner(&c.Owner), h.bankName(c.BICFI), c.StatusAt(h.Clock.Now())}
}

// consents serves GET /portal/apps/{app}/consents. A consent that time has
// ended and nobody has looked at since is still stored as it was: it is shown
// as what it is.
func (h *Handler) consents(v *visit) error {
	statuses := texts(consent.Statuses())
	f := v.listing(statuses)
	all, err := h.Things.ListConsents(v.r.Context(), f)
	if err != nil {
		return err
	}
	all, more := cutPage(all)
	var last app.Mark
	rows := make([]consentRow, len(all))
	for i := range all {
		rows[i] = h.consentRow(&all[i])
		last = app.Mark{At: all[i].CreatedAt, ID: all[i].ID}
	}
	data := v.list(&f, statuses, "consents", more, last)
	data["Rows"] = rows
	return v.show(http.StatusOK, "consents", "Consents of "+v.app.Name, data)
}

// consent serves GET /portal/apps/{app}/consents/{consent}.
func (h *Handler) consent(v *visit) error {
	c, err := h.Things.Consent(v.r.Context(), strings.ToLower(v.r.PathValue("consent")))
	if problem.Is(err, problem.ConsentUnknown) || err == nil && c.Owner.ClientID != v.app.ID {
		return unknownPage()
	}
	if err != nil {
		return err
	}
	trail, err := h.Things.Trail(v.r.Context(), c.ID)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "consent", "Consent", map[string]any{
		"App": &v.app, "Tab": "consents", "Consent": h.consentRow(&c), "Authorisations": authorisationRows(c.Authorisations), "Trail": trail,
		"Asked": asked(&c.Access),
	})
}

// asked says what a consent asks for.
func asked(a *consent.Access) string {
	switch {
	case a.AllPSD2 != "":
		return "everything, by allPsd2"
	case a.AvailableAccounts != "":
		return "the list of accounts, by " + a.AvailableAccounts
	case a.Accounts == nil && a.Balances == nil && a.Transactions == nil:
		return "everything: the access is empty"
	}
	var parts []string
	for _, p := range []struct {
		name string
		has  bool
	}{{"accounts", a.Accounts != nil}, {"balances", a.Balances != nil}, {"transactions", a.Transactions != nil}} {
		if p.has {
			parts = append(parts, p.name)
		}
	}
	return strings.Join(parts, ", ")
}

// An authorisationRow is an authorisation, with its person masked.
type authorisationRow struct {
	sca.Authorisation
	PSU, Signer string
}

func authorisationRows(all []sca.Authorisation) []authorisationRow {
	rows := make([]authorisationRow, len(all))
	for i, a := range all {
		rows[i] = authorisationRow{a, maskOwner(&app.Owner{PSU: a.PSU}).PSU, maskOwner(&app.Owner{PSU: a.Signer}).PSU}
	}
	return rows
}
