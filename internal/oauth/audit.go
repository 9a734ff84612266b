package oauth

import (
	"context"
	"errors"
	"fmt"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
)

// An Auditor keeps the audit trail: package audit's Log.
type Auditor interface {
	// Record returns once e is stored.
	Record(ctx context.Context, e audit.Entry) error
	// Begin begins to store e and returns what waits until it is stored.
	Begin(ctx context.Context, e audit.Entry) (wait func() error)
}

// noteIssued records a token before it is handed out.
func (h *Handler) noteIssued(ctx context.Context, a *app.App, t *token.Issued) error {
	if h.Audit == nil {
		return nil
	}
	return h.Audit.Record(ctx, h.issuedEntry(a, t.ID, t.Scope))
}

// recorder returns what begins to record a token; nil if nobody keeps records.
func (h *Handler) recorder(ctx context.Context, a *app.App, set scope.Set) func(tokenID string) func() error {
	if h.Audit == nil {
		return nil
	}
	return func(tokenID string) func() error { return h.Audit.Begin(ctx, h.issuedEntry(a, tokenID, set)) }
}

func (h *Handler) issuedEntry(a *app.App, tokenID string, set scope.Set) audit.Entry {
	return audit.Entry{At: h.Tokens.Clock.Now(), Kind: "token.issued", ClientID: a.ID, TokenID: tokenID, Scope: set.String()}
}

// noteRefused records why a token was refused, unless the request was not even
// well-formed. The answer does not wait for it to succeed: nothing was given.
// Of strangers who guess there is one record a minute, see [RecordIgnored], or
// they could fill the disk.
func (h *Handler) noteRefused(ctx context.Context, a *app.App, err error) {
	p, ok := errors.AsType[*problem.Error](err)
	if h.Audit == nil || !ok || a == nil && p.Reason == problem.AccessExceeded {
		return
	}
	e := audit.Entry{At: h.Tokens.Clock.Now(), Kind: "token.refused", Detail: string(innermost(p))}
	switch p.Reason {
	case problem.ClientInvalid, problem.ScopeInvalid, problem.GrantInvalid, problem.GrantForbidden, problem.AccessExceeded:
		if a != nil {
			e.ClientID = a.ID
		}
		_ = h.Audit.Record(ctx, e)
	}
}

// RecordIgnored records how many requests were not looked at, because too many
// wrong credentials came from where they came from, since the last call. It is
// called once in a while.
func (h *Handler) RecordIgnored(ctx context.Context) error {
	n := h.Tokens.Ignored()
	if n == 0 || h.Audit == nil {
		return nil
	}
	return h.Audit.Record(ctx, audit.Entry{
		At: h.Tokens.Clock.Now(), Kind: "token.ignored", Detail: fmt.Sprintf("%d requests from networks that guess", n),
	})
}
