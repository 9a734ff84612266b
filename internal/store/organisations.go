package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
)

const organisationColumns = "id, name, number, country, access, request, created_at, version"

// storedAccessRequest is what is stored of a request for production access
// beside its status.
type storedAccessRequest struct {
	Purpose   string    `json:"purpose,omitempty"`
	AskedAt   time.Time `json:"askedAt,omitzero"`
	AskedBy   string    `json:"askedBy,omitempty"`
	DecidedAt time.Time `json:"decidedAt,omitzero"`
	DecidedBy string    `json:"decidedBy,omitempty"`
	Reason    string    `json:"reason,omitempty"`
}

func scanOrganisation(row scanner) (o developer.Organisation, err error) {
	var r storedAccessRequest
	err = row.Scan(&o.ID, &o.Name, &o.Number, &o.Country, &o.Access.Status, document{&r}, instant{&o.CreatedAt}, &o.Version)
	o.Access.Purpose, o.Access.AskedAt, o.Access.AskedBy = r.Purpose, r.AskedAt, r.AskedBy
	o.Access.DecidedAt, o.Access.DecidedBy, o.Access.Reason = r.DecidedAt, r.DecidedBy, r.Reason
	return o, err
}

func encodeRequest(a *developer.Access) (string, error) {
	return encode(storedAccessRequest{
		Purpose: a.Purpose, AskedAt: a.AskedAt.UTC().Truncate(time.Millisecond), AskedBy: a.AskedBy,
		DecidedAt: a.DecidedAt.UTC().Truncate(time.Millisecond), DecidedBy: a.DecidedBy, Reason: a.Reason,
	})
}

func queryOrganisation(ctx context.Context, q querier, id string) (developer.Organisation, error) {
	o, err := scanOrganisation(q.QueryRowContext(ctx, "SELECT "+organisationColumns+" FROM organisations WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return o, problem.New(problem.ResourceUnknown, "no such organisation")
	}
	return o, err
}

// Organisation implements [developer.Store].
func (d Developers) Organisation(ctx context.Context, id string) (o developer.Organisation, err error) {
	err = d.view(ctx, func(q querier) error {
		o, err = queryOrganisation(ctx, q, id)
		return err
	})
	return o, err
}

// Organisations implements [developer.Store].
func (d Developers) Organisations(ctx context.Context, p developer.Page) (all []developer.Organisation, err error) {
	err = d.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanOrganisation, "SELECT "+organisationColumns+` FROM organisations
			WHERE ($1 = '' OR (name, id) > (SELECT name, id FROM organisations WHERE id = $1)) AND (lower(name) LIKE $2 ESCAPE '!' OR number LIKE $2 ESCAPE '!')
			ORDER BY name, id LIMIT $3`, p.After, like(p.Match), p.Limit)
		return err
	})
	return all, err
}

// OrganisationsAsking implements [developer.Store].
func (d Developers) OrganisationsAsking(ctx context.Context) (all []developer.Organisation, err error) {
	err = d.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanOrganisation, "SELECT "+organisationColumns+" FROM organisations WHERE access = 'asked' ORDER BY id LIMIT 500")
		return err
	})
	return all, err
}

// InsertOrganisation implements [developer.Store].
func (d Developers) InsertOrganisation(ctx context.Context, o developer.Organisation, first developer.Member, events ...event.Event) error {
	return d.tx(ctx, func(q querier) error {
		request, err := encodeRequest(&o.Access)
		if err != nil {
			return err
		}
		if _, err := q.ExecContext(ctx, "INSERT INTO organisations ("+organisationColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, 1)",
			o.ID, o.Name, o.Number, o.Country, o.Access.Status, request, millis(o.CreatedAt)); err != nil {
			return fmt.Errorf("insert organisation: %w", err)
		}
		if err := insertMember(ctx, q, &first); err != nil {
			return err
		}
		return insertEvents(ctx, q, events)
	})
}

// UpdateOrganisation implements [developer.Store].
func (d Developers) UpdateOrganisation(ctx context.Context, id string, fn func(*developer.Organisation) ([]event.Event, error)) (o developer.Organisation, err error) {
	err = d.tx(ctx, func(q querier) error {
		if o, err = queryOrganisation(ctx, q, id); err != nil {
			return err
		}
		events, err := fn(&o)
		if err != nil {
			return err
		}
		request, err := encodeRequest(&o.Access)
		if err != nil {
			return err
		}
		res, err := q.ExecContext(ctx, `
			UPDATE organisations SET name = $1, number = $2, country = $3, access = $4, request = $5, version = version + 1
			WHERE id = $6 AND version = $7`,
			o.Name, o.Number, o.Country, o.Access.Status, request, id, o.Version)
		if err := oneRow(res, err); err != nil {
			return fmt.Errorf("update organisation: %w", err)
		}
		o.Version++
		return insertEvents(ctx, q, events)
	})
	return o, err
}

func scanMember(row scanner) (m developer.Member, err error) {
	err = row.Scan(&m.OrganisationID, &m.UserID, &m.Role, instant{&m.Since})
	return m, err
}

func insertMember(ctx context.Context, q querier, m *developer.Member) error {
	_, err := q.ExecContext(ctx, "INSERT INTO members (organisation_id, user_id, role, since) VALUES ($1, $2, $3, $4)",
		m.OrganisationID, m.UserID, m.Role, millis(m.Since))
	if err != nil {
		return fmt.Errorf("insert member: %w", err)
	}
	return nil
}

func queryMembers(ctx context.Context, q querier, organisationID string) ([]developer.Member, error) {
	return scanAll(ctx, q, scanMember, "SELECT organisation_id, user_id, role, since FROM members WHERE organisation_id = $1 ORDER BY since, user_id", organisationID)
}

// Members implements [developer.Store].
func (d Developers) Members(ctx context.Context, organisationID string) (all []developer.Member, err error) {
	err = d.view(ctx, func(q querier) error {
		all, err = queryMembers(ctx, q, organisationID)
		return err
	})
	return all, err
}

// Memberships implements [developer.Store].
func (d Developers) Memberships(ctx context.Context, userID string) (all []developer.Member, err error) {
	err = d.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanMember, "SELECT organisation_id, user_id, role, since FROM members WHERE user_id = $1 ORDER BY since, organisation_id", userID)
		return err
	})
	return all, err
}

// ChangeMembers implements [developer.Store]. The organisation's version is
// what two changes at once meet on.
func (d Developers) ChangeMembers(ctx context.Context, organisationID string, fn func([]developer.Member) ([]developer.Member, []event.Event, error)) error {
	return d.tx(ctx, func(q querier) error {
		o, err := queryOrganisation(ctx, q, organisationID)
		if err != nil {
			return err
		}
		before, err := queryMembers(ctx, q, organisationID)
		if err != nil {
			return err
		}
		after, events, err := fn(slices.Clone(before))
		if err != nil {
			return err
		}
		res, err := q.ExecContext(ctx, "UPDATE organisations SET version = version + 1 WHERE id = $1 AND version = $2", organisationID, o.Version)
		if err := oneRow(res, err); err != nil {
			return fmt.Errorf("update organisation: %w", err)
		}
		if err := replaceMembers(ctx, q, before, after); err != nil {
			return err
		}
		return insertEvents(ctx, q, events)
	})
}

// replaceMembers stores what differs between two lists.
func replaceMembers(ctx context.Context, q querier, before, after []developer.Member) error {
	for _, m := range before {
		if slices.Contains(after, m) {
			continue
		}
		if _, err := q.ExecContext(ctx, "DELETE FROM members WHERE organisation_id = $1 AND user_id = $2", m.OrganisationID, m.UserID); err != nil {
			return fmt.Errorf("delete member: %w", err)
		}
	}
	for _, m := range after {
		if slices.Contains(before, m) {
			continue
		}
		if err := insertMember(ctx, q, &m); err != nil {
			return err
		}
	}
	return nil
}

const invitationColumns = "hash, id, organisation_id, email, role, invited_by, created_at, expires_at"

func scanInvitation(row scanner) (i developer.Invitation, err error) {
	err = row.Scan(&i.Hash, &i.ID, &i.OrganisationID, &i.Email, &i.Role, &i.InvitedBy, instant{&i.CreatedAt}, instant{&i.ExpiresAt})
	return i, err
}

// Invitations implements [developer.Store].
func (d Developers) Invitations(ctx context.Context, organisationID string) (all []developer.Invitation, err error) {
	err = d.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanInvitation, "SELECT "+invitationColumns+" FROM invitations WHERE organisation_id = $1 ORDER BY created_at, id", organisationID)
		return err
	})
	return all, err
}

// Invitation implements [developer.Store].
func (d Developers) Invitation(ctx context.Context, hash []byte) (i developer.Invitation, err error) {
	err = d.view(ctx, func(q querier) error {
		i, err = scanInvitation(q.QueryRowContext(ctx, "SELECT "+invitationColumns+" FROM invitations WHERE hash = $1", hash))
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "no such invitation")
		}
		return err
	})
	return i, err
}

// InsertInvitation implements [developer.Store].
func (d Developers) InsertInvitation(ctx context.Context, i developer.Invitation, events ...event.Event) error {
	return d.tx(ctx, func(q querier) error {
		if _, err := q.ExecContext(ctx, "INSERT INTO invitations ("+invitationColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			i.Hash, i.ID, i.OrganisationID, i.Email, i.Role, i.InvitedBy, millis(i.CreatedAt), millis(i.ExpiresAt)); err != nil {
			return fmt.Errorf("insert invitation: %w", err)
		}
		return insertEvents(ctx, q, events)
	})
}

// DeleteInvitation implements [developer.Store].
func (d Developers) DeleteInvitation(ctx context.Context, organisationID, id string, events ...event.Event) error {
	return d.tx(ctx, func(q querier) error {
		res, err := q.ExecContext(ctx, "DELETE FROM invitations WHERE organisation_id = $1 AND id = $2", organisationID, id)
		if err != nil {
			return fmt.Errorf("delete invitation: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, problem.New(problem.ResourceUnknown, "no such invitation"))
		}
		return insertEvents(ctx, q, events)
	})
}
