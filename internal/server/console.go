package server

import (
	"context"
	"net/http"

	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/portal"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
)

// portalSandbox returns what the portal has in a sandbox alone. The console
// reaches the API by open and nothing else of the server.
func (s *Server) portalSandbox(p *parts, open http.Handler) *portal.Sandbox {
	sb := &portal.Sandbox{
		Clock: s.deps.Sandbox.Clock, Settle: p.jobs.Settle, Banks: simulatedBanks{control.Simulated{World: p.world}}, SCA: string(p.world.Mode()),
		API: open, Base: s.config.Base.API, Prefixes: api.Prefixes(), Tokens: consoleTokens{p, s.config.RecordsTokens()},
	}
	for _, x := range simulator.People() {
		sb.People = append(sb.People, portal.Person{PSU: x.PSU, Name: x.Name, Note: x.Note})
	}
	for _, x := range simulator.Companies() {
		sb.Companies = append(sb.Companies, portal.Person{PSU: x.PSU, Organisation: x.Organisation, Name: x.Name, Note: x.Note})
	}
	return sb
}

// simulatedBanks are the simulated banks as the portal sees them.
type simulatedBanks struct{ in control.Simulated }

var _ portal.SimulatedBanks = simulatedBanks{}

// Pending implements [portal.SimulatedBanks].
func (b simulatedBanks) Pending(ctx context.Context) ([]portal.PendingRun, error) {
	all, err := b.in.Pending(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]portal.PendingRun, len(all))
	for i := range all {
		x := &all[i]
		out[i] = portal.PendingRun{
			Ref: x.Ref, Bank: x.Bank, PSU: x.PSU, Subject: x.Subject, App: x.App, Approach: x.Approach, StartedAt: x.StartedAt,
		}
	}
	return out, nil
}

// Decide implements [portal.SimulatedBanks].
func (b simulatedBanks) Decide(ctx context.Context, ref string, approve bool) error {
	return b.in.Decide(ctx, ref, control.Decision{Approve: approve})
}

// consoleTokens gets tokens for those who try the API in the portal, within
// their own organisation's rights: no secret is needed, and each token is on
// record as any other.
type consoleTokens struct {
	p      *parts
	record bool
}

var _ portal.Tokens = consoleTokens{}

func (t consoleTokens) entry(a *app.App, id string, set scope.Set) audit.Entry {
	return audit.Entry{At: t.p.clock.Now(), Kind: "token.issued", ClientID: a.ID, TokenID: id, Scope: set.String(), Detail: "the portal's console"}
}

// Token implements [portal.Tokens].
func (t consoleTokens) Token(ctx context.Context, a *app.App, set scope.Set) (portal.Token, error) {
	asked := token.Asked{App: a, Scope: set, Method: app.BySecret}
	if t.record {
		asked.Record = func(id string) func() error { return t.p.audit.Begin(ctx, t.entry(a, id, set)) }
	}
	issued, _, err := t.p.tokens.Grant(ctx, asked)
	if err != nil {
		return portal.Token{}, err
	}
	return portal.Token{Text: issued.Text, Scope: issued.Scope.String(), ExpiresAt: issued.ExpiresAt}, nil
}

// Exchange implements [portal.Tokens]. Nobody needs the token that comes of it:
// what counts is that the authorisation is finalised.
func (t consoleTokens) Exchange(ctx context.Context, a *app.App, code, redirectURI string, r redirect.Resource) error {
	return t.p.redirects.Exchange(ctx, redirect.ExchangeRequest{App: *a, Code: code, RedirectURI: redirectURI, Resource: r},
		func(ctx context.Context, set scope.Set) (string, error) {
			issued, err := t.p.tokens.Issue(ctx, a, set)
			if err != nil {
				return "", err
			}
			if t.record {
				err = t.p.audit.Record(ctx, t.entry(a, issued.ID, set))
			}
			return issued.ID, err
		})
}
