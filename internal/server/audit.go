package server

import (
	"context"
	"time"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/clock"
)

// startAudit starts this instance's chain of the audit trail.
func (s *Server) startAudit(ctx context.Context, p *parts) {
	if err := p.audit.Spool.Check(); err != nil {
		s.deps.Log.Warn("no token will be issued while the database is away: audit.spool cannot be used", "error", err)
	}
	p.audit.Start(ctx)
}

// issuesAway reports whether tokens are issued while the database is away: for
// the configured time, if their records have a place.
func (s *Server) issuesAway(p *parts) bool {
	recorded := !s.config.RecordsTokens() || s.config.SpoolFolder() != ""
	return recorded && p.apps.Away() <= time.Duration(s.config.Token.OfflineGrace)
}

// recordIgnored records once a minute what was not looked at, until ctx ends.
func recordIgnored(ctx context.Context, p *parts) {
	clock.Real{}.Poll(ctx, time.Minute, nil, func(ctx context.Context) { _ = p.oauth.RecordIgnored(ctx) })
}

// pruneAudit deletes what is older than the audit trail is kept.
func (s *Server) pruneAudit(ctx context.Context, p *parts, now time.Time) error {
	keep := time.Duration(s.config.Audit.Keep)
	if keep == 0 {
		return nil
	}
	n, err := audit.Prune(ctx, p.db, now.Add(-keep), now)
	if n > 0 {
		s.deps.Log.Info("deleted old blocks of the audit trail", "blocks", n)
	}
	return err
}
