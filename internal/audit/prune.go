package audit

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
)

// A Chain is a chain as the store has it.
type Chain struct {
	Head
	Pruned Head // last block that was deleted because of its age; zero if none
}

// A Pruner deletes what is old.
type Pruner interface {
	// PruneAudit deletes the blocks of a chain before the first one that is not
	// older than before, at most limit of them, with the rows that they seal.
	// It stores the last of them as the chain's Pruned, and what note makes of
	// it. If it deletes nothing it stores only a note, and only if the last one
	// is older than before or about to be. It returns how many blocks it
	// deleted.
	PruneAudit(ctx context.Context, chain string, before time.Time, limit int, note func(Head) event.Event) (int64, error)
	// AuditChains returns the names of all chains.
	AuditChains(ctx context.Context) ([]string, error)
}

// pruneAtOnce is how many blocks one transaction deletes.
const pruneAtOnce = 500

// prunedKind is the type of the audit rows that say what was deleted.
const prunedKind = "audit.pruned"

// Prune deletes the blocks that are older than before, and their rows, from
// the beginning of each chain. What is left can still be verified, and tells
// what is gone. Several instances may prune at once.
func Prune(ctx context.Context, p Pruner, before, now time.Time) (blocks int64, err error) {
	chains, err := p.AuditChains(ctx)
	if err != nil {
		return 0, err
	}
	note := func(h Head) event.Event {
		return event.Event{
			ID: ident.NewUUID(), Type: prunedKind, Subject: h.Chain, At: now,
			Detail: strconv.FormatInt(h.Position, 10) + " " + hex.EncodeToString(h.Hash[:]),
		}
	}
	for _, chain := range chains {
		for {
			n, err := p.PruneAudit(ctx, chain, before, pruneAtOnce, note)
			if blocks += n; err != nil {
				return blocks, fmt.Errorf("prune the audit trail: %w", err)
			}
			if n < pruneAtOnce {
				break
			}
		}
	}
	return blocks, nil
}

// notedHead returns what an audit row of Prune says.
func notedHead(e event.Event) (h Head, ok bool) {
	position, hash, _ := strings.Cut(e.Detail, " ")
	n, err := strconv.ParseInt(position, 10, 64)
	if err != nil {
		return h, false
	}
	sum, err := hex.DecodeString(hash)
	if err != nil || len(sum) != len(h.Hash) {
		return h, false
	}
	return Head{Chain: e.Subject, Position: n, Hash: Hash(sum)}, true
}

// begin takes in where a chain begins.
func (c *checker) begin(chain Chain) {
	c.Chains++
	if p := chain.Pruned; p.Position > 0 {
		c.pruned[p.Chain] = p
		c.hashes[p] = true
		c.Pruned += p.Position
	}
}

// note takes in what audit rows say was deleted.
func (c *checker) note(rows []event.Event) {
	for _, e := range rows {
		if h, ok := notedHead(e); ok && e.Type == prunedKind {
			c.noted[h] = true
		}
	}
}

// checkPruned checks that an audit row says so wherever blocks were deleted:
// nobody can delete some and call them old without leaving a sealed row.
func (c *checker) checkPruned(ctx context.Context, r Reader) error {
	fresh, err := r.UnsealedNotes(ctx, prunedKind)
	if err != nil {
		return err
	}
	c.note(fresh)
	for _, p := range c.pruned {
		if !c.noted[p] {
			c.fault("chain %s: the blocks up to %d are gone, and no audit row says that they were deleted because of their age", p.Chain, p.Position)
		}
	}
	return nil
}
