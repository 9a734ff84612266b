package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/server"
)

// A sentSpan is a span as a collector gets it.
type sentSpan struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                int
	Attributes                          []struct {
		Key   string
		Value struct{ StringValue, IntValue string }
	}
	Status struct{ Code int }
}

func (s *sentSpan) attribute(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.StringValue + a.Value.IntValue
		}
	}
	return ""
}

// A collector takes OTLP over HTTP.
type collector struct {
	mu    sync.Mutex
	spans []sentSpan
	text  string
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in struct {
		ResourceSpans []struct {
			ScopeSpans []struct{ Spans []sentSpan }
		}
	}
	if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &in) != nil {
		http.Error(w, "no OTLP", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text += string(body)
	for _, rs := range in.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			c.spans = append(c.spans, ss.Spans...)
		}
	}
}

// find returns the span with the name.
func (c *collector) find(t *testing.T, name string) sentSpan {
	t.Helper()
	for _, s := range c.spans {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no span %s", name)
	return sentSpan{}
}

// TestTracing traces requests to a collector.
func TestTracing(t *testing.T) {
	t.Parallel()
	var got collector
	at := httptest.NewServer(&got)
	defer at.Close()
	r := run(t, func(c *config.Config, _ *server.Deps) { c.Tracing.Endpoint = at.URL })
	token := r.token()
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	status, body, _ := r.do("POST", r.auth+"/psd2/consent/v1/consents",
		`{"access": {}, "recurringIndicator": true, "validUntil": "2099-12-31", "frequencyPerDay": 4, "combinedServiceIndicator": false}`,
		"Content-Type", "application/json", "Authorization", "Bearer "+token, "X-BicFi", "ESSESESS", "PSU-ID", "199002092386", "Traceparent", parent)
	if status != http.StatusCreated {
		t.Fatalf("create consent = %d %s", status, body)
	}
	if err := r.stop(); err != nil { // what is left is sent
		t.Fatal(err)
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	create := got.find(t, "POST /psd2/consent/v1/consents")
	if create.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" || create.ParentSpanID != "00f067aa0ba902b7" || create.Kind != 2 {
		t.Errorf("the span of the request = %+v, want a server's, below the caller's", create)
	}
	for key, want := range map[string]string{
		"http.response.status_code": "201", "sluss.app": r.sb.ClientID, "sluss.bank": "ESSESESS", "http.request.method": "POST",
		"http.route": "POST /psd2/consent/v1/consents", "sluss.request_id": requestID,
	} {
		if got := create.attribute(key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	if called := got.find(t, "bank.OpenConsent"); called.ParentSpanID != create.SpanID || called.TraceID != create.TraceID {
		t.Errorf("the span of the bank's call = %+v", called)
	}
	for _, name := range []string{"token.wait", "token.sign"} {
		if s := got.find(t, name); s.ParentSpanID != got.find(t, "/connect/token").SpanID {
			t.Errorf("the span %s = %+v", name, s)
		}
	}
	for _, secret := range []string{string(r.sb.Secret), token, "199002092386", "/consents/"} {
		if strings.Contains(got.text, secret) {
			t.Errorf("the spans hold %.20s", secret)
		}
	}
}

// TestTracingNobodyThere: a collector that is away is no fault of a request.
func TestTracingNobodyThere(t *testing.T) {
	t.Parallel()
	at := httptest.NewServer(http.NotFoundHandler())
	at.Close()
	r := run(t, func(c *config.Config, _ *server.Deps) { c.Tracing.Endpoint = at.URL })
	if r.token() == "" {
		t.Error("no token")
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
}
