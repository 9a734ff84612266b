package simulator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sluss.example/sluss/internal/money"
)

// A journal is one event in the books of a bank. Its lines sum to zero in each
// currency: what one account gets, another one gives, be it the world outside.
type journal struct {
	id    int64
	kind  string
	at    time.Time
	lines []line
	// grown says until which day an account has history now.
	grown map[int64]day
}

// A line is an entry to come.
type line struct {
	account  int64
	currency money.Currency
	opening  bool // the balance before the first entry
	day      day
	value    day
	ref      int64
	at       int64 // Unix milliseconds
	kind     kind
	amount   int64
	text     string
}

// outside returns the ledger of the world that an account deals with. Each
// account has its own, so that no ledger is in everybody's way.
func outside(account int64) int64 { return mix(uint64(account), 0x6f757473696465) }

// post books j. It is the only way to an entry: it checks the sums, numbers the
// entries and carries the balances forward.
func post(ctx context.Context, tx Tx, j *journal) error {
	sums := map[money.Currency]int64{}
	for i := range j.lines {
		sums[j.lines[i].currency] += j.lines[i].amount
	}
	for c, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("journal %s sums to %d %s", j.kind, sum, c)
		}
	}
	p := &Posting{Entries: make([]Entry, 0, len(j.lines))}
	if len(j.lines) > 0 {
		p.Journals = []Journal{{j.id, j.kind, j.at}}
	}
	index := map[int64]int{}
	for i := range j.lines {
		l := &j.lines[i]
		if err := p.take(ctx, tx, index, l.account, l.currency); err != nil {
			return err
		}
		p.add(&p.After[index[l.account]], j.id, l)
	}
	for account, until := range j.grown {
		if err := p.take(ctx, tx, index, account, ""); err != nil {
			return err
		}
		p.After[index[account]].Grown = int64(until)
	}
	return tx.Post(ctx, p)
}

// take reads the ledger of an account, once.
func (p *Posting) take(ctx context.Context, tx Tx, index map[int64]int, account int64, c money.Currency) error {
	if _, ok := index[account]; ok {
		return nil
	}
	l, err := tx.Ledger(ctx, account, c)
	if err != nil {
		return err
	}
	if c != "" && l.Currency != c {
		return fmt.Errorf("ledger %d is in %s, not in %s", account, l.Currency, c)
	}
	index[account] = len(p.After)
	p.Before, p.After = append(p.Before, l), append(p.After, l)
	return nil
}

// add books one line on its ledger.
func (p *Posting) add(l *Ledger, journal int64, in *line) {
	l.Balance += in.amount
	if !in.opening {
		l.Entries++
	}
	seq := l.Entries
	if in.opening {
		seq = 0
	}
	p.Entries = append(p.Entries, Entry{
		Journal: journal, Account: in.account, Day: int64(in.day), Seq: seq, Ref: in.ref, At: in.at, Value: int64(in.value),
		Kind: int64(in.kind), Amount: in.amount, Balance: l.Balance, Text: in.text,
	})
}

// Verify checks the books: every journal sums to zero in each currency, every
// balance is the sum of its entries, and every entry follows from the one
// before it.
func (w *World) Verify(ctx context.Context) error {
	faults, err := w.o.Store.Audit(ctx)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return errors.New("the books are wrong: " + strings.Join(faults, "; "))
	}
	return nil
}
