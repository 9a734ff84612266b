package oauth

import (
	"context"
	"errors"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/token"
)

// An Auditor keeps the audit trail: package audit's Log.
type Auditor interface {
	// Record returns once e is stored.
	Record(ctx context.Context, e audit.Entry) error
}

// noteIssued records a token before it is handed out.
func (h *Handler) noteIssued(ctx context.Context, a *app.App, t *token.Issued) error {
	if h.Audit == nil {
		return nil
	}
	return h.Audit.Record(ctx, audit.Entry{
		At: h.Tokens.Clock.Now(), Kind: "token.issued", ClientID: a.ID, TokenID: t.ID, Scope: t.Scope.String(),
	})
}

// noteRefused records why a token was refused, unless the request was not even
// well-formed. The answer does not wait for it to succeed: nothing was given.
func (h *Handler) noteRefused(ctx context.Context, a *app.App, err error) {
	p, ok := errors.AsType[*problem.Error](err)
	if h.Audit == nil || !ok {
		return
	}
	e := audit.Entry{At: h.Tokens.Clock.Now(), Kind: "token.refused", Detail: string(p.Reason)}
	switch p.Reason {
	case problem.ClientInvalid, problem.ScopeInvalid, problem.GrantInvalid, problem.GrantForbidden, problem.AccessExceeded:
		if a != nil {
			e.ClientID = a.ID
		}
		_ = h.Audit.Record(ctx, e)
	}
}
