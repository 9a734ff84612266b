// Package simulator is a bank that does not exist: thirteen of them, each
// behind the interfaces of package bank.
//
// It is a bank and not a mock. A [World] has persons and companies, accounts
// and cards, and a double-entry ledger from which every balance and every
// transaction comes; it runs SCA of its own and keeps its consents. What it
// knows about a customer follows from one seed, so that the same seed and the
// same clock give the same accounts, amounts and texts. An account's history is
// made when it is first read and goes on as the clock advances.
//
// A run of SCA is a stored row: what was ordered, when, and what the person
// decided. Its outcome is a pure function of that row and the time, so nothing
// runs in the background, and a restart in the middle of it changes nothing.
//
// The pages for the browser are in the package pages below this one; they and
// the sandbox's control API use [World.Session], [World.Decide] and their like.
package simulator

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rickar/cal/v2"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// A Mode says who answers in the decoupled approach. In a redirect the person
// on the page, or the control API in its place, always does.
type Mode string

// The modes.
const (
	Auto     Mode = "auto"     // by itself, 2 seconds after the start
	Manual   Mode = "manual"   // the control API or a page
	Scripted Mode = "scripted" // as Auto, but by [World.Script] for some persons
)

// Options say what a world is like.
type Options struct {
	Store Store
	Clock clock.Clock
	// Seed decides every name, number and amount.
	Seed int64
	// Mode defaults to Auto.
	Mode Mode
	// PageURL returns the address of the bank's page for a run of SCA. It may
	// be nil where no browser ever comes.
	PageURL func(ref string) string
	// Banks are the BICFIs of the banks that exist, all if empty.
	Banks []ident.BICFI
	// Quirks sets banks to a named profile other than "ideal"; see [Quirks].
	Quirks map[ident.BICFI]string
	// StrictAccounts refuses accounts that are not in the books, where they
	// would be opened for the customer who first names them.
	StrictAccounts bool
	// NoWaits has persons sign at once and payments settle when they are
	// submitted, to measure what is not waiting.
	NoWaits bool
	// HistoryDays is how far back histories go. Defaults to 760; tests have
	// less to make.
	HistoryDays int
	// Log may be nil.
	Log *slog.Logger
}

// A World is all simulated banks with their customers. It is safe for
// concurrent use, and several processes may share its store.
type World struct {
	o         Options
	banks     []*connector
	calendars map[string]*cal.BusinessCalendar
	polls     atomic.Uint64 // of challenges, so that each one differs

	mu        sync.Mutex
	script    map[string]string       // PSU-ID to that whose behaviour it has; guarded by mu
	customers map[customerKey]*client // guarded by mu
	accounts  map[int64]*Account      // guarded by mu
	grown     map[int64]day           // until when an account has history; guarded by mu
	woken     map[int64]bool          // instants for which there is a job, Unix milliseconds; guarded by mu
}

// New returns a world. It reads and writes nothing yet: customers and accounts
// are made when they are first asked for.
func New(o Options) (*World, error) {
	if o.Mode == "" {
		o.Mode = Auto
	}
	if !slices.Contains([]Mode{Auto, Manual, Scripted}, o.Mode) {
		return nil, fmt.Errorf("simulator: no mode %q; there are auto, manual and scripted", o.Mode)
	}
	if o.HistoryDays <= 0 {
		o.HistoryDays = 760
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w := &World{o: o, calendars: calendars(), script: map[string]string{}, customers: map[customerKey]*client{}, accounts: map[int64]*Account{}, grown: map[int64]day{}, woken: map[int64]bool{}}
	for _, b := range directory() {
		id := b.info.ASPSP.BICFI
		if len(o.Banks) > 0 && !slices.Contains(o.Banks, id) {
			continue
		}
		if err := applyQuirks(&b.info.Profile, o.Quirks[id]); err != nil {
			return nil, fmt.Errorf("simulator: bank %s: %w", id, err)
		}
		b.w = w
		w.banks = append(w.banks, b)
	}
	for id := range o.Quirks {
		if !slices.ContainsFunc(w.banks, func(b *connector) bool { return b.info.ASPSP.BICFI == id }) {
			return nil, fmt.Errorf("simulator: a profile for the bank %s, which does not exist", id)
		}
	}
	if want := len(o.Banks); want > 0 && want != len(w.banks) {
		return nil, fmt.Errorf("simulator: %d of the %d banks exist", len(w.banks), want)
	}
	return w, nil
}

// Connectors returns the banks.
func (w *World) Connectors() []bank.Connector {
	out := make([]bank.Connector, len(w.banks))
	for i, b := range w.banks {
		out[i] = b
	}
	return out
}

// bank returns the bank with the BICFI.
func (w *World) bank(id ident.BICFI) (*connector, error) {
	for _, b := range w.banks {
		if b.info.ASPSP.BICFI == id {
			return b, nil
		}
	}
	return nil, problem.New(problem.ResourceUnknown, "no bank with this BIC")
}

// Script makes the person behave as the test identity like does, such as
// "99990101101", or as usual if like is empty. It needs the mode [Scripted] and
// holds for runs that start later. It lives in this process only.
func (w *World) Script(psu, like string) error {
	if w.o.Mode != Scripted {
		return problem.New(problem.StatusInvalid, "the sandbox is in mode %s, not scripted", w.o.Mode)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if like == "" {
		delete(w.script, ident.NormalPSU(psu))
	} else {
		w.script[ident.NormalPSU(psu)] = ident.NormalPSU(like)
	}
	return nil
}

// Mode returns the mode.
func (w *World) Mode() Mode { return w.o.Mode }

// Reset forgets every customer, account, consent and run of SCA. With the same
// clock all of it comes back as it was at first.
func (w *World) Reset(ctx context.Context) error {
	if err := w.o.Store.Reset(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.script)
	clear(w.customers)
	clear(w.accounts)
	clear(w.grown)
	clear(w.woken)
	return nil
}

// A connector is one bank.
type connector struct {
	w        *World
	info     bank.Info
	clearing string // bank code within an IBAN
	series   string // first digits of a Swedish clearing number
	currency money.Currency
}

// Info implements [bank.Connector].
func (b *connector) Info() *bank.Info { return &b.info }

// today returns the bank-local day.
func (b *connector) today() day { return dayIn(b.w.o.Clock.Now(), b.info.Location) }
