package store

import (
	"context"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/bank/simulator"
)

// A statement on several rows takes a list of values that both engines name
// column1, column2 and so on. PostgreSQL needs to be told their types.

// rowBatch is how many rows such a statement changes, where there are as many.
const rowBatch = 10

const (
	updateLedgersHead = `UPDATE sim_ledgers SET balance = v.column2, entries = v.column3, grown = v.column4, held = v.column5 FROM (`
	updateLedgersTail = `) AS v WHERE sim_ledgers.account = v.column1 AND sim_ledgers.entries = v.column6
		AND sim_ledgers.grown = v.column7 AND sim_ledgers.held = v.column8`
	updatePaymentsHead = `UPDATE sim_payments SET status = v.column2, reason = v.column3, at = v.column4, step = v.column5,
		due_at = v.column6, held = v.column7, outages = v.column8, version = version + 1 FROM (`
	updatePaymentsTail = `) AS v WHERE sim_payments.ref = v.column1 AND sim_payments.version = v.column9`
)

// The statements on rowBatch rows: constants that Go cannot compute.
//
//nolint:gochecknoglobals // see above
var (
	insertManyJournals = "INSERT INTO sim_journals (id, kind, at) " + values(rowBatch, "BIGINT", "TEXT", "BIGINT") + " ON CONFLICT DO NOTHING"
	updateManyLedgers  = updateLedgersHead + values(rowBatch,
		"BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT") + updateLedgersTail
	updateManyPayments = updatePaymentsHead + values(rowBatch,
		"TEXT", "TEXT", "TEXT", "BIGINT", "TEXT", "BIGINT", "BIGINT", "BIGINT", "BIGINT") + updatePaymentsTail
)

// values returns a list of n rows of parameters with the types.
func values(n int, types ...string) string {
	var b strings.Builder
	b.WriteString("VALUES ")
	for i := range n * len(types) {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%len(types) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("CAST($" + strconv.Itoa(i+1) + " AS " + types[i%len(types)] + ")")
	}
	b.WriteString(")")
	return b.String()
}

// changeRows runs a statement that changes rowBatch rows, and reports
// errConflict unless it changed all of them.
func (t simulatorTx) changeRows(ctx context.Context, query string, args []any) error {
	res, err := t.q.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != rowBatch {
		return errOr(err, errConflict)
	}
	return nil
}

// saveLedgers stores those ledgers of a posting that have changed.
func (t simulatorTx) saveLedgers(ctx context.Context, p *simulator.Posting) error {
	var many []int // ledgers that there are
	for i := range p.After {
		before, after := &p.Before[i], &p.After[i]
		switch {
		case *before == *after:
		case before.Entries == 0 && before.Grown == 0 && before.Held == 0: // perhaps the first time
			if err := t.saveLedger(ctx, before, after); err != nil {
				return err
			}
		default:
			many = append(many, i)
		}
	}
	for ; len(many) >= rowBatch; many = many[rowBatch:] {
		args := make([]any, 0, rowBatch*8)
		for _, i := range many[:rowBatch] {
			l, b := &p.After[i], &p.Before[i]
			args = append(args, l.Account, l.Balance, l.Entries, l.Grown, l.Held, b.Entries, b.Grown, b.Held)
		}
		if err := t.changeRows(ctx, updateManyLedgers, args); err != nil {
			return wrap("update ledgers", err)
		}
	}
	for _, i := range many {
		if err := t.saveLedger(ctx, &p.Before[i], &p.After[i]); err != nil {
			return err
		}
	}
	return nil
}

// insertJournals stores the journals of a posting. One that is there already is
// of somebody who carries the same payment out just now: a conflict, as a
// payment that has changed meanwhile.
func (t simulatorTx) insertJournals(ctx context.Context, list []simulator.Journal) error {
	for ; len(list) >= rowBatch; list = list[rowBatch:] {
		args := make([]any, 0, rowBatch*3)
		for i := range rowBatch {
			args = append(args, list[i].ID, list[i].Kind, millis(list[i].At))
		}
		if err := t.changeRows(ctx, insertManyJournals, args); err != nil {
			return wrap("insert journals", err)
		}
	}
	for i := range list {
		j := &list[i]
		res, err := t.q.ExecContext(ctx, `INSERT INTO sim_journals (id, kind, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, j.ID, j.Kind, millis(j.At))
		if err := oneRow(res, err); err != nil {
			return wrap("insert journal", err)
		}
	}
	return nil
}

// SavePayments implements [simulator.Tx].
func (t simulatorTx) SavePayments(ctx context.Context, list []*simulator.Payment) error {
	for ; len(list) >= rowBatch; list = list[rowBatch:] {
		args := make([]any, 0, rowBatch*9)
		for _, p := range list[:rowBatch] {
			args = append(args, p.Ref, string(p.Status), p.Reason, millis(p.At), string(p.Step), millis(p.DueAt), p.Held, p.Outages, p.Version)
		}
		if err := t.changeRows(ctx, updateManyPayments, args); err != nil {
			return wrap("update payments of a bank", err)
		}
		for _, p := range list[:rowBatch] {
			p.Version++
		}
	}
	for _, p := range list {
		if err := t.savePayment(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
