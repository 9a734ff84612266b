// Package audit keeps a trail that nobody can change unseen.
//
// Each instance writes a chain of blocks of its own, so that instances do not
// wait for each other. A block holds a batch of entries (tokens that were
// issued or refused) and seals audit rows that changes have written in their
// own transactions. Its hash covers both, the hash of the block before it in
// the chain, and the newest block of another chain, its anchor:
//
//	chain A   1 <- 2 <- 3 <----- 4
//	               ^         /
//	chain B        1 <- 2 <-'
//
// So a block cannot be changed or taken out of the middle, and the end of a
// chain cannot be cut off once another chain has anchored it. The newest block
// of all is guarded by an export that lies elsewhere.
//
// What is old is deleted from the beginning of a chain on, see [Prune]. The
// chain then begins at the hash of the last block that was deleted, which an
// audit row has too.
//
// [Log] writes, [Verify] checks, [Export] prints.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"sluss.example/sluss/internal/event"
)

// An Entry is something to remember that is no change of a resource.
type Entry struct {
	At       time.Time
	Kind     string // such as "token.issued"
	ClientID string // empty if none
	TokenID  string // jti; empty if none
	Scope    string // scope string; empty if none
	Detail   string // one word or short sentence; no personal data, no secrets
}

// A Hash is a SHA-256.
type Hash [32]byte

// A Head is the newest block of a chain.
type Head struct {
	Chain    string
	Position int64 // from 1; 0 for a chain that has no block
	Hash     Hash
}

// A Block is a link of a chain.
type Block struct {
	Head          // of the chain, with this block
	Batch  string // a UUID: a batch that is stored twice is one block
	At     time.Time
	Body   []byte // the entries, see Encode; empty if none
	Rows   Hash   // of the audit rows that it seals; zero if none
	Anchor Head   // newest block of another chain; zero if none
}

// A Row is an audit row that a block seals.
type Row struct {
	event.Event
	Position int64 // of the block
}

// A Store keeps chains.
type Store interface {
	// Newest returns the newest block of the chains other than chain, zero if
	// there is none.
	Newest(ctx context.Context, chain string) (Head, error)
	// AuditTx runs fn in one transaction, perhaps twice; fn must be pure but
	// for its Tx.
	AuditTx(ctx context.Context, fn func(Tx) error) error
}

// A Tx is the store within one transaction.
type Tx interface {
	// Stored reports whether there is a block of the batch.
	Stored(ctx context.Context, batch string) (bool, error)
	// Head returns the head of the chain.
	Head(ctx context.Context, chain string) (Head, error)
	// Unsealed returns the oldest audit rows that no block seals, up to limit,
	// by time and id.
	Unsealed(ctx context.Context, limit int) ([]event.Event, error)
	// Append stores b, which seals rows, as the new head of its chain. If the
	// chain or a row was changed meanwhile the transaction runs again.
	Append(ctx context.Context, b Block, rows []event.Event) error
}

// sum returns the hash of b, whose predecessor has the hash previous.
func (b *Block) sum(previous Hash) Hash {
	h := sha256.New()
	var n [8]byte
	part := func(p []byte) { // with its length, so that no two blocks are one text
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		_, _ = h.Write(n[:])
		_, _ = h.Write(p)
	}
	number := func(i int64) {
		binary.BigEndian.PutUint64(n[:], uint64(i))
		_, _ = h.Write(n[:])
	}
	part([]byte("sluss audit block 1"))
	part(previous[:])
	part([]byte(b.Chain))
	number(b.Position)
	part([]byte(b.Batch))
	number(b.At.UnixMilli())
	part(b.Body)
	part(b.Rows[:])
	part([]byte(b.Anchor.Chain))
	number(b.Anchor.Position)
	part(b.Anchor.Hash[:])
	return Hash(h.Sum(nil))
}

// sumRows returns the hash of audit rows, in the order of time and id.
func sumRows(rows []event.Event) Hash {
	if len(rows) == 0 {
		return Hash{}
	}
	h := sha256.New()
	var n [8]byte
	for _, r := range rows {
		for _, p := range []string{r.ID, r.Type, r.Subject, r.ClientID, r.Detail} {
			binary.BigEndian.PutUint64(n[:], uint64(len(p)))
			_, _ = h.Write(n[:])
			_, _ = h.Write([]byte(p))
		}
		binary.BigEndian.PutUint64(n[:], uint64(r.At.UnixMilli()))
		_, _ = h.Write(n[:])
	}
	return Hash(h.Sum(nil))
}
