package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// TestTurn: who cannot wait any longer to write leaves the line to the others.
func TestTurn(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "turn.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	done, err := db.writing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.exec(gone, "CREATE TABLE a (id INTEGER)"); !errors.Is(err, context.Canceled) {
		t.Errorf("exec reports %v while another writes", err)
	}
	done()
	if _, err := db.exec(t.Context(), "CREATE TABLE a (id INTEGER)"); err != nil {
		t.Errorf("exec reports %v once nobody writes", err)
	}
}
