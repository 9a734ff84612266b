package store

import (
	"errors"
	"fmt"

	"sluss.example/sluss/internal/problem"
)

// ErrUnavailable says that the database cannot be used for the time being: it
// does not answer, it is locked by somebody else, or it has no room left.
// Nothing of the change was stored, unless the connection broke while it was
// being committed; then nobody knows.
var ErrUnavailable = errors.New("database unavailable")

// errConflict says that a row is no longer the one that was read. tx runs the
// transaction again.
var errConflict = errors.New("changed meanwhile")

// fault marks err as ErrUnavailable if it is of that kind. It is then a
// problem too, so that every edge answers 503 and not that something broke. A
// text that PostgreSQL cannot keep, such as one with a NUL, is the caller's.
func (db *DB) fault(err error) error {
	if err != nil && db.engine.away(err) {
		return problem.New(problem.Busy, "the service is not available for a moment; try again").
			Because(fmt.Errorf("%w: %w", ErrUnavailable, err))
	}
	if sqlState(err) == "22021" {
		return problem.New(problem.FormatInvalid, "a text has a character that cannot be stored").Because(err)
	}
	return err
}
