package developer_test

import (
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
)

func TestOperatorsWork(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		u, link, err := r.Create(ctx, developer.NewAccount{Email: "Bo@Example.com"}, true, "console")
		if err != nil || !u.Operator || u.Name != "bo" {
			t.Fatalf("Create = %+v, %q, %v", u, link, err)
		}
		_, _, err = r.Create(ctx, developer.NewAccount{Email: "bo@example.com"}, false, "console")
		r.fails("a second account with the address", err, problem.StatusInvalid)
		_, _, err = r.Create(ctx, developer.NewAccount{Email: "bo"}, false, "console")
		r.fails("no address", err, problem.FormatInvalid)
		_, _, err = r.SignIn(ctx, "bo@example.com", "", developer.Device{})
		r.fails("an empty password", err, problem.ClientInvalid)
		if err := r.Reset(ctx, strings.TrimPrefix(link, "https://p.example/portal/reset?link="), goodPassword); err != nil {
			t.Fatal(err)
		}
		_, cookie := r.in("bo@example.com")
		again, err := r.Link(ctx, u.ID, "console")
		if err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(25 * time.Hour)
		r.fails("a link of yesterday", r.Reset(ctx, strings.TrimPrefix(again, "https://p.example/portal/reset?link="), goodPassword), problem.ResourceExpired)

		_, err = r.SetDisabled(ctx, u.ID, true, u.ID)
		r.fails("disabling oneself", err, problem.StatusInvalid)
		if _, err = r.SetOperator(ctx, u.ID, false, "console"); err != nil {
			t.Error(err)
		}
		if _, err := r.SetDisabled(ctx, u.ID, true, "console"); err != nil {
			t.Error(err)
		}
		_, _, err = r.Look(ctx, cookie)
		r.fails("a session of a disabled user", err, problem.ResourceUnknown)
		_, err = r.Link(ctx, u.ID, "console")
		r.fails("a link for who is disabled", err, problem.StatusInvalid)
		if got, err := r.SetDisabled(ctx, u.ID, false, "console"); err != nil || got.Disabled || got.Operator {
			t.Errorf("enabled: %+v, %v", got, err)
		}
		_, cookie = r.in("bo@example.com")
		if err := r.EndSessions(ctx, u.ID, "console"); err != nil {
			t.Error(err)
		}
		_, _, err = r.Look(ctx, cookie)
		r.fails("a session that was ended", err, problem.ResourceUnknown)
		r.fails("ending sessions of nobody", r.EndSessions(ctx, "nobody", "console"), problem.ResourceUnknown)
	})
}

// Without mail nothing is made that waits for a mail.
func TestNoMail(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		u := r.person("ada@example.com")
		x, _ := r.in("ada@example.com")
		o, err := r.Found(ctx, x, developer.Organisation{Name: "O"})
		if err != nil {
			t.Fatal(err)
		}
		r.Mailer = nil
		r.fails("SignUp", r.SignUp(ctx, developer.NewAccount{Email: "eve@example.com", Name: "Eve", Password: goodPassword}), problem.StatusInvalid)
		r.fails("Forgot", r.Forgot(ctx, "ada@example.com", developer.Device{}), problem.StatusInvalid)
		r.fails("Forgot of nobody", r.Forgot(ctx, "nobody@example.com", developer.Device{}), problem.StatusInvalid)
		r.fails("Invite", r.Invite(ctx, &u, o.ID, "bo@example.com", developer.Viewer), problem.StatusInvalid)
		if open, err := r.db.Invitations(ctx, o.ID); err != nil || len(open) > 0 {
			t.Errorf("invitations %v, %v", open, err)
		}
		_, err = r.db.UserByEmail(ctx, "eve@example.com")
		r.fails("the account that was not made", err, problem.ResourceUnknown)
	})
}

// Lists come in pages, and what is looked for is taken letter by letter.
func TestPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		for _, email := range []string{"c_a@example.com", "ada@example.com", "bo@example.com"} {
			r.person(email)
			x, _ := r.in(email)
			for range 2 { // two of a name
				if _, err := r.Found(ctx, x, developer.Organisation{Name: "O 100%", Number: "556016-0680"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		var emails []string
		for after := ""; ; {
			page, err := r.db.Users(ctx, developer.Page{After: after, Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, u := range page {
				emails, after = append(emails, u.Email), u.ID
			}
		}
		if got := strings.Join(emails, " "); got != "ada@example.com bo@example.com c_a@example.com" {
			t.Errorf("users %s", got)
		}
		seen := map[string]bool{}
		for after := ""; ; {
			page, err := r.db.Organisations(ctx, developer.Page{Match: "o 100%", After: after, Limit: 4})
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, o := range page {
				seen[o.ID], after = true, o.ID
			}
		}
		if len(seen) != 6 {
			t.Errorf("%d organisations, want 6", len(seen))
		}
		for match, want := range map[string]int{"c_a": 1, "ADA": 3, "%": 0, "example": 3, "!": 0, "nobody": 0} { // all are called Ada
			if got, err := r.db.Users(ctx, developer.Page{Match: match, Limit: 9}); err != nil || len(got) != want {
				t.Errorf("%d users match %q, %v, want %d", len(got), match, err, want)
			}
		}
		if got, err := r.db.Organisations(ctx, developer.Page{Match: "0680", Limit: 9}); err != nil || len(got) != 6 {
			t.Errorf("%d organisations by number, %v", len(got), err)
		}
	})
}
