package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// Locking implements [simulator.Store].
func (s Simulator) Locking(ctx context.Context, fn func(simulator.Tx) error) error {
	// They cannot be prepared within the transaction; see inTx.
	for _, query := range []string{insertManyEntries, insertManyJournals, updateManyLedgers, updateManyPayments} {
		s.write.stmt(ctx, query)
	}
	return s.locked(ctx, func(q querier) error { return fn(simulatorTx{jobTx{q}, s.engine}) })
}

const selectPayment = `
	SELECT ref, bicfi, debtor, creditor, status, reason, at, submitted_at, step, due_at, held, outages, document, version
	FROM sim_payments WHERE `

func scanPayment(row scanner) (p simulator.Payment, err error) {
	err = row.Scan(&p.Ref, &p.BICFI, &p.Debtor, &p.Creditor, &p.Status, &p.Reason, instant{&p.At}, instant{&p.SubmittedAt},
		&p.Step, instant{&p.DueAt}, &p.Held, &p.Outages, document{&p.PaymentTerms}, &p.Version)
	return p, err
}

// Payment implements [simulator.Store].
func (s Simulator) Payment(ctx context.Context, ref string) (p simulator.Payment, err error) {
	err = s.view(ctx, func(q querier) error {
		p, err = scanPayment(q.QueryRowContext(ctx, selectPayment+"ref = $1", ref))
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "the bank has no such payment")
		}
		return wrap("query payment of a bank", err)
	})
	return p, err
}

func (s Simulator) payments(ctx context.Context, where string, args ...any) (list []simulator.Payment, err error) {
	err = s.view(ctx, func(q querier) error {
		list, err = scanAll(ctx, q, scanPayment, selectPayment+where, args...)
		return wrap("query payments of a bank", err)
	})
	return list, err
}

// DuePayments implements [simulator.Store].
func (s Simulator) DuePayments(ctx context.Context, now time.Time, limit int) ([]simulator.Payment, error) {
	return s.payments(ctx, "due_at <= $1 ORDER BY due_at, ref LIMIT $2", millis(now), limit)
}

// DuePaymentsOf implements [simulator.Store].
func (s Simulator) DuePaymentsOf(ctx context.Context, account int64, now time.Time, limit int) ([]simulator.Payment, error) {
	return s.payments(ctx, `(debtor = $1 AND due_at <= $2 OR creditor = $1 AND creditor <> 0 AND due_at <= $2)
		ORDER BY due_at, ref LIMIT $3`, account, millis(now), limit)
}

// HeldPayments implements [simulator.Store].
func (s Simulator) HeldPayments(ctx context.Context, account int64, before time.Time) ([]simulator.Payment, error) {
	return s.payments(ctx, "debtor = $1 AND due_at < $2 AND held > 0 ORDER BY at, ref", account, millis(before))
}

// Payments implements [simulator.Store].
func (s Simulator) Payments(ctx context.Context, bicfi ident.BICFI, limit int) ([]simulator.Payment, error) {
	return s.payments(ctx, "$1 IN (bicfi, '') ORDER BY at DESC, ref LIMIT $2", string(bicfi), limit)
}

// PaymentByID implements [simulator.Store].
func (s Simulator) PaymentByID(ctx context.Context, id string) (simulator.Payment, error) {
	list, err := s.payments(ctx, "document LIKE '%' || $1 || '%' ORDER BY at DESC LIMIT 100", id)
	for i := range list {
		if list[i].Order.PaymentID == id {
			return list[i], err
		}
	}
	if err == nil {
		err = problem.New(problem.ResourceUnknown, "the banks have no such payment")
	}
	return simulator.Payment{}, err
}

// HasPaid implements [simulator.Store].
func (s Simulator) HasPaid(ctx context.Context, debtor int64, payee string) (found bool, err error) {
	err = s.view(ctx, func(q querier) error {
		err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sim_payees WHERE debtor = $1 AND payee = $2)`,
			debtor, payee).Scan(&found)
		return wrap("query payee", err)
	})
	return found, err
}

// AddPayee implements [simulator.Tx].
func (t simulatorTx) AddPayee(ctx context.Context, debtor int64, payee string) error {
	_, err := t.q.ExecContext(ctx, `INSERT INTO sim_payees (debtor, payee) VALUES ($1, $2) ON CONFLICT DO NOTHING`, debtor, payee)
	return wrap("insert payee", err)
}

// InsertPayment implements [simulator.Tx].
func (t simulatorTx) InsertPayment(ctx context.Context, p *simulator.Payment) (bool, error) {
	doc, err := encode(p.PaymentTerms)
	if err != nil {
		return false, err
	}
	res, err := t.q.ExecContext(ctx, `
		INSERT INTO sim_payments (ref, bicfi, debtor, creditor, status, reason, at, submitted_at, step, due_at, held, outages, document, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1) ON CONFLICT DO NOTHING`,
		p.Ref, string(p.BICFI), p.Debtor, p.Creditor, string(p.Status), p.Reason, millis(p.At), millis(p.SubmittedAt),
		string(p.Step), millis(p.DueAt), p.Held, p.Outages, doc)
	if err != nil {
		return false, wrap("insert payment of a bank", err)
	}
	n, err := res.RowsAffected()
	p.Version = 1
	return n > 0, err
}

// DeletePayment implements [simulator.Tx].
func (t simulatorTx) DeletePayment(ctx context.Context, ref string) error {
	_, err := t.q.ExecContext(ctx, `DELETE FROM sim_payments WHERE ref = $1`, ref)
	return wrap("delete payment of a bank", err)
}

// lockBatch is how many rows one statement locks at most.
const lockBatch = 32

// inList returns "($1, $2, ...)" and the arguments for it. Lists are filled up
// to a power of two with their last value, so that there are few statements to
// prepare.
func inList[T any](list []T) (string, []any) {
	n := 1
	for n < len(list) {
		n *= 2
	}
	args := make([]any, n)
	var b strings.Builder
	for i := range n {
		args[i] = list[min(i, len(list)-1)]
		b.WriteString(map[bool]string{true: "($", false: ", $"}[i == 0])
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String(), args
}

// Payments implements [simulator.Tx].
func (t simulatorTx) Payments(ctx context.Context, refs []string) (list []simulator.Payment, err error) {
	return lockRows(ctx, t, refs, scanPayment, selectPayment+"ref IN ", " ORDER BY ref")
}

// Ledgers implements [simulator.Tx].
func (t simulatorTx) Ledgers(ctx context.Context, accounts []int64) ([]simulator.Ledger, error) {
	scan := func(row scanner) (l simulator.Ledger, err error) {
		err = row.Scan(&l.Account, &l.Currency, &l.Balance, &l.Entries, &l.Grown, &l.Held)
		return l, err
	}
	return lockRows(ctx, t, accounts, scan,
		"SELECT account, currency, balance, entries, grown, held FROM sim_ledgers WHERE account IN ", " ORDER BY account")
}

// lockRows locks the rows with the keys, which are in order, and scans them.
func lockRows[K, T any](ctx context.Context, t simulatorTx, keys []K, scan func(scanner) (T, error), before, after string) (list []T, err error) {
	for len(keys) > 0 {
		n := min(len(keys), lockBatch)
		in, args := inList(keys[:n])
		if list, err = scanOnto(ctx, t.q, list, scan, before+in+after+t.engine.forUpdate(), args...); err != nil {
			return nil, wrap("lock rows of a bank", err)
		}
		keys = keys[n:]
	}
	return list, nil
}

func (t simulatorTx) savePayment(ctx context.Context, p *simulator.Payment) error {
	if err := oneRow(t.q.ExecContext(ctx, `
		UPDATE sim_payments SET status = $1, reason = $2, at = $3, step = $4, due_at = $5, held = $6, outages = $7, version = version + 1
		WHERE ref = $8 AND version = $9`,
		string(p.Status), p.Reason, millis(p.At), string(p.Step), millis(p.DueAt), p.Held, p.Outages, p.Ref, p.Version)); err != nil {
		return wrap("update payment of a bank", err)
	}
	p.Version++
	return nil
}

// forgetBatch is how many rows are deleted at a time, so that nobody waits for
// long.
const forgetBatch = 1000

// Forget implements [simulator.Store].
func (s Simulator) Forget(ctx context.Context, now, runsBefore time.Time, paymentsBefore string) error {
	for _, old := range []struct {
		table, where string
		arg          any
	}{
		{"sim_consents", "forget_at < $1", millis(now)},
		{"sim_runs", "started_at < $1", millis(runsBefore)},
		{"sim_payments", "ref < $1 AND due_at IS NULL", paymentsBefore},
	} {
		query := "DELETE FROM " + old.table + " WHERE ref IN (SELECT ref FROM " + old.table + " WHERE " + old.where + " LIMIT $2)"
		for n := int64(forgetBatch); n == forgetBatch; {
			var err error
			if n, err = s.exec(ctx, query, old.arg, forgetBatch); err != nil {
				return wrap("forget old rows of "+old.table, err)
			}
		}
	}
	return nil
}
