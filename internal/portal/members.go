package portal

import (
	"net/http"
	"net/url"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
)

// memberRoutes are those of an organisation and its people.
func memberRoutes() []route {
	return []route{
		{pattern: "GET /portal/members", access: member, page: "members", serve: (*Handler).members},
		{pattern: "POST /portal/members/invite", access: owner, page: "members", serve: (*Handler).invite},
		{pattern: "POST /portal/members/withdraw", access: owner, serve: (*Handler).withdraw},
		{pattern: "POST /portal/members/role", access: owner, serve: (*Handler).setRole},
		{pattern: "POST /portal/members/leave", access: member, serve: (*Handler).leave},
		{pattern: "GET /portal/invitation", access: public, page: "invitation", serve: (*Handler).invitation},
		{pattern: "POST /portal/invitation", access: signedIn, page: "invitation", serve: (*Handler).accept},
		{pattern: "GET /portal/organisation", access: member, page: "organisation", serve: (*Handler).organisation},
		{pattern: "POST /portal/organisation", access: owner, page: "organisation", serve: (*Handler).describe},
		{pattern: "POST /portal/organisation/access", access: owner, page: "organisation", serve: (*Handler).askAccess},
	}
}

// A person is a member as the others see them.
type person struct {
	ID, Name, Email string
	Role            developer.Role
	Member          developer.Member
	SecondFactor    bool
	You             bool
}

// personOf returns a member as the user with the id sees it. Who has a passkey
// and no password always signs in by two factors.
func personOf(u *developer.User, m developer.Member, you string) person {
	return person{u.ID, u.Name, u.Email, m.Role, m, u.SecondFactor() || u.Password == "" && len(u.Passkeys) > 0, u.ID == you}
}

// peopleOf returns the members of an organisation.
func (h *Handler) peopleOf(v *visit, organisationID string) ([]person, error) {
	ctx := v.r.Context()
	all, err := h.People.Store.Members(ctx, organisationID)
	if err != nil {
		return nil, err
	}
	users, err := h.People.Store.MemberUsers(ctx, organisationID)
	people := make([]person, 0, len(all))
	for _, m := range all {
		if u, ok := users[m.UserID]; ok { // else gone meanwhile
			people = append(people, personOf(&u, m, v.user.ID))
		}
	}
	return people, err
}

func (h *Handler) memberData(v *visit) (map[string]any, error) {
	people, err := h.peopleOf(v, v.member.OrganisationID)
	if err != nil {
		return nil, err
	}
	open, err := h.People.Store.Invitations(v.r.Context(), v.member.OrganisationID)
	return map[string]any{
		"People": people, "Invitations": open, "Roles": developer.Roles(), "Email": v.form("email"), "Chosen": v.form("role"),
	}, err
}

// members serves GET /portal/members.
func (h *Handler) members(v *visit) error {
	data, err := h.memberData(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "members", "Members", data)
}

// invite serves POST /portal/members/invite.
func (h *Handler) invite(v *visit) error {
	err := h.People.Invite(v.r.Context(), v.user, v.member.OrganisationID, v.form("email"), developer.Role(v.form("role")))
	if err != nil {
		data, failed := h.memberData(v)
		if failed != nil {
			return failed
		}
		return v.again(err, "members", "Members", data)
	}
	v.tell("invited")
	return v.see(Path + "/members")
}

// withdraw serves POST /portal/members/withdraw: an open invitation.
func (h *Handler) withdraw(v *visit) error {
	if err := h.People.Store.DeleteInvitation(v.r.Context(), v.member.OrganisationID, v.form("invitation")); err != nil {
		return err
	}
	v.tell("deleted")
	return v.see(Path + "/members")
}

// setRole serves POST /portal/members/role: a member's new role, or, with none,
// the end of the membership.
func (h *Handler) setRole(v *visit) error {
	role := developer.Role(v.form("role"))
	if v.form("remove") != "" {
		role = ""
	} else if role == "" {
		return problem.New(problem.FormatInvalid, "Choose a role.")
	}
	if err := h.People.SetRole(v.r.Context(), v.member.OrganisationID, v.form("member"), role); err != nil {
		return err
	}
	v.tell("member-changed")
	return v.see(Path + "/members")
}

// leave serves POST /portal/members/leave.
func (h *Handler) leave(v *visit) error {
	if err := h.People.SetRole(v.r.Context(), v.member.OrganisationID, v.user.ID, ""); err != nil {
		return err
	}
	return v.see(Path + "/organisations")
}

// invitation serves GET /portal/invitation: what a link of a mail is for.
func (h *Handler) invitation(v *visit) error {
	i, o, err := h.People.Invited(v.r.Context(), v.form("link"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "invitation", "Join "+o.Name, map[string]any{
		"Invitation": i, "Organisation": o, "Link": v.form("link"), "Here": url.QueryEscape(v.r.URL.RequestURI()),
	})
}

// accept serves POST /portal/invitation.
func (h *Handler) accept(v *visit) error {
	i, o, err := h.People.Invited(v.r.Context(), v.form("link"))
	if err != nil {
		return err
	}
	if err := h.People.Accept(v.r.Context(), v.user, v.form("link")); err != nil {
		return v.again(err, "invitation", "Join "+o.Name, map[string]any{"Invitation": i, "Organisation": o, "Link": v.form("link"), "Here": ""})
	}
	if err := h.People.Turn(v.r.Context(), *v.session, o.ID); err != nil {
		return err
	}
	return v.see(Path)
}

func organisationData(o *developer.Organisation) map[string]any {
	return map[string]any{"Name": o.Name, "Number": o.Number, "Country": o.Country, "Access": o.Access, "Purpose": ""}
}

// organisation serves GET /portal/organisation.
func (h *Handler) organisation(v *visit) error {
	data := organisationData(&v.organisation)
	data["Environment"] = h.Environment
	return v.show(http.StatusOK, "organisation", v.organisation.Name, data)
}

// describe serves POST /portal/organisation.
func (h *Handler) describe(v *visit) error {
	o := developer.Organisation{Name: v.form("name"), Number: v.form("number"), Country: v.form("country"), Access: v.organisation.Access}
	if err := h.People.Describe(v.r.Context(), v.member.OrganisationID, o); err != nil {
		data := organisationData(&o)
		data["Environment"] = h.Environment
		return v.again(err, "organisation", v.organisation.Name, data)
	}
	v.tell("saved")
	return v.see(Path + "/organisation")
}

// askAccess serves POST /portal/organisation/access.
func (h *Handler) askAccess(v *visit) error {
	if err := h.People.AskAccess(v.r.Context(), v.user, v.member.OrganisationID, v.form("purpose")); err != nil {
		data := organisationData(&v.organisation)
		data["Environment"], data["Purpose"] = h.Environment, v.form("purpose")
		return v.again(err, "organisation", v.organisation.Name, data)
	}
	v.tell("asked")
	return v.see(Path + "/organisation")
}
