package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/webhook"
)

// TestBadReceivers sends to receivers that do not behave.
func TestBadReceivers(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	t.Cleanup(elsewhere.Close)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	tests := []struct {
		name     string
		answer   http.HandlerFunc
		wantCode int
		wantErr  string
	}{
		{"redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, 307, ""},
		{"breaks off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "EOF"},
		{"says too much", func(w http.ResponseWriter, _ *http.Request) {
			for range 4096 {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, 200, ""},
		{"has a huge header", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }, 0, "header"},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		}, 0, "no answer in time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rc := receive(t, tt.answer)
			rc.Config.ErrorLog = nil
			s := webhook.NewSender(webhook.Policy{Allow: loopback(), Plain: true})
			t.Cleanup(s.Close)
			a := s.Send(t.Context(), rc.URL, "id", []byte("{}"), webhook.NewSecret())
			if a.StatusCode != tt.wantCode || !strings.Contains(a.Error, tt.wantErr) || strings.Contains(a.Error, rc.URL) {
				t.Errorf("Send = %+v, want status %d, error with %q", a, tt.wantCode, tt.wantErr)
			}
			if followed.Load() {
				t.Error("a redirect was followed")
			}
		})
	}
}

// TestAddresses looks where messages may go.
func TestAddresses(t *testing.T) {
	t.Parallel()
	open := webhook.Policy{Allow: loopback(), Plain: true}
	tests := []struct {
		url    string
		policy webhook.Policy
		ok     bool
	}{
		{"https://app.example/hooks?a=b", webhook.Policy{}, true},
		{"https://93.184.216.34/", webhook.Policy{}, true},
		{"https://[2606:2800:220:1::1]:8443/", webhook.Policy{}, true},
		{"http://localhost:3000/", open, true},
		{"http://127.0.0.1:3000/", open, true},
		{"http://[::1]/", open, true},
		{"https://10.1.2.3/", webhook.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}, true},

		{"", webhook.Policy{}, false},
		{"app.example", webhook.Policy{}, false},
		{"http://app.example/", webhook.Policy{}, false},
		{"http://app.example/", open, false},
		{"http://localhost/", webhook.Policy{}, false},
		{"ftp://app.example/", open, false},
		{"file:///etc/passwd", open, false},
		{"https://user:pw@app.example/", open, false},
		{"https://app.example/#x", open, false},
		{"https:///x", open, false},
		{"https://" + strings.Repeat("x", 2000), open, false},
		{"https://127.0.0.1/", webhook.Policy{}, false},
		{"https://10.0.0.1/", open, false},
		{"https://192.168.1.1/", open, false},
		{"https://169.254.169.254/latest/meta-data", open, false},
		{"https://100.64.0.1/", open, false},
		{"https://0.0.0.0/", open, false},
		{"https://255.255.255.255/", open, false},
		{"https://[::]/", open, false},
		{"https://[::ffff:10.0.0.1]/", open, false},
		{"https://[fd00::1]/", open, false},
		{"https://[fe80::1%25eth0]/", open, false},
		{"https://[64:ff9b::a00:1]/", open, false},
		{"https://[2002:a00:1::]/", open, false},
		{"https://[ff02::1]/", open, false},
	}
	for _, tt := range tests {
		err := tt.policy.CheckURL(tt.url)
		if (err == nil) != tt.ok || err != nil && !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("CheckURL(%q) reports %v, want ok %t", tt.url, err, tt.ok)
		}
	}
}

// TestRebinding looks that a name counts for nothing: it is the address that is
// connected to which must be allowed.
func TestRebinding(t *testing.T) {
	t.Parallel()
	rc := receive(t, nil)
	s := webhook.NewSender(webhook.Policy{})
	t.Cleanup(s.Close)
	a := s.Send(t.Context(), strings.Replace(rc.URL, "127.0.0.1", "localhost", 1), "id", []byte("{}"), webhook.NewSecret())
	if a.StatusCode != 0 || !strings.Contains(a.Error, "not public") || len(rc.messages()) > 0 {
		t.Errorf("Send to a name of this machine = %+v", a)
	}
}

func FuzzParseSecret(f *testing.F) {
	f.Add(string(webhook.NewSecret()))
	f.Add("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	f.Add("whsec_")
	f.Fuzz(func(t *testing.T, s string) {
		secret, err := webhook.ParseSecret(s)
		if err != nil {
			return
		}
		if string(secret) != s {
			t.Errorf("ParseSecret(%q) = %q", s, string(secret))
		}
		if err := webhook.Sign(http.Header{}, "id", epoch(), nil, secret); err != nil {
			t.Errorf("a secret that parses does not sign: %v", err)
		}
	})
}
