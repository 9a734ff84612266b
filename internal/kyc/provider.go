package kyc

import (
	"context"
	"strings"
	"time"
)

// A Verdict is what somebody makes of a form.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Reject  Verdict = "reject"
	Review  Verdict = "review" // a person must look
)

// A Finding is a verdict with its reason.
type Finding struct {
	Verdict Verdict
	Note    string // for operators; no personal data
}

// A Submission is a form that was sent.
type Submission struct {
	Organisation string // normalised
	Country      string // ISO 3166-1 alpha-2; empty if it is not known
	Answers
}

// A Provider decides on forms. It may call others; an error means that it is
// to be asked again later.
type Provider interface {
	Assess(ctx context.Context, s *Submission) (Finding, error)
}

// A Voucher is a [Provider] that knows some organisations without a form.
type Voucher interface {
	// Vouch returns the last date, UTC, to which the organisation is known.
	Vouch(organisation string, now time.Time) (until time.Time, ok bool)
}

// Manual leaves every decision to an operator.
type Manual struct{}

// Assess implements [Provider].
func (Manual) Assess(context.Context, *Submission) (Finding, error) {
	return Finding{Verdict: Review, Note: "an operator decides"}, nil
}

// Sandbox approves every form that was sent, and knows every organisation
// whose number ends in an even digit without one. It is for tests alone.
type Sandbox struct{}

// Assess implements [Provider].
func (Sandbox) Assess(context.Context, *Submission) (Finding, error) {
	return Finding{Verdict: Approve}, nil
}

// Vouch implements [Voucher].
func (Sandbox) Vouch(organisation string, now time.Time) (time.Time, bool) {
	last := strings.LastIndexAny(organisation, "0123456789")
	if last < 0 || (organisation[last]-'0')%2 != 0 {
		return time.Time{}, false
	}
	return validUntil(now), true
}
