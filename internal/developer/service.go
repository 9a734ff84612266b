package developer

import (
	"context"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// A Mail is a message to a person, in plain text.
type Mail struct {
	To      string
	Subject string
	Text    string
}

// A Mailer sends mail. It does not wait until it has arrived.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// A Sealer seals what must be read again: package keyring's.
type Sealer interface {
	// Seal returns plain so that only Open with the same purpose reads it.
	Seal(purpose string, plain []byte) []byte
	// Open fails for what was not sealed for the purpose.
	Open(purpose string, sealed []byte) ([]byte, error)
}

// A Service joins the rules of users, sessions and organisations with the
// store. It is safe for concurrent use.
type Service struct {
	Store  Store
	Hasher *Hasher
	Sealer Sealer
	// Mailer sends mail; nil if none can be sent. Operators then print links
	// ([Service.Link]).
	Mailer Mailer
	// Clock is the wall clock: a sandbox that jumps a month must not sign
	// anybody out.
	Clock clock.Clock
	// Base is the base URL of the portal, without a trailing slash, for links in
	// mail.
	Base string
	// OpenSignUp lets anybody make an account; else an invitation is needed.
	OpenSignUp bool

	guesses guesses
}

// How long things are good.
const (
	sessionLife   = 30 * 24 * time.Hour // whatever happens
	sessionIdle   = 3 * 24 * time.Hour  // without a request
	factorLife    = 10 * time.Minute    // between password and second factor
	verifyLife    = 48 * time.Hour
	resetLife     = time.Hour
	inviteLife    = 7 * 24 * time.Hour
	freshFor      = 15 * time.Minute // a proof, for what wants a fresh one
	seenEvery     = 5 * time.Minute  // how exact a session's last use is
	maxSessions   = 50
	recoveryCodes = 10
)

// wrong is the one answer to credentials that do not let anybody in, whatever
// is wrong with them.
func wrong() error {
	return problem.New(problem.ClientInvalid, "That e-mail address and password do not belong together.")
}

// checkMail reports problem.StatusInvalid where no mail can be sent.
func (s *Service) checkMail() error {
	if s.Mailer == nil {
		return problem.New(problem.StatusInvalid, "This installation sends no mail. Its operator can make you an account, or a link that sets a new password.")
	}
	return nil
}

func (s *Service) event(kind, subject, detail string) event.Event {
	return event.Event{ID: ident.NewUUID(), Type: kind, Subject: subject, At: s.Clock.Now(), Detail: detail}
}

// guesses slow down those who try passwords: by address of the account and by
// network. Who has neither tried is never slowed down by others but for an
// account that is under attack, which a right second factor or passkey opens
// nevertheless. The zero value is ready.
type guesses struct {
	mu    sync.Mutex
	tries map[string]*tries
}

// tries are the wrong guesses for one key.
type tries struct {
	n     int
	until time.Time // no guess counts before
	last  time.Time
}

const (
	freeTries  = 5
	freeMails  = 5  // to an address that is not proved, or has an account already
	freeJoins  = 20 // accounts that one network makes: there are workshops
	maxWait    = 15 * time.Minute
	maxGuesses = 20_000 // keys
	forgetAt   = time.Hour
)

// wait returns how long the key must wait for its next guess.
func (g *guesses) wait(key string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.tries[key]
	if t == nil || now.Sub(t.last) > forgetAt {
		return 0
	}
	return max(0, t.until.Sub(now))
}

// failed counts a wrong guess. After the free ones the wait doubles with each.
func (g *guesses) failed(key string, now time.Time, free int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.tries == nil || len(g.tries) >= maxGuesses {
		g.tries = map[string]*tries{} // bounded; an attacker with that many networks gets a few more tries
	}
	t := g.tries[key]
	if t == nil || now.Sub(t.last) > forgetAt {
		t = &tries{}
		g.tries[key] = t
	}
	t.n++
	t.last = now
	if over := t.n - free; over >= 0 {
		t.until = now.Add(min(maxWait, time.Second<<min(over, 10)))
	}
}

func (g *guesses) forget(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.tries, key)
}

// checkGuess reports problem.AccessExceeded, with when to come again, for keys
// that have guessed too often.
func (s *Service) checkGuess(keys ...string) error {
	now := s.Clock.Now()
	var wait time.Duration
	for _, k := range keys {
		wait = max(wait, s.guesses.wait(k, now))
	}
	if wait == 0 {
		return nil
	}
	e := problem.New(problem.AccessExceeded, "Too many tries. Wait %s and try again.", wait.Round(time.Second))
	e.RetryAfter = wait
	return e
}

func (s *Service) countGuess(keys ...string) {
	for _, k := range keys {
		s.guesses.failed(k, s.Clock.Now(), freeTries)
	}
}
