package portal

import (
	"context"
	"net/http"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
)

// showFound shows the part of a long list that is asked for.
func showFound[T any](v *visit, find func(context.Context, developer.Page) ([]T, error), id func(T) string, page, title string) error {
	rows, err := find(v.r.Context(), developer.Page{Match: v.form("q"), After: v.form("after"), Limit: pageSize + 1})
	if err != nil {
		return err
	}
	rows, more := onePage(rows)
	data := map[string]any{"List": rows, "Q": v.form("q")}
	if more {
		data["More"] = v.more(more, id(rows[len(rows)-1]))
	}
	return v.show(http.StatusOK, page, title, data)
}

// allOrganisations serves GET /portal/operator/organisations.
func (h *Handler) allOrganisations(v *visit) error {
	return showFound(v, h.People.Store.Organisations, func(o developer.Organisation) string { return o.ID }, "operator-organisations", "All organisations")
}

// accessQueue serves GET /portal/operator/access.
func (h *Handler) accessQueue(v *visit) error {
	rows, err := h.People.Store.OrganisationsAsking(v.r.Context())
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator-access", "Production access", map[string]any{"List": rows})
}

func (h *Handler) organisationPage(v *visit) (map[string]any, string, error) {
	ctx := v.r.Context()
	o, err := h.People.Store.Organisation(ctx, v.r.PathValue("organisation"))
	if err != nil {
		return nil, "", err
	}
	people, err := h.peopleOf(v, o.ID)
	if err != nil {
		return nil, "", err
	}
	apps, err := h.Apps.OfOrganisation(ctx, o.ID)
	if err != nil {
		return nil, "", err
	}
	asker := ""
	if o.Access.AskedBy != "" {
		if u, err := h.People.Store.User(ctx, o.Access.AskedBy); err == nil {
			asker = u.Email
		} else if !problem.Is(err, problem.ResourceUnknown) {
			return nil, "", err
		}
	}
	count := len(apps)
	return map[string]any{"It": o, "People": people, "Apps": apps[:min(count, pageSize)], "AppCount": count, "Asker": asker, "Reason": v.form("reason")}, o.Name, nil
}

// anyOrganisation serves GET /portal/operator/organisations/{organisation}.
func (h *Handler) anyOrganisation(v *visit) error {
	data, title, err := h.organisationPage(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator-organisation", title, data)
}

// decideAccess serves POST /portal/operator/organisations/{organisation}/access.
func (h *Handler) decideAccess(v *visit) error {
	grant := v.form("do") == "grant"
	if !grant && v.form("do") != "refuse" {
		return unknownAction()
	}
	var err error
	if !grant && v.form("reason") == "" {
		err = problem.New(problem.FormatInvalid, "Say why: the organisation reads it.").At("reason")
	} else {
		err = h.People.Decide(v.r.Context(), v.user, v.r.PathValue("organisation"), grant, v.form("reason"))
	}
	if err != nil {
		data, title, failed := h.organisationPage(v)
		if failed != nil {
			return failed
		}
		return v.again(err, "operator-organisation", title, data)
	}
	v.tell("decided")
	return v.see(operatorPath + "/access")
}

// allUsers serves GET /portal/operator/users.
func (h *Handler) allUsers(v *visit) error {
	return showFound(v, h.People.Store.Users, func(u developer.User) string { return u.ID }, "operator-users", "Users")
}

func (h *Handler) userPage(v *visit) (map[string]any, string, error) {
	ctx := v.r.Context()
	u, err := h.People.Store.User(ctx, v.r.PathValue("user"))
	if err != nil {
		return nil, "", err
	}
	sessions, err := h.People.Store.Sessions(ctx, u.ID)
	if err != nil {
		return nil, "", err
	}
	in, err := h.People.Store.Memberships(ctx, u.ID)
	if err != nil {
		return nil, "", err
	}
	places := make([]place, 0, len(in))
	for _, m := range in {
		o, err := h.People.Store.Organisation(ctx, m.OrganisationID)
		if err != nil {
			return nil, "", err
		}
		places = append(places, place{o, m.Role, false})
	}
	return map[string]any{"It": &u, "Sessions": browsersOf(sessions, ""), "Places": places, "You": u.ID == v.user.ID}, u.Name, nil
}

// anyUser serves GET /portal/operator/users/{user}.
func (h *Handler) anyUser(v *visit) error {
	data, title, err := h.userPage(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator-user", title, data)
}

// changeUser serves POST /portal/operator/users/{user}.
func (h *Handler) changeUser(v *visit) error {
	ctx, id, by := v.r.Context(), v.r.PathValue("user"), v.user.ID
	var err error
	switch v.form("do") {
	case "disable":
		_, err = h.People.SetDisabled(ctx, id, true, by)
	case "enable":
		_, err = h.People.SetDisabled(ctx, id, false, by)
	case "operator-on":
		_, err = h.People.SetOperator(ctx, id, true, by)
	case "operator-off":
		_, err = h.People.SetOperator(ctx, id, false, by)
	case "sign-out":
		err = h.People.EndSessions(ctx, id, by)
	default:
		return unknownAction()
	}
	if err != nil {
		data, title, failed := h.userPage(v)
		if failed != nil {
			return failed
		}
		return v.again(err, "operator-user", title, data)
	}
	v.tell("saved")
	return v.see(thingPath("users", id))
}

// allApps serves GET /portal/operator/apps.
func (h *Handler) allApps(v *visit) error {
	all, err := h.Desk.AllApps(v.r.Context())
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator-apps", "All applications", v.pageOfApps(all, map[string]any{"Environment": h.Environment}))
}

func (h *Handler) appPage(v *visit) (map[string]any, string, error) {
	a, err := h.Apps.App(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return nil, "", err
	}
	owner := developer.Organisation{}
	if id := a.Extensions.OrganisationID; id != "" {
		owner, err = h.People.Store.Organisation(v.r.Context(), id)
		if err != nil && !problem.Is(err, problem.ResourceUnknown) {
			return nil, "", err
		}
	}
	return map[string]any{"It": &a, "Owner": owner}, a.Name, nil
}

// anyApp serves GET /portal/operator/apps/{id}.
func (h *Handler) anyApp(v *visit) error {
	data, title, err := h.appPage(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator-app", title, data)
}

// switchApp serves POST /portal/operator/apps/{id}.
func (h *Handler) switchApp(v *visit) error {
	off := v.form("do") == "disable"
	if !off && v.form("do") != "enable" {
		return unknownAction()
	}
	a, err := h.Apps.App(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	kind := "app.enabled"
	if off {
		kind = "app.disabled"
	}
	if err := v.record(kind, a.ID); err != nil {
		return err
	}
	if _, err := h.Apps.Update(v.r.Context(), a.ID, kind, func(x *app.App) error { x.Disabled = off; return nil }); err != nil {
		return err
	}
	v.tell("saved")
	return v.see(thingPath("apps", a.ID))
}
