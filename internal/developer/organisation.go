package developer

import (
	"context"
	"slices"
	"strings"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// maxMembers bounds an organisation, and maxInvitations what it has open.
const (
	maxMembers     = 500
	maxInvitations = 100
)

// Found makes an organisation with the user as its owner, and turns the session
// to it.
func (s *Service) Found(ctx context.Context, x Session, o Organisation) (Organisation, error) {
	name, err := checkName(o.Name)
	if err != nil {
		return Organisation{}, err
	}
	o = Organisation{ID: ident.NewUUID(), Name: name, Number: cut(strings.TrimSpace(o.Number), 30), Country: strings.ToUpper(cut(o.Country, 2)), CreatedAt: s.Clock.Now(), Version: 1}
	first := Member{OrganisationID: o.ID, UserID: x.UserID, Role: Owner, Since: o.CreatedAt}
	if err := s.Store.InsertOrganisation(ctx, o, first, s.event("organisation.created", o.ID, "")); err != nil {
		return Organisation{}, err
	}
	x.OrganisationID = o.ID
	return o, s.Store.SaveSession(ctx, x)
}

// Turn makes the session about another organisation of its user. It reports
// problem.ResourceUnknown for one that the user does not belong to.
func (s *Service) Turn(ctx context.Context, x Session, organisationID string) error {
	if _, err := s.Member(ctx, x.UserID, organisationID); err != nil {
		return err
	}
	x.OrganisationID = organisationID
	return s.Store.SaveSession(ctx, x)
}

// Member returns the user's place in an organisation. It reports
// problem.ResourceUnknown for a stranger, as for an organisation that does not
// exist.
func (s *Service) Member(ctx context.Context, userID, organisationID string) (Member, error) {
	in, err := s.Store.Memberships(ctx, userID)
	if err != nil {
		return Member{}, err
	}
	i := slices.IndexFunc(in, func(m Member) bool { return m.OrganisationID == organisationID })
	if i < 0 {
		return Member{}, problem.New(problem.ResourceUnknown, "There is no such organisation, or you do not belong to it.")
	}
	return in[i], nil
}

// Invite sends an invitation, in place of an older one to the same address. It
// reports problem.FormatInvalid, and problem.StatusInvalid for who is a member, or where
// no mail can be sent.
func (s *Service) Invite(ctx context.Context, by *User, organisationID, address string, role Role) error {
	if err := s.checkMail(); err != nil {
		return err
	}
	email, err := NormalEmail(address)
	if err != nil {
		return err
	}
	if !role.Valid() {
		return problem.New(problem.FormatInvalid, "Choose a role.").At("role")
	}
	o, err := s.Store.Organisation(ctx, organisationID)
	if err != nil {
		return err
	}
	open, err := s.Store.Invitations(ctx, organisationID)
	if err != nil {
		return err
	}
	if len(open) >= maxInvitations {
		return problem.New(problem.AccessExceeded, "There are %d open invitations. Withdraw some first.", maxInvitations)
	}
	if err := s.checkNotMember(ctx, organisationID, email); err != nil {
		return err
	}
	for _, old := range open {
		if old.Email == email {
			if err := s.Store.DeleteInvitation(ctx, organisationID, old.ID); err != nil {
				return err
			}
		}
	}
	text, hash := secret()
	now := s.Clock.Now()
	i := Invitation{
		Hash: hash, ID: ident.NewUUID(), OrganisationID: organisationID, Email: email, Role: role,
		InvitedBy: by.ID, CreatedAt: now, ExpiresAt: now.Add(inviteLife),
	}
	if err := s.Store.InsertInvitation(ctx, i, s.event("organisation.invited", organisationID, string(role))); err != nil {
		return err
	}
	return s.Mailer.Send(ctx, mailInvitation(s.Base, &i, o.Name, by.Name, text))
}

func (s *Service) checkNotMember(ctx context.Context, organisationID, email string) error {
	u, err := s.Store.UserByEmail(ctx, email)
	if problem.Is(err, problem.ResourceUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := s.Member(ctx, u.ID, organisationID); err == nil {
		return problem.New(problem.StatusInvalid, "That person is a member already.").At("email")
	} else if !problem.Is(err, problem.ResourceUnknown) {
		return err
	}
	return nil
}

// invitation returns the invitation of a link, nil for an empty one. It reports
// problem.ResourceExpired for one that is not good.
func (s *Service) invitation(ctx context.Context, link string) (*Invitation, error) {
	if link == "" {
		return nil, nil //nolint:nilnil // no link, no invitation
	}
	i, err := s.Store.Invitation(ctx, HashOf(link))
	if problem.Is(err, problem.ResourceUnknown) || err == nil && !s.Clock.Now().Before(i.ExpiresAt) {
		return nil, expiredLink()
	}
	return &i, err
}

// Invited returns what the link of an invitation is for: the invitation and its
// organisation. It reports problem.ResourceExpired.
func (s *Service) Invited(ctx context.Context, link string) (Invitation, Organisation, error) {
	i, err := s.invitation(ctx, link)
	if err != nil {
		return Invitation{}, Organisation{}, err
	}
	if i == nil {
		return Invitation{}, Organisation{}, expiredLink()
	}
	o, err := s.Store.Organisation(ctx, i.OrganisationID)
	return *i, o, err
}

// Accept makes the user a member by an invitation's link. The address must be
// the user's: a link that was passed on is no invitation.
func (s *Service) Accept(ctx context.Context, u *User, link string) error {
	i, err := s.invitation(ctx, link)
	if err != nil {
		return err
	}
	if i == nil {
		return expiredLink()
	}
	if i.Email != u.Email {
		return problem.New(problem.ResourceForeign, "The invitation is for another e-mail address. Sign in with that one, or ask for an invitation to yours.")
	}
	return s.join(ctx, u, i)
}

func (s *Service) join(ctx context.Context, u *User, i *Invitation) error {
	err := s.Store.ChangeMembers(ctx, i.OrganisationID, func(all []Member) ([]Member, []event.Event, error) {
		if slices.ContainsFunc(all, func(m Member) bool { return m.UserID == u.ID }) {
			return all, nil, nil
		}
		if len(all) >= maxMembers {
			return nil, nil, problem.New(problem.AccessExceeded, "The organisation has %d members, which is as many as it can have.", maxMembers)
		}
		all = append(all, Member{OrganisationID: i.OrganisationID, UserID: u.ID, Role: i.Role, Since: s.Clock.Now()})
		return all, []event.Event{s.event("organisation.joined", i.OrganisationID, string(i.Role))}, nil
	})
	if err != nil {
		return err
	}
	return s.Store.DeleteInvitation(ctx, i.OrganisationID, i.ID)
}

// SetRole changes the role of a member, or takes the member out if role is
// empty. An organisation keeps an owner: it reports problem.StatusInvalid.
func (s *Service) SetRole(ctx context.Context, organisationID, userID string, role Role) error {
	if role != "" && !role.Valid() {
		return problem.New(problem.FormatInvalid, "Choose a role.").At("role")
	}
	return s.Store.ChangeMembers(ctx, organisationID, func(all []Member) ([]Member, []event.Event, error) {
		i := slices.IndexFunc(all, func(m Member) bool { return m.UserID == userID })
		if i < 0 {
			return nil, nil, problem.New(problem.ResourceUnknown, "There is no such member.")
		}
		what := "organisation.role_changed"
		if role == "" {
			what, all = "organisation.left", slices.Delete(all, i, i+1)
		} else {
			all[i].Role = role
		}
		if !slices.ContainsFunc(all, func(m Member) bool { return m.Role == Owner }) {
			return nil, nil, problem.New(problem.StatusInvalid, "An organisation needs an owner. Make somebody else one first.")
		}
		return all, []event.Event{s.event(what, organisationID, string(role))}, nil
	})
}

// Describe changes what an organisation is called.
func (s *Service) Describe(ctx context.Context, organisationID string, o Organisation) error {
	name, err := checkName(o.Name)
	if err != nil {
		return err
	}
	_, err = s.Store.UpdateOrganisation(ctx, organisationID, func(old *Organisation) ([]event.Event, error) {
		old.Name, old.Number, old.Country = name, cut(strings.TrimSpace(o.Number), 30), strings.ToUpper(cut(o.Country, 2))
		return []event.Event{s.event("organisation.changed", organisationID, "")}, nil
	})
	return err
}

// AskAccess asks for access to production. It reports problem.StatusInvalid if
// the organisation has it or has asked.
func (s *Service) AskAccess(ctx context.Context, by *User, organisationID, purpose string) error {
	if purpose = strings.TrimSpace(purpose); purpose == "" {
		return problem.New(problem.FormatInvalid, "Say what you want it for.").At("purpose")
	}
	_, err := s.Store.UpdateOrganisation(ctx, organisationID, func(o *Organisation) ([]event.Event, error) {
		if o.Access.Status == Asked || o.Access.Status == Granted {
			return nil, problem.New(problem.StatusInvalid, "The organisation has asked already.")
		}
		if o.Number == "" || o.Country == "" {
			return nil, problem.New(problem.StatusInvalid, "Fill in the organisation's number and country first: they go into its certificate.")
		}
		o.Access = Access{Status: Asked, Purpose: cut(purpose, 2000), AskedAt: s.Clock.Now(), AskedBy: by.ID}
		return []event.Event{s.event("organisation.access_asked", organisationID, "")}, nil
	})
	return err
}

// Decide answers a request for production access, as an operator.
func (s *Service) Decide(ctx context.Context, by *User, organisationID string, grant bool, reason string) error {
	if !by.Operator {
		return problem.New(problem.GrantForbidden, "Only operators decide on access.")
	}
	_, err := s.Store.UpdateOrganisation(ctx, organisationID, func(o *Organisation) ([]event.Event, error) {
		if o.Access.Status != Asked {
			return nil, problem.New(problem.StatusInvalid, "The organisation does not wait for an answer.")
		}
		o.Access.Status, o.Access.Reason = Refused, cut(strings.TrimSpace(reason), 500)
		if grant {
			o.Access.Status = Granted
		}
		o.Access.DecidedAt, o.Access.DecidedBy = s.Clock.Now(), by.ID
		return []event.Event{s.event("organisation.access_"+string(o.Access.Status), organisationID, "by "+by.ID)}, nil
	})
	return err
}
