package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
)

// Developers is the store of the people who use the portal.
type Developers struct{ *DB }

var _ developer.Store = Developers{}

const userColumns = "id, email, name, password, totp, totp_step, recovery, external, operator, disabled, verified_at, created_at, version"

func scanUser(row scanner) (u developer.User, err error) {
	var external sql.NullString
	err = row.Scan(&u.ID, &u.Email, &u.Name, &u.Password, &u.TOTP, &u.TOTPStep, document{&u.Recovery}, &external,
		&u.Operator, &u.Disabled, instant{&u.VerifiedAt}, instant{&u.CreatedAt}, &u.Version)
	u.External = external.String
	return u, err
}

// queryUser returns the user for which the condition holds, with passkeys.
func queryUser(ctx context.Context, q querier, where string, arg any) (developer.User, error) {
	u, err := scanUser(q.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE "+where, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return u, problem.New(problem.ResourceUnknown, "no such user")
	}
	if err != nil {
		return u, fmt.Errorf("query user: %w", err)
	}
	u.Passkeys, err = scanAll(ctx, q, scanPasskey, "SELECT id, label, credential, created_at, used_at FROM passkeys WHERE user_id = $1 ORDER BY created_at, id", u.ID)
	if err != nil {
		return u, fmt.Errorf("query passkeys: %w", err)
	}
	return u, nil
}

func scanPasskey(row scanner) (p developer.Passkey, err error) {
	err = row.Scan(&p.ID, &p.Label, &p.Credential, instant{&p.CreatedAt}, instant{&p.UsedAt})
	return p, err
}

func (d Developers) user(ctx context.Context, where string, arg any) (u developer.User, err error) {
	err = d.snapshot(ctx, func(q querier) error {
		u, err = queryUser(ctx, q, where, arg)
		return err
	})
	return u, err
}

// User implements [developer.Store].
func (d Developers) User(ctx context.Context, id string) (developer.User, error) {
	return d.user(ctx, "id = $1", id)
}

// UserByEmail implements [developer.Store].
func (d Developers) UserByEmail(ctx context.Context, email string) (developer.User, error) {
	return d.user(ctx, "email = $1", email)
}

// UserByExternal implements [developer.Store].
func (d Developers) UserByExternal(ctx context.Context, external string) (developer.User, error) {
	return d.user(ctx, "external = $1", external)
}

// UserByPasskey implements [developer.Store].
func (d Developers) UserByPasskey(ctx context.Context, credential []byte) (developer.User, error) {
	return d.user(ctx, "id = (SELECT user_id FROM passkeys WHERE id = $1)", credential)
}

// Users implements [developer.Store].
func (d Developers) Users(ctx context.Context, p developer.Page) (all []developer.User, err error) {
	err = d.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanUser, "SELECT "+userColumns+` FROM users
			WHERE ($1 = '' OR email > (SELECT email FROM users WHERE id = $1)) AND (lower(email) LIKE $2 ESCAPE '!' OR lower(name) LIKE $2 ESCAPE '!')
			ORDER BY email LIMIT $3`, p.After, like(p.Match), p.Limit)
		return err
	})
	return all, err
}

// MemberUsers implements [developer.Store]. It reads all of them at once.
func (d Developers) MemberUsers(ctx context.Context, organisationID string) (all map[string]developer.User, err error) {
	err = d.snapshot(ctx, func(q querier) error {
		const who = "IN (SELECT user_id FROM members WHERE organisation_id = $1)"
		users, err := scanAll(ctx, q, scanUser, "SELECT "+userColumns+" FROM users WHERE id "+who, organisationID)
		if err != nil {
			return fmt.Errorf("query users: %w", err)
		}
		keys := map[string][]developer.Passkey{}
		_, err = scanAll(ctx, q, func(row scanner) (p developer.Passkey, err error) {
			var user string
			err = row.Scan(&p.ID, &p.Label, &p.Credential, instant{&p.CreatedAt}, instant{&p.UsedAt}, &user)
			keys[user] = append(keys[user], p)
			return p, err
		}, "SELECT id, label, credential, created_at, used_at, user_id FROM passkeys WHERE user_id "+who+" ORDER BY created_at, id", organisationID)
		if err != nil {
			return fmt.Errorf("query passkeys: %w", err)
		}
		all = make(map[string]developer.User, len(users))
		for _, u := range users {
			u.Passkeys = keys[u.ID]
			all[u.ID] = u
		}
		return nil
	})
	return all, err
}

// like returns the pattern of what contains the text, in lower case.
func like(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(text)) + "%"
}

// checkFree reports problem.StatusInvalid if another user has the address or
// the external name.
func checkFree(ctx context.Context, q querier, u *developer.User) error {
	var n int
	err := q.QueryRowContext(ctx, "SELECT COUNT(*) FROM users WHERE (email = $1 OR external = $2) AND id <> $3",
		u.Email, optional(u.External), u.ID).Scan(&n)
	if err != nil {
		return fmt.Errorf("look for another user: %w", err)
	}
	if n > 0 {
		return problem.New(problem.StatusInvalid, "another user has this address")
	}
	return nil
}

// optional returns s, or nil if it is empty.
func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// InsertUser implements [developer.Store].
func (d Developers) InsertUser(ctx context.Context, u developer.User, events ...event.Event) error {
	return d.tx(ctx, func(q querier) error {
		if err := checkFree(ctx, q, &u); err != nil {
			return err
		}
		recovery, err := encode(u.Recovery)
		if err != nil {
			return err
		}
		if _, err := q.ExecContext(ctx, "INSERT INTO users ("+userColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
			u.ID, u.Email, u.Name, u.Password, u.TOTP, u.TOTPStep, recovery, optional(u.External), u.Operator, u.Disabled,
			millis(u.VerifiedAt), millis(u.CreatedAt)); err != nil {
			return fmt.Errorf("insert user: %w", err)
		}
		if err := replacePasskeys(ctx, q, &u); err != nil {
			return err
		}
		return insertEvents(ctx, q, events)
	})
}

func replacePasskeys(ctx context.Context, q querier, u *developer.User) error {
	if _, err := q.ExecContext(ctx, "DELETE FROM passkeys WHERE user_id = $1", u.ID); err != nil {
		return fmt.Errorf("replace passkeys: %w", err)
	}
	for _, p := range u.Passkeys {
		if _, err := q.ExecContext(ctx, "INSERT INTO passkeys (id, user_id, label, credential, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6)",
			p.ID, u.ID, p.Label, string(p.Credential), millis(p.CreatedAt), millis(p.UsedAt)); err != nil {
			return fmt.Errorf("insert passkey: %w", err)
		}
	}
	return nil
}

// UpdateUser implements [developer.Store].
func (d Developers) UpdateUser(ctx context.Context, id string, fn func(*developer.User) ([]event.Event, error)) (u developer.User, err error) {
	err = d.tx(ctx, func(q querier) error {
		if u, err = queryUser(ctx, q, "id = $1", id); err != nil {
			return err
		}
		events, err := fn(&u)
		if err != nil {
			return err
		}
		u.ID = id
		if err := saveUser(ctx, q, &u); err != nil {
			return err
		}
		return insertEvents(ctx, q, events)
	})
	return u, err
}

func saveUser(ctx context.Context, q querier, u *developer.User) error {
	if err := checkFree(ctx, q, u); err != nil {
		return err
	}
	recovery, err := encode(u.Recovery)
	if err != nil {
		return err
	}
	res, err := q.ExecContext(ctx, `
		UPDATE users SET email = $1, name = $2, password = $3, totp = $4, totp_step = $5, recovery = $6, external = $7,
			operator = $8, disabled = $9, verified_at = $10, version = version + 1
		WHERE id = $11 AND version = $12`,
		u.Email, u.Name, u.Password, u.TOTP, u.TOTPStep, recovery, optional(u.External), u.Operator, u.Disabled,
		millis(u.VerifiedAt), u.ID, u.Version)
	if err := oneRow(res, err); err != nil {
		return fmt.Errorf("update user: %w", err)
	}
	u.Version++
	return replacePasskeys(ctx, q, u)
}

// DeleteUser implements [developer.Store].
func (d Developers) DeleteUser(ctx context.Context, id string, events ...event.Event) error {
	return d.tx(ctx, func(q querier) error {
		res, err := q.ExecContext(ctx, "DELETE FROM users WHERE id = $1", id)
		if err != nil {
			return fmt.Errorf("delete user: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, problem.New(problem.ResourceUnknown, "no such user"))
		}
		return insertEvents(ctx, q, events)
	})
}

const sessionColumns = "hash, id, user_id, stage, organisation_id, csrf, created_at, seen_at, expires_at, agent, network, proved_at"

func scanSession(row scanner) (s developer.Session, err error) {
	err = row.Scan(&s.Hash, &s.ID, &s.UserID, &s.Stage, &s.OrganisationID, &s.CSRF, instant{&s.CreatedAt}, instant{&s.SeenAt},
		instant{&s.ExpiresAt}, &s.Agent, &s.Network, instant{&s.ProvedAt})
	return s, err
}

// Session implements [developer.Store].
func (d Developers) Session(ctx context.Context, hash []byte) (s developer.Session, err error) {
	err = d.view(ctx, func(q querier) error {
		s, err = scanSession(q.QueryRowContext(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE hash = $1", hash))
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "no such session")
		}
		return err
	})
	return s, err
}

// Sessions implements [developer.Store].
func (d Developers) Sessions(ctx context.Context, userID string) (all []developer.Session, err error) {
	err = d.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE user_id = $1 ORDER BY seen_at DESC, id", userID)
		return err
	})
	return all, err
}

// InsertSession implements [developer.Store].
func (d Developers) InsertSession(ctx context.Context, s developer.Session) error {
	_, err := d.exec(ctx, "INSERT INTO sessions ("+sessionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		s.Hash, s.ID, s.UserID, s.Stage, s.OrganisationID, s.CSRF, millis(s.CreatedAt), millis(s.SeenAt), millis(s.ExpiresAt),
		s.Agent, s.Network, millis(s.ProvedAt))
	return err
}

// SaveSession implements [developer.Store].
func (d Developers) SaveSession(ctx context.Context, s developer.Session) error {
	_, err := d.exec(ctx, "UPDATE sessions SET stage = $1, organisation_id = $2, seen_at = $3, expires_at = $4, proved_at = $5 WHERE hash = $6",
		s.Stage, s.OrganisationID, millis(s.SeenAt), millis(s.ExpiresAt), millis(s.ProvedAt), s.Hash)
	return err
}

// DeleteSession implements [developer.Store].
func (d Developers) DeleteSession(ctx context.Context, userID, id string) error {
	n, err := d.exec(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id = $2", userID, id)
	if err == nil && n == 0 {
		return problem.New(problem.ResourceUnknown, "no such session")
	}
	return err
}

// DeleteSessions implements [developer.Store].
func (d Developers) DeleteSessions(ctx context.Context, userID, but string) error {
	_, err := d.exec(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", userID, but)
	return err
}

// InsertTicket implements [developer.Store].
func (d Developers) InsertTicket(ctx context.Context, t developer.Ticket) error {
	_, err := d.exec(ctx, "INSERT INTO tickets (hash, kind, user_id, email, expires_at) VALUES ($1, $2, $3, $4, $5)",
		t.Hash, t.Kind, t.UserID, t.Email, millis(t.ExpiresAt))
	return err
}

// TakeTicket implements [developer.Store].
func (d Developers) TakeTicket(ctx context.Context, kind developer.TicketKind, hash []byte) (t developer.Ticket, err error) {
	err = d.tx(ctx, func(q querier) error {
		err := q.QueryRowContext(ctx, "DELETE FROM tickets WHERE kind = $1 AND hash = $2 RETURNING hash, kind, user_id, email, expires_at", kind, hash).
			Scan(&t.Hash, &t.Kind, &t.UserID, &t.Email, instant{&t.ExpiresAt})
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "no such link")
		}
		return err
	})
	return t, err
}

// Tidy implements [developer.Store].
func (d Developers) Tidy(ctx context.Context, now time.Time) error {
	var errs []error
	for _, table := range []string{"sessions", "tickets", "invitations"} {
		_, err := d.exec(ctx, "DELETE FROM "+table+" WHERE expires_at < $1", millis(now))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
