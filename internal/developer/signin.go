package developer

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// A Device is the browser that a request comes from.
type Device struct {
	Agent   string // User-Agent
	Network string // such as 192.0.2.0/24
}

// A NewAccount is what a stranger fills in.
type NewAccount struct {
	Email, Name, Password string
	// Invitation is the secret of an invitation's link, empty without one. It
	// proves the address too.
	Invitation string
	// Network is where the stranger asks from.
	Network string
}

// SignUp makes an account, and sends a link that proves the address. If there
// is an account with the address already its owner gets mail that says so, and
// the caller learns nothing. It reports problem.FormatInvalid with every fault,
// problem.AccessExceeded for too much mail to the address or too many accounts
// of the network, and problem.GrantForbidden where accounts are made by invitation only.
func (s *Service) SignUp(ctx context.Context, n NewAccount) error {
	invited, err := s.invitation(ctx, n.Invitation)
	if err != nil {
		return err
	}
	if !s.OpenSignUp && invited == nil {
		return problem.New(problem.GrantForbidden, "Accounts are made by invitation here. Ask somebody in your organisation, or the operator.")
	}
	email, err1 := NormalEmail(n.Email)
	if invited == nil || invited.Email != email {
		if err := s.checkMail(); err != nil {
			return err
		}
	}
	name, err2 := checkName(n.Name)
	err3 := CheckPassword(n.Password, email)
	if err := problem.JoinErrors(err1, err2, err3); err != nil {
		return err
	}
	if err := s.countJoin(email, n.Network); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, n.Password)
	if err != nil {
		return err
	}
	u := User{ID: ident.NewUUID(), Email: email, Name: name, Password: hash, CreatedAt: s.Clock.Now(), Version: 1}
	if invited != nil && invited.Email == email {
		u.VerifiedAt = u.CreatedAt
	}
	err = s.Store.InsertUser(ctx, u, s.event("user.created", u.ID, ""))
	if problem.Is(err, problem.StatusInvalid) && s.Mailer != nil {
		return s.Mailer.Send(ctx, mailKnown(s.Base, email))
	}
	if err != nil {
		return err
	}
	if !u.VerifiedAt.IsZero() {
		return s.join(ctx, &u, invited)
	}
	return s.sendTicket(ctx, VerifyEmail, &u, verifyLife)
}

// countJoin counts one more that signs up, which costs a hash and a mail. It
// reports problem.AccessExceeded for one too many.
func (s *Service) countJoin(email, network string) error {
	if err := s.checkGuess("mail to "+email, "join from "+network); err != nil {
		return err
	}
	s.guesses.failed("mail to "+email, s.Clock.Now(), freeMails)
	s.guesses.failed("join from "+network, s.Clock.Now(), freeJoins)
	return nil
}

// sendTicket sends a link that is good once. It reports problem.StatusInvalid
// where no mail can be sent.
func (s *Service) sendTicket(ctx context.Context, kind TicketKind, u *User, life time.Duration) error {
	if err := s.checkMail(); err != nil {
		return err
	}
	t, text, err := s.ticket(ctx, kind, u, life)
	if err != nil {
		return err
	}
	return s.Mailer.Send(ctx, mailTicket(s.Base, &t, u.Name, text))
}

// ticket makes a link that is good once, and returns its secret.
func (s *Service) ticket(ctx context.Context, kind TicketKind, u *User, life time.Duration) (Ticket, string, error) {
	text, hash := secret()
	t := Ticket{Hash: hash, Kind: kind, UserID: u.ID, Email: u.Email, ExpiresAt: s.Clock.Now().Add(life)}
	return t, text, s.Store.InsertTicket(ctx, t)
}

// Verify takes the link that proves an address. It reports
// problem.ResourceExpired for one that is not good.
func (s *Service) Verify(ctx context.Context, link string) (User, error) {
	t, err := s.take(ctx, VerifyEmail, link)
	if err != nil {
		return User{}, err
	}
	return s.Store.UpdateUser(ctx, t.UserID, func(u *User) ([]event.Event, error) {
		if u.Email != t.Email {
			return nil, expiredLink()
		}
		u.VerifiedAt = s.Clock.Now()
		return []event.Event{s.event("user.verified", u.ID, "")}, nil
	})
}

func expiredLink() error {
	return problem.New(problem.ResourceExpired, "The link is not good any more. It works once, and for a limited time.")
}

func (s *Service) take(ctx context.Context, kind TicketKind, link string) (Ticket, error) {
	t, err := s.Store.TakeTicket(ctx, kind, HashOf(link))
	if problem.Is(err, problem.ResourceUnknown) || err == nil && !s.Clock.Now().Before(t.ExpiresAt) {
		return Ticket{}, expiredLink()
	}
	return t, err
}

// Forgot sends a link that sets a new password, if there is such an account.
// The caller learns nothing.
func (s *Service) Forgot(ctx context.Context, address string, d Device) error {
	if err := s.checkMail(); err != nil {
		return err
	}
	email, err := NormalEmail(address)
	if err != nil {
		return err
	}
	keys := []string{"forgot " + email, "forgot from " + d.Network}
	if err := s.checkGuess(keys...); err != nil {
		return err
	}
	s.countGuess(keys...)
	u, err := s.Store.UserByEmail(ctx, email)
	if problem.Is(err, problem.ResourceUnknown) || err == nil && u.Disabled {
		return nil
	}
	if err != nil {
		return err
	}
	return s.sendTicket(ctx, ResetPassword, &u, resetLife)
}

// Reset sets a new password by the link of a mail, and ends all sessions. It
// reports problem.ResourceExpired for a link that is not good, and
// problem.FormatInvalid for a bad password, after which the link is still good.
func (s *Service) Reset(ctx context.Context, link, password string) error {
	if err := CheckPassword(password, ""); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	t, err := s.take(ctx, ResetPassword, link)
	if err != nil {
		return err
	}
	u, err := s.Store.UpdateUser(ctx, t.UserID, func(u *User) ([]event.Event, error) {
		if u.Email != t.Email {
			return nil, expiredLink()
		}
		u.Password = hash
		if u.VerifiedAt.IsZero() {
			u.VerifiedAt = s.Clock.Now() // the link proves the address too
		}
		return []event.Event{s.event("user.password_reset", u.ID, "")}, nil
	})
	if err != nil {
		return err
	}
	s.guesses.forget("account " + u.Email)
	return s.Store.DeleteSessions(ctx, u.ID, "")
}

// SignIn lets a person in by password. The session that it returns lacks the
// second factor if the user has one. It reports problem.ClientInvalid without
// saying what is wrong, after the same work, problem.AccessExceeded for too
// many tries, and problem.StatusInvalid, to who knows the password, while the
// address is not proved: then a new link was sent.
func (s *Service) SignIn(ctx context.Context, address, password string, d Device) (Session, string, error) {
	email := strings.ToLower(strings.TrimSpace(address))
	keys := []string{"account " + email, "from " + d.Network}
	if err := s.checkGuess(keys...); err != nil {
		return Session{}, "", err
	}
	u, err := s.Store.UserByEmail(ctx, email)
	if err != nil && !problem.Is(err, problem.ResourceUnknown) {
		return Session{}, "", err
	}
	ok, err := s.Hasher.Verify(ctx, u.Password, password)
	if err != nil {
		return Session{}, "", err
	}
	if !ok || u.Disabled {
		s.countGuess(keys...)
		return Session{}, "", wrong()
	}
	s.guesses.forget(keys[0])
	if u.VerifiedAt.IsZero() {
		if err := s.checkGuess("mail to " + email); err != nil {
			return Session{}, "", err
		}
		s.guesses.failed("mail to "+email, s.Clock.Now(), freeMails)
		if err := s.sendTicket(ctx, VerifyEmail, &u, verifyLife); err != nil {
			return Session{}, "", err
		}
		return Session{}, "", problem.New(problem.StatusInvalid, "Prove your address first: a new link is in your mail.")
	}
	stage := Full
	if u.SecondFactor() {
		stage = NeedFactor
	}
	return s.Open(ctx, &u, stage, d)
}

// Open makes a session for a user who has proved who they are, and returns it
// with the secret for the cookie.
func (s *Service) Open(ctx context.Context, u *User, stage Stage, d Device) (Session, string, error) {
	text, hash := secret()
	csrf, _ := secret()
	now := s.Clock.Now()
	life := sessionLife
	if stage == NeedFactor {
		life = factorLife
	}
	in, err := s.Store.Memberships(ctx, u.ID)
	if err != nil {
		return Session{}, "", err
	}
	x := Session{
		Hash: hash, ID: ident.NewUUID(), UserID: u.ID, Stage: stage, CSRF: csrf, CreatedAt: now, SeenAt: now,
		ExpiresAt: now.Add(life), Agent: cut(d.Agent, 200), Network: d.Network, ProvedAt: now,
	}
	if len(in) > 0 {
		x.OrganisationID = in[0].OrganisationID
	}
	if err := s.dropOldest(ctx, u.ID); err != nil {
		return Session{}, "", err
	}
	return x, text, s.Store.InsertSession(ctx, x)
}

// dropOldest keeps the number of a user's sessions bounded.
func (s *Service) dropOldest(ctx context.Context, userID string) error {
	all, err := s.Store.Sessions(ctx, userID)
	if err != nil || len(all) < maxSessions {
		return err
	}
	oldest := slices.MinFunc(all, func(a, b Session) int { return a.SeenAt.Compare(b.SeenAt) })
	return s.Store.DeleteSession(ctx, userID, oldest.ID)
}

func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// Factor takes the second factor of a session that lacks it: a code of the
// authenticator app, or a recovery code, which is then used up. The session
// gets a new secret. It reports problem.ClientInvalid for a wrong code and
// problem.AccessExceeded for too many.
func (s *Service) Factor(ctx context.Context, x Session, code string, d Device) (Session, string, error) {
	key := "factor " + x.UserID
	if err := s.checkGuess(key); err != nil {
		return Session{}, "", err
	}
	u, err := s.useCode(ctx, x.UserID, code)
	if err != nil {
		if problem.Is(err, problem.ClientInvalid) {
			s.countGuess(key)
		}
		return Session{}, "", err
	}
	s.guesses.forget(key)
	if err := s.Store.DeleteSession(ctx, x.UserID, x.ID); err != nil {
		return Session{}, "", err
	}
	return s.Open(ctx, &u, Full, d)
}

// useCode spends a code of a user's authenticator app, or a recovery code.
func (s *Service) useCode(ctx context.Context, userID, code string) (User, error) {
	return s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		plain, err := s.Sealer.Open(totpPurpose(u.ID), u.TOTP)
		if err != nil {
			return nil, err
		}
		if step, ok := checkTOTP(plain, code, s.Clock.Now(), u.TOTPStep); ok {
			u.TOTPStep = step
			return nil, nil
		}
		want := HashOf(normalCode(code))
		for i, have := range u.Recovery {
			if subtle.ConstantTimeCompare(have, want) == 1 {
				u.Recovery = slices.Delete(slices.Clone(u.Recovery), i, i+1)
				return []event.Event{s.event("user.recovery_code_used", u.ID, "")}, nil
			}
		}
		return nil, problem.New(problem.ClientInvalid, "That code is not right. Each one works once.").At("code")
	})
}

func totpPurpose(userID string) string { return "totp " + userID }

// normalCode returns a recovery code as it is hashed.
func normalCode(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(s)))
}

// Look returns the session of a cookie's secret and its user. It reports
// problem.ResourceUnknown for one that has ended, in any way.
func (s *Service) Look(ctx context.Context, cookie string) (Session, User, error) {
	none := problem.New(problem.ResourceUnknown, "no such session")
	if cookie == "" || len(cookie) > 100 {
		return Session{}, User{}, none
	}
	x, err := s.Store.Session(ctx, HashOf(cookie))
	if err != nil {
		return Session{}, User{}, err
	}
	now := s.Clock.Now()
	if !now.Before(x.ExpiresAt) || now.Sub(x.SeenAt) >= sessionIdle {
		return Session{}, User{}, none
	}
	u, err := s.Store.User(ctx, x.UserID)
	if err != nil {
		return Session{}, User{}, err
	}
	if u.Disabled {
		return Session{}, User{}, none
	}
	if now.Sub(x.SeenAt) >= seenEvery {
		x.SeenAt = now
		if err := s.Store.SaveSession(ctx, x); err != nil {
			return Session{}, User{}, err
		}
	}
	return x, u, nil
}

// Fresh reports whether the person has proved who they are lately enough for
// what is dear: passwords, second factors, certificates.
func (s *Service) Fresh(x *Session) bool { return s.Clock.Now().Sub(x.ProvedAt) < freshFor }

// Prove takes the password again. It reports problem.ClientInvalid and
// problem.AccessExceeded.
func (s *Service) Prove(ctx context.Context, x Session, u *User, password string) error {
	key := "account " + u.Email
	if err := s.checkGuess(key); err != nil {
		return err
	}
	ok, err := s.Hasher.Verify(ctx, u.Password, password)
	if err != nil {
		return err
	}
	if !ok {
		s.countGuess(key)
		return problem.New(problem.ClientInvalid, "That is not your password.").At("password")
	}
	x.ProvedAt = s.Clock.Now()
	return s.Store.SaveSession(ctx, x)
}
