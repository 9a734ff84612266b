package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// Ledger implements [simulator.Store].
func (s Simulator) Ledger(ctx context.Context, account int64) (l simulator.Ledger, err error) {
	err = s.view(ctx, func(q querier) error {
		l, err = queryLedger(ctx, q, account)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "no such account")
		}
		return err
	})
	return l, err
}

// Ledger implements [simulator.Tx].
func (t simulatorTx) Ledger(ctx context.Context, account int64, c money.Currency) (simulator.Ledger, error) {
	l, err := queryLedger(ctx, t.q, account)
	if errors.Is(err, sql.ErrNoRows) {
		return simulator.Ledger{Account: account, Currency: c}, nil
	}
	return l, err
}

func queryLedger(ctx context.Context, q querier, account int64) (simulator.Ledger, error) {
	l := simulator.Ledger{Account: account}
	err := q.QueryRowContext(ctx, `SELECT currency, balance, entries, grown, held FROM sim_ledgers WHERE account = $1`, account).
		Scan(&l.Currency, &l.Balance, &l.Entries, &l.Grown, &l.Held)
	return l, wrap("query ledger", err)
}

// Post implements [simulator.Tx].
func (t simulatorTx) Post(ctx context.Context, p *simulator.Posting) error {
	if err := t.saveLedgers(ctx, p); err != nil {
		return err
	}
	if err := t.insertJournals(ctx, p.Journals); err != nil {
		return err
	}
	for rest := p.Entries; len(rest) > 0; {
		n := min(len(rest), entryBatch)
		if err := t.insertEntries(ctx, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// saveLedger stores a ledger unless it has changed since it was read.
func (t simulatorTx) saveLedger(ctx context.Context, before, after *simulator.Ledger) error {
	res, err := t.q.ExecContext(ctx, `
		INSERT INTO sim_ledgers (account, currency, balance, entries, grown, held) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account) DO UPDATE SET balance = $3, entries = $4, grown = $5, held = $6
		WHERE sim_ledgers.entries = $7 AND sim_ledgers.grown = $8 AND sim_ledgers.held = $9`,
		after.Account, string(after.Currency), after.Balance, after.Entries, after.Grown, after.Held,
		before.Entries, before.Grown, before.Held)
	if err != nil {
		return wrap("update ledger", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errConflict)
	}
	return nil
}

// entryBatch is how many entries one statement inserts, where there are as many.
// SQLite compares each parameter's name with all before it, so that long
// statements cost more for each entry: with 50 twice as much as with 10.
const entryBatch = 10

const entryColumns = 11

// insertManyEntries inserts entryBatch entries.
var insertManyEntries = insertEntriesSQL(entryBatch) //nolint:gochecknoglobals // a constant that Go cannot compute

// insertEntriesSQL returns the statement that inserts n entries.
func insertEntriesSQL(n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO sim_entries (account, day, seq, journal, ref, at, value_day, kind, amount, balance, text) VALUES ")
	for i := range n * entryColumns {
		switch {
		case i == 0:
			b.WriteString("($")
		case i%entryColumns == 0:
			b.WriteString("), ($")
		default:
			b.WriteString(", $")
		}
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteString(")")
	return b.String()
}

func (t simulatorTx) insertEntries(ctx context.Context, entries []simulator.Entry) error {
	args := make([]any, 0, len(entries)*entryColumns)
	for i := range entries {
		e := &entries[i]
		args = append(args, e.Account, e.Day, e.Seq, e.Journal, e.Ref, e.At, e.Value, e.Kind, e.Amount, e.Balance, e.Text)
	}
	query := insertManyEntries
	if len(entries) < entryBatch {
		query = insertEntriesSQL(len(entries))
	}
	_, err := t.q.ExecContext(ctx, query, args...)
	return wrap("insert entries", err)
}

// The statements of pages. Day and seq grow together, so that one range of the
// primary key is a page: the last page costs as much as the first.
const (
	selectEntries = `
		SELECT day, seq, ref, at, value_day, kind, amount, balance, text FROM sim_entries
		WHERE account = $1 AND day >= $2 AND day <= $3 AND seq >= $4 AND seq <= $5 AND at <= $6 AND `
	pageBackward = selectEntries + `(day, seq) < ($7, $8) ORDER BY day DESC, seq DESC LIMIT $9 OFFSET $10`
	pageForward  = selectEntries + `(day, seq) > ($7, $8) ORDER BY day, seq LIMIT $9 OFFSET $10`
)

// Entries implements [simulator.Store].
func (s Simulator) Entries(ctx context.Context, e simulator.EntryQuery) ([]simulator.Entry, error) {
	from, to := e.FromDay, e.ToDay
	text := pageBackward
	if e.Forward { // the position also bounds the days, for the range of the key
		text, from = pageForward, max(from, e.Day)
	} else {
		to = min(to, e.Day)
	}
	out := make([]simulator.Entry, 0, e.Limit)
	err := s.view(ctx, func(q querier) error {
		out = out[:0]
		rows, err := q.QueryContext(ctx, text, e.Account, from, to, e.MinSeq, e.MaxSeq, e.BookedBefore, e.Day, e.Seq, e.Limit, e.Skip)
		if err != nil {
			return wrap("query entries", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			r := simulator.Entry{Account: e.Account}
			if err := rows.Scan(&r.Day, &r.Seq, &r.Ref, &r.At, &r.Value, &r.Kind, &r.Amount, &r.Balance, &r.Text); err != nil {
				return wrap("scan entry", err)
			}
			out = append(out, r)
		}
		return wrap("read entries", rows.Err())
	})
	return out, err
}

// Entry implements [simulator.Store].
func (s Simulator) Entry(ctx context.Context, account, ref int64) (simulator.Entry, error) {
	r := simulator.Entry{Account: account}
	err := s.view(ctx, func(q querier) error {
		err := q.QueryRowContext(ctx, `
			SELECT day, seq, ref, at, value_day, kind, amount, balance, text FROM sim_entries
			WHERE account = $1 AND ref = $2 AND seq > 0`, account, ref).
			Scan(&r.Day, &r.Seq, &r.Ref, &r.At, &r.Value, &r.Kind, &r.Amount, &r.Balance, &r.Text)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "no such transaction")
		}
		return wrap("query entry", err)
	})
	return r, err
}

// Reset implements [simulator.Store].
func (s Simulator) Reset(ctx context.Context) error {
	return s.tx(ctx, func(q querier) error {
		for _, table := range []string{
			"sim_runs", "sim_consents", "sim_payments", "sim_payees", "sim_entries", "sim_journals", "sim_ledgers", "sim_holders", "sim_accounts", "sim_customers",
		} {
			if _, err := q.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return wrap("reset "+table, err)
			}
		}
		return nil
	})
}

// The rules of bookkeeping, each as a query for what breaks it.
var auditQueries = []string{
	`SELECT 'journal ' || e.journal || ' sums to ' || SUM(e.amount) || ' ' || l.currency
		FROM sim_entries e JOIN sim_ledgers l ON l.account = e.account
		GROUP BY e.journal, l.currency HAVING SUM(e.amount) <> 0`,
	`SELECT 'ledger ' || l.account || ' has ' || l.balance || ' and not the sum of its entries'
		FROM sim_ledgers l LEFT JOIN (SELECT account, SUM(amount) AS total, MAX(seq) AS last FROM sim_entries GROUP BY account) e
		ON e.account = l.account
		WHERE l.balance <> COALESCE(e.total, 0) OR l.entries <> COALESCE(e.last, 0)`,
	`SELECT 'entry ' || seq || ' of ledger ' || account || ' leaves ' || balance
		FROM (SELECT account, seq, balance, amount, day,
			LAG(balance, 1, 0) OVER (PARTITION BY account ORDER BY seq) AS before,
			LAG(day, 1, 0) OVER (PARTITION BY account ORDER BY seq) AS day_before
			FROM sim_entries) e
		WHERE balance <> before + amount OR day < day_before`,
	`SELECT 'ledger ' || l.account || ' has ' || l.held || ' reserved and not what its payments hold'
		FROM sim_ledgers l LEFT JOIN (SELECT debtor, SUM(held) AS total FROM sim_payments GROUP BY debtor) p
		ON p.debtor = l.account WHERE l.held <> COALESCE(p.total, 0)`,
	`SELECT 'payment ' || ref || ' is ' || status || ' and holds ' || held FROM sim_payments
		WHERE (held <> 0) <> (status = 'ACSP') OR held < 0 OR (step = '') <> (due_at IS NULL)`,
	`SELECT 'entry ' || e.seq || ' of ledger ' || e.account || ' has no ledger or no journal'
		FROM sim_entries e WHERE NOT EXISTS (SELECT 1 FROM sim_ledgers l WHERE l.account = e.account)
		OR NOT EXISTS (SELECT 1 FROM sim_journals j WHERE j.id = e.journal)`,
}

// Audit implements [simulator.Store].
func (s Simulator) Audit(ctx context.Context) ([]string, error) {
	var out []string
	err := s.snapshot(ctx, func(q querier) error {
		out = nil
		for _, query := range auditQueries {
			lines, err := texts(ctx, q, query+" LIMIT 20")
			if err != nil {
				return err
			}
			out = append(out, lines...)
		}
		return nil
	})
	return out, err
}

func texts(ctx context.Context, q querier, query string) ([]string, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, wrap("audit", err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, wrap("audit", err)
		}
		out = append(out, s)
	}
	return out, wrap("audit", rows.Err())
}
