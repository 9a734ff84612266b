package store_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

// childURL is the variable that makes TestKilledChild write to a database
// until it is killed.
const childURL = "SLUSS_STORE_TEST_CHILD"

// childID is the consent that a child of the round makes in its step n.
func childID(round, n int) string { return fmt.Sprintf("round-%d-consent-%d", round, n) }

func childHash(round, n int) (h [32]byte) {
	binary.BigEndian.PutUint32(h[:], uint32(round))
	binary.BigEndian.PutUint32(h[4:], uint32(n))
	return h
}

// TestKilledChild is the process that TestKilled kills. It prints each change
// once it is committed.
func TestKilledChild(t *testing.T) {
	url, round := os.Getenv(childURL), 0
	if url == "" {
		return
	}
	if _, err := fmt.Sscan(os.Getenv("SLUSS_STORE_TEST_ROUND"), &round); err != nil {
		t.Fatal(err)
	}
	db := open(t, url)
	for n := range 100_000 { // it is killed long before
		if err := childInsert(t.Context(), db, round, n); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%d 1\n", n)
		if err := childChange(t.Context(), db, round, n); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%d 2\n", n)
	}
}

func noted(subject string) event.Event {
	return event.Event{ID: ident.NewUUID(), Type: "consent.x", Subject: subject, At: time.Unix(1, 0)}
}

// childInsert stores a consent, its event and a code: five rows.
func childInsert(ctx context.Context, db *store.DB, round, n int) error {
	c := storetest.NewConsent()
	c.ID = childID(round, n)
	return db.RedirectTx(ctx, func(tx redirect.Tx) error {
		if err := tx.InsertConsent(ctx, c, noted(c.ID)); err != nil {
			return err
		}
		return tx.InsertCode(ctx, redirect.Code{Hash: childHash(round, n), ExpiresAt: time.Unix(1, 0)})
	})
}

// childChange changes the consent and spends the code.
func childChange(ctx context.Context, db *store.DB, round, n int) error {
	return db.RedirectTx(ctx, func(tx redirect.Tx) error {
		code, err := tx.Code(ctx, childHash(round, n))
		if err != nil {
			return err
		}
		c, err := tx.Consent(ctx, childID(round, n))
		if err != nil {
			return err
		}
		c.Status, code.UsedAt = consent.Expired, time.Unix(2, 0)
		if err := tx.SpendCode(ctx, code); err != nil {
			return err
		}
		return tx.SaveConsent(ctx, &c, noted(c.ID))
	})
}

// TestKilled kills a writing process at random points, again and again on one
// database. What it said is stored is there, and nothing is half there.
func TestKilled(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		if strings.HasSuffix(url, ":memory:") {
			return // goes with its process
		}
		open(t, url)
		for round := range 8 {
			said := killWriter(t, url, round)
			checkKilled(t, open(t, url), round, said)
			if len(said) == 0 {
				t.Errorf("round %d: the child was killed before it wrote anything", round)
			}
		}
	})
}

// killWriter runs a writer until a random moment and returns the versions that
// it said were stored.
func killWriter(t *testing.T, url string, round int) map[int]int64 {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledChild$")
	cmd.Env = append(os.Environ(), childURL+"="+url, fmt.Sprint("SLUSS_STORE_TEST_ROUND=", round))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := map[int]int64{}
	lines := bufio.NewScanner(out)
	for after := 1 + rand.N(20); lines.Scan(); after-- {
		var n int
		var version int64
		if _, err := fmt.Sscanf(lines.Text(), "%d %d", &n, &version); err != nil {
			t.Errorf("the child says %q", lines.Text())
		}
		said[n] = version
		if after == 0 {
			time.AfterFunc(rand.N(3*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // says that it was killed
	return said
}

// checkKilled checks each consent with what belongs to it, up to the first
// that is not there.
func checkKilled(t *testing.T, db *store.DB, round int, said map[int]int64) {
	t.Helper()
	for n := range 100_000 {
		id := childID(round, n)
		trail, err := db.Trail(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var code redirect.Code
		codeErr := db.RedirectTx(t.Context(), func(tx redirect.Tx) (err error) {
			code, err = tx.Code(t.Context(), childHash(round, n))
			return err
		})
		c, err := db.Consent(t.Context(), id)
		if problem.Is(err, problem.ConsentUnknown) {
			if len(trail) > 0 || !problem.Is(codeErr, problem.GrantInvalid) || said[n] != 0 {
				t.Errorf("%s is lost or half there: %d events, code %v, said version %d", id, len(trail), codeErr, said[n])
			}
			return
		}
		changed := c.Status == consent.Expired
		if err != nil || codeErr != nil || c.Version < said[n] || int64(len(trail)) != c.Version ||
			changed != (c.Version == 2) || changed == code.UsedAt.IsZero() {
			t.Errorf("%s: version %d (%v), said %d, %d events, status %s, code %+v (%v)",
				id, c.Version, err, said[n], len(trail), c.Status, code, codeErr)
		}
	}
}
