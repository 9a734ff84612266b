package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/event"
)

var _ audit.Pruner = (*DB)(nil)

const chainColumns = "chain, position, hash, pruned_position, pruned_hash"

func scanChain(row scanner) (c audit.Chain, err error) {
	var pruned []byte
	err = row.Scan(&c.Chain, &c.Position, hash{(*[32]byte)(&c.Hash)}, &c.Pruned.Position, &pruned)
	if c.Pruned.Position > 0 {
		c.Pruned.Chain = c.Chain
		copy(c.Pruned.Hash[:], pruned)
	}
	return c, err
}

// AuditChains implements [audit.Pruner].
func (db *DB) AuditChains(ctx context.Context) (names []string, err error) {
	err = db.view(ctx, func(q querier) error {
		names, err = scanAll(ctx, q, func(row scanner) (s string, err error) {
			err = row.Scan(&s)
			return s, err
		}, "SELECT chain FROM audit_chains ORDER BY since, chain")
		if err != nil {
			return fmt.Errorf("query chains: %w", err)
		}
		return nil
	})
	return names, err
}

// noteAgain is how long before its row is deleted a note is made again.
const noteAgain = 7 * 24 * time.Hour

// PruneAudit implements [audit.Pruner].
func (db *DB) PruneAudit(ctx context.Context, chain string, before time.Time, limit int, note func(audit.Head) event.Event) (n int64, err error) {
	err = db.tx(ctx, func(q querier) error {
		n = 0
		c, noted, err := queryPruned(ctx, q, chain)
		if err != nil {
			return err
		}
		last, err := queryLastOld(ctx, q, c, before, limit)
		if err != nil {
			return err
		}
		if last.Position == c.Pruned.Position && (last.Position == 0 || noted.After(before.Add(noteAgain))) {
			return nil
		}
		n = last.Position - c.Pruned.Position
		return prune(ctx, q, last, note(last))
	})
	return n, err
}

// queryPruned returns a chain, and when its deleted blocks were last noted.
func queryPruned(ctx context.Context, q querier, chain string) (c audit.Chain, noted time.Time, err error) {
	scan := func(row scanner) (err error) {
		var pruned []byte
		err = row.Scan(&c.Chain, &c.Position, hash{(*[32]byte)(&c.Hash)}, &c.Pruned.Position, &pruned, instant{&noted})
		copy(c.Pruned.Hash[:], pruned)
		return err
	}
	err = scan(q.QueryRowContext(ctx, "SELECT "+chainColumns+", pruned_noted FROM audit_chains WHERE chain = $1", chain))
	if err != nil {
		return c, noted, fmt.Errorf("query chain: %w", err)
	}
	c.Pruned.Chain = chain
	return c, noted, nil
}

// queryLastOld returns the last block to delete: the one before the first that
// is young enough, but at most limit further than what is deleted already.
func queryLastOld(ctx context.Context, q querier, c audit.Chain, before time.Time, limit int) (audit.Head, error) {
	var young sql.NullInt64
	err := q.QueryRowContext(ctx, "SELECT min(position) FROM audit_blocks WHERE chain = $1 AND at >= $2", c.Chain, millis(before)).Scan(&young)
	if err != nil {
		return audit.Head{}, fmt.Errorf("query young blocks: %w", err)
	}
	position := c.Position
	if young.Valid {
		position = young.Int64 - 1
	}
	position = min(position, c.Pruned.Position+int64(limit))
	if position == c.Pruned.Position {
		return c.Pruned, nil
	}
	last, err := scanHead(q.QueryRowContext(ctx, "SELECT chain, position, hash FROM audit_blocks WHERE chain = $1 AND position = $2", c.Chain, position))
	if errors.Is(err, sql.ErrNoRows) {
		// Somebody took the block out. It stays to be seen, and so does all
		// that follows.
		return c.Pruned, nil
	}
	if err != nil {
		return last, fmt.Errorf("query last old block: %w", err)
	}
	return last, nil
}

// prune deletes the blocks of a chain up to last, with their rows.
func prune(ctx context.Context, q querier, last audit.Head, note event.Event) error {
	for _, query := range []string{
		"DELETE FROM audit WHERE chain = $1 AND position <= $2",
		"DELETE FROM audit_blocks WHERE chain = $1 AND position <= $2",
	} {
		if _, err := q.ExecContext(ctx, query, last.Chain, last.Position); err != nil {
			return fmt.Errorf("delete old blocks: %w", err)
		}
	}
	if _, err := q.ExecContext(ctx, "UPDATE audit_chains SET pruned_position = $1, pruned_hash = $2, pruned_noted = $3 WHERE chain = $4",
		last.Position, last.Hash[:], millis(note.At), last.Chain); err != nil {
		return fmt.Errorf("note old blocks: %w", err)
	}
	return insertAuditRow(ctx, q, note)
}
