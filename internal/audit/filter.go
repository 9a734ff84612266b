package audit

import "time"

// A Filter picks audit rows to look at, the newest first.
type Filter struct {
	Subject string // id of a resource; any if empty
	Type    string // what the type begins with, such as "user."; any if empty
	// Before and BeforeID are the last row of the page before; the first page if
	// zero.
	Before   time.Time
	BeforeID string
	Limit    int
}
