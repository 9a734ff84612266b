package portal

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// appRoutes are those of applications.
func appRoutes() []route {
	return []route{
		{pattern: "GET /portal/apps", access: member, page: "apps", serve: (*Handler).listApps},
		{pattern: "GET /portal/apps/new", access: builder, page: "app-new", serve: (*Handler).newApp},
		{pattern: "POST /portal/apps/new", access: builder, page: "app-new", serve: (*Handler).createApp},
		{pattern: "GET /portal/apps/{app}", access: member, page: "app", serve: (*Handler).showApp},
		{pattern: "GET /portal/apps/{app}/settings", access: builder, page: "app-settings", serve: (*Handler).appSettings},
		{pattern: "POST /portal/apps/{app}/settings", access: builder, page: "app-settings", serve: (*Handler).changeApp},
		{pattern: "GET /portal/apps/{app}/secrets", access: member, page: "secrets", serve: (*Handler).secrets},
		{pattern: "POST /portal/apps/{app}/secrets", access: builder, page: "secrets", serve: (*Handler).addSecret},
		{pattern: "POST /portal/apps/{app}/secrets/remove", access: builder, serve: (*Handler).removeSecret},
		{pattern: "GET /portal/apps/{app}/delete", access: builder, page: "app-delete", serve: (*Handler).askDelete},
		{pattern: "POST /portal/apps/{app}/delete", access: builder, page: "app-delete", serve: (*Handler).deleteApp},
	}
}

// A choice is a box that can be ticked.
type choice struct {
	Value, Text, Hint string
	Ticked            bool
}

// scopeChoices are the API scopes, each with what it opens.
func scopeChoices(ticked []string) []choice {
	all := []choice{
		{Value: string(scope.ASPSPInformation), Text: "Bank directory", Hint: "Which banks there are, and what each can do. Every other scope opens it too."},
		{Value: string(scope.AccountInformation), Text: "Account information", Hint: "Consents, accounts, balances, transactions and cards."},
		{Value: string(scope.BankgiroInformation), Text: "Bankgiro enrichment", Hint: "The single payments within a bankgiro deposit. Only beside account information, for companies."},
		{Value: string(scope.PaymentInitiation), Text: "Payments", Hint: "Payments, signing baskets, currency exchange, KYC and premium services."},
	}
	for i := range all {
		all[i].Ticked = slices.Contains(ticked, all[i].Value)
	}
	return all
}

// contextChoices are the PSU contexts.
func contextChoices(ticked []string) []choice {
	all := []choice{
		{Value: string(scope.Private), Text: "Private persons", Hint: "Personal accounts. Tokens have the word private in their scope."},
		{Value: string(scope.Corporate), Text: "Companies", Hint: "Business accounts. Tokens have the word corporate, and calls name the organisation."},
	}
	for i := range all {
		all[i].Ticked = slices.Contains(ticked, all[i].Value)
	}
	return all
}

func texts[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = string(s)
	}
	return out
}

func words[T ~string](all []string) []T {
	out := make([]T, len(all))
	for i, s := range all {
		out[i] = T(s)
	}
	return out
}

// listApps serves GET /portal/apps.
func (h *Handler) listApps(v *visit) error {
	all, err := h.Apps.OfOrganisation(v.r.Context(), v.member.OrganisationID)
	if err != nil {
		return err
	}
	refs := make([]*app.App, len(all))
	for i := range all {
		refs[i] = &all[i]
	}
	return v.show(http.StatusOK, "apps", "Applications", v.pageOfApps(refs, map[string]any{"Long": len(all) > pageSize, "Any": len(all) > 0}))
}

// pageOfApps adds the part of a list of apps that is asked for to the data of a
// page.
func (v *visit) pageOfApps(all []*app.App, data map[string]any) map[string]any {
	rows, more := onePage(pickApps(all, v.form("q"), v.form("after")))
	data["List"], data["Q"] = rows, v.form("q")
	if more {
		data["More"] = v.more(more, rows[len(rows)-1].ID)
	}
	return data
}

// pickApps returns the apps after the id whose name, client id or organisation
// has the text, in any case, up to one more than a page has.
func pickApps(all []*app.App, text, after string) []*app.App {
	var rows []*app.App
	skip := after != ""
	for _, a := range all {
		if skip {
			skip = a.ID != after
			continue
		}
		if hasFold(text, a.Name, a.ID, a.Extensions.OrganisationID, a.Extensions.Organisation) {
			rows = append(rows, a)
		}
		if len(rows) > pageSize {
			break
		}
	}
	return rows
}

// An appForm is the form of an application's settings as it was filled in.
type appForm struct {
	name     string
	scopes   []string
	contexts []string
	uris     string
}

func (v *visit) appForm() appForm {
	return appForm{v.form("name"), v.r.PostForm["scope"], v.r.PostForm["context"], v.raw("uris")}
}

func (f *appForm) data() map[string]any {
	return map[string]any{"Name": f.name, "Scopes": scopeChoices(f.scopes), "Contexts": contextChoices(f.contexts), "URIs": f.uris}
}

// apply puts what was filled in into a, and checks it.
func (f *appForm) apply(a *app.App) error {
	a.Name, a.Scopes, a.Contexts = f.name, words[scope.API](f.scopes), words[scope.Context](f.contexts)
	a.RedirectURIs = nil
	for line := range strings.Lines(f.uris) {
		if line = strings.TrimSpace(line); line != "" {
			a.RedirectURIs = append(a.RedirectURIs, line)
		}
	}
	return a.Check()
}

// newApp serves GET /portal/apps/new.
func (h *Handler) newApp(v *visit) error {
	f := appForm{scopes: texts(scope.APIs()), contexts: texts(scope.Contexts()), uris: "http://localhost/callback\n"}
	data := f.data()
	data["Environment"] = h.Environment
	return v.show(http.StatusOK, "app-new", "New application", data)
}

// createApp serves POST /portal/apps/new. The secret waits for the page of the
// new application, which shows it once.
func (h *Handler) createApp(v *visit) error {
	f := v.appForm()
	draft := app.App{ID: "00000000-0000-4000-8000-000000000000", Environment: h.Environment}
	err := f.apply(&draft)
	if err == nil {
		draft.ID, draft.Extensions.OrganisationID = "", v.member.OrganisationID
		if h.Environment == app.Production {
			draft.Extensions.Organisation = v.organisation.Number
		}
		var secret app.SecretText
		if draft, secret, err = h.Apps.Make(v.r.Context(), draft); err == nil {
			v.stash("secret "+draft.ID, string(secret))
			return v.see(Path + "/apps/" + draft.ID)
		}
	}
	data := f.data()
	data["Environment"] = h.Environment
	return v.again(err, "app-new", "New application", data)
}

// showApp serves GET /portal/apps/{app}.
func (h *Handler) showApp(v *visit) error {
	numbers, err := h.numbers(v)
	if err != nil {
		return err
	}
	steps, err := h.steps(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "app", v.app.Name, map[string]any{
		"App": &v.app, "Secret": v.unstash("secret " + v.app.ID), "Base": h.Base, "Scope": sampleScope(&v.app), "Now": h.Clock.Now(), "Tab": "overview",
		"Numbers": numbers, "Steps": steps, "TryIt": h.Sandbox != nil,
	})
}

// sampleScope returns a scope that the app may ask for.
func sampleScope(a *app.App) string {
	var all []string
	for _, s := range a.Scopes {
		if s == scope.BankgiroInformation && len(a.Contexts) > 0 && a.Contexts[0] != scope.Corporate {
			continue
		}
		all = append(all, string(s))
	}
	if len(a.Contexts) > 0 {
		all = append(all, string(a.Contexts[0]))
	}
	return strings.Join(all, " ")
}

// appSettings serves GET /portal/apps/{app}/settings.
func (h *Handler) appSettings(v *visit) error {
	f := appForm{v.app.Name, texts(v.app.Scopes), texts(v.app.Contexts), strings.Join(v.app.RedirectURIs, "\n")}
	data := f.data()
	data["App"], data["Tab"] = &v.app, "settings"
	return v.show(http.StatusOK, "app-settings", "Settings of "+v.app.Name, data)
}

// changeApp serves POST /portal/apps/{app}/settings.
func (h *Handler) changeApp(v *visit) error {
	f := v.appForm()
	if _, err := h.Apps.Update(v.r.Context(), v.app.ID, "app.changed", f.apply); err != nil {
		data := f.data()
		data["App"], data["Tab"] = &v.app, "settings"
		return v.again(err, "app-settings", "Settings of "+v.app.Name, data)
	}
	v.tell("saved")
	return v.see(Path + "/apps/" + v.app.ID + "/settings")
}

// A secretRow is a secret in the list.
type secretRow struct {
	app.Secret
	Expired     bool
	UnusedSince time.Time // zero while it is in use
}

func (h *Handler) secretData(v *visit) map[string]any {
	now := h.Clock.Now()
	rows := make([]secretRow, len(v.app.Secrets))
	for i := range v.app.Secrets {
		s := &v.app.Secrets[i]
		rows[i] = secretRow{*s, !s.Live(now), s.UnusedSince(now)}
	}
	return map[string]any{
		"App": &v.app, "Secrets": rows, "Most": app.MaxSecrets, "Tab": "secrets", "Label": v.form("label"), "Expires": v.form("expires"),
		"Secret": v.unstash("secret " + v.app.ID),
	}
}

// secrets serves GET /portal/apps/{app}/secrets.
func (h *Handler) secrets(v *visit) error {
	return v.show(http.StatusOK, "secrets", "Secrets of "+v.app.Name, h.secretData(v))
}

// addSecret serves POST /portal/apps/{app}/secrets. The old secrets go on
// working until they are removed.
func (h *Handler) addSecret(v *visit) error {
	var expires time.Time
	var err error
	if s := v.form("expires"); s != "" {
		if expires, err = time.Parse(time.DateOnly, s); err != nil {
			err = problem.New(problem.FormatInvalid, "Write a date, such as 2027-05-31.").At("expires")
		}
	}
	secret, now := app.NewSecret(), h.Clock.Now()
	if err == nil {
		_, err = h.Apps.Update(v.r.Context(), v.app.ID, "app.secret_added", func(a *app.App) error {
			return a.PutSecret(secret, v.form("label"), now, expires)
		})
	}
	if err != nil {
		return v.again(err, "secrets", "Secrets of "+v.app.Name, h.secretData(v))
	}
	v.stash("secret "+v.app.ID, string(secret))
	return v.see(Path + "/apps/" + v.app.ID + "/secrets")
}

// removeSecret serves POST /portal/apps/{app}/secrets/remove.
func (h *Handler) removeSecret(v *visit) error {
	_, err := h.Apps.Update(v.r.Context(), v.app.ID, "app.secret_removed", func(a *app.App) error { return a.RemoveSecret(v.form("secret")) })
	if err != nil {
		return err
	}
	v.tell("secret-removed")
	return v.see(Path + "/apps/" + v.app.ID + "/secrets")
}

// askDelete serves GET /portal/apps/{app}/delete.
func (h *Handler) askDelete(v *visit) error {
	return v.show(http.StatusOK, "app-delete", "Delete "+v.app.Name, map[string]any{"App": &v.app, "Typed": "", "Tab": "settings"})
}

// deleteApp serves POST /portal/apps/{app}/delete, which wants the name typed.
func (h *Handler) deleteApp(v *visit) error {
	if v.form("typed") != v.app.Name {
		err := problem.New(problem.FormatInvalid, "That is not the name of the application.").At("typed")
		return v.again(err, "app-delete", "Delete "+v.app.Name, map[string]any{"App": &v.app, "Typed": v.form("typed"), "Tab": "settings"})
	}
	if err := h.Apps.Delete(v.r.Context(), v.app.ID); err != nil {
		return err
	}
	v.tell("app-deleted")
	return v.see(Path + "/apps")
}
