// Package kyc is the due diligence on the organisations that pay: who owns
// them and who may sign for them. Without a valid one an organisation cannot
// pay through an app ([Service.Check]).
//
// It is a form, filled in by a person of the organisation on a web page, and a
// decision:
//
//	open  ->  submitted  ->  approved  ->  expired
//	 |            |             |
//	 |            +-> rejected <+ (withdrawn by an operator)
//	 +-> expired (nobody sent it in time)
//	 +-> void    (another form of the organisation was approved; also from submitted)
//
// A case belongs to an app and an organisation. There may be several open ones,
// and the first that is approved counts. Who decides is a [Provider]: nobody
// but an operator, a sandbox that approves all, or a check against sanction
// lists.
//
// The link to the form is a capability, since a person without signing rights
// passes it on: whoever has it sees and changes the answers, until it expires.
// So it is not stored. The case has an id of its own, which lists, events and
// the audit trail carry; the id in the link follows from that by a key, and the
// way back is by its hash. Answers are sealed at rest, and gone once nobody
// needs them.
package kyc

import (
	"context"
	"slices"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// A Status is where a case stands.
type Status string

// The statuses.
const (
	Open      Status = "open"      // being filled in
	Submitted Status = "submitted" // sent, and not yet decided
	Approved  Status = "approved"
	Rejected  Status = "rejected"
	Expired   Status = "expired" // not sent in time, or approved too long ago
	Void      Status = "void"    // another form of the organisation was approved
)

const (
	// FormLife is how long a link to a form works.
	FormLife = 24 * time.Hour
	// validDays is how long an approval is valid.
	validDays = 365
	// maxOpen is how many open forms an organisation can have with an app.
	maxOpen = 50
)

// A Case is one form of an organisation and what came of it.
type Case struct {
	ID           string   // UUID; not the one in the link
	Instance     [32]byte // SHA-256 of the id in the link
	ClientID     string
	Organisation string // normalised
	Country      string // ISO 3166-1 alpha-2; empty if it is not known
	Status       Status
	Sealed       []byte // the answers; nil if there are none
	CreatedAt    time.Time
	ExpiresAt    time.Time // of the link
	SubmittedAt  time.Time
	DecidedAt    time.Time
	ValidUntil   time.Time // date, the last one; zero unless it was approved
	RetryAt      time.Time // when the provider is asked again; zero if an operator decides
	Note         string    // why it waits; no personal data
	Version      int64
}

// A Store keeps cases. Its methods report problem.ResourceUnknown.
type Store interface {
	KYCCase(ctx context.Context, id string) (Case, error)
	// KYCCaseByInstance returns the case whose link has an id with the hash.
	KYCCaseByInstance(ctx context.Context, hash [32]byte) (Case, error)
	// KYCLatest returns the case with the status, of an app and an
	// organisation, that is valid or whose link works longest.
	KYCLatest(ctx context.Context, clientID, organisation string, s Status) (Case, error)
	// KYCCases returns the newest cases, all statuses if s is empty.
	KYCCases(ctx context.Context, s Status, limit int) ([]Case, error)
	// KYCDue returns the ids of cases that time changes at now: see
	// [Service.Tick].
	KYCDue(ctx context.Context, now time.Time, limit int) ([]string, error)
	// KYCTx runs fn in one transaction. It may run it twice.
	KYCTx(ctx context.Context, fn func(Tx) error) error
}

// A Tx is the store within a transaction.
type Tx interface {
	KYCCase(ctx context.Context, id string) (Case, error)
	// KYCUnsettled returns the open and the submitted cases of an app and an
	// organisation, newest first.
	KYCUnsettled(ctx context.Context, clientID, organisation string) ([]Case, error)
	InsertKYCCase(ctx context.Context, c Case, events ...event.Event) error
	// SaveKYCCase stores c if nobody else has since it was read.
	SaveKYCCase(ctx context.Context, c *Case, events ...event.Event) error
}

// note returns an event of the case.
func (c *Case) note(s Status, by string, at time.Time) event.Event {
	return event.Event{
		ID: ident.NewUUID(), Type: "kyc." + string(s), Subject: c.ID, ClientID: c.ClientID, At: at, Detail: by,
	}
}

// linkWorks reports whether the link to the form still works at now.
func (c *Case) linkWorks(now time.Time) bool { return now.Before(c.ExpiresAt) }

// validAt reports whether the case makes its organisation one that may pay: it
// does to the end of its last date, UTC.
func (c *Case) validAt(now time.Time) bool {
	return c.Status == Approved && now.Before(c.ValidUntil.AddDate(0, 0, 1))
}

// lapsed reports whether time has ended the case at now.
func (c *Case) lapsed(now time.Time) bool {
	return c.Status == Open && !c.linkWorks(now) || c.Status == Approved && !c.validAt(now)
}

// lapse ends a case that time has ended. An open one loses its answers.
func (c *Case) lapse(now time.Time) []event.Event {
	if c.Status == Open {
		c.Sealed = nil
	}
	c.Status = Expired
	return []event.Event{c.note(Expired, "", now)}
}

// conclude stores the decision of whoever by is. The provider decides on what
// was sent. A person decides also on an open form, and may take an approval
// back. It reports problem.StatusInvalid.
func (c *Case) conclude(f Finding, by string, now time.Time) ([]event.Event, error) {
	from := []Status{Submitted}
	if by != byProvider {
		from = []Status{Open, Submitted}
		if f.Verdict == Reject {
			from = append(from, Approved)
		}
	}
	if !slices.Contains(from, c.Status) {
		return nil, problem.New(problem.StatusInvalid, "the KYC case is %s", c.Status)
	}
	c.Note, c.RetryAt = f.Note, time.Time{}
	switch f.Verdict {
	case Approve:
		c.Status, c.DecidedAt, c.ValidUntil = Approved, now, validUntil(now)
	case Reject:
		c.Status, c.DecidedAt, c.ValidUntil = Rejected, now, time.Time{}
	case Review:
		return []event.Event{c.note("review", by, now)}, nil
	}
	return []event.Event{c.note(c.Status, by, now)}, nil
}

// void ends a case that no longer matters. Its answers go.
func (c *Case) void(now time.Time) []event.Event {
	c.Status, c.Sealed, c.RetryAt = Void, nil, time.Time{}
	return []event.Event{c.note(Void, "", now)}
}

// validUntil returns the last date, at midnight UTC, of an approval at now.
func validUntil(now time.Time) time.Time {
	y, m, d := now.UTC().Date()
	return time.Date(y, m, d+validDays, 0, 0, 0, 0, time.UTC)
}
