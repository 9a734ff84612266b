package pages

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"sluss.example/sluss/internal/problem"
)

// maxForm bounds the body of a form, in bytes.
const maxForm = 64 << 10

const cookieName = "sluss_bank"

// A visit is one browser at one run of SCA.
type visit struct {
	ref   string
	nonce string // random, of this browser
	psu   string // who has logged in; empty if nobody
	token string // of the forms
}

// visit returns the visit that the request belongs to, a new one if it has no
// cookie of ours.
func (h *Handler) visit(r *http.Request) visit {
	v := visit{ref: r.PathValue("ref")}
	if c, err := r.Cookie(cookieName); err == nil {
		nonce, rest, _ := strings.Cut(c.Value, ".")
		psu64, mac, _ := strings.Cut(rest, ".")
		psu, err := base64.RawURLEncoding.DecodeString(psu64)
		if err == nil && nonce != "" && hmac.Equal([]byte(mac), []byte(h.sign("visit", v.ref, nonce, string(psu)))) {
			v.nonce, v.psu = nonce, string(psu)
		}
	}
	if v.nonce == "" {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails; see crypto/rand
		v.nonce = base64.RawURLEncoding.EncodeToString(b[:])
	}
	v.token = h.sign("form", v.ref, v.nonce)
	return v
}

// sign returns a MAC over the parts. A part never holds a zero byte: what a
// browser sends is compared, not signed.
func (h *Handler) sign(parts ...string) string {
	m := hmac.New(sha256.New, h.Key[:])
	m.Write([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// remember sets the cookie of the visit.
func (h *Handler) remember(w http.ResponseWriter, r *http.Request, v visit) {
	value := v.nonce + "." + base64.RawURLEncoding.EncodeToString([]byte(v.psu)) + "." + h.sign("visit", v.ref, v.nonce, v.psu)
	http.SetCookie(w, cookie(r, v.ref, value, 0))
}

// forget removes the cookie of the visit.
func (h *Handler) forget(w http.ResponseWriter, r *http.Request, v visit) {
	http.SetCookie(w, cookie(r, v.ref, "", -1))
}

func cookie(r *http.Request, ref, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: Path + url.PathEscape(ref), MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

// form reads a posted form and checks that one of our pages sent it.
func (h *Handler) form(w http.ResponseWriter, r *http.Request) (visit, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return visit{}, problem.New(problem.FormatInvalid, "The form could not be read.").Because(err)
	}
	v := h.visit(r)
	site := r.Header.Get("Sec-Fetch-Site")
	foreign := site != "" && site != "same-origin" && site != "none"
	if foreign || !hmac.Equal([]byte(r.PostForm.Get("token")), []byte(v.token)) {
		return visit{}, problem.New(problem.FormatInvalid,
			"The page was open too long, or the browser refuses its cookie. Go back, load the page again and repeat your answer.")
	}
	return v, nil
}
