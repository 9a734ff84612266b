package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"sluss.example/sluss/internal/job"
)

const (
	// maxTries is how often a transaction runs before its neighbours are too
	// many.
	maxTries = 40
	// maxLosses is how often it runs again because its connection broke.
	maxLosses = 2
)

// A querier runs SQL: on the pool of readers, or within a transaction.
// Statements with arguments are prepared once for each connection.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A pool is a set of connections with its prepared statements.
type pool struct {
	*sql.DB
	conns int // how many it may have
	// prepare says that statements are kept here. pgx keeps them itself.
	prepare bool
	stmts   sync.Map // of *sql.Stmt by query
	// jobs tells of jobs once the transaction that inserted them was committed.
	jobs *job.News
	// turn has room for one, who may write; nil if several can.
	turn chan struct{}
	// events gets a value when a transaction that inserted events was committed.
	// It has room for one.
	events chan struct{}
}

func (p *pool) close() error {
	p.stmts.Range(func(_, s any) bool {
		_ = s.(*sql.Stmt).Close()
		return true
	})
	return p.Close()
}

// stmt returns the prepared statement of query, or nil if there is none.
func (p *pool) stmt(ctx context.Context, query string) *sql.Stmt {
	if !p.prepare {
		return nil
	}
	if s, ok := p.stmts.Load(query); ok {
		return s.(*sql.Stmt)
	}
	s, err := p.PrepareContext(ctx, query)
	if err != nil {
		return nil // the query itself will tell
	}
	if first, loaded := p.stmts.LoadOrStore(query, s); loaded {
		_ = s.Close() //nolint:sqlclosecheck // another was faster
		return first.(*sql.Stmt)
	}
	return s
}

// ExecContext implements querier.
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := p.stmt(ctx, query); s != nil { //nolint:sqlclosecheck // lives as long as the pool
		return s.ExecContext(ctx, args...)
	}
	return p.DB.ExecContext(ctx, query, args...)
}

// QueryContext implements querier.
func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := p.stmt(ctx, query); s != nil { //nolint:sqlclosecheck // lives as long as the pool
		return s.QueryContext(ctx, args...)
	}
	return p.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s := p.stmt(ctx, query) //nolint:sqlclosecheck // lives as long as the pool
	if s == nil {
		return p.DB.QueryRowContext(ctx, query, args...)
	}
	if ctx.Err() == nil {
		// SQLite is done with a row before anybody could cancel, and to listen
		// for it takes two goroutines, a quarter of the whole read.
		ctx = context.WithoutCancel(ctx)
	}
	return s.QueryRowContext(ctx, args...)
}

// dropIdle closes the connections that nobody uses: where one broke, the
// others have most likely broken too.
func (p *pool) dropIdle() {
	p.SetMaxIdleConns(-1)
	p.SetMaxIdleConns(p.conns)
}

// view runs fn, which reads with one statement, on the readers' connections.
// It may run fn again, so fn must not add to what it read before. No method of
// DB may be called within fn.
func (db *DB) view(ctx context.Context, fn func(q querier) error) error {
	return db.retry(ctx, func() error {
		if db.gate != nil {
			db.gate.RLock()
			defer db.gate.RUnlock()
		}
		return fn(db.read)
	})
}

// writing waits until the caller may write, where only one can, and returns what
// ends that. Callers come in the order in which they began to wait: a pool of
// connections would pick one by chance, and let some wait for long.
func (db *DB) writing(ctx context.Context) (done func(), err error) {
	if db.gate != nil {
		db.gate.Lock()
		return db.gate.Unlock, nil
	}
	turn := db.write.turn
	if turn == nil {
		return func() {}, nil
	}
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to write: %w", ctx.Err())
	}
}

// exec runs one statement that changes something, as a transaction of its own,
// again if its neighbours make it fail, and returns how many rows it changed.
func (db *DB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	err := db.retry(ctx, func() error {
		done, err := db.writing(ctx)
		if err != nil {
			return err
		}
		defer done()
		res, err := db.write.ExecContext(ctx, query, args...)
		if err != nil {
			return &commitError{err}
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}

// snapshot runs fn, which reads with several statements, on one state of the
// database.
func (db *DB) snapshot(ctx context.Context, fn func(q querier) error) error {
	return db.retry(ctx, func() error {
		if db.gate != nil {
			db.gate.RLock()
			defer db.gate.RUnlock()
		}
		return db.read.run(ctx, db.engine.snapshot(), fn)
	})
}

// tx runs fn in one transaction that may change things. It runs fn again, from
// the start, when fn returns errConflict and when the engine says that two
// transactions got into each other's way. Nothing that fn did stays if it
// returns an error. No method of DB may be called within fn.
func (db *DB) tx(ctx context.Context, fn func(q querier) error) error {
	return db.retry(ctx, func() error {
		done, err := db.writing(ctx)
		if err != nil {
			return err
		}
		defer done()
		return db.write.run(ctx, db.engine.begin(), fn)
	})
}

// locked is tx for an fn that works on rows that it has locked with what
// engine.forUpdate says, and so need not be serialisable.
func (db *DB) locked(ctx context.Context, fn func(q querier) error) error {
	return db.retry(ctx, func() error {
		done, err := db.writing(ctx)
		if err != nil {
			return err
		}
		defer done()
		return db.write.run(ctx, db.engine.locking(), fn)
	})
}

// run runs fn in one transaction, once.
func (p *pool) run(ctx context.Context, o *sql.TxOptions, fn func(q querier) error) error {
	t, err := p.BeginTx(ctx, o)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = t.Rollback() }() // does nothing after Commit
	in := &inTx{Tx: t, pool: p}
	if err := fn(in); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return &commitError{fmt.Errorf("commit: %w", err)}
	}
	for _, query := range in.missed {
		p.stmt(ctx, query)
	}
	p.jobs.Add(in.jobs)
	if in.events {
		notify(p.events)
	}
	return nil
}

// notify puts a value into a channel that has room for one.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// inTx is a transaction that uses the prepared statements of its pool.
type inTx struct {
	*sql.Tx
	pool   *pool
	missed []string // queries to prepare for the next transaction
	// jobs is when the first job of each kind is due that the transaction
	// inserted.
	jobs   map[job.Kind]time.Time
	events bool // it inserted events
}

// stmt returns the prepared statement of query, or nil if there is none yet:
// to prepare one on the pool takes a second connection, which a pool of one
// does not have before the transaction is over.
func (t *inTx) stmt(ctx context.Context, query string) *sql.Stmt {
	if s, ok := t.pool.stmts.Load(query); ok {
		return t.StmtContext(ctx, s.(*sql.Stmt))
	}
	if t.pool.prepare {
		t.missed = append(t.missed, query)
	}
	return nil
}

// ExecContext implements querier.
func (t *inTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := t.stmt(ctx, query); s != nil { //nolint:sqlclosecheck // ends with the transaction
		return s.ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, query, args...)
}

// QueryContext implements querier.
func (t *inTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := t.stmt(ctx, query); s != nil { //nolint:sqlclosecheck // ends with the transaction
		return s.QueryContext(ctx, args...)
	}
	return t.Tx.QueryContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (t *inTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := t.stmt(ctx, query); s != nil { //nolint:sqlclosecheck // ends with the transaction
		return s.QueryRowContext(ctx, args...)
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}

// commitError is an error after which nobody knows what was stored, if it is
// that the connection broke.
type commitError struct{ error }

// Unwrap returns the cause.
func (e *commitError) Unwrap() error { return e.error }

// retry runs f until it does not fail because of its neighbours, nor because
// of a connection that had broken before, as those of a pool have once the
// server was restarted.
func (db *DB) retry(ctx context.Context, f func() error) error {
	var err error
	losses := 0
	for try := range maxTries {
		err = f()
		switch _, unknown := errors.AsType[*commitError](err); {
		case err == nil:
			return nil
		case errors.Is(err, errConflict), db.engine.again(err):
		case db.engine.lost(err):
			db.write.dropIdle()
			if losses++; unknown || losses > maxLosses {
				return db.fault(err)
			}
		default:
			return db.fault(err)
		}
		if waited := wait(ctx, pause(try)); waited != nil {
			return errors.Join(waited, err)
		}
	}
	return db.fault(fmt.Errorf("given up after %d tries: %w", maxTries, err))
}

// pause is how long to wait after a try: at random, so that two that met do
// not meet again, up to 1 ms at first and up to 64 ms later.
func pause(try int) time.Duration {
	return rand.N(time.Millisecond << min(try, 6))
}

// wait waits for d in real time, or until the context ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
