package web

import (
	"cmp"
	"errors"
	"net/http"

	"sluss.example/sluss/internal/trace"
)

// trace ends the span of a request. It holds what the log has, and of the
// request neither path nor header.
func (l *Line) trace(span trace.Span, r *http.Request, status int) {
	span.Name(routeOf(r))
	span.Set("http.request.method", methodOf(r.Method))
	span.Set("http.route", routeOf(r))
	span.SetInt("http.response.status_code", status)
	span.Set("sluss.request_id", l.RequestID)
	span.Set("sluss.app", l.ClientID)
	span.Set("sluss.bank", l.BICFI)
	span.Set("sluss.code", l.Code)
	if status < http.StatusInternalServerError {
		span.End(nil)
		return
	}
	span.End(cmp.Or(l.Err, errors.New(http.StatusText(status))))
}

// methodOf returns a method that HTTP knows, which is bounded.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead, http.MethodPatch, http.MethodOptions:
		return method
	}
	return "_OTHER"
}
