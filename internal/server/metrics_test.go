package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestMetrics asks for tokens, and looks for what the metrics tell of them.
func TestMetrics(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	r.token()
	form := strings.Replace(r.form(), "aspspinformation", "nonsense", 1)
	if status, body, _ := r.do("POST", r.auth+"/connect/token", form, "Content-Type", "application/x-www-form-urlencoded"); status != http.StatusBadRequest {
		t.Fatalf("a token for nonsense = %d %s", status, body)
	}
	form = strings.Replace(r.form(), "client_secret=", "client_secret=x", 1)
	if status, body, _ := r.do("POST", r.auth+"/connect/token", form, "Content-Type", "application/x-www-form-urlencoded"); status != http.StatusBadRequest {
		t.Fatalf("a token for a wrong secret = %d %s", status, body)
	}
	_, text, _ := r.do("GET", "http://"+r.control+"/metrics", "")
	for _, want := range []string{
		`sluss_tokens_total\{[^}]*outcome="issued"[^}]*\} 1`,
		`sluss_tokens_total\{[^}]*outcome="scope_invalid"[^}]*\} 1`,
		`sluss_authentications_failed_total\{[^}]*\} 1`,
		`sluss_token_queue 0`,
		`sluss_token_queue_wait_seconds_count [1-9]`,
		`sluss_key_age_seconds\{alg="RS256",state="signing"\} [0-9]`,
		`sluss_apps [1-9]`,
	} {
		if !regexp.MustCompile(`(?m)^` + want).MatchString(text) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	if strings.Contains(text, r.sb.ClientID) {
		t.Error("the metrics name an app")
	}
}
