// Package pages has the web pages of the simulated banks: where a test person
// logs in, sees exactly what an application asks for, and approves it,
// refuses it, leaves, or lets it expire.
//
// The pages are forms without script, under a policy that loads nothing from
// elsewhere. A browser has a cookie for each run of SCA, signed with the key
// of the [Handler], that holds who has logged in; every form carries a token
// that follows from that cookie.
package pages

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

//go:embed templates assets
var files embed.FS

// Path is where the pages are, before the reference of the run.
const Path = "/sca/bank/"

const assets = "/sca/assets/"

// maxPSU bounds what is taken as a PSU-ID, in bytes.
const maxPSU = 64

// A World is the simulated banks behind the pages: [simulator.World].
type World interface {
	// Session returns the run of SCA with the reference, as the person psu
	// sees it; nobody has logged in if psu is empty. It reports
	// problem.ResourceUnknown, and problem.PSUInvalid for a person who may not
	// sign it.
	Session(ctx context.Context, ref, psu string) (simulator.Session, error)
	// Login stores who has opened the run.
	Login(ctx context.Context, ref, psu string) error
	// Decide stores the answer. It reports problem.StatusInvalid for a run that
	// has ended.
	Decide(ctx context.Context, ref string, d simulator.Decision) error
}

// A Handler serves the pages.
type Handler struct {
	World World
	Clock clock.Clock
	// Key signs the cookies. Instances behind one address share it.
	Key [32]byte
	// FormTargets returns the origins that a browser which goes to returnURL
	// is sent on to, as CSP sources. A form's policy must name them.
	FormTargets func(ctx context.Context, returnURL string) []string
}

// Register adds the routes to mux.
func (h *Handler) Register(mux *http.ServeMux) {
	for pattern, fn := range map[string]web.HandlerFunc{
		"GET " + Path + "{ref}":          h.show,
		"POST " + Path + "{ref}/login":   h.logIn,
		"POST " + Path + "{ref}/logout":  h.logOut,
		"POST " + Path + "{ref}/answer":  h.answer,
		"GET " + assets + "bank.css":     serveStyle,
		"GET " + assets + "bank/{bicfi}": serveTheme,
	} {
		mux.Handle(pattern, web.Adapt(fn, fail))
	}
}

// show serves GET /sca/bank/{ref}.
func (h *Handler) show(w http.ResponseWriter, r *http.Request) error {
	v := h.visit(r)
	s, err := h.World.Session(r.Context(), v.ref, v.psu)
	if problem.Is(err, problem.PSUInvalid) { // no longer: start over
		v.psu = ""
		s, err = h.World.Session(r.Context(), v.ref, "")
	}
	if err != nil {
		return err
	}
	if s.Ended() {
		return h.leave(w, r, &s)
	}
	h.remember(w, r, v)
	return h.render(w, r, http.StatusOK, v.view(&s, ""))
}

// leave sends the browser back to where it came from. A run of the decoupled
// approach came from nowhere.
func (h *Handler) leave(w http.ResponseWriter, r *http.Request, s *simulator.Session) error {
	if s.ReturnURL != "" {
		return seeOther(w, s.ReturnURL)
	}
	return h.render(w, r, http.StatusOK, visit{ref: s.Ref}.view(s, ""))
}

// logIn serves POST /sca/bank/{ref}/login.
func (h *Handler) logIn(w http.ResponseWriter, r *http.Request) error {
	v, err := h.form(w, r)
	if err != nil {
		return err
	}
	v.psu = ""
	s, err := h.World.Session(r.Context(), v.ref, "")
	if err != nil {
		return err
	}
	if s.Ended() {
		return h.leave(w, r, &s)
	}
	psu := ident.NormalPSU(r.PostForm.Get("other"))
	if psu == "" {
		psu = ident.NormalPSU(r.PostForm.Get("psu"))
	}
	message, err := h.tryLogIn(r.Context(), &s, psu)
	if err != nil {
		return err
	}
	if message != "" {
		return h.render(w, r, http.StatusUnprocessableEntity, v.view(&s, message))
	}
	v.psu = psu
	h.remember(w, r, v)
	return seeOther(w, Path+url.PathEscape(v.ref))
}

// tryLogIn logs a person in, or returns why that person may not.
func (h *Handler) tryLogIn(ctx context.Context, s *simulator.Session, psu string) (message string, err error) {
	switch {
	case psu == "" || len(psu) > maxPSU:
		return "Choose a person, or type an ID.", nil
	case s.Customer.PSU != "" && s.Customer.PSU != psu:
		return "The application has named another person, so only that one can log in.", nil
	}
	err = h.World.Login(ctx, s.Ref, psu)
	if problem.Is(err, problem.PSUInvalid) {
		return "The bank does not know this person as a customer who may sign here.", nil
	}
	return "", err
}

// logOut serves POST /sca/bank/{ref}/logout.
func (h *Handler) logOut(w http.ResponseWriter, r *http.Request) error {
	v, err := h.form(w, r)
	if err != nil {
		return err
	}
	v.psu = ""
	h.remember(w, r, v)
	return seeOther(w, Path+url.PathEscape(v.ref))
}

// answer serves POST /sca/bank/{ref}/answer.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) error {
	v, err := h.form(w, r)
	if err != nil {
		return err
	}
	s, err := h.World.Session(r.Context(), v.ref, v.psu)
	if err != nil {
		return err
	}
	if s.Ended() {
		return h.leave(w, r, &s)
	}
	d, message, err := decision(&s, v.psu, r.PostForm)
	if err != nil {
		return err
	}
	if message != "" {
		return h.render(w, r, http.StatusUnprocessableEntity, v.view(&s, message))
	}
	// One that has ended meanwhile is as good: the browser leaves with its outcome.
	if err := h.World.Decide(r.Context(), v.ref, d); err != nil && !problem.Is(err, problem.StatusInvalid) {
		return err
	}
	if s, err = h.World.Session(r.Context(), v.ref, v.psu); err != nil {
		return err
	}
	h.forget(w, r, v)
	return h.leave(w, r, &s)
}

// decision reads the answer of a form, or returns what is wrong with it.
func decision(s *simulator.Session, psu string, form url.Values) (d simulator.Decision, message string, err error) {
	d = simulator.Decision{Verdict: simulator.Verdict(form.Get("verdict")), PSU: psu}
	switch d.Verdict {
	case simulator.Abort, simulator.Expire: // also without a log-in
		return d, "", nil
	case simulator.Approve, simulator.Decline:
	default:
		return d, "", problem.New(problem.FormatInvalid, "The form was not complete.")
	}
	if psu == "" {
		return d, "Log in first.", nil
	}
	if d.Verdict == simulator.Approve && s.Asked.Select {
		if d.Accounts = picked(s, form["account"]); len(d.Accounts) == 0 {
			return d, "Choose at least one account, or refuse.", nil
		}
	}
	return d, "", nil
}

// picked returns those ids that are accounts of the session.
func picked(s *simulator.Session, ids []string) []string {
	var known []string
	for _, a := range s.Accounts {
		if slices.Contains(ids, a.ID) {
			known = append(known, a.ID)
		}
	}
	return known
}

func seeOther(w http.ResponseWriter, to string) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// formAction returns the CSP sources that the page's form may lead to: us, and
// wherever the browser is sent on to after the answer.
func (h *Handler) formAction(ctx context.Context, s *simulator.Session) string {
	sources := []string{"'self'"}
	if h.FormTargets != nil {
		sources = append(sources, h.FormTargets(ctx, s.ReturnURL)...)
	}
	if u, err := url.Parse(s.ReturnURL); err == nil && u.Host != "" {
		sources = append(sources, u.Scheme+"://"+u.Host)
	}
	return strings.Join(sources, " ")
}

// fail answers a fault with a page.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	status, d := http.StatusInternalServerError, errorView{
		Title: "The bank has a fault", Text: "This is not your doing. Go back to the application and try again.",
	}
	if p, ok := errors.AsType[*problem.Error](err); ok {
		switch p.Reason {
		case problem.ResourceUnknown:
			status, d.Title = http.StatusNotFound, "There is nothing to sign here"
			d.Text = "The request was answered, has expired, or was started anew. Go back to the application and start again."
		case problem.FormatInvalid, problem.StatusInvalid:
			status, d.Title, d.Text = http.StatusBadRequest, "This form no longer works", p.Detail
		case problem.BankUnavailable:
			status, d.Title = http.StatusServiceUnavailable, "The bank is closed for a moment"
			d.Text = "Nothing was signed. Try again in a minute."
		}
	}
	web.NoteError(r.Context(), err, http.StatusText(status))
	d.RequestID = web.LineOf(r.Context()).RequestID
	web.PageHeaders(w.Header(), "'none'")
	_ = writePage(w, status, "error.html", d)
}
