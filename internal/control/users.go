package control

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/web"
)

// Users manages the people who use the developer portal, by their addresses.
// Those that do not find somebody report problem.ResourceUnknown.
type Users interface {
	// Users returns all users by address, at most so many after the id.
	Users(ctx context.Context, after string) ([]User, error)
	// CreateUser makes an account and returns it with a link that sets its
	// password. It reports problem.FormatInvalid and problem.StatusInvalid.
	CreateUser(ctx context.Context, n NewUser) (User, error)
	// ChangeUser changes what is not nil.
	ChangeUser(ctx context.Context, email string, c UserChange) (User, error)
	// LinkUser returns the user with a link that sets a new password.
	LinkUser(ctx context.Context, email string) (User, error)
}

// A NewUser says what account to make.
type NewUser struct {
	Email    string `json:"email"`
	Name     string `json:"name,omitempty"` // what is before the @ if empty
	Operator bool   `json:"operator,omitempty"`
}

// A UserChange says what to change of a user.
type UserChange struct {
	Operator *bool `json:"operator,omitempty"`
	Disabled *bool `json:"disabled,omitempty"`
}

// A User is a user on the wire.
type User struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Operator  bool      `json:"operator"`
	Disabled  bool      `json:"disabled"`
	Verified  bool      `json:"verified"`
	CreatedAt time.Time `json:"createdAt"`
	Link      string    `json:"link,omitempty"` // once, when it is made
}

// UserOnWire returns u as it is on the wire, without a link.
func UserOnWire(u *developer.User) User {
	return User{
		ID: u.ID, Email: u.Email, Name: u.Name, Operator: u.Operator, Disabled: u.Disabled, Verified: !u.VerifiedAt.IsZero(), CreatedAt: u.CreatedAt,
	}
}

// registerUsers adds the routes of users.
func (h *Handler) registerUsers(mux *http.ServeMux) {
	for pattern, fn := range map[string]web.HandlerFunc{
		"GET /users":               h.getUsers,
		"POST /users":              h.createUser,
		"PATCH /users/{email}":     h.changeUser,
		"POST /users/{email}/link": h.linkUser,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+Prefix+path, web.Adapt(guard(fn), writeError))
	}
}

// getUsers serves GET /users?after=.
func (h *Handler) getUsers(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Users.Users(r.Context(), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, map[string][]User{"users": all})
}

// createUser serves POST /users.
func (h *Handler) createUser(w http.ResponseWriter, r *http.Request) error {
	var n NewUser
	if err := read(r, &n); err != nil {
		return err
	}
	u, err := h.Users.CreateUser(r.Context(), n)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusCreated, u)
}

// changeUser serves PATCH /users/{email}.
func (h *Handler) changeUser(w http.ResponseWriter, r *http.Request) error {
	var c UserChange
	if err := read(r, &c); err != nil {
		return err
	}
	u, err := h.Users.ChangeUser(r.Context(), r.PathValue("email"), c)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, u)
}

// linkUser serves POST /users/{email}/link.
func (h *Handler) linkUser(w http.ResponseWriter, r *http.Request) error {
	u, err := h.Users.LinkUser(r.Context(), r.PathValue("email"))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, u)
}

// UsersClient is the users of a running server, by its control API.
type UsersClient struct{ *Client }

var _ Users = UsersClient{}

// Users implements [Users].
func (c UsersClient) Users(ctx context.Context, after string) ([]User, error) {
	var out struct{ Users []User }
	err := c.Call(ctx, http.MethodGet, "/users?"+url.Values{"after": {after}}.Encode(), nil, &out)
	return out.Users, err
}

// CreateUser implements [Users].
func (c UsersClient) CreateUser(ctx context.Context, n NewUser) (out User, err error) {
	err = c.Call(ctx, http.MethodPost, "/users", n, &out)
	return out, err
}

// ChangeUser implements [Users].
func (c UsersClient) ChangeUser(ctx context.Context, email string, change UserChange) (out User, err error) {
	err = c.Call(ctx, http.MethodPatch, "/users/"+url.PathEscape(email), change, &out)
	return out, err
}

// LinkUser implements [Users].
func (c UsersClient) LinkUser(ctx context.Context, email string) (out User, err error) {
	err = c.Call(ctx, http.MethodPost, "/users/"+url.PathEscape(email)+"/link", nil, &out)
	return out, err
}
