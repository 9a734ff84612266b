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

var (
	_ audit.Store  = (*DB)(nil)
	_ audit.Reader = auditReader{}
)

// Newest implements [audit.Store].
func (db *DB) Newest(ctx context.Context, chain string) (h audit.Head, err error) {
	err = db.view(ctx, func(q querier) error {
		h, err = scanHead(q.QueryRowContext(ctx, `
			SELECT chain, position, hash FROM audit_chains WHERE chain <> $1 ORDER BY at DESC, chain LIMIT 1`, chain))
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		if err != nil {
			return fmt.Errorf("query newest block: %w", err)
		}
		return nil
	})
	return h, err
}

func scanHead(row scanner) (h audit.Head, err error) {
	err = row.Scan(&h.Chain, &h.Position, hash{(*[32]byte)(&h.Hash)})
	return h, err
}

// AuditTx implements [audit.Store].
func (db *DB) AuditTx(ctx context.Context, fn func(audit.Tx) error) error {
	return db.tx(ctx, func(q querier) error { return fn(auditTx{q}) })
}

// auditTx implements [audit.Tx].
type auditTx struct{ q querier }

// Stored implements [audit.Tx].
func (t auditTx) Stored(ctx context.Context, batch string) (bool, error) {
	var n int
	if err := t.q.QueryRowContext(ctx, "SELECT count(*) FROM audit_blocks WHERE batch = $1", batch).Scan(&n); err != nil {
		return false, fmt.Errorf("query batch: %w", err)
	}
	return n > 0, nil
}

// Head implements [audit.Tx].
func (t auditTx) Head(ctx context.Context, chain string) (audit.Head, error) {
	h, err := scanHead(t.q.QueryRowContext(ctx, "SELECT chain, position, hash FROM audit_chains WHERE chain = $1", chain))
	if errors.Is(err, sql.ErrNoRows) {
		return audit.Head{Chain: chain}, nil
	}
	if err != nil {
		return h, fmt.Errorf("query head: %w", err)
	}
	return h, nil
}

// Unsealed implements [audit.Tx].
func (t auditTx) Unsealed(ctx context.Context, limit int) ([]event.Event, error) {
	rows, err := scanAll(ctx, t.q, scanEvent, `
		SELECT id, type, subject, client_id, at, detail FROM audit WHERE chain IS NULL ORDER BY at, id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("query unsealed rows: %w", err)
	}
	return rows, nil
}

// Append implements [audit.Tx].
func (t auditTx) Append(ctx context.Context, b audit.Block, rows []event.Event) error {
	res, err := t.q.ExecContext(ctx, `
		INSERT INTO audit_chains (chain, position, hash, at, since) VALUES ($1, $2, $3, $4, $4)
		ON CONFLICT (chain) DO UPDATE SET position = excluded.position, hash = excluded.hash, at = excluded.at
		WHERE audit_chains.position = excluded.position - 1`, b.Chain, b.Position, b.Hash[:], millis(b.At))
	if err := oneRow(res, err); err != nil {
		return fmt.Errorf("move head: %w", err)
	}
	var rowHash, anchorChain, anchorPosition, anchorHash any
	if b.Rows != (audit.Hash{}) {
		rowHash = b.Rows[:]
	}
	if a := b.Anchor; a.Position > 0 {
		anchorChain, anchorPosition, anchorHash = a.Chain, a.Position, a.Hash[:]
	}
	if b.Body == nil {
		b.Body = []byte{}
	}
	if _, err := t.q.ExecContext(ctx, `
		INSERT INTO audit_blocks (chain, position, batch, at, body, row_hash, anchor_chain, anchor_position, anchor_hash, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		b.Chain, b.Position, b.Batch, millis(b.At), b.Body, rowHash, anchorChain, anchorPosition, anchorHash, b.Hash[:]); err != nil {
		return fmt.Errorf("insert block: %w", err)
	}
	for ; len(rows) > 0; rows = rows[min(len(rows), lockBatch):] {
		if err := t.seal(ctx, &b, rows[:min(len(rows), lockBatch)]); err != nil {
			return fmt.Errorf("seal rows: %w", err)
		}
	}
	return nil
}

// seal marks rows as sealed by a block.
func (t auditTx) seal(ctx context.Context, b *audit.Block, rows []event.Event) error {
	ids := make([]any, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	in, args := inList(ids)
	query := fmt.Sprintf("UPDATE audit SET chain = $%d, position = $%d WHERE id IN %s AND chain IS NULL", len(args)+1, len(args)+2, in)
	res, err := t.q.ExecContext(ctx, query, append(args, b.Chain, b.Position)...)
	if err != nil {
		return err
	}
	if changed, err := res.RowsAffected(); err != nil || changed != int64(len(rows)) {
		return errOr(err, errConflict)
	}
	return nil
}

// ReadAudit runs fn, once, on one state of the trail, while instances go on
// adding to it.
func (db *DB) ReadAudit(ctx context.Context, fn func(audit.Reader) error) error {
	if db.gate != nil {
		db.gate.RLock()
		defer db.gate.RUnlock()
	}
	return db.fault(db.read.run(ctx, db.engine.snapshot(), func(q querier) error { return fn(auditReader{q}) }))
}

// auditReader implements [audit.Reader].
type auditReader struct{ q querier }

// Chains implements [audit.Reader].
func (r auditReader) Chains(ctx context.Context) ([]audit.Chain, error) {
	chains, err := scanAll(ctx, r.q, scanChain, "SELECT "+chainColumns+" FROM audit_chains ORDER BY since, chain")
	if err != nil {
		return nil, fmt.Errorf("query chains: %w", err)
	}
	return chains, nil
}

// UnsealedNotes implements [audit.Reader].
func (r auditReader) UnsealedNotes(ctx context.Context, kind string) ([]event.Event, error) {
	rows, err := scanAll(ctx, r.q, scanEvent, `
		SELECT id, type, subject, client_id, at, detail FROM audit WHERE chain IS NULL AND type = $1 ORDER BY at, id`, kind)
	if err != nil {
		return nil, fmt.Errorf("query unsealed rows: %w", err)
	}
	return rows, nil
}

// Blocks implements [audit.Reader].
func (r auditReader) Blocks(ctx context.Context, chain string, after int64, limit int) ([]audit.Block, error) {
	blocks, err := scanAll(ctx, r.q, scanBlock, `
		SELECT chain, position, batch, at, body, row_hash, anchor_chain, anchor_position, anchor_hash, hash
		FROM audit_blocks WHERE chain = $1 AND position > $2 ORDER BY position LIMIT $3`, chain, after, limit)
	if err != nil {
		return nil, fmt.Errorf("query blocks: %w", err)
	}
	return blocks, nil
}

func scanBlock(row scanner) (b audit.Block, err error) {
	var rowHash, anchorHash []byte
	var anchorChain sql.NullString
	var anchorPosition sql.NullInt64
	err = row.Scan(&b.Chain, &b.Position, &b.Batch, instant{&b.At}, &b.Body, &rowHash,
		&anchorChain, &anchorPosition, &anchorHash, hash{(*[32]byte)(&b.Hash)})
	// A hash of another length was changed by somebody; what is left of it
	// will not match.
	copy(b.Rows[:], rowHash)
	b.Anchor = audit.Head{Chain: anchorChain.String, Position: anchorPosition.Int64}
	copy(b.Anchor.Hash[:], anchorHash)
	return b, err
}

// SealedRows implements [audit.Reader].
func (r auditReader) SealedRows(ctx context.Context, chain string, from, to int64) ([]audit.Row, error) {
	scan := func(row scanner) (r audit.Row, err error) {
		err = row.Scan(&r.Position, &r.ID, &r.Type, &r.Subject, &r.ClientID, instant{&r.At}, &r.Detail)
		return r, err
	}
	rows, err := scanAll(ctx, r.q, scan, `
		SELECT position, id, type, subject, client_id, at, detail FROM audit
		WHERE chain = $1 AND position >= $2 AND position <= $3 ORDER BY position, at, id`, chain, from, to)
	if err != nil {
		return nil, fmt.Errorf("query sealed rows: %w", err)
	}
	return rows, nil
}

// CountUnsealed implements [audit.Reader].
func (r auditReader) CountUnsealed(ctx context.Context) (n int64, err error) {
	if err := r.q.QueryRowContext(ctx, "SELECT count(*) FROM audit WHERE chain IS NULL").Scan(&n); err != nil {
		return 0, fmt.Errorf("count unsealed rows: %w", err)
	}
	return n, nil
}

// OldestUnsealed returns when the oldest audit row was written that no block
// seals, zero if there is none. Operators watch it.
func (db *DB) OldestUnsealed(ctx context.Context) (at time.Time, err error) {
	err = db.view(ctx, func(q querier) error {
		if err := q.QueryRowContext(ctx, "SELECT min(at) FROM audit WHERE chain IS NULL").Scan(instant{&at}); err != nil {
			return fmt.Errorf("query oldest unsealed row: %w", err)
		}
		return nil
	})
	return at, err
}
