package portal

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/scope"
)

// tryRoutes are those of the console, in which the API is tried.
func tryRoutes() []route {
	return []route{
		{pattern: "GET /portal/try", access: builder, page: "try", serve: (*Handler).tryIt},
		{pattern: "POST /portal/try", access: builder, page: "try-start", serve: (*Handler).startTry},
		{pattern: "POST /portal/try/send", access: builder, page: "try", serve: (*Handler).sendTry},
		{pattern: "POST /portal/try/stage", access: builder, serve: (*Handler).turnTry},
		{pattern: "POST /portal/try/code", access: builder, page: "try", serve: (*Handler).codeTry},
		{pattern: "POST /portal/try/over", access: builder, serve: (*Handler).endTry},
	}
}

// tryIt serves GET /portal/try: where to begin, or the console as it stands.
func (h *Handler) tryIt(v *visit) error {
	c := h.consoles.of(v)
	if c == nil || v.form("app") != "" {
		return h.showStart(v, nil)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return h.showConsole(v, c, c.draft(h), nil)
}

// A bankCard is a bank to pick, with its logo.
type bankCard struct {
	BICFI, Name, Country, Hint string
	Logo                       template.URL // empty if none
	Ticked                     bool
}

func (h *Handler) bankCards(ticked string) []bankCard {
	entries := h.Banks.Entries()
	all := make([]bankCard, len(entries))
	for i := range entries {
		e := &entries[i]
		all[i] = bankCard{BICFI: string(e.BICFI), Name: e.Name, Country: e.CountryCode, Logo: dataURL(e.Logo), Ticked: string(e.BICFI) == ticked}
		if !e.Decoupled {
			all[i].Hint = "signs on a page of its own"
		}
	}
	return all
}

// showStart shows the form that begins, with what is wrong with it.
func (h *Handler) showStart(v *visit, fault error) error {
	apps, err := h.Apps.OfOrganisation(v.r.Context(), v.member.OrganisationID)
	if err != nil {
		return err
	}
	picked := slices.IndexFunc(apps, func(a app.App) bool { return a.ID == v.form("app") })
	if last := len(apps) - pageSize; last > 0 && picked < last {
		newest := apps[last:]
		if picked >= 0 {
			newest = append([]app.App{apps[picked]}, newest...)
		}
		apps = newest
	}
	bankID := v.form("bank")
	if bankID == "" {
		bankID = "ESSESESS"
	}
	data := map[string]any{
		"Apps": apps, "App": v.form("app"), "Banks": h.bankCards(bankID), "Who": v.form("who"), "People": h.Sandbox.People, "Companies": h.Sandbox.Companies,
	}
	if fault != nil {
		return v.again(fault, "try-start", "Try it", data)
	}
	return v.show(http.StatusOK, "try-start", "Try it", data)
}

// startTry serves POST /portal/try: a new run through the API.
func (h *Handler) startTry(v *visit) error {
	c := &console{sessionID: v.session.ID, organisationID: v.member.OrganisationID, stage: stageToken}
	a, err := h.ownApp(v, v.form("app"))
	if err != nil {
		return h.showStart(v, problem.New(problem.FormatInvalid, "Pick one of your applications.").At("app"))
	}
	b, ok := h.Banks.Bank(ident.BICFI(v.form("bank")))
	if !ok {
		return h.showStart(v, problem.New(problem.FormatInvalid, "Pick a bank.").At("bank"))
	}
	c.appID, c.bank = a.ID, b.Info()
	who := slices.Concat(h.Sandbox.People, h.Sandbox.Companies)
	i := slices.IndexFunc(who, func(p Person) bool { return p.Key() == v.form("who") })
	if i < 0 {
		return h.showStart(v, problem.New(problem.FormatInvalid, "Pick who signs.").At("who"))
	}
	c.who, c.context = who[i], scope.Private
	if c.who.Organisation != "" {
		c.context = scope.Corporate
	}
	if !slices.Contains(a.Contexts, c.context) {
		return h.showStart(v, problem.New(problem.FormatInvalid, "The application may not ask for tokens of the context %s. Change its settings, or pick somebody else.", c.context).At("who"))
	}
	h.consoles.put(c, h.People.Clock.Now())
	return v.see(Path + "/try")
}

// Key names the person in a form.
func (p Person) Key() string { return p.PSU + "/" + p.Organisation }

// ownApp returns an app of the organisation of the session.
func (h *Handler) ownApp(v *visit, id string) (*app.App, error) {
	a, err := h.Apps.App(v.r.Context(), id)
	if err != nil {
		return nil, unknownThing(err)
	}
	if a.Extensions.OrganisationID != v.member.OrganisationID {
		return nil, unknownPage()
	}
	return &a, nil
}

// withConsole runs fn with the console of the session and its app, or sends
// the browser to where one begins.
func (h *Handler) withConsole(v *visit, fn func(c *console, a *app.App) error) error {
	c := h.consoles.of(v)
	if c == nil {
		return v.see(Path + "/try")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a, err := h.ownApp(v, c.appID)
	if err != nil {
		return err
	}
	return fn(c, a)
}

// sendTry serves POST /portal/try/send: the request as it was edited.
func (h *Handler) sendTry(v *visit) error {
	return h.withConsole(v, func(c *console, a *app.App) error {
		if c.stage == stageToken {
			if err := h.takeToken(v, c, a); err != nil {
				return h.showConsole(v, c, c.draft(h), err)
			}
			return v.see(Path + "/try#now")
		}
		d := draft{Method: v.form("method"), Path: v.form("path"), Headers: v.raw("headers"), Body: v.raw("body")}
		if err := h.send(v, c, &d); err != nil {
			return h.showConsole(v, c, d, err)
		}
		if c.edited = nil; c.log[len(c.log)-1].Status >= http.StatusBadRequest {
			c.edited = &d
		}
		return v.see(Path + "/try#now")
	})
}

// takeToken gets a token for the console, in the process and without the app's
// secret.
func (h *Handler) takeToken(v *visit, c *console, a *app.App) error {
	if s := a.Security(); s.RequireDPoP || s.BindCertificate || s.FAPI2 {
		return problem.New(problem.StatusInvalid, "The tokens of this application are bound to a key or a certificate of yours, so that nobody else can use them, the console neither.")
	}
	set, err := scope.Parse(scopeIn(a, c.context))
	if err != nil {
		return err
	}
	t, err := h.Sandbox.Tokens.Token(v.r.Context(), a, set)
	if err != nil {
		return err
	}
	c.token = t
	c.note(tokenExchange(h, a, &t))
	c.stage = stageBank
	return nil
}

// scopeIn returns all that the app may ask for in a PSU context.
func scopeIn(a *app.App, c scope.Context) string {
	var all []string
	for _, s := range a.Scopes {
		if s != scope.BankgiroInformation || c == scope.Corporate {
			all = append(all, string(s))
		}
	}
	return strings.Join(append(all, string(c)), " ")
}

// turnTry serves POST /portal/try/stage: on to, or back to, a stage.
func (h *Handler) turnTry(v *visit) error {
	return h.withConsole(v, func(c *console, _ *app.App) error {
		if n, err := strconv.Atoi(v.form("stage")); err == nil && n >= int(stageToken) && n <= int(stageEnd) {
			c.stage, c.polls, c.edited = stageKey(n), 0, nil
		}
		return v.see(Path + "/try#now")
	})
}

// codeTry serves POST /portal/try/code: the code with which a browser came back
// to the application is exchanged, which finalises the authorisation.
func (h *Handler) codeTry(v *visit) error {
	return h.withConsole(v, func(c *console, a *app.App) error {
		code, err := codeIn(v.form("address"))
		if err == nil {
			err = h.Sandbox.Tokens.Exchange(v.r.Context(), a, code, c.redirectURI(a), c.resource())
		}
		if problem.Is(err, problem.GrantInvalid) {
			err = problem.New(problem.FormatInvalid, "The code is not good, or no longer.").Because(err).At("address")
		}
		if err != nil {
			return h.showConsole(v, c, c.draft(h), err)
		}
		c.link = ""
		return v.see(Path + "/try#now")
	})
}

// codeIn returns the code in the address that a browser was sent to. It reports
// problem.FormatInvalid at address.
func codeIn(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || len(address) > 2000 {
		return "", problem.New(problem.FormatInvalid, "Paste the whole address.").At("address")
	}
	q := u.Query()
	if e := q.Get("error"); e != "" {
		return "", problem.New(problem.FormatInvalid, "The bank sent the browser back with the error %s %s", e, q.Get("error_description")).At("address")
	}
	if q.Get("code") == "" {
		return "", problem.New(problem.FormatInvalid, "There is no code in the address.").At("address")
	}
	return q.Get("code"), nil
}

// endTry serves POST /portal/try/over.
func (h *Handler) endTry(v *visit) error {
	h.consoles.end(v.session.ID)
	return v.see(Path + "/try")
}

// resource is what is being signed.
func (c *console) resource() redirect.Resource {
	if c.stage >= stagePayment {
		return redirect.Resource{Kind: redirect.KindPayment, ID: c.payment, AuthorisationID: c.authorisation}
	}
	return redirect.Resource{Kind: redirect.KindConsent, ID: c.consent, AuthorisationID: c.authorisation}
}

// consoleLife is how long a console is kept that nobody uses.
const consoleLife = time.Hour
