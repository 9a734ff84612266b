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
	"strings"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
)

//go:embed templates assets
var files embed.FS

// Path is where the pages are, before the reference of the run.
const Path = "/sca/bank/"

const assets = "/sca/assets/"

// A Desk is the bank behind the pages.
type Desk interface {
	// Session returns the run of SCA with the reference as the person would
	// see it; with an empty psu nobody has logged in. It reports
	// problem.ResourceUnknown for no run, and problem.PSUInvalid for a person
	// who may not sign here.
	Session(ctx context.Context, ref, psu string) (Session, error)
	// Answer stores the person's answer. One to a run that has ended does
	// nothing.
	Answer(ctx context.Context, ref string, a Answer) error
}

// A Session is a run of SCA in the redirect approach.
type Session struct {
	Ref       string
	Bank      Bank
	AppName   string
	ReturnURL string
	Ended     bool // answered, or timed out
	ExpiresAt time.Time

	Context          scope.Context
	Organisation     string // number; empty in scope.Private
	OrganisationName string // empty if unknown

	// Named is the PSU-ID that the application gave; only that person may log
	// in. Empty if anybody may.
	Named  string
	People []Person // test persons to choose from
	Asked  Consent

	// What follows is there once somebody has logged in.
	Person   Person
	Accounts []Account
}

// A Bank is whose pages they are.
type Bank struct {
	BICFI ident.BICFI
	Name  string
	Logo  []byte // SVG; none if empty
}

// A Person is a test person.
type Person struct{ PSU, Name, Note string }

// A Consent is what an application asks for.
type Consent struct {
	Select                 bool // the PSU picks the accounts
	All                    bool // every account, also later ones
	Balances, Transactions bool
	DirectDebit            bool
	Recurring              bool
	ValidUntil             time.Time // date
	FrequencyPerDay        int       // 0 if unknown
	Signers                int       // how many must sign, 0 if unknown
}

// An Account is an account of the person that is asked for, or to choose from.
type Account struct{ ID, Name, Number, Balance string }

// A Verdict is what a person answers.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Refuse  Verdict = "refuse"
	Leave   Verdict = "leave"
	Expire  Verdict = "expire" // nothing more is heard of the person
)

// An Answer is a person's answer to a run.
type Answer struct {
	Verdict  Verdict
	PSU      string   // who has logged in; empty if nobody
	Accounts []string // ids, if the PSU picks
}

// A Handler serves the pages.
type Handler struct {
	Desk  Desk
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
	s, err := h.Desk.Session(r.Context(), v.ref, v.psu)
	if problem.Is(err, problem.PSUInvalid) { // no longer: start over
		v.psu = ""
		s, err = h.Desk.Session(r.Context(), v.ref, "")
	}
	if err != nil {
		return err
	}
	if s.Ended {
		return seeOther(w, s.ReturnURL)
	}
	h.remember(w, r, v)
	return h.render(w, r, http.StatusOK, v.view(&s, ""))
}

// logIn serves POST /sca/bank/{ref}/login.
func (h *Handler) logIn(w http.ResponseWriter, r *http.Request) error {
	v, err := h.form(w, r)
	if err != nil {
		return err
	}
	s, err := h.Desk.Session(r.Context(), v.ref, "")
	if err != nil {
		return err
	}
	psu := ident.NormalPSU(r.PostForm.Get("psu"))
	if other := ident.NormalPSU(r.PostForm.Get("other")); psu == "" || other != "" {
		psu = other
	}
	message := ""
	switch {
	case s.Ended:
		return seeOther(w, s.ReturnURL)
	case psu == "" || len(psu) > 64:
		message = "Choose a person, or type an ID."
	case s.Named != "" && s.Named != psu:
		message = "The application has named another person, so only that one can log in."
	default:
		_, err := h.Desk.Session(r.Context(), v.ref, psu)
		if err != nil && !problem.Is(err, problem.PSUInvalid) {
			return err
		}
		if err != nil {
			message = "The bank does not know this person as a customer who may sign here."
		}
	}
	if message != "" {
		return h.render(w, r, http.StatusUnprocessableEntity, v.view(&s, message))
	}
	v.psu = psu
	h.remember(w, r, v)
	return seeOther(w, Path+url.PathEscape(v.ref))
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
	s, err := h.Desk.Session(r.Context(), v.ref, v.psu)
	if err != nil {
		return err
	}
	if s.Ended {
		return seeOther(w, s.ReturnURL)
	}
	a := Answer{Verdict: Verdict(r.PostForm.Get("verdict")), PSU: v.psu}
	message := ""
	switch a.Verdict {
	case Leave, Expire: // also without a log-in
	case Approve, Refuse:
		if v.psu == "" {
			message = "Log in first."
		}
	default:
		return problem.New(problem.FormatInvalid, "The form was not complete.")
	}
	if a.Verdict == Approve && s.Asked.Select {
		if a.Accounts = picked(&s, r.PostForm["account"]); len(a.Accounts) == 0 {
			message = "Choose at least one account, or refuse."
		}
	}
	if message != "" {
		return h.render(w, r, http.StatusUnprocessableEntity, v.view(&s, message))
	}
	if err := h.Desk.Answer(r.Context(), v.ref, a); err != nil {
		return err
	}
	h.forget(w, r, v)
	return seeOther(w, s.ReturnURL)
}

// picked returns those ids that are accounts of the session.
func picked(s *Session, ids []string) []string {
	var known []string
	for _, a := range s.Accounts {
		for _, id := range ids {
			if id == a.ID {
				known = append(known, id)
				break
			}
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
func (h *Handler) formAction(ctx context.Context, s *Session) string {
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
