package audit

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"sluss.example/sluss/internal/event"
)

// page is how many blocks are read at once.
const page = 200

// A Reader reads chains.
type Reader interface {
	// Chains returns every chain, oldest chain first.
	Chains(ctx context.Context) ([]Chain, error)
	// UnsealedNotes returns the audit rows of a type that no block seals.
	UnsealedNotes(ctx context.Context, kind string) ([]event.Event, error)
	// Blocks returns the blocks of a chain after a position, in order.
	Blocks(ctx context.Context, chain string, after int64, limit int) ([]Block, error)
	// SealedRows returns the audit rows that the blocks of a chain from one
	// position to another seal, by position, time and id.
	SealedRows(ctx context.Context, chain string, from, to int64) ([]Row, error)
	// CountUnsealed returns how many audit rows no block seals yet.
	CountUnsealed(ctx context.Context) (int64, error)
}

// A Report says what a check found.
type Report struct {
	Chains, Blocks, Rows, Entries int64
	Unsealed                      int64    // rows that no block seals yet
	Pruned                        int64    // blocks that were deleted because of their age
	Faults                        []string // what does not hold; none if all is well
}

// checker checks chains and remembers what anchors will need.
type checker struct {
	Report
	hashes  map[Head]bool
	anchors []Block
	pruned  map[string]Head // by chain
	noted   map[Head]bool   // what audit rows say was deleted
	each    func(b *Block, entries []Entry, rows []event.Event) error
}

// Verify checks every chain, every anchor and every sealed row. Faults are in
// the report; an error is that it could not be checked.
func Verify(ctx context.Context, r Reader) (Report, error) {
	c := checker{each: func(*Block, []Entry, []event.Event) error { return nil }}
	return c.run(ctx, r)
}

func (c *checker) run(ctx context.Context, r Reader) (Report, error) {
	c.hashes, c.pruned, c.noted = map[Head]bool{}, map[string]Head{}, map[Head]bool{}
	chains, err := r.Chains(ctx)
	if err != nil {
		return c.Report, err
	}
	for _, chain := range chains {
		c.begin(chain)
		if err := c.chain(ctx, r, chain); err != nil {
			return c.Report, err
		}
	}
	if err := c.checkPruned(ctx, r); err != nil {
		return c.Report, err
	}
	for _, b := range c.anchors {
		// Of what was deleted before the last deleted block nothing is left to
		// compare with.
		if !c.hashes[b.Anchor] && b.Anchor.Position >= c.pruned[b.Anchor.Chain].Position {
			c.fault("chain %s block %d: its anchor, chain %s block %d, is gone or changed", b.Chain, b.Position, b.Anchor.Chain, b.Anchor.Position)
		}
	}
	c.Unsealed, err = r.CountUnsealed(ctx)
	return c.Report, err
}

func (c *checker) fault(format string, args ...any) {
	c.Faults = append(c.Faults, fmt.Sprintf(format, args...))
}

// chain checks one chain up to its head.
func (c *checker) chain(ctx context.Context, r Reader, chain Chain) error {
	head, last := chain.Head, Head{Chain: chain.Chain}
	if chain.Pruned.Position > 0 {
		last = chain.Pruned
	}
	for last.Position < head.Position {
		blocks, err := r.Blocks(ctx, head.Chain, last.Position, page)
		if err != nil {
			return err
		}
		if len(blocks) == 0 {
			break
		}
		to := blocks[len(blocks)-1].Position
		if to >= head.Position {
			to = math.MaxInt64 // rows of no block, too
		}
		rows, err := r.SealedRows(ctx, head.Chain, blocks[0].Position, to)
		if err != nil {
			return err
		}
		for i := range blocks {
			b := &blocks[i]
			var own []event.Event
			for ; len(rows) > 0 && rows[0].Position <= b.Position; rows = rows[1:] {
				own = append(own, rows[0].Event)
			}
			if err := c.block(b, last, own); err != nil {
				return err
			}
			last = b.Head
		}
		if len(rows) > 0 {
			c.fault("chain %s: %d audit rows name a block that is not there", head.Chain, len(rows))
		}
	}
	if last != head {
		c.fault("chain %s ends at block %d, not with the block %d that was its head", head.Chain, last.Position, head.Position)
	}
	return nil
}

// block checks one block, which follows previous and seals rows.
func (c *checker) block(b *Block, previous Head, rows []event.Event) error {
	c.Blocks++
	c.Rows += int64(len(rows))
	switch {
	case b.Position != previous.Position+1:
		c.fault("chain %s: block %d follows block %d", b.Chain, b.Position, previous.Position)
	case b.sum(previous.Hash) != b.Hash:
		c.fault("chain %s block %d was changed", b.Chain, b.Position)
	}
	c.note(rows)
	if sumRows(rows) != b.Rows {
		c.fault("chain %s block %d: an audit row that it seals was changed, added or removed", b.Chain, b.Position)
	}
	entries, err := b.Entries()
	if err != nil {
		c.fault("chain %s block %d: %v", b.Chain, b.Position, err)
	}
	c.Entries += int64(len(entries))
	c.hashes[b.Head] = true
	if b.Anchor != (Head{}) {
		c.anchors = append(c.anchors, Block{Head: b.Head, Anchor: b.Anchor})
	}
	return c.each(b, entries, rows)
}

// exported is a line of an export.
type exported struct {
	Chain    string    `json:"chain"`
	Block    int64     `json:"block"`
	Hash     string    `json:"hash,omitempty"` // of the block, on its first line
	At       time.Time `json:"at"`
	Type     string    `json:"type"`
	ID       string    `json:"id,omitempty"`
	Subject  string    `json:"subject,omitempty"`
	ClientID string    `json:"clientId,omitempty"`
	TokenID  string    `json:"tokenId,omitempty"`
	Scope    string    `json:"scope,omitempty"`
	Detail   string    `json:"detail,omitempty"`
}

// Export writes all that is sealed as lines of JSON, a line for each block,
// row and entry, and checks it on the way as Verify does. Kept elsewhere, it
// also guards the newest blocks.
func Export(ctx context.Context, r Reader, w io.Writer) (Report, error) {
	out := json.NewEncoder(w)
	c := checker{each: func(b *Block, entries []Entry, rows []event.Event) error {
		lines := []exported{{Hash: hex.EncodeToString(b.Hash[:]), At: b.At, Type: "audit.block"}}
		for _, e := range rows {
			lines = append(lines, exported{At: e.At, Type: e.Type, ID: e.ID, Subject: e.Subject, ClientID: e.ClientID, Detail: e.Detail})
		}
		for _, e := range entries {
			lines = append(lines, exported{At: e.At, Type: e.Kind, ClientID: e.ClientID, TokenID: e.TokenID, Scope: e.Scope, Detail: e.Detail})
		}
		for _, l := range lines {
			l.Chain, l.Block = b.Chain, b.Position
			if err := out.Encode(l); err != nil {
				return fmt.Errorf("export: %w", err)
			}
		}
		return nil
	}}
	return c.run(ctx, r)
}
