package portal

import (
	"net/http"

	"sluss.example/sluss/internal/developer"
)

// homeRoutes are the overview and what belongs to the person and the
// organisation.
func homeRoutes() []route {
	return []route{
		{pattern: "GET /portal", access: member, page: "home", serve: (*Handler).home},
		{pattern: "GET /portal/organisations", access: signedIn, page: "organisations", serve: (*Handler).organisations},
		{pattern: "POST /portal/organisations/turn", access: signedIn, serve: (*Handler).turn},
		{pattern: "GET /portal/organisations/new", access: signedIn, page: "organisation-new", serve: (*Handler).newOrganisation},
		{pattern: "POST /portal/organisations/new", access: signedIn, page: "organisation-new", serve: (*Handler).found},
		{pattern: "GET /portal/sessions", access: signedIn, page: "sessions", serve: (*Handler).sessions},
		{pattern: "POST /portal/sessions/end", access: signedIn, serve: (*Handler).endSession},
	}
}

// mostCards is how many applications the overview shows, the newest.
const mostCards = 12

// home serves GET /portal.
func (h *Handler) home(v *visit) error {
	apps, err := h.Apps.OfOrganisation(v.r.Context(), v.member.OrganisationID)
	if err != nil {
		return err
	}
	count := len(apps)
	return v.show(http.StatusOK, "home", "Overview", map[string]any{"Apps": apps[max(0, count-mostCards):], "Count": count, "Environment": h.Environment, "TryIt": h.Sandbox != nil && v.member.Role.May(developer.ManageApps)})
}

// A place is an organisation with the person's role in it.
type place struct {
	developer.Organisation
	Role    developer.Role
	Current bool
}

// organisations serves GET /portal/organisations.
func (h *Handler) organisations(v *visit) error {
	in, err := h.People.Store.Memberships(v.r.Context(), v.user.ID)
	if err != nil {
		return err
	}
	places := make([]place, 0, len(in))
	for _, m := range in {
		o, err := h.People.Store.Organisation(v.r.Context(), m.OrganisationID)
		if err != nil {
			return err
		}
		places = append(places, place{o, m.Role, o.ID == v.member.OrganisationID})
	}
	return v.show(http.StatusOK, "organisations", "Organisations", map[string]any{"Places": places})
}

// turn serves POST /portal/organisations/turn.
func (h *Handler) turn(v *visit) error {
	if err := h.People.Turn(v.r.Context(), *v.session, v.form("organisation")); err != nil {
		return err
	}
	return v.see(Path)
}

// newOrganisation serves GET /portal/organisations/new.
func (h *Handler) newOrganisation(v *visit) error {
	return v.show(http.StatusOK, "organisation-new", "New organisation", map[string]any{"Name": "", "Number": "", "Country": "", "First": v.member.Role == ""})
}

// found serves POST /portal/organisations/new.
func (h *Handler) found(v *visit) error {
	o := developer.Organisation{Name: v.form("name"), Number: v.form("number"), Country: v.form("country")}
	if _, err := h.People.Found(v.r.Context(), *v.session, o); err != nil {
		return v.again(err, "organisation-new", "New organisation", map[string]any{"Name": o.Name, "Number": o.Number, "Country": o.Country, "First": v.member.Role == ""})
	}
	v.tell("organisation")
	return v.see(Path)
}

// sessions serves GET /portal/sessions.
func (h *Handler) sessions(v *visit) error {
	all, err := h.People.Store.Sessions(v.r.Context(), v.user.ID)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "sessions", "Signed-in browsers", map[string]any{"Browsers": browsersOf(all, v.session.ID)})
}

// endSession serves POST /portal/sessions/end: one session, or all others.
func (h *Handler) endSession(v *visit) error {
	var err error
	if id := v.form("session"); id != "" {
		err = h.People.Store.DeleteSession(v.r.Context(), v.user.ID, id)
	} else {
		err = h.People.Store.DeleteSessions(v.r.Context(), v.user.ID, v.session.ID)
	}
	if err != nil {
		return err
	}
	v.tell("session-ended")
	return v.see(Path + "/sessions")
}
