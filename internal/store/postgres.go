package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"sluss.example/sluss/internal/job"
)

// postgresEngine is PostgreSQL. Transactions are serialisable: a rule that
// reads several rows and writes one holds as it does on SQLite.
type postgresEngine struct{}

// dialTimeout is how long a server may take to accept a connection.
const dialTimeout = 5 * time.Second

func openPostgres(o Options) (*DB, error) {
	cfg, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, errors.New("open database: not a PostgreSQL URL") // the cause may quote a password
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = dialTimeout
	}
	// A server that went away without a word is noticed within some seconds,
	// not after the minutes that TCP would wait.
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3,
	}}
	cfg.DialFunc = dialer.DialContext
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "sluss"
	}
	// An instance that hangs in a transaction must not keep the others waiting.
	if cfg.RuntimeParams["idle_in_transaction_session_timeout"] == "" {
		cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "30000" // ms
	}
	db := stdlib.OpenDB(*cfg)
	conns := cmp.Or(o.MaxConns, 20)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	p := &pool{DB: db, conns: conns, jobs: job.NewNews(), events: make(chan struct{}, 1)}
	return &DB{engine: postgresEngine{}, read: p, write: p}, nil
}

func (postgresEngine) begin() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelSerializable}
}

// locking: those who want a locked row wait for it and then see it as it has
// become. A serialisable transaction would have to run again.
func (postgresEngine) locking() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
}

func (postgresEngine) forUpdate() string { return " FOR UPDATE" }

func (postgresEngine) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// again: serialization_failure, deadlock_detected, and lock_not_available.
func (postgresEngine) again(err error) bool {
	switch sqlState(err) {
	case "40001", "40P01", "55P03":
		return true
	}
	return false
}

// lost: the server ended the session, or the line broke.
func (postgresEngine) lost(err error) bool {
	if ended(err) {
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false // there was none to lose
	}
	switch s := sqlState(err); {
	case s != "":
		return s == "57P01" || s == "57P02" || s == "25P03" || strings.HasPrefix(s, "08")
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "conn closed")
}

// away: the connection or the server is gone, going or full.
func (e postgresEngine) away(err error) bool {
	if e.lost(err) {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return !errors.Is(err, context.Canceled)
	}
	switch sqlState(err) {
	case "57P03", // starting
		"53000", "53100", "53200", "53300", // resources, disk, memory, connections
		"25006": // a standby
		return true
	}
	return false
}

// ended reports whether err is that the caller's context is over. pgx breaks
// the connection then, which is nobody's fault.
func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

func (postgresEngine) skipLocked() string { return " FOR UPDATE SKIP LOCKED" }

func (postgresEngine) sizes() string {
	return `
		SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE n.nspname = current_schema() AND c.relkind = 'r'`
}

// migrationLock is the first key of the advisory lock that a migrating instance
// holds; the second is the schema's, so that those who share a database, as
// tests do, do not wait for each other.
const migrationLock = 0x736c7573

const migrationKeys = "($1::int4, hashtext(coalesce(current_schema(), '')))"

// migrateLocked holds an advisory lock on a connection of its own; PostgreSQL
// releases it if the connection breaks.
func (postgresEngine) migrateLocked(ctx context.Context, db *sql.DB, f func() error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock"+migrationKeys, int32(migrationLock)); err != nil {
		return fmt.Errorf("wait for another instance to migrate: %w", err)
	}
	err = f()
	_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock"+migrationKeys, int32(migrationLock))
	return errors.Join(err, unlockErr)
}
