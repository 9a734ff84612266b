// Package job is due work that lives in the store: to settle a payment at five,
// to try a webhook again in an hour.
//
// A rule that wants something done later inserts a [Job] in the transaction of
// its own change, so that there is never one without the other. Package jobrun
// claims what is due and runs it:
//
//	waiting --claimed--> held by an instance --finished--> gone
//	   ^                    |         |
//	   '----failed, later---'         '--failed too often--> dead
//	   '----instance died: the lease runs out
//
// A job that works in the database alone runs in the transaction that finishes
// it ([In]), so its effects happen once, however many instances there are and
// whenever one of them is killed. A job that reaches outside runs at least
// once.
//
// There are two times. DueAt is business time: on a clock that is advanced by a
// month all jobs of that month are due. What is about the running itself, the
// lease and the pause after a failure, is real time.
package job

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sluss.example/sluss/internal/clock"
)

// A Kind says what a job does, such as "payment.settle". There are few of them:
// metrics have one as a label.
type Kind string

// A Job is work that is due at some time.
type Job struct {
	ID      string // in the order of their making
	Kind    Kind
	Subject string    // id of the resource that it is about
	DueAt   time.Time // business time, in milliseconds; its handler takes this for the present
	Payload []byte    // JSON, at most MaxPayload bytes; none if empty. No secrets, no personal data

	// What the runner keeps.
	Attempts  int       // how often it failed
	Failure   string    // of the last attempt, at most MaxFailure bytes
	Owner     string    // who holds it; nobody if empty
	HeldUntil time.Time // real time before which nobody else takes it; zero if anybody may
	DeadAt    time.Time // real time at which it was given up; zero if it was not
}

const (
	// MaxPayload bounds a payload, in bytes.
	MaxPayload = 4096
	// MaxFailure bounds the text of a failure, in bytes.
	MaxFailure = 300
)

// New returns a job about subject that is due at the instant. Jobs that are due
// at the same time run in the order in which they were made.
func New(kind Kind, subject string, due time.Time) Job {
	var b [16]byte
	nanos := clock.Real{}.Now().UnixNano()
	for i := range 8 {
		b[i] = byte(nanos >> (56 - 8*i))
	}
	_, _ = rand.Read(b[8:]) // never fails; see crypto/rand
	return Job{ID: hex.EncodeToString(b[:]), Kind: kind, Subject: subject, DueAt: due.UTC().Truncate(time.Millisecond)}
}

// With returns a copy of j whose payload is v as JSON.
func (j Job) With(v any) (Job, error) {
	payload, err := json.Marshal(v)
	if err == nil && len(payload) > MaxPayload {
		err = fmt.Errorf("more than %d bytes", MaxPayload)
	}
	if err != nil {
		return j, fmt.Errorf("payload of a job %s: %w", j.Kind, err)
	}
	j.Payload = payload
	return j, nil
}

// Read decodes the payload into v.
func (j Job) Read(v any) error {
	if err := json.Unmarshal(j.Payload, v); err != nil {
		return fmt.Errorf("payload of job %s: %w", j.ID, err)
	}
	return nil
}

// Dead reports whether the job was given up.
func (j Job) Dead() bool { return !j.DeadAt.IsZero() }

// Before orders jobs as they are to run: by DueAt, then as they were made.
func (j Job) Before(k Job) int {
	return cmp.Or(j.DueAt.Compare(k.DueAt), cmp.Compare(j.ID, k.ID))
}

// ErrLost says that the job is no longer this owner's: its lease ran out and
// another instance has it, or it was cancelled.
var ErrLost = errors.New("the job is no longer held")

// ErrLater says that there is no room to run the job just now. It is tried
// again a little later in real time, and that counts as no failure.
var ErrLater = errors.New("no room to run the job now")
