// Package web is the HTTP kit that the edges share: handlers that return
// errors, the request line of the log, metrics, body limits, security headers.
// It knows nothing of what is served.
//
// A request passes through
//
//	Observe     request id, the line of the log, metrics, last resort for panics
//	the mux     of the server, which finds the route
//	Adapt       a HandlerFunc and the edge's way to answer an error
package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
)

// A HandlerFunc serves a request, or returns an error with nothing written.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// A FailFunc answers a request whose handler returned err.
type FailFunc func(w http.ResponseWriter, r *http.Request, err error)

// Adapt returns a handler that serves by fn and answers its errors, and its
// panics, by fail. An error that comes after the first byte was written can no
// longer be answered; it is only noted.
func Adapt(fn HandlerFunc, fail FailFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sw := recorderOf(w)
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			settle(sw, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()), fail)
		}()
		if err := fn(sw, r); err != nil {
			settle(sw, r, err, fail)
		}
	})
}

// settle answers err unless the answer has begun.
func settle(w *recorder, r *http.Request, err error, fail FailFunc) {
	if w.status != 0 {
		NoteError(r.Context(), err, "")
		return
	}
	fail(w, r, err)
}

// WriteJSON writes v with the status, as UTF-8 JSON with a known length and
// with the characters of HTML as they are.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return WriteBody(w, status, "application/json; charset=utf-8", buf.Bytes())
}

// WriteBody writes body with the status, content type and length. A
// Content-Type that the handler has set already is kept.
func WriteBody(w http.ResponseWriter, status int, contentType string, body []byte) error {
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// A client that went away is no fault of ours and there is nobody to tell.
	_, _ = w.Write(body)
	return nil
}
