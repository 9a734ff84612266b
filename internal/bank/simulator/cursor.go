package simulator

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
)

// A cursor is where a page begins, in a snapshot: the entries up to Last. Later
// ones have higher numbers, so that they never appear; no entry ever goes away.
type cursor struct {
	way      byte  // 'n' for older than the position, 'p' for newer, 'f' for the first page
	last     int64 // seq of the newest entry of the snapshot
	oldest   int64 // seq of the oldest one that MaxCount leaves; 0 for all
	day, seq int64 // position
}

func (c cursor) String() string {
	return fmt.Sprintf("%c%d.%d.%d.%d", c.way, c.last, c.oldest, c.day, c.seq)
}

func parseCursor(s string) (cursor, error) {
	unknown := problem.New(problem.ResourceUnknown, "no such page")
	if s == "" {
		return cursor{}, unknown
	}
	c := cursor{way: s[0]}
	fields := strings.Split(s[1:], ".")
	if len(fields) != 4 || strings.IndexByte("npf", c.way) < 0 {
		return cursor{}, unknown
	}
	for i, to := range []*int64{&c.last, &c.oldest, &c.day, &c.seq} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil || n < 0 {
			return cursor{}, unknown
		}
		*to = n
	}
	return c, nil
}

// entryReference names an entry for a TPP.
func entryReference(e *Entry) string {
	b := make([]byte, 0, 24)
	b = append(b, 'T')
	b = strconv.AppendInt(b, e.Day, 10)
	b = append(b, '-')
	return string(strconv.AppendInt(b, e.Seq, 10))
}

func parseReference(s string) (day, seq int64, ok bool) {
	d, n, found := strings.Cut(strings.TrimPrefix(s, "T"), "-")
	day, err1 := strconv.ParseInt(d, 10, 64)
	seq, err2 := strconv.ParseInt(n, 10, 64)
	return day, seq, found && s[:1] == "T" && err1 == nil && err2 == nil && seq > 0
}

// A slice is a page of entries, newest first.
type slice struct {
	entries               []Entry
	next, previous, first string
	truncated             bool
}

// bounds turns a query into the entries that it is about.
func (b *connector) bounds(ctx context.Context, a *Account, q *bank.TransactionQuery) (EntryQuery, error) {
	e := EntryQuery{
		Account: a.Key, FromDay: int64(dayOf(q.From)), ToDay: int64(dayOf(q.To)), MinSeq: 1, MaxSeq: math.MaxInt64,
		Day: math.MaxInt64, Seq: math.MaxInt64, BookedBefore: math.MaxInt64,
	}
	if q.To.IsZero() {
		e.ToDay = int64(b.today())
	}
	if q.From.IsZero() {
		e.FromDay = 0
	}
	if lag := b.info.Profile.VisibilityLag; lag > 0 {
		e.BookedBefore = b.w.o.Clock.Now().Add(-lag).UnixMilli()
	}
	if q.After == "" {
		return e, nil
	}
	last, err := b.entry(ctx, a, q.After, e.BookedBefore)
	e.FromDay, e.ToDay, e.MinSeq = max(last.Day, e.FromDay), math.MaxInt64, last.Seq+1
	return e, err
}

// entry returns the booked entry that a TPP names: by its reference or, on a
// card, whose rows have none, by its id. It reports problem.ResourceUnknown.
func (b *connector) entry(ctx context.Context, a *Account, name string, bookedBefore int64) (Entry, error) {
	unknown := problem.New(problem.ResourceUnknown, "no entry of the account has this reference")
	if ref, held, ok := parseTransactionID(name); ok && a.Card != nil {
		e, err := b.w.o.Store.Entry(ctx, a.Key, ref)
		if err == nil && (held || !b.visible(&e)) || problem.Is(err, problem.ResourceUnknown) {
			return Entry{}, unknown
		}
		return e, err
	}
	day, seq, ok := parseReference(name)
	if !ok {
		return Entry{}, unknown
	}
	found, err := b.w.o.Store.Entries(ctx, EntryQuery{
		Account: a.Key, FromDay: day, ToDay: day, MinSeq: seq, MaxSeq: seq, BookedBefore: bookedBefore, Day: day, Seq: seq + 1, Limit: 1,
	})
	if err == nil && len(found) == 0 {
		err = unknown
	}
	if err != nil {
		return Entry{}, err
	}
	return found[0], nil
}

// page reads a page of entries.
func (b *connector) page(ctx context.Context, a *Account, q *bank.TransactionQuery) (slice, error) {
	e, err := b.bounds(ctx, a, q)
	if err != nil {
		return slice{}, err
	}
	limit := max(q.Limit, 1)
	e.Limit = limit + 1
	c := cursor{way: 'f'}
	if q.Cursor != "" {
		if c, err = parseCursor(q.Cursor); err != nil {
			return slice{}, err
		}
		e.MaxSeq, e.MinSeq = c.last, max(e.MinSeq, c.oldest)
		if c.way != 'f' {
			e.Day, e.Seq, e.Forward = c.day, c.seq, c.way == 'p'
		}
	}
	out := slice{}
	if q.Cursor == "" && q.MaxCount > 0 {
		if c.oldest, out.truncated, err = b.floor(ctx, e, q.MaxCount); err != nil {
			return out, err
		}
		e.MinSeq = max(e.MinSeq, c.oldest)
	}
	if q.Cursor == "" && q.After != "" && !out.truncated {
		if out.truncated, err = b.before(ctx, e, q.After); err != nil {
			return out, err
		}
	}
	rows, err := b.w.o.Store.Entries(ctx, e)
	if err != nil {
		return out, err
	}
	more := len(rows) > limit
	rows = rows[:min(len(rows), limit)]
	if e.Forward {
		for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
			rows[i], rows[j] = rows[j], rows[i]
		}
	}
	out.entries = rows
	if len(rows) > 0 {
		out.around(c, more)
	}
	return out, nil
}

// around sets the cursors of the pages beside one that was read at c; more
// says that it goes on in that direction.
func (s *slice) around(c cursor, more bool) {
	newest, oldest := &s.entries[0], &s.entries[len(s.entries)-1]
	if c.way == 'f' && c.last == 0 {
		c.last = newest.Seq
	}
	at := func(way byte, e *Entry) string { return cursor{way, c.last, c.oldest, e.Day, e.Seq}.String() }
	forward := c.way == 'p'
	if more || forward {
		s.next = at('n', oldest)
	}
	if c.way == 'n' || forward && more {
		s.previous = at('p', newest)
		s.first = cursor{way: 'f', last: c.last, oldest: c.oldest}.String()
	}
}

// floor returns the seq of the oldest entry that a bank with at most n rows of
// history shows, and whether it leaves some out.
func (b *connector) floor(ctx context.Context, e EntryQuery, n int) (int64, bool, error) {
	e.Skip, e.Limit = n-1, 2
	rows, err := b.w.o.Store.Entries(ctx, e)
	if err != nil || len(rows) < 2 {
		return 0, false, err
	}
	return rows[0].Seq, true, nil
}

// before reports whether FromDay leaves out entries after the reference.
func (b *connector) before(ctx context.Context, e EntryQuery, reference string) (bool, error) {
	day, _, _ := parseReference(reference)
	if day >= e.FromDay {
		return false, nil
	}
	e.FromDay, e.ToDay, e.Limit = day, e.FromDay-1, 1
	rows, err := b.w.o.Store.Entries(ctx, e)
	return len(rows) > 0, err
}

// now and local are the instant and the bank-local day of a call.
func (b *connector) now() (time.Time, day) {
	now := b.w.o.Clock.Now()
	return now, dayIn(now, b.info.Location)
}
