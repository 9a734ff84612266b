package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank/simulator"
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
	debits := k.debits()
	counts := map[string]int{}
	for id, shown := range k.shown {
		// Everybody may look for as long as it takes: the API has the last word.
		last := &payer{killing: k, n: k.whose[id]}
		a := last.call(k.Context(), http.MethodGet, payPath+"/"+id+"/status", "", "")
		counts[a.TransactionStatus]++
		want := 0
		if a.TransactionStatus == "ACSC" {
			want = 1
		}
		if debits[id] != want {
			k.Errorf("payment %s is %s and was debited %d times", id, a.TransactionStatus, debits[id])
		}
		for _, final := range []string{"ACSC", "RJCT", "CANC"} {
			if shown[final] && a.TransactionStatus != final {
				k.Errorf("payment %s was shown as %s and is %s", id, final, a.TransactionStatus)
			}
		}
		delete(debits, id)
	}
	for id, n := range debits {
		k.Errorf("payment %s was debited %d times, and nobody was told of it", id, n)
	}
	k.Logf("%d payments: %v", len(k.shown), counts)
	k.store(func(ctx context.Context, db *store.DB) error {
		faults, err := store.Simulator{DB: db}.Audit(ctx)
		if len(faults) > 0 {
			err = errors.New("the books are wrong: " + strings.Join(faults, "; "))
		}
		return err
	})
	if out := k.run("audit", "verify", "--config", k.config()); !strings.HasPrefix(out, "chains ") {
		k.Errorf("audit verify: %s", out)
	}
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
