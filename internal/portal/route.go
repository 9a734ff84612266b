package portal

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// An access says who may use a route.
type access int

// Who may use a route. The last three are about the organisation of the
// session, and each includes those before it but for operators.
const (
	public    access = iota
	half             // a session that may lack its second factor
	signedIn         // a session, perhaps of nobody's member
	member           // with the right developer.See
	builder          // with the right developer.ManageApps
	owner            // with the right developer.ManagePeople
	operators        // of the platform
)

func (a access) right() developer.Right {
	switch a {
	case builder:
		return developer.ManageApps
	case owner:
		return developer.ManagePeople
	}
	return developer.See
}

// A route is one row of the table.
type route struct {
	pattern string // of [http.ServeMux]; {app} is an app of the organisation
	access  access
	sandbox bool   // is not there in an installation
	fresh   bool   // wants a fresh proof of who it is
	page    string // template that it shows, if always the same
	serve   func(h *Handler, v *visit) error
}

// routes is the table. A POST leads on by a redirect, or shows its form again
// with what is wrong.
func routes() []route {
	var all []route
	for _, part := range [][]route{accountRoutes(), homeRoutes(), profileRoutes(), memberRoutes(), appRoutes(), accessRoutes(), requestRoutes(), thingRoutes(), certificateRoutes(), operatorRoutes(), webhookRoutes(), sandboxRoutes(), passkeyRoutes(), ssoRoutes()} {
		all = append(all, part...)
	}
	return all
}

// Pages returns the patterns of all routes that show something, for who looks
// at every page.
func Pages() []string {
	var all []string
	for _, rt := range routes() {
		if strings.HasPrefix(rt.pattern, http.MethodGet+" ") {
			all = append(all, rt.pattern)
		}
	}
	return all
}

// maxForm bounds the body of a form.
const maxForm = 256 << 10

// handler returns what checks a request and serves it by rt.
func (h *Handler) handler(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{h: h, w: w, r: r, route: rt}
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			v.fail(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}()
		web.PortalHeaders(w.Header())
		err := h.admit(v)
		if err == nil {
			err = rt.serve(h, v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// errSignIn says that there is no session for a page that needs one.
var errSignIn = errors.New("sign in first")

// errProve says that the person must prove who they are again.
var errProve = errors.New("prove who you are first")

// admit checks that the request may be served, in this order: where the form
// came from, the session, its second factor, the form's token, the right, the
// fresh proof, and what the path names.
func (h *Handler) admit(v *visit) error {
	if err := h.cross.Check(v.r); err != nil {
		return problem.New(problem.ServiceBlocked, "The form came from another site.")
	}
	if v.r.Method == http.MethodPost {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
		if err := v.r.ParseForm(); err != nil {
			return problem.New(problem.FormatInvalid, "The form could not be read.")
		}
	}
	if !isText(v.r.URL.Path) || !areText(v.r.URL.Query()) || !areText(v.r.PostForm) {
		return problem.New(problem.FormatInvalid, "The form could not be read: it has something that is no text.")
	}
	if v.route.sandbox && h.Sandbox == nil {
		return unknownPage()
	}
	if err := h.admitPerson(v); err != nil {
		return err
	}
	return h.admitThing(v)
}

// admitPerson finds the session and checks what the route demands of it.
func (h *Handler) admitPerson(v *visit) error {
	a := v.route.access
	if err := h.findSession(v); err != nil {
		return err
	}
	switch {
	case a == public:
		return nil
	case v.session == nil:
		return errSignIn
	case v.r.Method == http.MethodPost && !sameText(v.r.PostForm.Get("csrf"), v.session.CSRF):
		return problem.New(problem.ServiceBlocked, "The form is not one that was made for you. Load the page again.")
	case a == half:
		return nil
	case v.session.Stage != developer.Full:
		return errSignIn
	case a == operators && !v.user.Operator:
		return unknownPage()
	case v.route.fresh && !h.People.Fresh(v.session):
		return errProve
	case a == signedIn || a == operators:
		return nil
	}
	return admitMember(v)
}

func admitMember(v *visit) error {
	if v.member.Role == "" {
		return errNoOrganisation
	}
	if !v.member.Role.May(v.route.access.right()) {
		return problem.New(problem.ServiceBlocked, "Your role in %s, %s, does not let you do that. Ask an owner.", v.organisation.Name, v.member.Role)
	}
	return nil
}

// findSession finds the session of the request, its user, and the organisation
// that it is about.
func (h *Handler) findSession(v *visit) error {
	ctx := v.r.Context()
	x, u, err := h.People.Look(ctx, v.cookie(sessionCookie))
	if problem.Is(err, problem.ResourceUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	v.session, v.user = &x, &u
	if x.Stage != developer.Full || x.OrganisationID == "" {
		return nil
	}
	m, err := h.People.Member(ctx, u.ID, x.OrganisationID)
	if problem.Is(err, problem.ResourceUnknown) {
		return nil // taken out meanwhile
	}
	if err != nil {
		return err
	}
	v.member = m
	v.organisation, err = h.People.Store.Organisation(ctx, m.OrganisationID)
	return err
}

// admitThing finds what the path names, within the organisation.
func (h *Handler) admitThing(v *visit) error {
	id := v.r.PathValue("app")
	if id == "" {
		return nil
	}
	a, err := h.Apps.App(v.r.Context(), id)
	if err != nil || v.member.Role == "" || a.Extensions.OrganisationID != v.member.OrganisationID {
		if err != nil && !problem.Is(err, problem.ResourceUnknown) {
			return err
		}
		return unknownPage()
	}
	v.app = a
	return nil
}

// areText reports whether all fields of a form are text.
func areText(form url.Values) bool {
	for name, values := range form {
		if !isText(name) || slices.ContainsFunc(values, func(s string) bool { return !isText(s) }) {
			return false
		}
	}
	return true
}

// isText reports whether s is text that every database can keep and compare.
func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func unknownPage() error {
	return problem.New(problem.PathUnknown, "There is no such page, or it is not yours.")
}

// nothingHere serves what no route has.
func (h *Handler) nothingHere(*visit) error { return unknownPage() }

func sameText(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// isLocal reports whether a link leads to a page of the portal and nowhere
// else. Browsers take a backslash for a slash.
func isLocal(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && len(link) < 500 &&
		!strings.Contains(u.Path, `\`) && path.Clean(u.Path) == u.Path &&
		(u.Path == Path || strings.HasPrefix(u.Path, Path+"/"))
}
