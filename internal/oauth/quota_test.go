package oauth_test

import (
	"net/http"
	"testing"

	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/usage"
)

func TestQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tokens.Rule = token.Rule{Policy: usage.Enforce}
	tests := []struct {
		status               int
		policy, limit, retry string
	}{
		{http.StatusOK, `"tokens";q=2;w=3600`, `"tokens";r=1`, ""},
		{http.StatusOK, `"tokens";q=2;w=3600`, `"tokens";r=0;t=3660`, ""},
		{http.StatusTooManyRequests, `"tokens";q=2;w=3600`, `"tokens";r=0;t=3660`, "3660"},
	}
	for n, tt := range tests {
		rec := w.do(t, call{body: post("scope", "accountinformation private")})
		head := rec.Header()
		if rec.Code != tt.status || head.Get("RateLimit-Policy") != tt.policy || head.Get("RateLimit") != tt.limit || head.Get("Retry-After") != tt.retry {
			t.Errorf("token %d = %d, %v, want %+v", n, rec.Code, head, tt)
		}
	}
	want := `{"error":"temporarily_unavailable","error_description":"more than 2 tokens within an hour for context private: ` +
		`keep one token for each PSU context, ask for all API scopes at once, and use it until it expires"}` + "\n"
	if rec := w.do(t, call{body: post("scope", "accountinformation private")}); rec.Body.String() != want {
		t.Errorf("past the quota: %s, want %s", rec.Body, want)
	}
}
