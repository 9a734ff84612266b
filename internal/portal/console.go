package portal

import (
	"net/url"
	"strings"
	"sync"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/scope"
)

const (
	// maxConsoles is how many consoles there are at once.
	maxConsoles = 100
	// maxExchanges is how many exchanges one remembers.
	maxExchanges = 20
	// maxPolls is how often a page asks by itself how an SCA stands.
	maxPolls = 40
)

// A console is one run through the API, step by step, of one session. It is in
// memory alone: it has a token, which nobody gets to see. There is no other
// instance that a browser could come to, since a sandbox is one process, as its
// clock is.
type console struct {
	mu sync.Mutex // held while a request of the session is served

	sessionID, organisationID string
	usedAt                    time.Time // guarded by the mutex of consoles

	appID   string
	bank    *bank.Info
	who     Person
	context scope.Context

	stage stageKey
	token Token
	// What was learnt on the way; empty until then.
	consent, payment, authorisation, method string
	account                                 account
	scaStatus                               string
	link                                    string // to the page of a bank that waits for a person
	polls                                   int
	edited                                  *draft // the last request, if it was refused, so that it can be mended
	log                                     []exchange
}

// An account is the first one that the API has shown.
type account struct{ ID, IBAN, BBAN, Currency string }

// note remembers an exchange. A poll takes the place of the one before.
func (c *console) note(e exchange) {
	if n := len(c.log); n > 0 && e.poll && c.log[n-1].poll && c.log[n-1].Path == e.Path {
		c.log = c.log[:n-1]
	}
	c.log = append(c.log, e)
	c.log = c.log[max(0, len(c.log)-maxExchanges):]
}

// redirectURI is where a browser comes back to; empty if the app has nothing
// of the kind.
func (c *console) redirectURI(a *app.App) string {
	if len(a.RedirectURIs) == 0 {
		return ""
	}
	return a.RedirectURIs[0]
}

// bankPage returns the link to the bank's page with its placeholders filled in.
func (c *console) bankPage(a *app.App) string {
	return strings.NewReplacer(
		"[CLIENT_ID]", url.QueryEscape(a.ID), "[TPP_REDIRECT_URI]", url.QueryEscape(c.redirectURI(a)), "[TPP_STATE]", "console",
	).Replace(c.link)
}

// consoles are those of all sessions.
type consoles struct {
	mu  sync.Mutex
	all map[string]*console // by session
}

// of returns the console of the session of a visit, nil if there is none that
// is of its organisation.
func (s *consoles) of(v *visit) *console {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := v.h.People.Clock.Now()
	c := s.all[v.session.ID]
	if c == nil || c.organisationID != v.member.OrganisationID || now.Sub(c.usedAt) > consoleLife {
		delete(s.all, v.session.ID)
		return nil
	}
	c.usedAt = now
	return c
}

// put keeps a console, in place of one that the session had. If there are too
// many the one goes that was not used for longest.
func (s *consoles) put(c *console, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*console{}
	}
	c.usedAt = now
	s.all[c.sessionID] = c
	if len(s.all) <= maxConsoles {
		return
	}
	oldest := c
	for _, other := range s.all {
		if other.usedAt.Before(oldest.usedAt) {
			oldest = other
		}
	}
	delete(s.all, oldest.sessionID)
}

// end forgets the console of a session.
func (s *consoles) end(sessionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, sessionID)
}
