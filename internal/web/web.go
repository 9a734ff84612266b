// Package web is the HTTP kit that the edges share: handlers that return
// errors, the request line of the log, metrics, body limits, security headers.
// It knows nothing of what is served.
package web

import (
	"encoding/json"
	"net/http"
)

// WriteJSON writes v with the status, as UTF-8 JSON with a known length.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}
