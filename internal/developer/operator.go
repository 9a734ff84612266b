package developer

import (
	"context"
	"strings"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// What operators do to accounts. Whoever by is, the id of a user or a word such
// as "console", stands in the audit trail.

// printedLife is how long a link is good that an operator hands on.
const printedLife = 24 * time.Hour

// Create makes an account without a password, and returns it with a link that
// sets one. It reports problem.FormatInvalid, and problem.StatusInvalid if the
// address is taken.
func (s *Service) Create(ctx context.Context, n NewAccount, operator bool, by string) (User, string, error) {
	email, err := NormalEmail(n.Email)
	if err != nil {
		return User{}, "", err
	}
	if strings.TrimSpace(n.Name) == "" {
		n.Name, _, _ = strings.Cut(email, "@")
	}
	name, err := checkName(n.Name)
	if err != nil {
		return User{}, "", err
	}
	u := User{ID: ident.NewUUID(), Email: email, Name: name, Operator: operator, CreatedAt: s.Clock.Now(), Version: 1}
	events := []event.Event{s.event("user.created", u.ID, "by "+by)}
	if operator {
		events = append(events, s.event("user.operator_on", u.ID, "by "+by))
	}
	if err := s.Store.InsertUser(ctx, u, events...); err != nil {
		return User{}, "", err
	}
	link, err := s.link(ctx, &u)
	return u, link, err
}

// Link returns a link that sets a new password, good once within a day, for an
// operator to hand on. It proves the address as a mail would. It reports
// problem.StatusInvalid for who is disabled.
func (s *Service) Link(ctx context.Context, userID, by string) (string, error) {
	u, err := s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		if u.Disabled {
			return nil, problem.New(problem.StatusInvalid, "The account is disabled. Enable it first.")
		}
		return []event.Event{s.event("user.link_made", u.ID, "by "+by)}, nil
	})
	if err != nil {
		return "", err
	}
	return s.link(ctx, &u)
}

func (s *Service) link(ctx context.Context, u *User) (string, error) {
	_, text, err := s.ticket(ctx, ResetPassword, u, printedLife)
	return s.Base + "/portal/reset?link=" + text, err
}

// SetOperator makes a user an operator of the platform, or no longer one. It
// reports problem.StatusInvalid to those who would do it to themselves.
func (s *Service) SetOperator(ctx context.Context, userID string, on bool, by string) (User, error) {
	return s.change(ctx, userID, by, switched("user.operator", on), func(u *User) { u.Operator = on })
}

// SetDisabled keeps a user out, with all browsers, or lets it in again. It
// reports problem.StatusInvalid to those who would do it to themselves.
func (s *Service) SetDisabled(ctx context.Context, userID string, on bool, by string) (User, error) {
	kind := "user.enabled"
	if on {
		kind = "user.disabled"
	}
	u, err := s.change(ctx, userID, by, kind, func(u *User) { u.Disabled = on })
	if err != nil || !on {
		return u, err
	}
	return u, s.Store.DeleteSessions(ctx, userID, "")
}

// EndSessions signs all browsers of a user out.
func (s *Service) EndSessions(ctx context.Context, userID, by string) error {
	_, err := s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		return []event.Event{s.event("user.signed_out", u.ID, "by "+by)}, nil
	})
	if err != nil {
		return err
	}
	return s.Store.DeleteSessions(ctx, userID, "")
}

// change changes another user.
func (s *Service) change(ctx context.Context, userID, by, kind string, fn func(*User)) (User, error) {
	if userID == by {
		return User{}, problem.New(problem.StatusInvalid, "Somebody else must do that to your account.")
	}
	return s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		fn(u)
		return []event.Event{s.event(kind, u.ID, "by "+by)}, nil
	})
}

func switched(what string, on bool) string {
	if on {
		return what + "_on"
	}
	return what + "_off"
}
