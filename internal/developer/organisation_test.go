package developer_test

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
)

func TestOrganisation(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		ada, eve := r.person("ada@example.com"), r.person("eve@example.com")
		x, cookie := r.in("ada@example.com")
		o, err := r.Found(ctx, x, developer.Organisation{Name: "Räkna AB", Number: "556016-0680", Country: "se"})
		if err != nil {
			t.Fatal(err)
		}
		if x, _, err = r.Look(ctx, cookie); err != nil || x.OrganisationID != o.ID {
			t.Errorf("the session is about %q, %v", x.OrganisationID, err)
		}
		_, err = r.Member(ctx, eve.ID, o.ID)
		r.fails("a stranger's place", err, problem.ResourceUnknown)
		y, _ := r.in("eve@example.com")
		r.fails("a stranger's turn", r.Turn(ctx, y, o.ID), problem.ResourceUnknown)

		if err := r.Invite(ctx, &ada, o.ID, "Bo@example.com", developer.Viewer); err != nil {
			t.Fatal(err)
		}
		link := r.link("bo@example.com", "invited")
		r.fails("a passed-on link", r.Accept(ctx, &eve, link), problem.ResourceForeign)
		if err := r.SignUp(ctx, developer.NewAccount{Email: "bo@example.com", Name: "Bo", Password: goodPassword, Invitation: link}); err != nil {
			t.Fatal(err)
		}
		z, _ := r.in("bo@example.com") // the link has proved the address
		if z.OrganisationID != o.ID {
			t.Errorf("the invited person's session is about %q", z.OrganisationID)
		}
		key := developer.Passkey{ID: []byte("key"), Label: "laptop", Credential: []byte("{}"), CreatedAt: ada.CreatedAt}
		if _, err := r.Store.UpdateUser(ctx, ada.ID, func(u *developer.User) ([]event.Event, error) {
			u.Passkeys = append(u.Passkeys, key)
			return nil, nil
		}); err != nil {
			t.Fatal(err)
		}
		members, err := r.Store.MemberUsers(ctx, o.ID)
		if err != nil || len(members) != 2 || members[z.UserID].Email != "bo@example.com" || len(members[z.UserID].Passkeys) != 0 || len(members[ada.ID].Passkeys) != 1 {
			t.Errorf("the members are %+v, %v, want ada with a passkey and bo", members, err)
		}
		_, _, err = r.Invited(ctx, link)
		r.fails("the link after it was used", err, problem.ResourceExpired)
		r.fails("to invite a member", r.Invite(ctx, &ada, o.ID, "bo@example.com", developer.Owner), problem.StatusInvalid)

		r.fails("to take out the last owner", r.SetRole(ctx, o.ID, ada.ID, ""), problem.StatusInvalid)
		if err := r.SetRole(ctx, o.ID, z.UserID, developer.Owner); err != nil {
			t.Fatal(err)
		}
		if err := r.SetRole(ctx, o.ID, ada.ID, ""); err != nil {
			t.Fatal(err)
		}
		all, err := r.db.Members(ctx, o.ID)
		if err != nil || len(all) != 1 || all[0].UserID != z.UserID || all[0].Role != developer.Owner {
			t.Errorf("members %+v, %v", all, err)
		}
	})
}

func TestInvitationOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		ada := r.person("ada@example.com")
		x, _ := r.in("ada@example.com")
		o, err := r.Found(ctx, x, developer.Organisation{Name: "O"})
		if err != nil {
			t.Fatal(err)
		}
		r.OpenSignUp = false
		n := developer.NewAccount{Email: "bo@example.com", Name: "Bo", Password: goodPassword}
		r.fails("an account without an invitation", r.SignUp(ctx, n), problem.GrantForbidden)
		if err := r.Invite(ctx, &ada, o.ID, n.Email, developer.Developer); err != nil {
			t.Fatal(err)
		}
		n.Invitation = r.link(n.Email, "invited")
		r.clock.Advance(8 * 24 * time.Hour)
		r.fails("an old invitation", r.SignUp(ctx, n), problem.ResourceExpired)
	})
}

func TestAccess(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		ada := r.person("ada@example.com")
		x, _ := r.in("ada@example.com")
		o, err := r.Found(ctx, x, developer.Organisation{Name: "O"})
		if err != nil {
			t.Fatal(err)
		}
		r.fails("access without a number", r.AskAccess(ctx, &ada, o.ID, "bookkeeping"), problem.StatusInvalid)
		if err := r.Describe(ctx, o.ID, developer.Organisation{Name: "O", Number: "5560160680", Country: "SE"}); err != nil {
			t.Fatal(err)
		}
		if err := r.AskAccess(ctx, &ada, o.ID, "bookkeeping"); err != nil {
			t.Fatal(err)
		}
		waiting, err := r.db.OrganisationsAsking(ctx)
		if err != nil || len(waiting) != 1 || waiting[0].Access.Purpose != "bookkeeping" {
			t.Errorf("waiting: %+v, %v", waiting, err)
		}
		r.fails("a decision by nobody", r.Decide(ctx, &ada, o.ID, true, ""), problem.GrantForbidden)
		ada.Operator = true
		if err := r.Decide(ctx, &ada, o.ID, false, "say more"); err != nil {
			t.Fatal(err)
		}
		if err := r.AskAccess(ctx, &ada, o.ID, "bookkeeping of shops"); err != nil {
			t.Fatal(err)
		}
		if err := r.Decide(ctx, &ada, o.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		got, err := r.db.Organisation(ctx, o.ID)
		if err != nil || got.Access.Status != developer.Granted || got.Access.DecidedBy != ada.ID || !got.Access.DecidedAt.Equal(noon) {
			t.Errorf("organisation %+v, %v", got, err)
		}
	})
}
