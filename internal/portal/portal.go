// Package portal is the edge for people: the developer portal. It turns forms
// into calls of the domain, and what comes back into pages.
//
// Every route is a row of one table, which says who may use it. What the rows
// say is checked in one place, before the handler runs: that there is a session,
// that its user has the right in the organisation that the page is about, that a
// form came from a page of ours, and that what the path names belongs to that
// organisation. A handler gets a [visit] with all of it and cannot forget a
// step.
//
// Pages work without JavaScript, have no inline code, and are never stored.
package portal

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/netip"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/issuer"
	"sluss.example/sluss/internal/passkey"
	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/sso"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/usage"
)

// Path is where the portal is.
const Path = "/portal"

//go:embed templates/*.html assets/*
var files embed.FS

// Assets returns the files that pages of the portal load, beside those of all
// pages.
func Assets() (fs.FS, error) { return fs.Sub(files, "assets") }

// Apps are the applications of the installation.
type Apps interface {
	// App returns one app. It reports problem.ResourceUnknown.
	App(ctx context.Context, id string) (app.App, error)
	// OfOrganisation returns the apps of an organisation, the oldest first.
	OfOrganisation(ctx context.Context, organisationID string) ([]app.App, error)
	// Make stores a new app of the installation's environment, made of the
	// draft, with a first secret. It reports problem.FormatInvalid.
	Make(ctx context.Context, draft app.App) (app.App, app.SecretText, error)
	// Update changes an app by fn, which may run twice, and has an event of the
	// kind tell of it.
	Update(ctx context.Context, id, kind string, fn func(*app.App) error) (app.App, error)
	// Delete deletes an app with all its secrets.
	Delete(ctx context.Context, id string) error
}

// Usage are the counts of tokens that were asked for.
type Usage interface {
	// AppUsage returns the counts of an app in the minutes from since on.
	AppUsage(ctx context.Context, clientID string, since int64) ([]usage.Count, error)
}

// A Sealer seals what a browser keeps for us.
type Sealer interface {
	Seal(purpose string, plain []byte) []byte
	Open(purpose string, sealed []byte) ([]byte, error)
}

// A Handler serves the portal. Its fields must not change once it is mounted.
type Handler struct {
	People *developer.Service
	Apps   Apps
	// Requests is the log of requests, and Usage the counts of tokens.
	Requests reqlog.Store
	Usage    Usage
	Things   Things
	// Issuer issues the organisations' client certificates.
	Issuer   *issuer.Service
	Banks    *bank.Registry
	Webhooks Webhooks
	Sandbox  *Sandbox // nil in an installation
	Sealer   Sealer
	Clock    clock.Clock // the platform's, for what apps have
	Assets   *ui.Assets
	Desk     *Desk // of operators
	// Passkeys are the ceremonies of WebAuthn, nil where there can be none. SSO is
	// the operators' identity provider, nil if there is none.
	Passkeys *passkey.Ceremonies
	SSO      *sso.Provider
	// Base is the base URL of the portal, without a trailing slash.
	Base string
	// Environment is that of the installation: "sandbox" or "production".
	Environment string
	// Demo is the id of the user whom everybody may be, in a sandbox; empty in
	// an installation.
	Demo    string
	Version string
	// Even is how long the answers about a new account and a forgotten password
	// take at least, in real time, so that they do not tell whether there is an
	// account with the address. No time if zero.
	Even time.Duration
	// From returns the address of the client that sent a request.
	From func(r *http.Request) netip.Addr

	consoles consoles

	pages ui.Pages
	cross *http.CrossOriginProtection
}

// Mount adds the routes to mux.
func (h *Handler) Mount(mux *http.ServeMux) error {
	dir, err := fs.Sub(files, "templates")
	if err != nil {
		return err
	}
	if h.pages, err = h.Assets.Parse(dir, template.FuncMap{"shade": shade, "last": lastAttempt, "plus": func(a, b int) int { return a + b }}); err != nil {
		return fmt.Errorf("templates of the portal: %w", err)
	}
	h.cross = http.NewCrossOriginProtection()
	for _, rt := range routes() {
		if rt.page != "" && h.pages[rt.page] == nil {
			return fmt.Errorf("portal: no template %s for %s", rt.page, rt.pattern)
		}
		mux.Handle(rt.pattern, h.handler(rt))
	}
	mux.Handle(ui.Prefix, h.Assets)
	for _, pattern := range []string{Path, Path + "/"} {
		mux.Handle(pattern, h.handler(route{access: public, serve: (*Handler).nothingHere}))
	}
	return nil
}

// even waits until Even has passed since start, in real time, or the request is
// over.
func (h *Handler) even(ctx context.Context, start time.Time) {
	left := h.Even - clock.Real{}.Since(start)
	if left <= 0 {
		return
	}
	due := make(chan struct{})
	t := clock.Real{}.AfterFunc(left, func() { close(due) })
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-due:
	}
}

// networkOf returns the network that a request came from: what is kept of an
// address.
func (h *Handler) networkOf(r *http.Request) string {
	return app.NetworkOf(h.From(r))
}
