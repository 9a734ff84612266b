package portal

import (
	"encoding/base64"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// A visit is one request with all that was found out about it.
type visit struct {
	h     *Handler
	w     http.ResponseWriter
	r     *http.Request
	route route

	session      *developer.Session // nil if nobody is signed in
	user         *developer.User
	member       developer.Member // the zero value if the session is about no organisation
	organisation developer.Organisation
	app          app.App // that the path names
}

// The cookies. With https their names begin with __Host-, so that no other
// host can set them.
const (
	sessionCookie = "sluss"
	flashCookie   = "sluss-flash"
	stashCookie   = "sluss-stash"
)

func (v *visit) secure() bool { return strings.HasPrefix(v.h.Base, "https://") }

func (v *visit) cookieName(name string) string {
	if v.secure() {
		return "__Host-" + name
	}
	return name
}

func (v *visit) cookie(name string) string {
	c, err := v.r.Cookie(v.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie sets a cookie for the session of the browser, or for life if that
// is not zero; an empty value takes it away.
func (v *visit) setCookie(name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: v.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: v.secure(), SameSite: http.SameSiteLaxMode,
		MaxAge: int(life / time.Second),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

// enter gives the browser the cookie of a new session. The one that it had ends:
// nobody would know of it any more.
func (v *visit) enter(cookie string) error {
	v.setCookie(sessionCookie, cookie, 0)
	if v.session == nil {
		return nil
	}
	err := v.h.People.Store.DeleteSession(v.r.Context(), v.session.UserID, v.session.ID)
	if problem.Is(err, problem.ResourceUnknown) {
		return nil // ended already
	}
	return err
}

// see sends the browser on to a page of the portal, by GET.
func (v *visit) see(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// tell has the next page say that something was done. The key is one of
// flashes: what a browser brings back is never shown.
func (v *visit) tell(key string) { v.setCookie(flashCookie, key, time.Minute) }

// flashes are what a page says after something was done.
func flashes() map[string]string {
	return map[string]string{
		"saved":               "Saved.",
		"certificate-revoked": "The certificate is revoked. No instance takes it any more.",
		"deleted":             "Deleted.",
		"app-deleted":         "The application is gone, and its tokens with it.",
		"secret-removed":      "The secret is gone. Nobody gets a token with it any more.",
		"invited":             "The invitation is on its way.",
		"signed-out":          "You are signed out.",
		"password-set":        "Your new password is set. Sign in with it.",
		"verified":            "Your address is proved. Sign in.",
		"session-ended":       "That browser is signed out.",
		"asked":               "Your request is with the operator.",
		"member-changed":      "The members are changed.",
		"organisation":        "The organisation is made.",
		"factor-removed":      "The second factor is gone.",
		"passkey-removed":     "The passkey is gone.",
		"passkey-added":       "The passkey is registered.",
		"password-removed":    "The password is gone: you sign in by passkey.",
		"decided":             "Decided.",
		"rotated":             "The successor is made.",
		"clock-set":           "The clock is set.",
		"sca-answered":        "Answered.",
		"webhook-removed":     "The webhook is gone.",
		"test-sent":           "A test is on its way. Load the page again to see how it was taken.",
		"resent":              "What was to be sent again is on its way.",
		"nothing-resent":      "There was nothing to send again.",
	}
}

// flash returns what the page before wants to be said, once.
func (v *visit) flash() string {
	key := v.cookie(flashCookie)
	if key == "" {
		return ""
	}
	v.setCookie(flashCookie, "", 0)
	return flashes()[key]
}

// stashLife is how long a secret waits to be shown.
const stashLife = 5 * time.Minute

// stash keeps a secret for the next page, which shows it once. The browser
// carries it, sealed for this session and this purpose: so it is shown by
// whichever instance comes next, and to nobody else.
func (v *visit) stash(purpose, text string) {
	sealed := v.h.Sealer.Seal(v.stashPurpose(purpose), []byte(text))
	v.setCookie(stashCookie, base64.RawURLEncoding.EncodeToString(sealed), stashLife)
}

func (v *visit) stashPurpose(purpose string) string {
	return "portal stash " + v.session.ID + " " + purpose
}

// unstash returns what stash kept for the purpose, once; empty if nothing.
func (v *visit) unstash(purpose string) string {
	text := v.cookie(stashCookie)
	if text == "" {
		return ""
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	plain, err := v.h.Sealer.Open(v.stashPurpose(purpose), sealed)
	if err != nil {
		return ""
	}
	v.setCookie(stashCookie, "", 0)
	return string(plain)
}

// device is the browser, as sessions keep it.
func (v *visit) device() developer.Device {
	return developer.Device{Agent: v.r.UserAgent(), Network: v.h.networkOf(v.r)}
}

// form returns a field of the form, or of the query of a GET, trimmed.
func (v *visit) form(name string) string { return strings.TrimSpace(v.raw(name)) }

// raw returns a field as it came, for passwords.
func (v *visit) raw(name string) string {
	if v.r.Method == http.MethodPost {
		return v.r.PostForm.Get(name)
	}
	return v.r.URL.Query().Get(name)
}

// fields returns what is wrong with the fields of a form, by name, if err is a
// fault of the form that is to be mended there. The fault of no field is under
// "".
func fields(err error) (map[string]string, bool) {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return nil, false
	}
	switch p.Reason {
	case problem.FormatInvalid, problem.StatusInvalid, problem.ClientInvalid, problem.AccessExceeded, problem.ResourceForeign,
		problem.ResourceExpired, problem.GrantForbidden:
	default:
		return nil, false
	}
	faults := map[string]string{p.Field: p.Detail}
	for _, also := range p.Also {
		if _, there := faults[also.Field]; !there {
			faults[also.Field] = also.Detail
		}
	}
	return faults, true
}

// again shows the page of a form again with what is wrong, or fails if the
// fault is none of the form's.
func (v *visit) again(err error, page, title string, data map[string]any) error {
	faults, ok := fields(err)
	if !ok {
		return err
	}
	web.NoteError(v.r.Context(), err, "")
	data["Faults"] = faults
	status := http.StatusUnprocessableEntity
	if p, is := errors.AsType[*problem.Error](err); is && p.Reason == problem.AccessExceeded {
		status = http.StatusTooManyRequests
		v.w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(p.RetryAfter.Seconds())))))
	}
	return v.show(status, page, title, data)
}

var errNoOrganisation = errors.New("the session is about no organisation")

// fail answers a request that failed. It is the only place that shows an error
// page.
func (v *visit) fail(err error) {
	web.NoteError(v.r.Context(), err, "")
	switch {
	case errors.Is(err, errSignIn):
		v.toSignIn()
		return
	case errors.Is(err, errProve):
		_ = v.see(Path + "/prove?to=" + url.QueryEscape(v.here()))
		return
	case errors.Is(err, errNoOrganisation):
		_ = v.see(Path + "/organisations/new")
		return
	}
	status, title, text := errorPage(err)
	if err := v.show(status, "error", title, map[string]any{"Text": text}); err != nil {
		web.NoteError(v.r.Context(), err, "")
		http.Error(v.w, "Something went wrong.", http.StatusInternalServerError)
	}
}

// here returns the page to come back to: this one, or that of the form.
func (v *visit) here() string {
	if v.r.Method == http.MethodGet {
		return v.r.URL.RequestURI()
	}
	from, err := url.Parse(v.r.Referer())
	if err != nil || from.Host != v.r.Host || !isLocal(from.RequestURI()) {
		return Path
	}
	return from.RequestURI()
}

func (v *visit) toSignIn() {
	if v.session != nil {
		_ = v.see(Path + "/factor")
		return
	}
	to := ""
	if at := v.here(); at != Path {
		to = "?to=" + url.QueryEscape(at)
	}
	_ = v.see(Path + "/sign-in" + to)
}

// errorPage returns the status, the title and the text of an error's page.
func errorPage(err error) (status int, title, text string) {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return http.StatusInternalServerError, "Something went wrong", "It is our fault, and it is in the log. Try again in a moment."
	}
	switch p.Reason {
	case problem.PathUnknown, problem.ResourceUnknown:
		return http.StatusNotFound, "Not found", p.Detail
	case problem.ServiceBlocked, problem.GrantForbidden, problem.ResourceForeign:
		return http.StatusForbidden, "Not allowed", p.Detail
	case problem.Busy:
		return http.StatusServiceUnavailable, "Busy", "The database does not answer. Try again in a moment."
	case problem.ResourceExpired:
		return http.StatusGone, "Too late", p.Detail
	case problem.StatusInvalid:
		return http.StatusConflict, "Not now", p.Detail
	case problem.AccessExceeded:
		return http.StatusTooManyRequests, "Too often", p.Detail
	}
	return http.StatusBadRequest, "That does not work", p.Detail
}
