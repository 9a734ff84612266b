package developer

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
)

// maxPasskeys bounds the passkeys of a user.
const maxPasskeys = 20

// AddPasskey gives the user a passkey. It reports problem.StatusInvalid if
// there are too many, or if somebody has it already.
func (s *Service) AddPasskey(ctx context.Context, userID string, p Passkey) error {
	if p.Label = cut(strings.TrimSpace(p.Label), maxName); p.Label == "" {
		p.Label = "Passkey"
	}
	taken := problem.New(problem.StatusInvalid, "That passkey is registered already.")
	if _, err := s.Store.UserByPasskey(ctx, p.ID); err == nil {
		return taken
	} else if !problem.Is(err, problem.ResourceUnknown) {
		return err
	}
	_, err := s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		if len(u.Passkeys) >= maxPasskeys {
			return nil, problem.New(problem.StatusInvalid, "You have %d passkeys, which is as many as there can be.", maxPasskeys)
		}
		if u.passkey(p.ID) >= 0 {
			return nil, taken
		}
		u.Passkeys = append(u.Passkeys, p)
		return []event.Event{s.event("user.passkey_added", u.ID, "")}, nil
	})
	return err
}

func (u *User) passkey(id []byte) int {
	return slices.IndexFunc(u.Passkeys, func(p Passkey) bool { return bytes.Equal(p.ID, id) })
}

// RemovePasskey takes a passkey away. It reports problem.ResourceUnknown, and
// problem.StatusInvalid for the last way in.
func (s *Service) RemovePasskey(ctx context.Context, userID string, id []byte) error {
	_, err := s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		i := u.passkey(id)
		if i < 0 {
			return nil, problem.New(problem.ResourceUnknown, "There is no such passkey.")
		}
		if len(u.Passkeys) == 1 && u.Password == "" && u.External == "" {
			return nil, problem.New(problem.StatusInvalid, "It is your only way in. Set a password first, or register another passkey.")
		}
		u.Passkeys = slices.Delete(slices.Clone(u.Passkeys), i, i+1)
		return []event.Event{s.event("user.passkey_removed", u.ID, "")}, nil
	})
	return err
}

// RemovePassword has the user sign in by passkeys alone. It reports
// problem.StatusInvalid if there is none.
func (s *Service) RemovePassword(ctx context.Context, userID string) error {
	_, err := s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		if len(u.Passkeys) == 0 {
			return nil, problem.New(problem.StatusInvalid, "Register a passkey first, or you could not get in again.")
		}
		u.Password = ""
		return []event.Event{s.event("user.password_removed", u.ID, "")}, nil
	})
	return err
}

// PasskeyUser returns the user of a passkey. It reports problem.ResourceUnknown
// also for one who must not get in.
func (s *Service) PasskeyUser(ctx context.Context, id []byte) (User, error) {
	u, err := s.Store.UserByPasskey(ctx, id)
	if err == nil && u.Disabled {
		return User{}, problem.New(problem.ResourceUnknown, "no such user")
	}
	return u, err
}

// SignInPasskey lets a user in who has used the passkey, in place of the
// session old, which may be nil. A session of the user that is complete goes
// on, with a fresh proof, and then the secret is empty.
func (s *Service) SignInPasskey(ctx context.Context, userID string, used Passkey, old *Session, d Device) (Session, string, error) {
	u, err := s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		i := u.passkey(used.ID)
		if i < 0 || u.Disabled {
			return nil, problem.New(problem.ClientInvalid, "The passkey was not accepted. Try it again.")
		}
		u.Passkeys[i].Credential, u.Passkeys[i].UsedAt = used.Credential, used.UsedAt
		return nil, nil
	})
	if err != nil {
		return Session{}, "", err
	}
	return s.enter(ctx, &u, old, d)
}

// enter opens a session for a user who has proved who they are by two factors.
func (s *Service) enter(ctx context.Context, u *User, old *Session, d Device) (Session, string, error) {
	s.guesses.forget("factor " + u.ID)
	if old != nil && old.UserID == u.ID && old.Stage == Full {
		x := *old
		x.ProvedAt = s.Clock.Now()
		return x, "", s.Store.SaveSession(ctx, x)
	}
	if old != nil {
		if err := s.Store.DeleteSession(ctx, old.UserID, old.ID); err != nil && !problem.Is(err, problem.ResourceUnknown) {
			return Session{}, "", err
		}
	}
	return s.Open(ctx, u, Full, d)
}
