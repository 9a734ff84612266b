package developer

import (
	"context"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// An Identity is who somebody is to the operators' identity provider, which
// vouches for the address.
type Identity struct {
	External string // as [User] has it
	Email    string
	Name     string
}

// SignInExternal lets an operator in whom the identity provider vouches for, in
// place of the session old, which may be nil. The account is made at the first
// sign-in; one with the same proved address is joined to the identity, and has
// no password any more. It reports problem.GrantForbidden for an account that
// is disabled or somebody else's.
func (s *Service) SignInExternal(ctx context.Context, id Identity, old *Session, d Device) (Session, string, error) {
	if old != nil && old.Stage == Full {
		if u, err := s.Store.User(ctx, old.UserID); err != nil {
			return Session{}, "", err
		} else if u.External != id.External {
			return Session{}, "", problem.New(problem.GrantForbidden, "You are signed in with another account. Sign out first.")
		}
	}
	u, err := s.external(ctx, id)
	if err != nil {
		return Session{}, "", err
	}
	if u.Disabled {
		return Session{}, "", problem.New(problem.GrantForbidden, "The account is disabled.")
	}
	if !u.Operator {
		u, err = s.Store.UpdateUser(ctx, u.ID, func(u *User) ([]event.Event, error) {
			u.Operator = true
			return []event.Event{s.event("user.operator_on", u.ID, "by single sign-on")}, nil
		})
		if err != nil {
			return Session{}, "", err
		}
	}
	return s.enter(ctx, &u, old, d)
}

// external returns the account of an identity, which it makes if there is none.
func (s *Service) external(ctx context.Context, id Identity) (User, error) {
	u, err := s.Store.UserByExternal(ctx, id.External)
	if !problem.Is(err, problem.ResourceUnknown) {
		return u, err
	}
	u, err = s.Store.UserByEmail(ctx, id.Email)
	if problem.Is(err, problem.ResourceUnknown) {
		return s.makeExternal(ctx, id)
	}
	if err != nil {
		return u, err
	}
	return s.Store.UpdateUser(ctx, u.ID, func(u *User) ([]event.Event, error) {
		if u.VerifiedAt.IsZero() || u.External != "" || u.Disabled || u.Email != id.Email {
			return nil, problem.New(problem.GrantForbidden, "There is an account with your address that cannot be joined to your identity. Ask another operator.")
		}
		u.External, u.Password = id.External, ""
		return []event.Event{s.event("user.joined_sso", u.ID, "")}, nil
	})
}

func (s *Service) makeExternal(ctx context.Context, id Identity) (User, error) {
	name, err := checkName(id.Name)
	if err != nil {
		name = cut(id.Email, maxName)
	}
	now := s.Clock.Now()
	u := User{ID: ident.NewUUID(), Email: id.Email, Name: name, External: id.External, Operator: true, VerifiedAt: now, CreatedAt: now, Version: 1}
	err = s.Store.InsertUser(ctx, u, s.event("user.created", u.ID, "by single sign-on"), s.event("user.operator_on", u.ID, "by single sign-on"))
	return u, err
}

// DropExternal takes the rights of an operator from an account whose identity
// provider no longer calls it one, and signs it out everywhere.
func (s *Service) DropExternal(ctx context.Context, external string) error {
	u, err := s.Store.UserByExternal(ctx, external)
	if problem.Is(err, problem.ResourceUnknown) || err == nil && !u.Operator {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.Store.UpdateUser(ctx, u.ID, func(u *User) ([]event.Event, error) {
		u.Operator = false
		return []event.Event{s.event("user.operator_off", u.ID, "by single sign-on")}, nil
	})
	if err != nil {
		return err
	}
	return s.Store.DeleteSessions(ctx, u.ID, "")
}
