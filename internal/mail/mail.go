// Package mail sends mail to people: by SMTP, or, in a sandbox, onto standard
// error, where whoever runs it finds the links.
//
// What goes by SMTP is a job first ([Queue]): it is stored before the page
// that caused it is answered, and tried again until the mail server takes it,
// whoever is killed or away meanwhile. A mail may so arrive twice; its
// Message-ID is then the same.
package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/job"
)

// Print writes mail out for a person to read. It is for sandboxes alone: a
// mail has links that let their reader in. It is safe for concurrent use.
type Print struct {
	To io.Writer

	mu sync.Mutex
}

var _ developer.Mailer = (*Print)(nil)

// Send implements [developer.Mailer].
func (p *Print) Send(_ context.Context, m developer.Mail) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n--- mail to %s: %s\n", line(m.To), line(m.Subject))
	for text := range strings.Lines(m.Text) {
		b.WriteString("    " + line(text) + "\n")
	}
	b.WriteString("---\n\n")
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := io.WriteString(p.To, b.String()); err != nil {
		return fmt.Errorf("print mail: %w", err)
	}
	return nil
}

// line returns s without what would end a line, or move a terminal's cursor.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, s)
}

// Job is the kind of the jobs that send mail.
const Job job.Kind = "mail.send"

// A Queue stores mail as jobs, sealed, since a mail has links.
type Queue struct {
	Store  job.Store
	Sealer developer.Sealer
	Clock  clock.Clock // of the jobs
}

var _ developer.Mailer = (*Queue)(nil)

// A queued is the payload of a job.
type queued struct {
	Sealed []byte `json:"sealed"`
}

// A letter is what is sealed in it.
type letter struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

func purposeOf(id string) string { return "mail " + id }

// Send implements [developer.Mailer]: it returns once the mail is stored.
func (q *Queue) Send(ctx context.Context, m developer.Mail) error {
	text, err := json.Marshal(letter(m))
	if err != nil {
		return fmt.Errorf("encode mail: %w", err)
	}
	j := job.New(Job, "", q.Clock.Now())
	j.Subject = j.ID // the address is nobody's business who looks at jobs
	if j, err = j.With(queued{q.Sealer.Seal(purposeOf(j.ID), text)}); err != nil {
		return err
	}
	return q.Store.JobTx(ctx, func(tx job.RunTx) error { return tx.InsertJob(ctx, j) })
}

// Read returns the mail of a job.
func (q *Queue) Read(j job.Job) (m developer.Mail, err error) {
	var p queued
	if err := j.Read(&p); err != nil {
		return m, err
	}
	text, err := q.Sealer.Open(purposeOf(j.ID), p.Sealed)
	if err != nil {
		return m, fmt.Errorf("mail of job %s: %w", j.ID, err)
	}
	var l letter
	if err := json.Unmarshal(text, &l); err != nil {
		return m, fmt.Errorf("mail of job %s: %w", j.ID, err)
	}
	return developer.Mail(l), nil
}

// Run is the handler of the jobs, which sends by the given server.
func (q *Queue) Run(s *SMTP) func(context.Context, job.Job) (job.TxFunc, error) {
	return func(ctx context.Context, j job.Job) (job.TxFunc, error) {
		m, err := q.Read(j)
		if err != nil {
			return nil, err
		}
		return nil, s.Deliver(ctx, j.ID, m)
	}
}
