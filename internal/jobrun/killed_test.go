package jobrun_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

func postgres(testing.TB) bool { return os.Getenv("SLUSS_TEST_POSTGRES") != "" }

// childURL is the variable that makes TestKilledChild run jobs until it is
// killed.
const childURL = "SLUSS_JOBRUN_TEST_CHILD"

// leased is a runner whose jobs are free soon after it was killed.
func leased(db *store.DB, did func(subject string)) *jobrun.Runner {
	r := runner(db, clock.NewFrozen(epoch().Add(time.Hour)), map[job.Kind]jobrun.Handler{
		"make": {InTx: job.In(func(ctx context.Context, tx consent.Tx, j job.Job) error {
			made := storetest.NewConsent()
			made.ID = j.Subject // a second one would not fit beside the first
			did(j.Subject)
			return tx.InsertConsent(ctx, made)
		})},
		"send": {Workers: 3, Outside: func(_ context.Context, j job.Job) (job.TxFunc, error) {
			did(j.Subject)
			return job.In(func(ctx context.Context, tx consent.Tx, j job.Job) error {
				made := storetest.NewConsent()
				made.ID = j.Subject
				return tx.InsertConsent(ctx, made)
			}), nil
		}},
	})
	r.Lease = time.Second
	return r
}

// TestKilledChild is the process that TestKilled kills.
func TestKilledChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		return
	}
	leased(open(t, url), func(subject string) { fmt.Println(subject) }).Run(t.Context())
}

// TestKilled kills an instance while it runs jobs. The others take over what it
// held, and everything is stored once.
func TestKilled(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		if strings.HasSuffix(url, ":memory:") {
			return // goes with its process
		}
		db := open(t, url)
		const n = 600
		var jobs []job.Job
		for i := range n {
			kind := job.Kind("make")
			if i%20 == 0 {
				kind = "send"
			}
			jobs = append(jobs, job.New(kind, fmt.Sprint("c", i), epoch().Add(time.Duration(i)*time.Second)))
		}
		put(t, db, jobs...)
		for range 3 {
			killRunner(t, url)
		}
		start(t, leased(db, func(string) {}))
		waitFor(t, func() bool {
			counts, err := db.JobCounts(t.Context(), epoch())
			if err != nil {
				t.Fatal(err)
			}
			return len(counts) == 0
		})
		for i := range n {
			if _, err := db.Consent(t.Context(), fmt.Sprint("c", i)); err != nil {
				t.Fatalf("job %d: %v", i, err)
			}
		}
	})
}

// waitFor waits for half a minute of real time until f says true.
func waitFor(t *testing.T, f func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ok := false
	clock.Real{}.Poll(ctx, 20*time.Millisecond, nil, func(context.Context) {
		if ok = f(); ok {
			cancel()
		}
	})
	if !ok {
		t.Fatal("it has not come about")
	}
}

// killRunner kills a runner at some moment after it has begun a job.
func killRunner(t *testing.T, url string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledChild$")
	cmd.Env = append(os.Environ(), childURL+"="+url)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for after := 1 + rand.N(90); after > 0 && lines.Scan(); after-- {
	}
	time.AfterFunc(rand.N(3*time.Millisecond), func() { _ = cmd.Process.Kill() })
	for lines.Scan() { // until it is dead
	}
	_ = cmd.Wait() // says that it was killed
}
