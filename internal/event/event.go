// Package event holds Event, what webhooks and the audit trail tell of. An
// event is stored in the same transaction as the change that it tells of.
package event

import "time"

// An Event is something that happened to a resource.
type Event struct {
	ID       string // UUID
	Type     string // such as "consent.valid" or "app.created"
	Subject  string // id of the resource
	ClientID string // app that the resource belongs to; empty if none
	At       time.Time
	BICFI    string // bank that it is at; empty if none. Not in the audit trail
	Detail   string // one word or short sentence; no personal data, no secrets
}
