package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/problem"
)

// put stores jobs.
func put(t *testing.T, s Store, jobs ...job.Job) {
	t.Helper()
	err := s.JobTx(t.Context(), func(tx job.RunTx) error {
		for _, j := range jobs {
			if err := tx.InsertJob(t.Context(), j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// claim claims for owner at minutes of both times, for a minute.
func claim(t *testing.T, s Store, owner string, minutes, limit int, kinds ...job.Kind) []job.Job {
	t.Helper()
	jobs, err := s.ClaimJobs(t.Context(), job.Claim{
		Owner: owner, Kinds: kinds, Now: at(minutes), Real: at(minutes), Until: at(minutes + 1), Limit: limit,
	})
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func subjects(jobs []job.Job) (all []string) {
	for _, j := range jobs {
		all = append(all, j.Subject)
	}
	return all
}

func wantSubjects(t *testing.T, what string, jobs []job.Job, want ...string) {
	t.Helper()
	if got := subjects(jobs); !slices.Equal(got, want) {
		t.Errorf("%s: jobs about %v, want %v", what, got, want)
	}
}

func testJobsClaimed(t *testing.T, s Store) {
	first := job.New("b", "first", at(1))
	second, err := job.New("a", "second", at(1)).With(map[string]int{"n": 1})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, job.New("a", "late", at(9)), second, job.New("c", "other", at(0)), first, job.New("a", "third", at(2)))
	next, err := s.NextJob(t.Context(), []job.Kind{"a", "b"}, at(1))
	if err != nil || !next.Equal(at(2)) {
		t.Errorf("NextJob = %v (%v), want %v", next, err, at(2))
	}
	if next, err := s.NextJob(t.Context(), []job.Kind{"a", "b"}, at(9)); err != nil || !next.IsZero() {
		t.Errorf("NextJob after the last = %v (%v), want none", next, err)
	}
	got := claim(t, s, "x", 2, 2, "a", "b")
	wantSubjects(t, "first claim", got, "first", "second") // the order of their making
	want := second
	want.Owner, want.HeldUntil = "x", at(3).Truncate(time.Millisecond)
	if diff := cmp.Diff(want, got[1]); diff != "" {
		t.Errorf("ClaimJobs (-want +got)\n%s", diff)
	}
	wantSubjects(t, "second claim", claim(t, s, "y", 2, 9, "a", "b"), "third")
	wantSubjects(t, "a claim of nothing", claim(t, s, "y", 2, 9, "a", "b"))
	wantSubjects(t, "after the lease", claim(t, s, "y", 3, 9, "a"), "second", "third")
	counts, err := s.JobCounts(t.Context(), at(2))
	wantCounts := []job.Count{{Kind: "a", Waiting: 3, Due: 2, Oldest: at(1)}, {Kind: "b", Waiting: 1, Due: 1, Oldest: at(1)}, {Kind: "c", Waiting: 1, Due: 1, Oldest: at(0)}}
	if diff := cmp.Diff(wantCounts, counts); diff != "" || err != nil {
		t.Errorf("JobCounts reports %v (-want +got)\n%s", err, diff)
	}
}

// testJobsClaimedConcurrent lets many claim at once: no two get the same job.
func testJobsClaimedConcurrent(t *testing.T, s Store) {
	const n = 60
	for i := range n {
		put(t, s, job.New("a", fmt.Sprint(i), at(i%7)))
	}
	var mu sync.Mutex
	seen := map[string]string{}
	together(t, 6, func(i int) error {
		owner := fmt.Sprint("owner", i)
		for {
			jobs, err := s.ClaimJobs(t.Context(), job.Claim{
				Owner: owner, Kinds: []job.Kind{"a"}, Now: at(9), Real: at(9), Until: at(10), Limit: 3,
			})
			if err != nil || len(jobs) == 0 {
				return err
			}
			mu.Lock()
			for _, j := range jobs {
				if seen[j.ID] != "" {
					t.Errorf("%s and %s hold the same job", seen[j.ID], owner)
				}
				seen[j.ID] = owner
			}
			mu.Unlock()
		}
	})
	if len(seen) != n {
		t.Errorf("%d jobs were claimed, want %d", len(seen), n)
	}
}

func testJobsFinished(t *testing.T, s Store) {
	ctx := t.Context()
	put(t, s, job.New("a", "one", at(0)), job.New("a", "two", at(0)))
	jobs := claim(t, s, "x", 0, 9, "a")
	finish := func(j job.Job) error {
		return s.JobTx(ctx, func(tx job.RunTx) error {
			if err := tx.FinishJob(ctx, j); err != nil {
				return err
			}
			if !tx.EarliestInserted().IsZero() {
				t.Error("a transaction that inserted nothing says that it did")
			}
			later, sooner := job.New("b", j.Subject, at(9)), job.New("b", j.Subject, at(8))
			err := errors.Join(tx.InsertJob(ctx, later), tx.InsertJob(ctx, sooner))
			if got := tx.EarliestInserted(); !got.Equal(at(8)) {
				t.Errorf("EarliestInserted = %v, want %v", got, at(8))
			}
			return err
		})
	}
	if err := finish(jobs[0]); err != nil {
		t.Fatal(err)
	}
	if err := finish(jobs[0]); !errors.Is(err, job.ErrLost) {
		t.Errorf("FinishJob of one that is gone reports %v, want ErrLost", err)
	}
	claim(t, s, "y", 1, 9, "a") // the lease is over
	if err := finish(jobs[1]); !errors.Is(err, job.ErrLost) {
		t.Errorf("FinishJob of one that another holds reports %v, want ErrLost", err)
	}
	all, err := s.Jobs(ctx, job.Filter{Kind: "b", Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	wantSubjects(t, "what the finished job inserted", all, "one", "one")
}

func testJobsFailed(t *testing.T, s Store) {
	ctx := t.Context()
	put(t, s, job.New("a", "one", at(0)))
	fail := func(minutes int, f job.Failure) {
		t.Helper()
		jobs := claim(t, s, "x", minutes, 1, "a")
		if len(jobs) != 1 {
			t.Fatalf("at %d there are %d jobs to claim, want 1", minutes, len(jobs))
		}
		if err := s.FailJob(ctx, jobs[0], f); err != nil {
			t.Fatal(err)
		}
	}
	fail(0, job.Failure{Text: "no", HeldUntil: at(5)})
	wantSubjects(t, "within the pause", claim(t, s, "x", 4, 1, "a"))
	fail(5, job.Failure{Uncounted: true})
	jobs := claim(t, s, "x", 5, 1, "a")
	if len(jobs) != 1 || jobs[0].Attempts != 1 || jobs[0].Failure != "no" {
		t.Fatalf("after a failure that counts and one that does not: %+v", jobs)
	}
	if err := s.ReleaseJobs(ctx, jobs); err != nil {
		t.Fatal(err)
	}
	fail(5, job.Failure{Text: "never", DeadAt: at(5)})
	wantSubjects(t, "dead", claim(t, s, "x", 99, 1, "a"))
	dead, err := s.Jobs(ctx, job.Filter{Dead: true, Subject: "one", Limit: 9})
	if err != nil || len(dead) != 1 || !dead[0].Dead() || dead[0].Failure != "never" || dead[0].Attempts != 2 {
		t.Fatalf("Jobs returns %+v (%v), want the dead one", dead, err)
	}
	if counts, err := s.JobCounts(ctx, at(9)); err != nil || len(counts) != 1 || counts[0] != (job.Count{Kind: "a", Dead: 1}) {
		t.Errorf("JobCounts = %+v (%v), want one dead", counts, err)
	}
	if err := s.RetryJob(ctx, dead[0].ID); err != nil {
		t.Fatal(err)
	}
	if jobs := claim(t, s, "x", 9, 1, "a"); len(jobs) != 1 || jobs[0].Attempts != 0 {
		t.Errorf("after RetryJob %+v is claimed, want the job without attempts", jobs)
	}
	if err := s.DeleteJob(ctx, dead[0].ID); err != nil {
		t.Fatal(err)
	}
	wantReason(t, "DeleteJob again", s.DeleteJob(ctx, dead[0].ID), problem.ResourceUnknown)
	wantReason(t, "RetryJob of none", s.RetryJob(ctx, "none"), problem.ResourceUnknown)
}

// testJobsCancelled looks that what is cancelled while it runs leaves nothing.
func testJobsCancelled(t *testing.T, s Store) {
	ctx := t.Context()
	put(t, s, job.New("a", "one", at(0)), job.New("b", "one", at(0)), job.New("a", "two", at(0)))
	jobs := claim(t, s, "x", 0, 1, "a")
	err := s.JobTx(ctx, func(tx job.RunTx) error { return tx.CancelJobs(ctx, "a", "one") })
	if err != nil {
		t.Fatal(err)
	}
	c := NewConsent()
	work := job.In(func(ctx context.Context, tx consent.Tx, _ job.Job) error { return tx.InsertConsent(ctx, c) })
	err = s.JobTx(ctx, func(tx job.RunTx) error {
		return errors.Join(work(ctx, tx, jobs[0]), tx.FinishJob(ctx, jobs[0]))
	})
	if !errors.Is(err, job.ErrLost) {
		t.Errorf("FinishJob of a cancelled one reports %v, want ErrLost", err)
	}
	_, err = s.Consent(ctx, c.ID)
	wantReason(t, "what a cancelled job did", err, problem.ConsentUnknown)
	all, err := s.Jobs(ctx, job.Filter{Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	wantSubjects(t, "what is left", all, "one", "two")
}
