// Package webhook tells apps of events: each event of an app is sent, signed
// after Standard Webhooks (https://www.standardwebhooks.com), to every endpoint
// that the app has registered for its type.
//
//	event, in the transaction of a change
//	  | FanOut: once, with a position
//	delivery, one for each endpoint    pending --> delivered
//	  | job "webhook.deliver"             |  '---> dead, after some three days
//	attempt                               '-- again, later and later
//
// Nothing is lost, since each step is a transaction; but a receiver may get a
// message twice, and messages may come in another order than they happened. A
// message has no personal data: who wants to know more asks the API.
//
// Attempts are made on the business clock, as all due work is. In an
// installation that is real time. In a sandbox a first attempt is made at once,
// also while the clock stands, and the next when the clock gets there, so that
// a test can advance it and see an endpoint given up. Only what belongs to one
// HTTP request is real: its time-out, and webhook-timestamp, which receivers
// hold against their own clock.
package webhook

import (
	"context"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/job"
)

// An Endpoint is where an app wants to hear of events.
type Endpoint struct {
	ID          string
	ClientID    string
	URL         string
	Description string
	// Types are the event types to send, such as "consent.valid" or
	// "consent.*"; all if empty.
	Types   []string
	Secrets []Secret // newest first; at least one
	// Disabled says why nothing is sent; empty if it is.
	Disabled     string
	FailingSince time.Time // zero if the last attempt was well
	CreatedAt    time.Time
	Version      int64
}

// A Secret is what messages are signed with, as it is stored.
type Secret struct {
	Sealed    []byte
	CreatedAt time.Time
	ExpiresAt time.Time // zero for the newest
}

// Wants reports whether the endpoint is to get events of the type.
func (e *Endpoint) Wants(kind string) bool {
	return len(e.Types) == 0 || slices.ContainsFunc(e.Types, func(pattern string) bool { return Matches(pattern, kind) })
}

// Matches reports whether a type is the pattern or, if that ends in ".*",
// begins as it does.
func Matches(pattern, kind string) bool {
	if family, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(kind, family)
	}
	return pattern == kind
}

// A Status is how far a delivery is.
type Status string

// The statuses.
const (
	Pending   Status = "pending"
	Delivered Status = "delivered"
	Dead      Status = "dead" // given up
)

// A Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID         string
	EndpointID string
	EventID    string // the webhook-id of each attempt
	Type       string
	Body       string
	Status     Status
	Attempts   int
	Log        []Attempt // the last MaxLog attempts, oldest first
	CreatedAt  time.Time
	NextAt     time.Time // zero unless pending
	EndedAt    time.Time // zero while pending
	Version    int64
}

// MaxLog is how many attempts a delivery remembers.
const MaxLog = 10

// An Attempt is one request to an endpoint.
type Attempt struct {
	At         time.Time     `json:"at"`
	StatusCode int           `json:"statusCode,omitempty"` // 0 if there was no answer
	Duration   time.Duration `json:"durationNs"`           // real time
	Error      string        `json:"error,omitempty"`      // why there was no answer
	Response   string        `json:"response,omitempty"`   // the first KB of a refusal
}

// OK reports whether the receiver took the message.
func (a *Attempt) OK() bool { return a.StatusCode >= 200 && a.StatusCode < 300 }

// A Filter picks deliveries.
type Filter struct {
	EndpointID string
	Status     Status    // any if empty
	Since      time.Time // made at or after; any if zero
	Limit      int
}

// An EventFilter picks events that were handed out.
type EventFilter struct {
	After    int64  // position; 0 from the beginning
	ClientID string // any if empty
	Limit    int
}

// A Positioned is an event with its place in the order of handing out.
type Positioned struct {
	event.Event
	Position int64
}

// A Store keeps endpoints, deliveries and the outbox of events.
type Store interface {
	// Endpoints returns the endpoints of an app, oldest first.
	Endpoints(ctx context.Context, clientID string) ([]Endpoint, error)
	// Endpoint and Delivery report problem.ResourceUnknown.
	Endpoint(ctx context.Context, id string) (Endpoint, error)
	Delivery(ctx context.Context, id string) (Delivery, error)
	// Deliveries returns deliveries, newest first.
	Deliveries(ctx context.Context, f Filter) ([]Delivery, error)
	// WaitingEvents returns events that were not handed out, oldest first.
	WaitingEvents(ctx context.Context, limit int) ([]event.Event, error)
	// HandedEvents returns events in the order in which they were handed out.
	HandedEvents(ctx context.Context, f EventFilter) ([]Positioned, error)
	// LastPosition returns that of the event that was handed out last; 0 if
	// none was.
	LastPosition(ctx context.Context) (int64, error)
	// WebhookTx runs fn in one transaction, perhaps twice; fn must be pure but
	// for its Tx.
	WebhookTx(ctx context.Context, fn func(Tx) error) error
	// ForgetDeliveries deletes deliveries that ended, and events that were
	// handed out, before the instant.
	ForgetDeliveries(ctx context.Context, before time.Time) error
}

// A Tx is the store within one transaction.
type Tx interface {
	job.Tx
	// TakeEvents marks events as handed out and gives them the next positions,
	// in their order. It returns those that were not handed out before.
	TakeEvents(ctx context.Context, ids []string, at time.Time) ([]string, error)
	EndpointsOf(ctx context.Context, clientID string) ([]Endpoint, error)
	// EndpointByID and DeliveryByID report problem.ResourceUnknown.
	EndpointByID(ctx context.Context, id string) (Endpoint, error)
	InsertEndpoint(ctx context.Context, e Endpoint, events ...event.Event) error
	// SaveEndpoint and SaveDelivery store what was changed since it was read;
	// if it changed meanwhile, the transaction runs again.
	SaveEndpoint(ctx context.Context, e *Endpoint, events ...event.Event) error
	DeleteEndpoint(ctx context.Context, id string, events ...event.Event) error
	DeliveryByID(ctx context.Context, id string) (Delivery, error)
	InsertDelivery(ctx context.Context, d Delivery) error
	SaveDelivery(ctx context.Context, d *Delivery) error
}
