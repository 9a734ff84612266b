package developer

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
)

// ChangePassword sets a new password and ends all of the user's sessions. That
// of the browser that asks goes on under a new secret, which it returns.
func (s *Service) ChangePassword(ctx context.Context, x Session, u *User, password string, d Device) (string, error) {
	if err := CheckPassword(password, u.Email); err != nil {
		return "", err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	changed, err := s.Store.UpdateUser(ctx, u.ID, func(u *User) ([]event.Event, error) {
		u.Password = hash
		return []event.Event{s.event("user.password_changed", u.ID, "")}, nil
	})
	if err != nil {
		return "", err
	}
	next, text, err := s.Open(ctx, &changed, Full, d)
	if err == nil && x.OrganisationID != next.OrganisationID && x.OrganisationID != "" {
		err = s.Turn(ctx, next, x.OrganisationID)
		if problem.Is(err, problem.ResourceUnknown) {
			err = nil // taken out meanwhile
		}
	}
	if err != nil {
		return "", err
	}
	return text, s.Store.DeleteSessions(ctx, u.ID, next.ID)
}

// Rename changes the name of a user.
func (s *Service) Rename(ctx context.Context, userID, name string) error {
	name, err := checkName(name)
	if err != nil {
		return err
	}
	_, err = s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		u.Name = name
		return nil, nil
	})
	return err
}

// AddTOTP makes the authenticator app with the secret the second factor of the
// user, whose first code proves that it works, and returns recovery codes, which
// are shown once. It reports problem.ClientInvalid for a wrong code.
func (s *Service) AddTOTP(ctx context.Context, userID string, secret []byte, code string) ([]string, error) {
	codes, hashes := newRecovery()
	_, err := s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		step, ok := checkTOTP(secret, code, s.Clock.Now(), -1)
		if !ok {
			return nil, problem.New(problem.ClientInvalid, "That code is not right. Look at the clock of your phone, and try the next code.").At("code")
		}
		u.TOTP, u.TOTPStep, u.Recovery = s.Sealer.Seal(totpPurpose(u.ID), secret), step, hashes
		return []event.Event{s.event("user.totp_added", u.ID, "")}, nil
	})
	return codes, err
}

// RemoveTOTP takes the second factor of the user away.
func (s *Service) RemoveTOTP(ctx context.Context, userID string) error {
	_, err := s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		u.TOTP, u.TOTPStep, u.Recovery = nil, 0, nil
		return []event.Event{s.event("user.totp_removed", u.ID, "")}, nil
	})
	return err
}

// NewRecovery replaces the recovery codes of a user who has a second factor.
func (s *Service) NewRecovery(ctx context.Context, userID string) ([]string, error) {
	codes, hashes := newRecovery()
	_, err := s.Store.UpdateUser(ctx, userID, func(u *User) ([]event.Event, error) {
		if !u.SecondFactor() {
			return nil, problem.New(problem.StatusInvalid, "There is no second factor that could be lost.")
		}
		u.Recovery = hashes
		return []event.Event{s.event("user.recovery_codes_made", u.ID, "")}, nil
	})
	return codes, err
}

// newRecovery returns codes of 80 random bits, such as abcd-efgh-ijkl-mnop, and
// their hashes.
func newRecovery() (codes []string, hashes [][]byte) {
	for range recoveryCodes {
		var b [10]byte
		_, _ = rand.Read(b[:]) // never fails; see crypto/rand
		s := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		code := s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
		codes, hashes = append(codes, code), append(hashes, HashOf(normalCode(code)))
	}
	return codes, hashes
}
