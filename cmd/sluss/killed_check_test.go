package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/store"
)

// settleTime is how long everything may take to come to an end once the
// server is left alone.
const settleTime = 2 * time.Minute

// checkAll checks, once nothing more is to be done, all that must hold.
func (k *killing) checkAll() {
	k.Helper()
	for what, n := range k.said {
		k.Logf("%5d %s", n, what)
	}
	k.within(settleTime, "no job is left", func() bool { return k.jobsLeft() == 0 })
	k.within(settleTime, "every status that was shown has its webhook", func() bool { return len(k.untold()) == 0 })
	last, counts := map[string]string{}, map[string]int{}
	for id := range k.shown {
		// Everybody may look for as long as it takes: the API has the last word.
		by := &payer{killing: k, n: k.whose[id]}
		last[id] = by.call(k.Context(), http.MethodGet, payPath+"/"+id+"/status", "", "").TransactionStatus
		counts[last[id]]++
	}
	k.within(settleTime, "every event has its webhook", func() bool {
		lost := k.lost(last)
		k.left = fmt.Sprint(lost)
		return len(lost) == 0
	})
	for _, fault := range k.faults(last) {
		k.Error(fault)
	}
	k.Logf("%d payments: %v", len(k.shown), counts)
	if out := k.run("audit", "verify", "--config", k.config()); !strings.HasPrefix(out, "chains ") {
		k.Errorf("audit verify: %s", out)
	}
}

// faults returns what is wrong, where last has the status of each payment:
// money that was moved twice, or otherwise than everybody was told, statuses
// that changed though they are final, lost events, and books that do not
// balance.
func (k *killing) faults(last map[string]string) (all []string) {
	k.Helper()
	fault := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	debits := k.debits()
	for id, shown := range k.shown {
		want := 0
		if last[id] == "ACSC" {
			want = 1
		}
		if debits[id] != want {
			fault("payment %s is %s and was debited %d times", id, last[id], debits[id])
		}
		for _, final := range []string{"ACSC", "RJCT", "CANC"} {
			if shown[final] && last[id] != final {
				fault("payment %s was shown as %s and is %s", id, final, last[id])
			}
		}
		delete(debits, id)
	}
	for id, n := range debits {
		fault("payment %s was debited %d times, and nobody was told of it", id, n)
	}
	for _, s := range k.untold() {
		fault("no webhook came of %s", s)
	}
	all = append(all, k.lost(last)...)
	k.store(func(ctx context.Context, db *store.DB) error {
		wrong, err := store.Simulator{DB: db}.Audit(ctx)
		for _, w := range wrong {
			fault("the books are wrong: %s", w)
		}
		return err
	})
	return all
}

// lost returns what the audit trail of the payments lacks, or has too much of:
// each begins with RCVD, goes by moves that there are, and ends with what the
// payment is, and each of its statuses was told by a webhook.
func (k *killing) lost(last map[string]string) (all []string) {
	k.Helper()
	k.store(func(ctx context.Context, db *store.DB) error {
		for id, status := range last {
			trail, err := db.Trail(ctx, id)
			if err != nil {
				return err
			}
			all = append(all, k.gaps(id, status, trail)...)
		}
		return nil
	})
	return all
}

// gaps is lost for one payment. Events of the same millisecond have no order,
// so it asks of each status whether one that it follows is there.
func (k *killing) gaps(id, status string, trail []event.Event) (all []string) {
	had := map[string]int{}
	for _, e := range trail {
		if s, ok := strings.CutPrefix(e.Type, "payment."); ok {
			had[s]++
		}
	}
	if had["RCVD"] == 0 || had[status] == 0 {
		all = append(all, fmt.Sprintf("payment %s is %s, and its events are %v", id, status, had))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for s, n := range had {
		follows := slices.ContainsFunc(payment.Moves(), func(m payment.Move) bool { return string(m.To) == s && had[string(m.From)] > 0 })
		if s != "RCVD" && !follows {
			all = append(all, fmt.Sprintf("payment %s became %s from nothing: its events are %v", id, s, had))
		}
		if n > 1 && strings.Contains("ACTC ACSP ACSC RJCT CANC", s) {
			all = append(all, fmt.Sprintf("payment %s became %s %d times", id, s, n))
		}
		if !k.told["payment."+s+" "+id] {
			all = append(all, fmt.Sprintf("no webhook came of %s %s", s, id))
		}
	}
	return all
}

// jobsLeft returns how many jobs there are. Has all but what waits for another
// day come to an end, that day comes: a bank may have been told of a payment
// only after the last kill.
func (k *killing) jobsLeft() (n int) {
	k.Helper()
	k.store(func(ctx context.Context, db *store.DB) error {
		left, err := db.Jobs(ctx, job.Filter{Limit: 100_000})
		n = len(left)
		soon := time.Now().Add(time.Hour)
		now := slices.ContainsFunc(left, func(j job.Job) bool { return j.DueAt.Before(soon) })
		if err == nil && n > 0 && !now {
			return db.MakeDue(ctx, time.Now(), simulator.Job, payment.LookJob, time.Second)
		}
		k.left = fmt.Sprint(left)
		return err
	})
	return n
}

// untold returns the statuses that were shown and of which no webhook came.
func (k *killing) untold() (all []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, statuses := range k.shown {
		for s := range statuses {
			if !k.told["payment."+s+" "+id] {
				all = append(all, s+" "+id)
			}
		}
	}
	return all
}

// debits counts the debits of each payment in the books of the banks.
func (k *killing) debits() map[string]int {
	k.Helper()
	debits := map[string]int{}
	k.store(func(ctx context.Context, db *store.DB) error {
		s := store.Simulator{DB: db}
		list, err := s.Payments(ctx, "", math.MaxInt32)
		if err != nil {
			return err
		}
		accounts := map[int64]bool{}
		for i := range list {
			accounts[list[i].Debtor] = true
		}
		for account := range accounts {
			entries, err := s.Entries(ctx, simulator.EntryQuery{
				Account: account, FromDay: 0, ToDay: math.MaxInt32, MinSeq: 1, MaxSeq: math.MaxInt32, BookedBefore: math.MaxInt64, Forward: true, Limit: 1_000_000,
			})
			if err != nil {
				return err
			}
			for i := range entries {
				if id := uuidForm.FindString(entries[i].Text); id != "" && entries[i].Amount < 0 {
					debits[id]++
				}
			}
		}
		return nil
	})
	return debits
}
