// Package store keeps everything that sluss must remember, in SQLite or in
// PostgreSQL. It has all the SQL of the project, and implements the Store
// interfaces that the domain packages declare.
//
// One text of SQL runs on both engines: numbered parameters, ON CONFLICT,
// partial indexes. What truly differs is in sqlite.go and postgres.go.
//
// The one idea is the transaction that may run twice. A change reads, lets the
// domain decide, and writes where the version is still the one that was read;
// if it is not, or if the engine refuses to serialise two transactions, all of
// it runs again. So the domain's functions must be pure but for their Tx, and
// no update is ever lost. A change, its events and their audit rows are one
// transaction.
//
// Times are kept as Unix milliseconds: what is finer is cut off. Dates are
// text, 2006-01-02.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Options say which database to open.
type Options struct {
	// URL is "sqlite:FILE", "sqlite::memory:" for a database that lives and
	// dies with the DB, or a PostgreSQL URL, "postgres://...".
	URL string
	// MaxConns limits the connections to PostgreSQL. Defaults to 20.
	MaxConns int
}

// An engine is what truly differs between the databases.
type engine interface {
	// begin says how a transaction that changes something starts.
	begin() *sql.TxOptions
	// locking says how a transaction starts that works on rows that it has
	// locked, and forUpdate what its SELECT ends with.
	locking() *sql.TxOptions
	forUpdate() string
	// snapshot says how a transaction that only reads starts.
	snapshot() *sql.TxOptions
	// again reports whether a transaction that failed with err should run
	// again, as nothing is wrong with it but its neighbours.
	again(err error) bool
	// lost reports whether err means that a connection broke while it was used.
	lost(err error) bool
	// away reports whether err means that the database cannot be used for the
	// time being.
	away(err error) bool
	// skipLocked ends a SELECT that locks what it returns and passes over what
	// others have locked; empty where there is one writer.
	skipLocked() string
	// sizes selects the tables by name, with their bytes on the disk, indexes
	// included.
	sizes() string
	// migrateLocked runs f while no other instance migrates.
	migrateLocked(ctx context.Context, db *sql.DB, f func() error) error
}

// A DB is an open database. It is safe for concurrent use.
type DB struct {
	engine engine
	// SQLite has one writer: one connection of its own, so that writers wait
	// in Go, where a context can end the wait, and readers never wait for
	// them. On PostgreSQL read and write are one pool.
	read, write *pool
	keep        *sql.DB // keeps a database in memory alive; nil if none
	name        string  // of the file, or the database in memory
	// gate is held by a writer, and by readers together, on a database in
	// memory: it has no log beside it, so readers and the writer have to take
	// turns, and SQLite itself would have them sleep and try again. Else nil.
	gate *sync.RWMutex
}

// Open opens a database. It does not migrate it. A PostgreSQL server that does
// not answer is no error yet: Ping tells.
func Open(ctx context.Context, o Options) (*DB, error) {
	switch {
	case strings.HasPrefix(o.URL, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(o.URL, "sqlite:"))
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		return openPostgres(o)
	}
	// The URL is not in the text: it may hold a password.
	return nil, errors.New("open database: the URL must begin with sqlite: or postgres://")
}

// Close closes the database. Calls that still run fail.
func (db *DB) Close() error {
	err := db.read.close()
	if db.write != db.read {
		err = errors.Join(err, db.write.close())
	}
	if db.keep != nil {
		err = errors.Join(err, db.keep.Close())
	}
	return err
}

// Ping asks the database whether it is there. It reports [ErrUnavailable].
func (db *DB) Ping(ctx context.Context) error {
	return db.view(ctx, func(q querier) error {
		var one int
		if err := q.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
			return fmt.Errorf("ping database: %w", err)
		}
		return nil
	})
}
