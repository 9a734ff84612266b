package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
)

// sqliteEngine is SQLite, which has one writer at a time.
type sqliteEngine struct{}

// readCache is what each of the readers' connections may keep of the file, in
// units of 1024 bytes. The system keeps the file as well; the writer has
// SQLite's usual 2000.
const readCache = "cache_size(-400)"

// openSQLite opens file, or a database in memory if file is ":memory:".
//
// Pragmas go in the DSN: sent over a pool they reach one connection only. A
// file has a write-ahead log, so that readers and the writer do not wait for
// each other, and is synchronised at each commit, so that what was answered is
// still there after a power cut.
func openSQLite(ctx context.Context, file string) (*DB, error) {
	if file == "" {
		return nil, errors.New("open database: no file in sqlite:FILE")
	}
	q := url.Values{"_pragma": {"busy_timeout(5000)", "foreign_keys(1)"}}
	inMemory := file == ":memory:"
	if inMemory {
		file = memoryName()
		q.Set("vfs", "memdb")
		q.Add("_pragma", "synchronous(0)")
	} else {
		if err := checkSQLiteFile(file); err != nil {
			return nil, err
		}
		q.Add("_pragma", "journal_mode(wal)")
		q.Add("_pragma", "synchronous(full)")
	}
	q.Set("_txlock", "immediate")
	db := &DB{engine: sqliteEngine{}, name: file}
	var err error
	if db.write, err = openSQLitePool(file, q, 1); err != nil {
		return nil, err
	}
	if inMemory {
		// The database ends with its last connection, and a pool drops a
		// connection whose query was cancelled.
		db.keep, err = sqliteKeeper(ctx, file, q)
		db.gate = new(sync.RWMutex)
	} else {
		db.write.turn = make(chan struct{}, 1)
		err = db.write.PingContext(ctx) // makes the file
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), db.write.Close())
	}
	q.Del("_txlock")
	q["_pragma"] = append(q["_pragma"], "query_only(1)", readCache)
	if db.read, err = openSQLitePool(file, q, max(4, 2*runtime.GOMAXPROCS(0))); err != nil {
		return nil, errors.Join(err, db.write.Close())
	}
	return db, nil
}

// memoryName returns the name of a new database in memory. With a slash it is
// shared by the connections of this process.
func memoryName() string { return "/" + ident.NewUUID() }

// Clone returns a new database in memory with all that is in db, which is in
// memory too. That is quicker than to migrate an empty one.
func (db *DB) Clone(ctx context.Context) (*DB, error) {
	if db.keep == nil {
		return nil, errors.New("clone database: it is not one in memory")
	}
	clone, err := openSQLite(ctx, ":memory:")
	if err != nil {
		return nil, err
	}
	err = clone.restore(ctx, db.name)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("clone database: %w", err), clone.Close())
	}
	return clone, nil
}

// restore replaces all that is in db by what is in another database in memory.
func (db *DB) restore(ctx context.Context, from string) error {
	c, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	err = c.Raw(func(driver any) error {
		b, err := driver.(interface {
			NewRestore(from string) (*sqlite.Backup, error)
		}).NewRestore(sqliteName(from, url.Values{"vfs": {"memdb"}}))
		if err != nil {
			return err
		}
		_, err = b.Step(-1)
		return errors.Join(err, b.Finish())
	})
	return errors.Join(err, c.Close())
}

// sqliteName returns the name by which the driver knows a file.
func sqliteName(file string, q url.Values) string {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: q.Encode()}
	return name.String()
}

func openSQLitePool(file string, q url.Values, conns int) (*pool, error) {
	db, err := sql.Open("sqlite", sqliteName(file, q))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return &pool{DB: db, conns: conns, prepare: true, jobs: job.NewNews(), events: make(chan struct{}, 1)}, nil
}

// sqliteKeeper returns an idle connection.
func sqliteKeeper(ctx context.Context, file string, q url.Values) (*sql.DB, error) {
	p, err := openSQLitePool(file, q, 1)
	if err != nil {
		return nil, err
	}
	return p.DB, p.PingContext(ctx)
}

// checkSQLiteFile makes the file if there is none, and says what is wrong with
// it in better words than SQLite, whose answer to all of it is "unable to open database file (14)".
func checkSQLiteFile(file string) error {
	if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
		return fmt.Errorf("open database: there is no folder %s", filepath.Dir(file))
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return fmt.Errorf("open database: %s is a folder", file)
	}
	// Nobody else may read a new one: it has keys and persons in it. Its log
	// takes over the rights.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return f.Close()
}

func (sqliteEngine) begin() *sql.TxOptions    { return nil }
func (sqliteEngine) locking() *sql.TxOptions  { return nil }
func (sqliteEngine) forUpdate() string        { return "" }
func (sqliteEngine) snapshot() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

// again: another process holds the lock for longer than busy_timeout, or a
// snapshot grew old. One process has one writer and never gets here.
func (sqliteEngine) again(err error) bool {
	return sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY && sqliteCode(err) != sqlite3.SQLITE_BUSY
}

func (sqliteEngine) lost(error) bool { return false }

func (sqliteEngine) away(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return true
	}
	return false
}

// sqliteCode returns the extended result code within err, 0 if there is none.
func sqliteCode(err error) int {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return 0
	}
	return e.Code()
}

func (sqliteEngine) skipLocked() string { return "" }

func (sqliteEngine) sizes() string {
	return `SELECT t.tbl_name, sum(s.pgsize) FROM dbstat AS s JOIN sqlite_schema AS t ON t.name = s.name GROUP BY t.tbl_name`
}

// migrateLocked relies on the lock that each migration takes; see Migrate.
func (sqliteEngine) migrateLocked(_ context.Context, _ *sql.DB, f func() error) error { return f() }
