package webhook_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/webhook"
)

// childURL is the variable that makes TestKilledChild make events and send them
// until it is killed.
const childURL = "SLUSS_WEBHOOK_TEST_CHILD"

// TestKilledChild is the process that TestKilled kills. It prints the subject
// of each event once that is committed.
func TestKilledChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		return
	}
	r := join(t, open(t, url))
	r.jobs.Lease = 2 * time.Second
	r.jobs.Inserted, r.jobs.Fed = r.db.JobsInserted(), r.db.EventsInserted()
	go r.jobs.Run(t.Context())
	for n := range 100_000 { // it is killed long before
		subject := fmt.Sprint(os.Getenv("SLUSS_WEBHOOK_TEST_ROUND"), "-", n)
		r.happen("consent.valid", subject)
		fmt.Println(subject)
	}
}

// TestKilled kills an instance again and again, at any moment between the
// commit of a change and the answer of the receiver. Every event that was
// committed gets there.
func TestKilled(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		if strings.HasSuffix(url, ":memory:") {
			return // goes with its process
		}
		r := join(t, open(t, url))
		r.addApp(clientID)
		rc := receive(t, nil)
		r.add(rc.URL)
		said := map[string]bool{}
		for round := range 3 {
			for _, subject := range killSender(t, url, round) {
				said[subject] = true
			}
		}
		if len(said) == 0 {
			t.Fatal("nothing was committed before the processes were killed")
		}
		r.jobs.Lease = 2 * time.Second
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.jobs.Run(ctx) })
		defer running.Wait()
		defer stop()
		missing := func() (n int) {
			got := ""
			for _, m := range rc.messages() {
				got += m.body
			}
			for subject := range said {
				if !strings.Contains(got, `"`+subject+`"`) {
					n++
				}
			}
			return n
		}
		waiting, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		clock.Real{}.Poll(waiting, 100*time.Millisecond, nil, func(context.Context) {
			if missing() == 0 {
				cancel()
			}
		})
		if n := missing(); n > 0 {
			t.Errorf("%d of %d events never got to the receiver", n, len(said))
		}
	})
}

// killSender runs an instance until some moment and returns the subjects of
// the events that it committed.
func killSender(t *testing.T, url string, round int) (said []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledChild$")
	cmd.Env = append(os.Environ(), childURL+"="+url, fmt.Sprint("SLUSS_WEBHOOK_TEST_ROUND=", round))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for after := 3 + rand.N(20); lines.Scan(); after-- {
		said = append(said, lines.Text())
		if after == 0 {
			time.AfterFunc(rand.N(5*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // says that it was killed
	return said
}

// TestInstances has several instances hand out and send the same events: each
// endpoint gets each once.
func TestInstances(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db := open(t, url)
		first := join(t, db)
		first.addApp(clientID)
		rc := receive(t, nil)
		first.add(rc.URL)
		const n = 40
		for i := range n {
			happen(t, db, "consent.valid", fmt.Sprint("c", i))
		}
		var group sync.WaitGroup
		for range 3 {
			r := join(t, db)
			group.Go(func() { r.settle() })
		}
		group.Wait()
		first.settle()
		if got := len(rc.messages()); got != n {
			t.Errorf("%d messages, want %d", got, n)
		}
		events, err := db.HandedEvents(t.Context(), webhook.EventFilter{Limit: 100})
		if err != nil || len(events) != n+1 { // one tells of the endpoint
			t.Errorf("%d events were handed out (%v), want %d", len(events), err, n+1)
		}
	})
}
