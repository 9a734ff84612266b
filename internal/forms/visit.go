package forms

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
)

// maxForm bounds the body of a form, in bytes: room for every field of a step,
// filled in, and not for much more.
const maxForm = 128 << 10

const cookieName = "sluss_kyc"

// A visit is one browser at one form.
type visit struct {
	instance string
	nonce    string // random, of this browser
	token    string // of the forms on the page
}

// visit returns the visit that a request belongs to, a new one if it has no
// cookie of ours.
func (h *Handler) visit(r *http.Request) visit {
	v := visit{instance: strings.ToLower(strings.TrimSpace(r.URL.Query().Get("instanceId")))}
	if c, err := r.Cookie(cookieName); err == nil {
		if b, err := base64.RawURLEncoding.DecodeString(c.Value); err == nil && len(b) == nonceSize {
			v.nonce = c.Value
		}
	}
	if v.nonce == "" {
		var b [nonceSize]byte
		_, _ = rand.Read(b[:]) // never fails; see crypto/rand
		v.nonce = base64.RawURLEncoding.EncodeToString(b[:])
	}
	m := hmac.New(sha256.New, h.Key[:])
	m.Write([]byte(v.nonce + "\x00" + v.instance))
	v.token = base64.RawURLEncoding.EncodeToString(m.Sum(nil))
	return v
}

const nonceSize = 16

// remember sets the cookie of the visit, for as long as the browser runs.
func (h *Handler) remember(w http.ResponseWriter, r *http.Request, v visit) {
	path := kyc.FormPath[:len(kyc.FormPath)-1]
	if h.Alone {
		path = "/"
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: v.nonce, Path: path, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}

// read reads a posted form and checks that one of our pages sent it.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (visit, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return visit{}, problem.New(problem.BodyTooLarge, "Go back and write less.").Because(err)
		}
		return visit{}, problem.New(problem.FormatInvalid, "The form could not be read. Go back and send it again.").Because(err)
	}
	v := h.visit(r)
	site := r.Header.Get("Sec-Fetch-Site")
	foreign := site != "" && site != "same-origin" && site != "none"
	if foreign || !hmac.Equal([]byte(r.PostForm.Get("token")), []byte(v.token)) {
		return visit{}, problem.New(problem.FormatInvalid,
			"The page was open too long, or the browser refuses its cookie. Go back, load the page again and repeat what you wrote.")
	}
	return v, nil
}
