package server

import (
	"context"

	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/developer"
)

// UserDesk is where whoever has the machine manages the people who use the
// portal. It implements [control.Users].
type UserDesk struct{ People *developer.Service }

var _ control.Users = UserDesk{}

// console is who did it, in the audit trail.
const console = "console"

// Users implements [control.Users].
func (d UserDesk) Users(ctx context.Context, after string) ([]control.User, error) {
	all, err := d.People.Store.Users(ctx, developer.Page{After: after, Limit: listed})
	out := make([]control.User, len(all))
	for i := range all {
		out[i] = control.UserOnWire(&all[i])
	}
	return out, err
}

// find returns the user with an address.
func (d UserDesk) find(ctx context.Context, address string) (developer.User, error) {
	email, err := developer.NormalEmail(address)
	if err != nil {
		return developer.User{}, err
	}
	return d.People.Store.UserByEmail(ctx, email)
}

// CreateUser implements [control.Users].
func (d UserDesk) CreateUser(ctx context.Context, n control.NewUser) (control.User, error) {
	u, link, err := d.People.Create(ctx, developer.NewAccount{Email: n.Email, Name: n.Name}, n.Operator, console)
	if err != nil {
		return control.User{}, err
	}
	out := control.UserOnWire(&u)
	out.Link = link
	return out, nil
}

// ChangeUser implements [control.Users].
func (d UserDesk) ChangeUser(ctx context.Context, address string, c control.UserChange) (control.User, error) {
	u, err := d.find(ctx, address)
	if err == nil && c.Operator != nil {
		u, err = d.People.SetOperator(ctx, u.ID, *c.Operator, console)
	}
	if err == nil && c.Disabled != nil {
		u, err = d.People.SetDisabled(ctx, u.ID, *c.Disabled, console)
	}
	if err != nil {
		return control.User{}, err
	}
	return control.UserOnWire(&u), nil
}

// LinkUser implements [control.Users].
func (d UserDesk) LinkUser(ctx context.Context, address string) (control.User, error) {
	u, err := d.find(ctx, address)
	if err != nil {
		return control.User{}, err
	}
	link, err := d.People.Link(ctx, u.ID, console)
	if err != nil {
		return control.User{}, err
	}
	out := control.UserOnWire(&u)
	out.Link = link
	return out, nil
}
