package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// Simulator is a [DB] as the store of the simulated banks.
type Simulator struct{ *DB }

var _ simulator.Store = Simulator{}

// Tx implements [simulator.Store].
func (s Simulator) Tx(ctx context.Context, fn func(simulator.Tx) error) error {
	// A history of 100,000 entries runs this statement 2,000 times. It cannot
	// be prepared within the transaction; see inTx.
	s.write.stmt(ctx, insertManyEntries)
	return s.tx(ctx, func(q querier) error { return fn(simulatorTx{jobTx{q}, s.engine}) })
}

// simulatorTx implements [simulator.Tx].
type simulatorTx struct {
	jobTx
	engine engine
}

// CustomerVersion implements [simulator.Store].
func (s Simulator) CustomerVersion(ctx context.Context, bicfi ident.BICFI, customer string) (int64, error) {
	var n int64
	err := s.view(ctx, func(q querier) error {
		err := q.QueryRowContext(ctx, `SELECT version FROM sim_customers WHERE bicfi = $1 AND customer = $2`,
			string(bicfi), customer).Scan(&n)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return wrap("query version of customer", err)
	})
	return n, err
}

// Accounts implements [simulator.Store].
func (s Simulator) Accounts(ctx context.Context, bicfi ident.BICFI, customer string) ([]simulator.Account, error) {
	var out []simulator.Account
	err := s.view(ctx, func(q querier) error {
		out = nil // a read may run again
		rows, err := q.QueryContext(ctx, `
			SELECT a.document FROM sim_holders h JOIN sim_accounts a ON a.account = h.account
			WHERE h.bicfi = $1 AND h.customer = $2 ORDER BY h.position, h.account`, string(bicfi), customer)
		if err != nil {
			return wrap("query accounts", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var a simulator.Account
			if err := rows.Scan(document{&a}); err != nil {
				return wrap("scan account", err)
			}
			out = append(out, a)
		}
		return wrap("read accounts", rows.Err())
	})
	return out, err
}

// AddAccount implements [simulator.Tx].
func (t simulatorTx) AddAccount(ctx context.Context, a *simulator.Account) (bool, error) {
	doc, err := encode(a)
	if err != nil {
		return false, err
	}
	res, err := t.q.ExecContext(ctx, `
		INSERT INTO sim_accounts (account, bicfi, number, bban, bankgiro, document) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`, a.Key, string(a.BICFI), a.Number, a.BBAN, a.Bankgiro, doc)
	if err != nil {
		return false, wrap("insert account", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// AddHolder implements [simulator.Tx].
func (t simulatorTx) AddHolder(ctx context.Context, bicfi ident.BICFI, customer string, account int64) error {
	if err := t.AddCustomer(ctx, bicfi, customer); err != nil {
		return err
	}
	res, err := t.q.ExecContext(ctx, `
		INSERT INTO sim_holders (bicfi, customer, position, account)
		SELECT bicfi, customer, version, CAST($3 AS BIGINT) FROM sim_customers WHERE bicfi = $1 AND customer = $2
		ON CONFLICT DO NOTHING`, string(bicfi), customer, account)
	if err != nil {
		return wrap("insert holder", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	_, err = t.q.ExecContext(ctx, `UPDATE sim_customers SET version = version + 1 WHERE bicfi = $1 AND customer = $2`,
		string(bicfi), customer)
	return wrap("update customer", err)
}

// AddCustomer implements [simulator.Tx].
func (t simulatorTx) AddCustomer(ctx context.Context, bicfi ident.BICFI, customer string) error {
	_, err := t.q.ExecContext(ctx, `
		INSERT INTO sim_customers (bicfi, customer, version) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING`,
		string(bicfi), customer)
	return wrap("insert customer", err)
}

// AccountByNumber implements [simulator.Tx].
func (t simulatorTx) AccountByNumber(ctx context.Context, bicfi ident.BICFI, number string) (simulator.Account, bool, error) {
	return queryAccount(ctx, t.q, `
		SELECT document FROM sim_accounts WHERE bicfi = $1 AND (number = $2 OR bban = $2 AND bban <> '')
		ORDER BY account LIMIT 1`, string(bicfi), number)
}

func queryAccount(ctx context.Context, q querier, query string, args ...any) (a simulator.Account, found bool, err error) {
	err = q.QueryRowContext(ctx, query, args...).Scan(document{&a})
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	return a, err == nil, wrap("query account", err)
}

// AccountByNumber implements [simulator.Store].
func (s Simulator) AccountByNumber(ctx context.Context, bicfi ident.BICFI, number string) (a simulator.Account, found bool, err error) {
	err = s.view(ctx, func(q querier) error {
		a, found, err = simulatorTx{jobTx: jobTx{q}}.AccountByNumber(ctx, bicfi, number)
		return err
	})
	return a, found, err
}

// AccountByBankgiro implements [simulator.Store].
func (s Simulator) AccountByBankgiro(ctx context.Context, number string) (a simulator.Account, found bool, err error) {
	err = s.view(ctx, func(q querier) error {
		a, found, err = queryAccount(ctx, q, `
			SELECT document FROM sim_accounts WHERE bankgiro = $1 AND bankgiro <> '' ORDER BY account LIMIT 1`, number)
		return err
	})
	return a, found, err
}

// Account implements [simulator.Store].
func (s Simulator) Account(ctx context.Context, key int64) (a simulator.Account, err error) {
	found := false
	err = s.view(ctx, func(q querier) error {
		a, found, err = queryAccount(ctx, q, `SELECT document FROM sim_accounts WHERE account = $1`, key)
		return err
	})
	if err == nil && !found {
		err = problem.New(problem.ResourceUnknown, "no such account")
	}
	return a, err
}

// ConsentOpen implements [simulator.Store].
func (s Simulator) ConsentOpen(ctx context.Context, ref string) (open bool, err error) {
	err = s.view(ctx, func(q querier) error {
		err := q.QueryRowContext(ctx, `
			SELECT closed_at IS NULL AND revoked_at IS NULL FROM sim_consents WHERE ref = $1`, ref).Scan(&open)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return wrap("query consent of a bank", err)
	})
	return open, err
}

// Consent implements [simulator.Store].
func (s Simulator) Consent(ctx context.Context, ref string) (c simulator.StoredConsent, err error) {
	err = s.view(ctx, func(q querier) error {
		c, err = simulatorTx{jobTx: jobTx{q}}.Consent(ctx, ref)
		return err
	})
	return c, err
}

// Consent implements [simulator.Tx].
func (t simulatorTx) Consent(ctx context.Context, ref string) (simulator.StoredConsent, error) {
	c := simulator.StoredConsent{Ref: ref}
	err := t.q.QueryRowContext(ctx, `SELECT bicfi, document, closed_at, revoked_at, forget_at FROM sim_consents WHERE ref = $1`, ref).
		Scan(&c.BICFI, document{&c.Order}, instant{&c.ClosedAt}, instant{&c.RevokedAt}, instant{&c.ForgetAt})
	if errors.Is(err, sql.ErrNoRows) {
		return c, problem.New(problem.ResourceUnknown, "the bank has no such consent")
	}
	return c, wrap("query consent of a bank", err)
}

// InsertConsent implements [simulator.Tx].
func (t simulatorTx) InsertConsent(ctx context.Context, c simulator.StoredConsent) error {
	doc, err := encode(c.Order)
	if err != nil {
		return err
	}
	_, err = t.q.ExecContext(ctx, `INSERT INTO sim_consents (ref, bicfi, document, forget_at) VALUES ($1, $2, $3, $4)`,
		c.Ref, string(c.BICFI), doc, millis(c.ForgetAt))
	return wrap("insert consent of a bank", err)
}

// SaveConsent implements [simulator.Tx].
func (t simulatorTx) SaveConsent(ctx context.Context, c simulator.StoredConsent) error {
	_, err := t.q.ExecContext(ctx, `UPDATE sim_consents SET closed_at = $1, revoked_at = $2, forget_at = $3 WHERE ref = $4`,
		millis(c.ClosedAt), millis(c.RevokedAt), millis(c.ForgetAt), c.Ref)
	return wrap("update consent of a bank", err)
}

// Run implements [simulator.Store].
func (s Simulator) Run(ctx context.Context, ref string) (r simulator.Run, err error) {
	err = s.view(ctx, func(q querier) error {
		r, err = simulatorTx{jobTx: jobTx{q}}.Run(ctx, ref)
		return err
	})
	return r, err
}

// Run implements [simulator.Tx].
func (t simulatorTx) Run(ctx context.Context, ref string) (r simulator.Run, err error) {
	err = t.q.QueryRowContext(ctx, `SELECT document, version FROM sim_runs WHERE ref = $1`, ref).Scan(document{&r}, &r.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return r, problem.New(problem.ResourceUnknown, "the bank has no such run of SCA")
	}
	return r, wrap("query run", err)
}

// Runs implements [simulator.Store].
func (s Simulator) Runs(ctx context.Context, since time.Time) (out []simulator.Run, err error) {
	err = s.view(ctx, func(q querier) error {
		out, err = scanAll(ctx, q, scanRun, `
			SELECT document, version FROM sim_runs WHERE open AND started_at >= $1 ORDER BY started_at, ref LIMIT 1000`, millis(since))
		return wrap("query runs", err)
	})
	return out, err
}

const insertRun = `
	INSERT INTO sim_runs (ref, consent, signer, started_at, open, document, version) VALUES ($1, $2, '', $3, $4, $5, 1)`

// InsertRun implements [simulator.Store].
func (s Simulator) InsertRun(ctx context.Context, r *simulator.Run) error {
	doc, err := encode(r)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, insertRun, r.Ref, r.Order.SubjectRef, millis(r.StartedAt), isOpen(r), doc)
	return wrap("insert run", err)
}

// InsertRun implements [simulator.Tx].
func (t simulatorTx) InsertRun(ctx context.Context, r *simulator.Run) error {
	doc, err := encode(r)
	if err != nil {
		return err
	}
	_, err = t.q.ExecContext(ctx, insertRun, r.Ref, r.Order.SubjectRef, millis(r.StartedAt), isOpen(r), doc)
	return wrap("insert run", err)
}

// SaveRun implements [simulator.Tx].
func (t simulatorTx) SaveRun(ctx context.Context, r *simulator.Run) error {
	doc, err := encode(r)
	if err != nil {
		return err
	}
	signer := ""
	if r.Settled {
		signer = r.PSU
	}
	res, err := t.q.ExecContext(ctx, `
		UPDATE sim_runs SET signer = $1, open = $2, document = $3, version = version + 1 WHERE ref = $4 AND version = $5`,
		signer, isOpen(r), doc, r.Ref, r.Version)
	if err != nil {
		return wrap("update run", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errConflict)
	}
	r.Version++
	return nil
}

func isOpen(r *simulator.Run) bool { return r.DecidedAt.IsZero() && r.StoppedAt.IsZero() && !r.Settled }

// RunsOf implements [simulator.Tx].
func (t simulatorTx) RunsOf(ctx context.Context, subject string) ([]simulator.Run, error) {
	list, err := scanAll(ctx, t.q, scanRun, `
		SELECT document, version FROM sim_runs WHERE consent = $1 ORDER BY started_at, ref LIMIT 1000`, subject)
	return list, wrap("query runs", err)
}

func scanRun(row scanner) (r simulator.Run, err error) {
	err = row.Scan(document{&r}, &r.Version)
	return r, err
}

// wrap says what failed, if anything did.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
