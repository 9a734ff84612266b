package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
)

// A userCmd manages the people who use the developer portal.
type userCmd struct {
	List     userListCmd     `cmd:"" help:"List all users."`
	Create   userCreateCmd   `cmd:"" help:"Make an account and print a link that sets its password."`
	Link     userLinkCmd     `cmd:"" help:"Print a link that sets a new password."`
	Operator userOperatorCmd `cmd:"" help:"Make a user an operator of the platform, or no longer one."`
	Disable  userDisableCmd  `cmd:"" help:"Keep a user out, and sign all its browsers out."`
	Enable   userEnableCmd   `cmd:"" help:"Let a user in again."`
}

// A usersFlag says where the users are: in a database, or in a running sandbox.
type usersFlag struct {
	placeFlag
	JSON bool `name:"json" help:"Print JSON."`
}

// with calls fn with the users.
func (f *usersFlag) with(ctx context.Context, env *Env, fn func(control.Users) error) error {
	if c := f.sandbox(); c != nil {
		return fn(control.UsersClient{Client: c})
	}
	return f.installation(ctx, env, func(c *config.Config, db *store.DB) error {
		people := &developer.Service{Store: store.Developers{DB: db}, Clock: clock.Real{}, Base: c.Base.Auth}
		return fn(server.UserDesk{People: people})
	})
}

// tell prints a user, and the link if there is one.
func (f *usersFlag) tell(env *Env, u control.User, err error) error {
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(env.Stdout, u)
	}
	if u.Link == "" {
		_, err = fmt.Fprintf(env.Stdout, "%s  %s\n", u.Email, standing(&u))
		return err
	}
	_, err = fmt.Fprintln(env.Stdout, u.Link)
	_, _ = fmt.Fprintf(env.Stderr, "Open the link, or give it to %s: it sets the password, once, within a day.\n", u.Email)
	return err
}

// standing says in a word or two what a user is.
func standing(u *control.User) string {
	switch {
	case u.Disabled:
		return "disabled"
	case u.Operator:
		return "operator"
	case !u.Verified:
		return "not yet verified"
	}
	return "user"
}

// A userListCmd lists all users.
type userListCmd struct{ usersFlag }

// Help returns the examples of the command.
func (userListCmd) Help() string {
	return "Examples:\n  sluss user list\n  sluss user list --config sluss.toml --json"
}

// Run implements the command.
func (c *userListCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(users control.Users) error {
		all, err := allUsers(ctx, users)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(env.Stdout, all)
		}
		w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "E-MAIL\tNAME\tIS\tMADE")
		for _, u := range all {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Email, u.Name, standing(&u), u.CreatedAt.Format(time.DateOnly))
		}
		return w.Flush()
	})
}

// allUsers reads page after page.
func allUsers(ctx context.Context, users control.Users) ([]control.User, error) {
	all := []control.User{}
	for after := ""; ; after = all[len(all)-1].ID {
		page, err := users.Users(ctx, after)
		if all = append(all, page...); err != nil || len(page) == 0 {
			return all, err
		}
	}
}

// A userCreateCmd makes an account.
type userCreateCmd struct {
	usersFlag
	Email    string `arg:"" name:"email" help:"Address of the account."`
	Name     string `help:"Name of the person; what is before the @ if left out."`
	Operator bool   `help:"Make it an operator of the platform."`
}

// Help returns the examples of the command.
func (userCreateCmd) Help() string {
	return `The link that it prints sets the password, once, within a day. No mail is sent.

Examples:
  sluss user create --operator ada@example.com --config sluss.toml
  sluss user create bo@example.com --name "Bo Ek"`
}

// Run implements the command.
func (c *userCreateCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(users control.Users) error {
		u, err := users.CreateUser(ctx, control.NewUser{Email: c.Email, Name: c.Name, Operator: c.Operator})
		return c.tell(env, u, err)
	})
}

// A userLinkCmd prints a link that sets a new password.
type userLinkCmd struct {
	usersFlag
	Email string `arg:"" name:"email" help:"Address of the account."`
}

// Help returns the examples of the command.
func (userLinkCmd) Help() string {
	return `The link works once, within a day. Who opens it proves the address, as by a mail.

Example:
  sluss user link ada@example.com --config sluss.toml`
}

// Run implements the command.
func (c *userLinkCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(users control.Users) error {
		u, err := users.LinkUser(ctx, c.Email)
		return c.tell(env, u, err)
	})
}

// A userOperatorCmd makes a user an operator.
type userOperatorCmd struct {
	usersFlag
	Email string `arg:"" name:"email" help:"Address of the account."`
	State string `arg:"" enum:"on,off" help:"on or off."`
}

// Help returns the examples of the command.
func (userOperatorCmd) Help() string {
	return "Examples:\n  sluss user operator ada@example.com on --config sluss.toml\n  sluss user operator ada@example.com off"
}

// Run implements the command.
func (c *userOperatorCmd) Run(ctx context.Context, env *Env) error {
	on := c.State == "on"
	return c.with(ctx, env, func(users control.Users) error {
		u, err := users.ChangeUser(ctx, c.Email, control.UserChange{Operator: &on})
		return c.tell(env, u, err)
	})
}

// A userDisableCmd keeps a user out.
type userDisableCmd struct {
	usersFlag
	Email string `arg:"" name:"email" help:"Address of the account."`
}

// Help returns the examples of the command.
func (userDisableCmd) Help() string {
	return "Example:\n  sluss user disable bo@example.com --config sluss.toml"
}

// Run implements the command.
func (c *userDisableCmd) Run(ctx context.Context, env *Env) error {
	return c.setDisabled(ctx, env, c.Email, true)
}

func (f *usersFlag) setDisabled(ctx context.Context, env *Env, email string, on bool) error {
	return f.with(ctx, env, func(users control.Users) error {
		u, err := users.ChangeUser(ctx, email, control.UserChange{Disabled: &on})
		return f.tell(env, u, err)
	})
}

// A userEnableCmd lets a user in again.
type userEnableCmd struct {
	usersFlag
	Email string `arg:"" name:"email" help:"Address of the account."`
}

// Help returns the examples of the command.
func (userEnableCmd) Help() string {
	return "Example:\n  sluss user enable bo@example.com --config sluss.toml"
}

// Run implements the command.
func (c *userEnableCmd) Run(ctx context.Context, env *Env) error {
	return c.setDisabled(ctx, env, c.Email, false)
}
