// Package forms has the web page on which a person of an organisation fills in
// its KYC form, step by step, and sends it.
//
// Whoever has the link may see and change the answers, until it expires: a
// person without signing rights passes it on. So there is no log-in, and who
// only guesses gets the same page for every address. The pages are forms
// without script, under a policy that loads nothing from elsewhere; every form
// carries a token that follows from a cookie, so that no other page can send
// it.
//
// In a sandbox the page also has buttons that decide at once.
package forms

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/web"
)

//go:embed all:templates assets
var files embed.FS

// assetPath is where the files of the pages are.
const assetPath = kyc.FormPath + "assets/"

// Apps finds the app that an organisation is asked for.
type Apps interface {
	// App returns one app. It reports problem.ResourceUnknown.
	App(ctx context.Context, id string) (app.App, error)
}

// A Handler serves the page. [New] makes it.
type Handler struct {
	Options
	assets *ui.Assets
	pages  ui.Pages
}

// Options are what a page needs. All fields but the last two are needed.
type Options struct {
	KYC  *kyc.Service
	Apps Apps
	// Key signs the tokens of forms. Instances behind one address share it.
	Key [32]byte
	// Sandbox adds the buttons that decide at once.
	Sandbox bool
	// Alone says that the page has a host name of its own, and is at its root
	// too.
	Alone bool
}

// New returns a handler of the page.
func New(o Options) (*Handler, error) {
	h := &Handler{Options: o}
	own, err := fs.Sub(files, "assets")
	if err != nil {
		return nil, err
	}
	if h.assets, err = ui.NewAssetsAt(assetPath, own); err != nil {
		return nil, err
	}
	dir, err := fs.Sub(files, "templates")
	if err != nil {
		return nil, err
	}
	if h.pages, err = h.assets.Parse(dir, nil); err != nil {
		return nil, fmt.Errorf("pages of forms: %w", err)
	}
	return h, nil
}

// Register adds the routes to mux.
func (h *Handler) Register(mux *http.ServeMux) {
	paths := []string{kyc.FormPath[:len(kyc.FormPath)-1], kyc.FormPath + "{$}"}
	if h.Alone {
		paths = append(paths, "/{$}", "/form", "/form/{$}")
	}
	for _, p := range paths {
		mux.Handle("GET "+p, web.Adapt(h.show, h.fail))
		mux.Handle("POST "+p, web.Adapt(h.post, h.fail))
	}
	mux.Handle(assetPath, h.assets)
	mux.Handle("/", web.Adapt(func(http.ResponseWriter, *http.Request) error {
		return problem.New(problem.ResourceUnknown, "no such page")
	}, h.fail))
}

// show serves GET /kyc/form/?instanceId=...&step=...
func (h *Handler) show(w http.ResponseWriter, r *http.Request) error {
	v := h.visit(r)
	f, err := h.KYC.Form(r.Context(), v.instance)
	if err != nil {
		return err
	}
	h.remember(w, r, v)
	if f.Status != kyc.Open {
		return h.write(w, r, v, &f, http.StatusOK, pageEnded, nil)
	}
	step := r.URL.Query().Get("step")
	switch step {
	case stepReview, stepSaved, stepLeft:
		return h.write(w, r, v, &f, http.StatusOK, step, nil)
	}
	return h.write(w, r, v, &f, http.StatusOK, pageStep, h.newStep(r, &f, h.stepOf(&f, step)))
}

// stepOf returns the step that a query names, else the first that is not
// complete.
func (h *Handler) stepOf(f *kyc.Form, name string) kyc.Step {
	for _, s := range kyc.Steps() {
		if string(s) == name {
			return s
		}
	}
	if s := f.Answers.Missing(h.KYC.Clock.Now()); s != "" {
		return s
	}
	return kyc.Steps()[0]
}

// to sends the browser on to a step of the form, to where it stands if there is
// none.
func (h *Handler) to(w http.ResponseWriter, v visit, step string, more ...string) error {
	q := url.Values{"instanceId": {v.instance}}
	if step != "" {
		q.Set("step", step)
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	header := w.Header()
	web.PageHeaders(header, "'self'")
	header.Set("Location", kyc.FormPath+"?"+q.Encode())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// fail answers a fault with a page, which tells nothing of any form.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, d := http.StatusInternalServerError, failure{
		Title: "Something is wrong here", Text: "This is not your doing, and what you saved is kept. Try again in a while.",
	}
	if p, ok := errors.AsType[*problem.Error](err); ok {
		switch p.Reason {
		case problem.ResourceUnknown:
			status, d.Title = http.StatusNotFound, "There is no form here"
			d.Text = "The link is not complete, or is too old. Go back to the application that sent you and start again."
		case problem.ResourceExpired:
			status, d.Title = http.StatusGone, "This form has expired"
			d.Text = "A link works for 24 hours. Go back to the application that sent you: it gives you a new one."
		case problem.FormatInvalid:
			status, d.Title, d.Text = http.StatusBadRequest, "The page was not sent", p.Detail
		case problem.BodyTooLarge:
			status, d.Title, d.Text = http.StatusRequestEntityTooLarge, "That is too much text", p.Detail
		case problem.Busy:
			status, d.Title = http.StatusServiceUnavailable, "Closed for a moment"
			d.Text = "What you saved before is kept. Try again in a minute."
		}
	}
	web.NoteError(r.Context(), err, http.StatusText(status))
	d.RequestID = web.LineOf(r.Context()).RequestID
	web.PageHeaders(w.Header(), "'none'")
	if err := h.pages.Write(w, status, "failure", h.page(d.Title, "", &d)); err != nil {
		http.Error(w, d.Title, status)
	}
}
