// Package developer has the people who use the portal: their accounts, how
// they prove who they are, their sessions, and the organisations in which they
// work together.
//
// An [Organisation] owns applications and has members, each with a [Role]. A
// person signs in with a password and, if they chose so, a second factor; or
// with a passkey; or, as an operator, by single sign-on. What a stranger asks
// for, an account, a link to reset a password, an invitation, is answered alike
// whether there is such an account or not: only the mail box knows.
//
// Passwords are kept as Argon2id hashes; session tokens and links as SHA-256 of
// 256 random bits; secrets of authenticator apps sealed.
package developer

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
)

// A User is a person with an account. It prints as its id.
type User struct {
	ID    string // UUID
	Email string // as [NormalEmail] has it
	Name  string

	Password string // Argon2id in PHC form; empty if the user has none
	// TOTP is the sealed secret of the authenticator app, empty if there is
	// none. TOTPStep is the last time step whose code was used.
	TOTP     []byte
	TOTPStep int64
	// Recovery are SHA-256 of the recovery codes that are left.
	Recovery [][]byte
	Passkeys []Passkey
	// External names the user at the operators' identity provider: its issuer,
	// a space, and the subject. Empty if it did not come from there.
	External string

	Operator   bool // of the platform
	Disabled   bool
	VerifiedAt time.Time // when the address was proved; zero if it was not
	CreatedAt  time.Time
	Version    int64 // counts the changes, from 1
}

// String returns the id, so that no log has a person's data.
func (u User) String() string { return "user " + u.ID }

// SecondFactor reports whether a password alone does not let the user in.
func (u *User) SecondFactor() bool { return len(u.TOTP) > 0 }

// A Passkey is a WebAuthn credential of a user.
type Passkey struct {
	ID         []byte // of the credential
	Label      string
	Credential []byte // JSON of the WebAuthn library
	CreatedAt  time.Time
	UsedAt     time.Time // zero if never
}

// An Organisation is who owns applications.
type Organisation struct {
	ID     string // UUID
	Name   string
	Number string // organisation number; empty if not given
	// Country is ISO 3166-1 alpha-2, empty if not given.
	Country   string
	Access    Access
	CreatedAt time.Time
	Version   int64 // counts the changes, from 1
}

// Access is how an organisation stands to production.
type Access struct {
	Status AccessStatus
	// Purpose is what the organisation wants it for, in its own words.
	Purpose   string
	AskedAt   time.Time // zero if never
	AskedBy   string    // id of a user
	DecidedAt time.Time // zero if not
	DecidedBy string    // id of an operator
	Reason    string    // of a refusal, shown to the organisation
}

// An AccessStatus is how far a request for production access has come.
type AccessStatus string

// The statuses. The zero value is that nobody asked.
const (
	NoAccess AccessStatus = ""
	Asked    AccessStatus = "asked"
	Granted  AccessStatus = "granted"
	Refused  AccessStatus = "refused"
)

// A Member is a user's place in an organisation.
type Member struct {
	OrganisationID string
	UserID         string
	Role           Role
	Since          time.Time
}

// An Invitation lets the owner of a mail box join an organisation.
type Invitation struct {
	Hash           []byte // SHA-256 of the link's secret
	ID             string // UUID, for lists
	OrganisationID string
	Email          string
	Role           Role
	InvitedBy      string // id of a user
	CreatedAt      time.Time
	ExpiresAt      time.Time
}

// A Ticket is a link that proves a mail box. It is good once.
type Ticket struct {
	Hash      []byte // SHA-256 of the link's secret
	Kind      TicketKind
	UserID    string
	Email     string // the address that it proves
	ExpiresAt time.Time
}

// A TicketKind says what a ticket is for.
type TicketKind string

// The kinds.
const (
	VerifyEmail   TicketKind = "verify"
	ResetPassword TicketKind = "reset"
)

// A Session is a signed-in browser.
type Session struct {
	Hash   []byte // SHA-256 of the cookie's secret
	ID     string // UUID, for lists
	UserID string
	// Stage is what the session still lacks.
	Stage Stage
	// OrganisationID is the organisation that the pages are about.
	OrganisationID string
	CSRF           string // what a form must bring; random
	CreatedAt      time.Time
	SeenAt         time.Time
	ExpiresAt      time.Time // whatever happens
	Agent          string    // the browser, as it calls itself, cut short
	Network        string    // such as 192.0.2.0/24
	// ProvedAt is when the user last proved who they are, for what wants a
	// fresh proof.
	ProvedAt time.Time
}

// A Stage says how far the sign-in of a session has come.
type Stage string

// The stages.
const (
	Full       Stage = "full"
	NeedFactor Stage = "factor" // the password was right, the second factor is missing
)

// A Store keeps users and what is theirs. The methods that change something
// store their events with it. Those that find nothing report
// problem.ResourceUnknown.
type Store interface {
	User(ctx context.Context, id string) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	UserByExternal(ctx context.Context, external string) (User, error)
	UserByPasskey(ctx context.Context, credential []byte) (User, error)
	// InsertUser reports problem.StatusInvalid if the address or the external
	// name is taken.
	InsertUser(ctx context.Context, u User, events ...event.Event) error
	// UpdateUser reads the user, lets fn change it and stores it. It may run fn
	// twice. It reports problem.StatusInvalid as InsertUser does.
	UpdateUser(ctx context.Context, id string, fn func(*User) ([]event.Event, error)) (User, error)
	// DeleteUser deletes a user with its sessions and memberships.
	DeleteUser(ctx context.Context, id string, events ...event.Event) error
	// Users returns a page of users, by address, without their passkeys.
	Users(ctx context.Context, p Page) ([]User, error)

	Session(ctx context.Context, hash []byte) (Session, error)
	Sessions(ctx context.Context, userID string) ([]Session, error)
	InsertSession(ctx context.Context, s Session) error
	// SaveSession stores a changed session; one that is gone stays so.
	SaveSession(ctx context.Context, s Session) error
	DeleteSession(ctx context.Context, userID, id string) error
	// DeleteSessions deletes the sessions of a user but for the one with the id.
	DeleteSessions(ctx context.Context, userID, but string) error

	InsertTicket(ctx context.Context, t Ticket) error
	// TakeTicket deletes the ticket and returns it, so that it is good once.
	TakeTicket(ctx context.Context, kind TicketKind, hash []byte) (Ticket, error)

	Organisation(ctx context.Context, id string) (Organisation, error)
	// Organisations returns a page of organisations, by name.
	Organisations(ctx context.Context, p Page) ([]Organisation, error)
	// OrganisationsAsking returns those that wait for production access.
	OrganisationsAsking(ctx context.Context) ([]Organisation, error)
	// InsertOrganisation stores a new organisation with its first member.
	InsertOrganisation(ctx context.Context, o Organisation, first Member, events ...event.Event) error
	UpdateOrganisation(ctx context.Context, id string, fn func(*Organisation) ([]event.Event, error)) (Organisation, error)

	// Members returns the members of an organisation, the first one first.
	Members(ctx context.Context, organisationID string) ([]Member, error)
	// MemberUsers returns the users who are members of an organisation, by id.
	MemberUsers(ctx context.Context, organisationID string) (map[string]User, error)
	// Memberships returns the organisations that a user belongs to.
	Memberships(ctx context.Context, userID string) ([]Member, error)
	// ChangeMembers reads the members of an organisation, and stores what fn
	// makes of them. It may run fn twice.
	ChangeMembers(ctx context.Context, organisationID string, fn func([]Member) ([]Member, []event.Event, error)) error

	Invitations(ctx context.Context, organisationID string) ([]Invitation, error)
	Invitation(ctx context.Context, hash []byte) (Invitation, error)
	InsertInvitation(ctx context.Context, i Invitation, events ...event.Event) error
	DeleteInvitation(ctx context.Context, organisationID, id string, events ...event.Event) error

	// Tidy deletes sessions, tickets and invitations that ended before now.
	Tidy(ctx context.Context, now time.Time) error
}

// A Page says which part of a list is wanted.
type Page struct {
	Match string // part of a name, an address or a number, in any case; all if empty
	After string // id of the last one of the page before; the first page if empty
	Limit int
}

const (
	maxEmail = 254
	maxName  = 100
)

// NormalEmail returns an address as it is stored and compared: trimmed, in
// lower case. It reports problem.FormatInvalid for what no mail can go to.
func NormalEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	at := strings.LastIndexByte(s, '@')
	host := s[at+1:]
	bad := at < 1 || host == "" || len(s) > maxEmail || strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r == utf8.RuneError || unicode.IsControl(r) || strings.ContainsRune(`()<>,;:\"[]`, r)
	}) || strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(s, "..") || strings.Count(s, "@") != 1
	if bad {
		return "", problem.New(problem.FormatInvalid, "Enter an e-mail address, such as name@example.com.").At("email")
	}
	return s, nil
}

// checkName checks the name of a person or an organisation.
func checkName(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", problem.New(problem.FormatInvalid, "Enter a name.").At("name")
	case utf8.RuneCountInString(s) > maxName:
		return "", problem.New(problem.FormatInvalid, "Use at most %d characters.", maxName).At("name")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", problem.New(problem.FormatInvalid, "Use letters and signs that can be printed.").At("name")
	}
	return s, nil
}
