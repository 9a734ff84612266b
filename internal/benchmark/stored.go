package benchmark

import (
	"context"
	"path/filepath"
	"strings"
)

// stored measures what a token adds to the database: nothing but its line of
// the audit trail.
func (b *tokenBench) stored(ctx context.Context) error {
	file := filepath.Join(b.dir, "stored.db")
	run := func(load func(*Process) error) (map[string]int64, error) {
		p, err := b.on(ctx, file)
		if err != nil {
			return nil, err
		}
		err = load(p)
		p.Stop() // and writes what it still has
		if err != nil {
			return nil, err
		}
		return b.Stored(ctx, file)
	}
	before, err := run(func(p *Process) error {
		_, err := p.do(ctx, call(p)) // what the first token makes is no part of the others
		return err
	})
	if err != nil {
		return err
	}
	tokens := 0
	after, err := run(func(p *Process) error {
		r, err := Load(ctx, call(p), connections, 2*b.Round)
		tokens = r.Requests
		return err
	})
	if err != nil {
		return err
	}
	var trail, log, rest int64
	for table, bytes := range after {
		switch grown := bytes - before[table]; {
		case strings.HasPrefix(table, "audit"):
			trail += grown
		case strings.HasPrefix(table, "requests"):
			log += grown // which is for developers, kept for days and bounded
		default:
			rest += grown
		}
	}
	// Whole bytes: a page that was begun is not each token's.
	each := func(bytes int64) float64 { return float64(bytes / int64(tokens)) }
	b.add(
		AtMost("stored for a token, but for the audit trail", each(rest), 0, "%.0f B").Noted("%d tokens; beside the developers' request log: %.0f B", tokens, each(log)),
		AtMost("stored for a token, audit trail", each(trail), 150, "%.0f B"),
	)
	return nil
}
