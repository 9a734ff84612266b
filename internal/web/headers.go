package web

import "net/http"

// PlainHeaders sets what all answers have that a browser may come to, whatever
// they are: no frame holds them, and they are taken for nothing but what they
// say. What serves a page sets its own in their place.
func PlainHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
}

// PageHeaders sets the headers of an HTML page that shows something private:
// nothing is loaded but style sheets and images of our own origin, no script
// runs, no frame holds it, nothing is stored. A form may lead to formAction,
// which is a list of CSP sources such as "'self'".
func PageHeaders(h http.Header, formAction string) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action "+formAction+
		"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// PortalHeaders is [PageHeaders] for pages whose own script adds comfort, and
// asks our own origin alone. No code stands in the page itself.
func PortalHeaders(h http.Header) {
	PageHeaders(h, "'self'")
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; script-src 'self'; connect-src 'self'")
	h.Set("Referrer-Policy", "same-origin")
}
