package job

import (
	"context"
	"fmt"
	"reflect"
	"time"
)

// A Tx puts jobs into the transaction of a change and takes them out. The Tx of
// a domain package that wants work done later embeds it.
type Tx interface {
	// InsertJob stores a job. One that is due already runs at once.
	InsertJob(ctx context.Context, j Job) error
	// CancelJobs deletes the jobs of the kind about subject, dead ones too. The
	// effects of one that runs at this moment are undone if it is one of [In].
	CancelJobs(ctx context.Context, kind Kind, subject string) error
}

// A RunTx is the transaction in which jobs run and end.
type RunTx interface {
	Tx
	// FinishJob deletes a job that its Owner holds. It reports ErrLost.
	FinishJob(ctx context.Context, j Job) error
	// EarliestInserted returns the earliest DueAt of the jobs that this
	// transaction inserted, zero if there is none.
	EarliestInserted() time.Time
	// Parts returns further views of the same transaction, whose methods would
	// clash with its own.
	Parts() []any
}

// A TxFunc is the work of a job within the transaction that finishes it. It may
// run twice, so it must be pure but for its tx: it calls no method of a store
// and no bank, which on SQLite would wait for this very transaction for ever.
type TxFunc func(ctx context.Context, tx RunTx, j Job) error

// In returns a TxFunc whose transaction is a T, such as payment.Tx. The store's
// transaction must implement it, or one of its parts must.
func In[T any](fn func(ctx context.Context, tx T, j Job) error) TxFunc {
	return func(ctx context.Context, tx RunTx, j Job) error {
		for _, part := range append([]any{tx}, tx.Parts()...) {
			if t, ok := part.(T); ok {
				return fn(ctx, t, j)
			}
		}
		return fmt.Errorf("the store's transaction is no %s", reflect.TypeFor[T]())
	}
}

// A Claim says which jobs to hold.
type Claim struct {
	Owner string
	Kinds []Kind
	Not   []string  // subjects whose jobs are left alone
	Now   time.Time // business time: what is due then
	Real  time.Time // real time: what nobody holds then
	Until time.Time // real time until which the claim lasts
	Limit int
}

// A Failure says what becomes of a job that failed.
type Failure struct {
	Text      string
	HeldUntil time.Time // real time of the next attempt
	DeadAt    time.Time // real time at which it was given up; zero if it was not
	Uncounted bool      // this attempt does not count
}

// A Store keeps jobs for those who run them.
type Store interface {
	// ClaimJobs has the owner hold the first jobs that are due and free, and
	// returns them in their order. No two owners get the same.
	ClaimJobs(ctx context.Context, c Claim) ([]Job, error)
	// JobTx runs fn in one transaction, perhaps twice.
	JobTx(ctx context.Context, fn func(tx RunTx) error) error
	// FailJob gives a job back that failed, if its Owner still holds it.
	FailJob(ctx context.Context, j Job, f Failure) error
	// ReleaseJobs gives jobs back that did not run, if their Owner still holds
	// them.
	ReleaseJobs(ctx context.Context, jobs []Job) error
	// NextJob returns when the next job of the kinds is due after the instant
	// of business time; zero if none is.
	NextJob(ctx context.Context, kinds []Kind, after time.Time) (time.Time, error)
	// JobCounts counts the jobs by kind, at an instant of business time.
	JobCounts(ctx context.Context, now time.Time) ([]Count, error)
}

// A Count is how many jobs of a kind there are.
type Count struct {
	Kind    Kind
	Waiting int       // not dead, due or not
	Due     int       // waiting and due
	Dead    int       // given up
	Oldest  time.Time // DueAt of the oldest that is due; zero if none is
}

// A Filter picks jobs to look at.
type Filter struct {
	Kind    Kind   // any if empty
	Subject string // any if empty
	Dead    bool   // only those that were given up
	Limit   int    // at most so many
}

// An Admin keeps jobs for those who look after them.
type Admin interface {
	// Jobs returns jobs in the order in which they are due.
	Jobs(ctx context.Context, f Filter) ([]Job, error)
	// RetryJob has a job run again at once, from its first attempt. It reports
	// problem.ResourceUnknown.
	RetryJob(ctx context.Context, id string) error
	// DeleteJob deletes a job. It reports problem.ResourceUnknown.
	DeleteJob(ctx context.Context, id string) error
}
