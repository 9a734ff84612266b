package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/docs"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/mail"
	"sluss.example/sluss/internal/passkey"
	"sluss.example/sluss/internal/portal"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/sso"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/web"
)

// The demo developer of a sandbox, and the organisation to which the sandbox's
// app belongs.
const (
	demoUserID         = "5a4db0c5-0000-4000-8000-0000000000d1"
	demoOrganisationID = "5a4db0c5-0000-4000-8000-0000000000d2"
)

// people returns the service of those who use the portal.
func (s *Server) people(p *parts) *developer.Service {
	return &developer.Service{
		Store: store.Developers{DB: p.db}, Hasher: developer.NewHasher(), Sealer: p.sealer, Mailer: s.mailer(p),
		Clock: clock.Real{}, Base: s.config.Base.Auth, OpenSignUp: s.deps.Sandbox != nil,
	}
}

// mailer returns what takes mail: the queue before the mail server, the screen
// of whoever runs the sandbox, or nil.
func (s *Server) mailer(p *parts) developer.Mailer {
	switch {
	case s.config.Mail.Server != "":
		return p.outbox(s)
	case s.deps.Sandbox == nil:
		return nil
	case s.deps.PrintMail == nil:
		return &mail.Print{To: io.Discard}
	}
	return &mail.Print{To: s.deps.PrintMail}
}

// outbox is the queue before the mail server.
func (p *parts) outbox(s *Server) *mail.Queue {
	return &mail.Queue{Store: p.db, Sealer: p.sealer, Clock: s.deps.Clock}
}

// smtp returns the mail server.
func (s *Server) smtp() *mail.SMTP {
	m := s.config.Mail
	return &mail.SMTP{Server: m.Server, From: m.From, User: m.User, Password: s.deps.MailPassword, TLS: m.TLS}
}

// evenTime is longer than it takes to make an account, with its hash, or to send
// a link.
const evenTime = 400 * time.Millisecond

// portalHandler returns the developer portal. In a sandbox its console calls
// the API by open.
func (s *Server) portalHandler(p *parts, open http.Handler) (http.Handler, error) {
	own, err := portal.Assets()
	if err != nil {
		return nil, err
	}
	assets, err := ui.NewAssets(own)
	if err != nil {
		return nil, err
	}
	h := &portal.Handler{
		People: p.people, Apps: portalApps{p.admin, p.apps}, Requests: p.db, Usage: p.db, Things: p.db, Banks: p.banks, Issuer: p.issuer, Webhooks: p.webhooks,
		Sealer: p.sealer, Clock: p.clock, Assets: assets, Base: s.config.Base.Auth,
		Environment: s.config.Environment, From: p.proxies.client, Version: s.version(), Even: evenTime,
	}
	if s.deps.Sandbox != nil {
		h.Demo = demoUserID
		if p.world != nil {
			h.Sandbox = s.portalSandbox(p, open)
		}
	}
	h.Desk = s.desk(p)
	if h.Passkeys, err = passkey.New(s.config.Base.Auth, p.sealer, p.db, clock.Real{}); err != nil {
		return nil, err
	}
	if c := s.config.SSO; c.Issuer != "" {
		h.SSO = &sso.Provider{
			Issuer: c.Issuer, ClientID: c.ClientID, Secret: s.deps.SSOSecret, Redirect: s.config.Base.Auth + "/portal/sso/callback",
			Domains: c.Domains, Claim: c.OperatorClaim, Sealer: p.sealer, Clock: clock.Real{},
		}
	}
	mux := http.NewServeMux()
	return mux, h.Mount(mux)
}

// desk is what operators work with.
func (s *Server) desk(p *parts) *portal.Desk {
	d := &portal.Desk{
		Keys: p.ring, KeepKeys: p.keepKeys, Trail: p.db, Jobs: p.db, KYC: p.kyc, Started: clock.Real{}.Now(),
		AllApps: func(context.Context) ([]*app.App, error) { return p.apps.All(), nil },
	}
	for _, k := range s.config.Settings() {
		d.Settings = append(d.Settings, portal.Setting(k))
	}
	return d
}

// docsHandler returns the guides and the API reference.
func (s *Server) docsHandler() http.Handler {
	o := docs.Options{Base: s.config.Base.Auth, API: s.config.Base.API, Sandbox: s.deps.Sandbox != nil, Version: s.version()}
	if sb := s.deps.Sandbox; sb != nil && sb.ClientID == sandboxClientID { // else they are nobody's business
		o.ClientID, o.Secret = sb.ClientID, string(sb.Secret)
	}
	mux := http.NewServeMux()
	docs.New(o).Register(mux)
	return mux
}

// version returns the version of the program.
func (s *Server) version() string {
	if sb := s.deps.Sandbox; sb != nil && s.deps.Version == "" {
		return sb.Version
	}
	return s.deps.Version
}

// seedDemo makes the demo developer and its organisation unless they are there.
func (s *Sandbox) seedDemo(ctx context.Context, people developer.Store) error {
	_, err := people.User(ctx, demoUserID)
	if !problem.Is(err, problem.ResourceUnknown) {
		return err
	}
	now := clock.Real{}.Now().Truncate(time.Millisecond)
	u := developer.User{
		ID: demoUserID, Email: "demo@sluss.example", Name: "Demo Developer", Operator: true, VerifiedAt: now, CreatedAt: now, Version: 1,
	}
	o := developer.Organisation{ID: demoOrganisationID, Name: "Demo AB", Number: "5560160680", Country: "SE", CreatedAt: now, Version: 1}
	first := developer.Member{OrganisationID: o.ID, UserID: u.ID, Role: developer.Owner, Since: now}
	if err := people.InsertUser(ctx, u); err != nil {
		return fmt.Errorf("make the demo developer: %w", err)
	}
	return people.InsertOrganisation(ctx, o, first)
}

// portalApps are the apps as the portal sees them: read from memory.
type portalApps struct {
	*Apps
	directory *app.Directory
}

var _ portal.Apps = portalApps{}

// OfOrganisation implements [portal.Apps].
func (a portalApps) OfOrganisation(_ context.Context, organisationID string) ([]app.App, error) {
	return a.directory.Owned(organisationID), nil
}

// App implements [portal.Apps].
func (a portalApps) App(ctx context.Context, id string) (app.App, error) {
	return a.directory.App(ctx, id)
}

// forgetRequests deletes what the log of requests has kept for long enough, a
// part at a time, so that nobody waits for the store.
func (s *Server) forgetRequests(ctx context.Context, p *parts) error {
	keep := time.Duration(s.config.Portal.KeepRequests)
	for {
		n, err := p.db.DeleteRequests(ctx, clock.Real{}.Now().Add(-keep), deleteAtOnce)
		if err != nil || n < deleteAtOnce {
			return err
		}
	}
}

// deleteAtOnce bounds how many rows one statement deletes.
const deleteAtOnce = 2000

// noteRequest puts a request of an app into the log that its developers see.
func (p *parts) noteRequest(seen web.Seen) {
	line := seen.Line
	id := line.ClientID
	if id == "" && line.Claimed != "" {
		if a := p.apps.Find(line.Claimed); a != nil {
			id = a.ID // whose developers want to know why they are refused
		}
	}
	if id == "" || !p.requests.Wants(seen.Status) {
		return
	}
	e := reqlog.Entry{
		ClientID: id, At: seen.At, Method: seen.Request.Method, Route: seen.Request.Pattern, Path: seen.Request.URL.RequestURI(),
		BICFI: line.BICFI, Status: seen.Status, Code: line.Code, RequestID: line.RequestID, Took: seen.Took,
		Headers: reqlog.Headers(seen.Request.Header.Get),
	}
	if fault, ok := errors.AsType[*problem.Error](line.Err); ok {
		e.Reason, e.Field, e.Detail = string(fault.Reason), fault.Field, fault.Detail
	}
	p.requests.Note(e)
}

// Make implements [portal.Apps].
func (a *Apps) Make(ctx context.Context, draft app.App) (app.App, app.SecretText, error) {
	secret := app.NewSecret()
	made, err := a.insert(ctx, draft, secret)
	return made, secret, err
}

// Update implements [portal.Apps].
func (a *Apps) Update(ctx context.Context, id, kind string, fn func(*app.App) error) (app.App, error) {
	changed, err := a.Store.UpdateApp(ctx, id, func(x *app.App) ([]event.Event, error) {
		return []event.Event{a.event(kind, id)}, fn(x)
	})
	if err != nil {
		return app.App{}, err
	}
	return changed, a.changed(ctx)
}
