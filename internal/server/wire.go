package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/bank/simulator/pages"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/fx/ecb"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/issuer"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/usage"
	"sluss.example/sluss/internal/webhook"
)

// parts are what a server is made of.
type parts struct {
	db        *store.DB
	clock     clock.Clock
	sealer    *keyring.Sealer
	ring      *keyring.Ring
	apps      *app.Directory
	denied    *token.DenyList
	tokens    *token.Service
	world     *simulator.World // nil without simulated banks
	banks     *bank.Registry
	consents  *consent.Service
	payments  *payment.Service
	redirects *redirect.Service
	accounts  *account.Service
	rates     *ecb.Source // nil unless rates come from there
	fx        *fx.Service
	admin     *Apps
	audit     *audit.Log
	requests  *reqlog.Log
	issuer    *issuer.Service
	jobs      *jobrun.Runner
	webhooks  *webhook.Service
	oauth     *oauth.Handler
	proxies   proxies
	tracing   *tracing      // nil if nobody traces
	keepKeys  time.Duration // how long a retired key is published
	kyc       *kyc.Service
	trust     *trust
	people    *developer.Service
}

// build makes the parts of an installation.
func (s *Server) build(ctx context.Context) (p *parts, err error) {
	p = &parts{clock: s.deps.Clock, sealer: keyring.NewSealer(s.deps.SealingKey)}
	if p.proxies, err = s.config.Proxy.Prefixes(); err != nil {
		return nil, err
	}
	if p.db, err = openStore(ctx, s.config.Database, s.config.Migrate); err != nil {
		return nil, err
	}
	s.buildTokens(p)
	s.limit(p.tokens)
	p.tracing = newTracing(s.config.Tracing.Endpoint, s.config.Tracing.SamplePercent, s.deps.Log)
	p.requests = reqlog.New(p.db)
	p.audit = &audit.Log{Store: p.db, Spool: audit.Spool{Folder: s.config.SpoolFolder()}, Clock: p.clock}
	p.admin = &Apps{Store: p.db, Environment: s.config.Environment, Clock: p.clock, Changed: p.apps.Refresh}
	err = s.buildTrust(ctx, p)
	if err == nil {
		err = s.connect(p)
	}
	if err == nil {
		// The first key is made in the background, but a sealing key that is not
		// that of the stored ones must stop the start.
		err = errors.Join(p.apps.Refresh(ctx), p.denied.Load(ctx), p.ring.LoadStored(ctx))
	}
	if err != nil {
		return nil, errors.Join(err, p.db.Close())
	}
	if err = s.buildServices(p); err != nil {
		return nil, errors.Join(err, p.db.Close())
	}
	return p, nil
}

// buildTokens makes what issues and checks tokens.
func (s *Server) buildTokens(p *parts) {
	lifetime := time.Duration(s.config.Token.Lifetime)
	p.keepKeys = lifetime + token.Skew
	p.ring = keyring.NewRing(p.db, p.sealer, p.clock, p.keepKeys)
	if s.deps.Keys != nil {
		p.ring.Use(s.deps.Keys)
	}
	p.ring.RotateEvery(time.Duration(s.config.Token.RotateEvery))
	p.apps = app.NewDirectory(p.db)
	p.ring.Want(jose.Algorithm(s.config.Token.Algorithm), p.apps.Algorithms)
	p.denied = token.NewDenyList(p.db, p.clock)
	p.tokens = &token.Service{
		Apps: p.apps, Keys: p.ring, Clock: p.clock, Gate: token.NewGate(), Issuer: s.config.Base.Auth,
		Environment: s.config.Environment, Lifetime: lifetime, Form: s.config.Token.Form, Revocations: p.denied,
		Uses: app.NewUses(p.db), Replays: p.db, Grace: time.Duration(s.config.Token.OfflineGrace),
		Rule: token.Rule{
			Policy: usage.Policy(s.config.Token.Policy), Quota: int64(s.config.Token.Quota), ReuseShare: float64(s.config.Token.ReusePercent) / 100,
		},
	}
}

// buildTrust makes what judges client certificates.
func (s *Server) buildTrust(ctx context.Context, p *parts) error {
	p.issuer = &issuer.Service{Store: p.db, Sealer: p.sealer, Clock: p.clock, Name: "sluss " + s.config.Environment + " CA"}
	root, err := s.ownAuthority(ctx, p)
	if err != nil {
		return err
	}
	if p.trust, err = newTrust(&s.config, root, p.issuer); err != nil {
		return err
	}
	p.tokens.Authority, p.tokens.Nonces = p.trust.authority, token.NewNonces(p.sealer.Derive("dpop nonce"))
	return nil
}

// buildServices makes the services of the APIs.
func (s *Server) buildServices(p *parts) (err error) {
	p.consents = &consent.Service{Store: p.db, Banks: p.banks, Apps: p.apps, Clock: p.clock}
	p.payments = &payment.Service{Store: p.db, Banks: p.banks, Apps: p.apps, Clock: p.clock, Consents: p.consents}
	p.redirects = &redirect.Service{
		Store: p.db, Consents: p.consents, Payments: p.payments, Apps: p.apps, Clock: p.clock, Revoker: p.denied, TokenLifetime: time.Duration(s.config.Token.Lifetime),
	}
	p.accounts = &account.Service{
		Consents: p.consents, Banks: p.banks, Store: p.db, Clock: p.clock,
		Keys: account.Keys{ResourceID: p.sealer.Derive("resource id"), Continuation: p.sealer.Derive("continuation key")},
	}
	if p.webhooks, err = s.webhooks(p); err != nil {
		return err
	}
	p.people = s.people(p)
	p.jobs, p.kyc = s.jobs(p), s.kyc(p)
	p.payments.KYC = p.kyc
	if p.fx, err = s.exchange(p); err != nil {
		return err
	}
	return nil
}

// openStore opens the database, and brings it up to date or demands that it
// is.
func openStore(ctx context.Context, url string, migrate bool) (*store.DB, error) {
	db, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return nil, err
	}
	if migrate {
		err = db.Migrate(ctx)
	} else {
		err = checkSchema(ctx, db)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// checkSchema reports a database that lacks steps of the schema.
func checkSchema(ctx context.Context, db *store.DB) error {
	steps, err := db.Status(ctx)
	if err != nil {
		return fmt.Errorf("look at the database: %w", err)
	}
	for _, m := range steps {
		if m.AppliedAt.IsZero() {
			return errors.New("the database is not up to date: run \"sluss db migrate\" with the same configuration, or add --migrate")
		}
	}
	return nil
}

// connect makes the banks.
func (s *Server) connect(p *parts) (err error) {
	var all []bank.Connector
	if b := s.config.Banks; b.Simulator {
		profiles := map[ident.BICFI]string{}
		for _, p := range b.Profiles {
			bicfi, name, _ := strings.Cut(p, "=")
			profiles[ident.BICFI(strings.ToUpper(bicfi))] = name
		}
		days := 0
		if s.deps.Sandbox != nil {
			days = s.deps.Sandbox.HistoryDays
		}
		p.world, err = simulator.New(simulator.Options{
			HistoryDays: days,
			Store:       store.Simulator{DB: p.db}, Clock: p.clock, Seed: int64(b.Seed), //nolint:gosec // any bits will do
			Mode: simulator.Mode(b.SCA), StrictAccounts: b.Accounts == "strict", NoWaits: b.Waits == "none", Quirks: profiles, Log: s.deps.Log,
			PageURL: func(ref string) string { return s.config.Base.Auth + pages.Path + ref },
		})
		if err != nil {
			return err
		}
		all = p.world.Connectors()
	}
	p.banks, err = bank.NewRegistry(all...)
	return err
}

// wire builds the parts and joins them.
func (s *Server) wire(ctx context.Context) error {
	p, err := s.build(ctx)
	if err != nil {
		return err
	}
	if sb := s.deps.Sandbox; sb != nil {
		if err := sb.seedApp(ctx, p.admin); err != nil {
			return errors.Join(fmt.Errorf("make the sandbox's app: %w", err), p.db.Close())
		}
		if err := sb.seedDemo(ctx, store.Developers{DB: p.db}); err != nil {
			return errors.Join(err, p.db.Close())
		}
	}
	s.health = &health{ping: p.db.Ping, key: p.ring.Ready(), tokens: func() bool { return s.issuesAway(p) }}
	if err := s.mount(p); err != nil {
		return errors.Join(err, p.db.Close())
	}
	s.world, s.settle = p.world, p.jobs.Settle
	s.start(p)
	return nil
}
