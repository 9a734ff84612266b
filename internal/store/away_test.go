package store_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

// A line is a TCP connection to a server that can be cut.
type line struct {
	listener net.Listener
	server   string

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
}

func newLine(t *testing.T, server string) *line {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := &line{listener: l, server: server, conns: map[net.Conn]bool{}}
	var done sync.WaitGroup
	done.Go(func() { ln.accept(&done) })
	t.Cleanup(func() {
		_ = l.Close()
		ln.cut(true)
		done.Wait()
	})
	return ln
}

// accept joins each caller with the server.
func (ln *line) accept(done *sync.WaitGroup) {
	for {
		near, err := ln.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", ln.server)
		if err != nil || !ln.add(near, far) {
			_ = near.Close()
			continue
		}
		for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
			done.Go(func() {
				_, _ = io.Copy(pair[0], pair[1])
				_, _ = near.Close(), far.Close()
			})
		}
	}
}

// add keeps connections for cut, unless the line is down.
func (ln *line) add(conns ...net.Conn) bool {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	for _, c := range conns {
		if ln.conns[c] = true; ln.down {
			_ = c.Close()
		}
	}
	return !ln.down
}

// cut breaks every connection. If down it also breaks each new one, until the
// next cut.
func (ln *line) cut(down bool) {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	ln.down = down
	for c := range ln.conns {
		_ = c.Close()
	}
	clear(ln.conns)
}

// throughLine returns an open PostgreSQL database with consents, through a
// line.
func throughLine(t *testing.T, c consent.Consent) (*store.DB, *line) {
	t.Helper()
	u, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	ln := newLine(t, u.Host)
	u.Host = ln.listener.Addr().String()
	db := open(t, u.String())
	if err := db.ConsentTx(t.Context(), func(tx consent.Tx) error { return tx.InsertConsent(t.Context(), c) }); err != nil {
		t.Fatal(err)
	}
	return db, ln
}

// TestAway: while PostgreSQL is away every call says so soon, and all works by
// itself once it is back, with nothing half-written.
func TestAway(t *testing.T) {
	t.Parallel()
	if os.Getenv("SLUSS_TEST_POSTGRES") == "" {
		t.Skip("no PostgreSQL server; check.sh has one")
	}
	c := storetest.NewConsent()
	db, ln := throughLine(t, c)
	calls := map[string]func(ctx context.Context) error{
		"Ping":        func(ctx context.Context) error { return db.Ping(ctx) },
		"Consent":     func(ctx context.Context) error { _, err := db.Consent(ctx, c.ID); return err },
		"Apps":        func(ctx context.Context) error { _, _, err := db.Apps(ctx); return err },
		"CountAccess": func(ctx context.Context) error { _, err := db.CountAccess(ctx, "k", "2026-11-23", 9); return err },
		"ConsentTx":   func(ctx context.Context) error { return touch(ctx, db, c.ID, nil) },
	}
	for range 3 {
		ln.cut(true)
		for name, call := range calls {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			err := call(ctx)
			if !errors.Is(err, store.ErrUnavailable) || !problem.Is(err, problem.Busy) || ctx.Err() != nil {
				t.Errorf("%s while the database is away reports %v (%v)", name, err, ctx.Err())
			}
			cancel()
		}
		ln.cut(false)
		for name, call := range calls {
			if err := call(t.Context()); err != nil {
				t.Errorf("%s once the database is back reports %v", name, err)
			}
		}
	}
	if got, err := db.Consent(t.Context(), c.ID); err != nil || got.Version != 4 {
		t.Errorf("version %d (%v) after 3 changes that were answered, want 4", got.Version, err)
	}
}

// TestCutWithin: a connection that breaks within a transaction, and idle ones
// that broke unseen, as when a server was restarted. The transaction runs
// again on a new one.
func TestCutWithin(t *testing.T) {
	t.Parallel()
	if os.Getenv("SLUSS_TEST_POSTGRES") == "" {
		t.Skip("no PostgreSQL server; check.sh has one")
	}
	c := storetest.NewConsent()
	db, ln := throughLine(t, c)
	var warm sync.WaitGroup // several idle connections
	for range 6 {
		warm.Go(func() { _ = db.Ping(t.Context()) })
	}
	warm.Wait()
	runs := 0
	err := touch(t.Context(), db, c.ID, func() {
		if runs++; runs == 1 {
			ln.cut(false)
		}
	})
	if err != nil || runs != 2 {
		t.Errorf("a change whose connection broke reports %v after %d runs, want 2", err, runs)
	}
	ln.cut(false)
	if got, err := db.Consent(t.Context(), c.ID); err != nil || got.Version != 2 {
		t.Errorf("version %d (%v), want 2", got.Version, err)
	}
	if trail, err := db.Trail(t.Context(), c.ID); err != nil || len(trail) != 1 {
		t.Errorf("%d events (%v), want 1", len(trail), err)
	}
}

// touch changes the consent, and calls between after it was read.
func touch(ctx context.Context, db *store.DB, id string, between func()) error {
	return db.ConsentTx(ctx, func(tx consent.Tx) error {
		c, err := tx.Consent(ctx, id)
		if err != nil {
			return err
		}
		if between != nil {
			between()
		}
		return tx.SaveConsent(ctx, &c, noted(id))
	})
}

// TestUnreachable: a server that is not there is no error of Open, and a clear
// one of all else.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close() // nobody listens there now
	db, err := store.Open(t.Context(), store.Options{URL: "postgres://u:secret@" + address + "/d"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	_, statusErr := db.Status(t.Context())
	for name, err := range map[string]error{"Ping": db.Ping(t.Context()), "Migrate": db.Migrate(t.Context()), "Status": statusErr} {
		if !errors.Is(err, store.ErrUnavailable) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s reports %v", name, err)
		}
	}
}

// TestTextUnstorable: SQLite keeps every text, PostgreSQL has no NUL.
func TestTextUnstorable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db := open(t, url)
		_, err := db.Consent(t.Context(), "a\x00b")
		if !problem.Is(err, problem.ConsentUnknown) && !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("Consent reports %v", err)
		}
	})
}
