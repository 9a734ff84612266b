// Package mail sends mail to people: by SMTP, or, in a sandbox, onto the log,
// where whoever runs it finds the links.
package mail

import (
	"context"
	"log/slog"

	"sluss.example/sluss/internal/developer"
)

// Log writes mail on a log. It is for sandboxes alone: a mail has links that
// let their reader in.
type Log struct{ To *slog.Logger }

var _ developer.Mailer = Log{}

// Send implements [developer.Mailer].
func (l Log) Send(ctx context.Context, m developer.Mail) error {
	l.To.InfoContext(ctx, "mail", "to", m.To, "subject", m.Subject, "text", m.Text)
	return nil
}
