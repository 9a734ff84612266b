package simulator

import (
	"context"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// Session returns the run of SCA with the reference, as the person psu sees it
// who has logged in; psu may be empty. It reports problem.ResourceUnknown, and
// problem.PSUInvalid for a person who may not sign it.
func (w *World) Session(ctx context.Context, ref, psu string) (Session, error) {
	return Session{}, problem.New(problem.ResourceUnknown, "no such run")
}

// Login stores who has opened the run: for the page, or in manual mode for a
// person who has opened the app and has not signed yet. It reports the same as
// Session, and problem.StatusInvalid for a run that has ended.
func (w *World) Login(ctx context.Context, ref, psu string) error { return nil }

// Decide stores what the person answers. A run that has ended stays as it is.
// It reports the same as Session.
func (w *World) Decide(ctx context.Context, ref string, d Decision) error { return nil }

// Pending returns the runs that wait for a person, oldest first.
func (w *World) Pending(ctx context.Context) ([]Session, error) { return nil, nil }

// Revoke takes back a consent at the bank, as a person does in the bank's app.
// The reference is the bank's. It reports problem.ResourceUnknown.
func (w *World) Revoke(ctx context.Context, ref string) error { return nil }

// Verify checks the books: every journal sums to zero in each currency, and
// every balance is the sum of its entries.
func (w *World) Verify(ctx context.Context) error { return nil }

// People returns the test persons and companies of a bank, the ordinary ones
// first.
func People(bicfi ident.BICFI) []Person { return nil }
