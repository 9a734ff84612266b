package watchman_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/kyc/watchman"
)

// A server is one with a list of names and what each is like.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	asked   []string // type, name and date of birth of each search
	entries int      // of the list
	matches map[string]float64
	broken  string // sent in place of an answer to a search; status 500 if "500"
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{entries: 100, matches: map[string]float64{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/listinfo", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = json.NewEncoder(w).Encode(map[string]any{"lists": map[string]int{"us_ofac": s.entries}, "version": "v0.1"})
	})
	mux.HandleFunc("GET /v2/search", s.search)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// search answers as the real one does: every match that is above the
// threshold, and beside it much that nobody reads here.
func (s *server) search(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	s.asked = append(s.asked, strings.Join([]string{q.Get("type"), q.Get("name"), q.Get("birthDate"), q.Get("minMatch")}, "|"))
	switch s.broken {
	case "":
	case "500":
		http.Error(w, "no", http.StatusInternalServerError)
		return
	default:
		_, _ = w.Write([]byte(s.broken))
		return
	}
	entities := []any{}
	if m := s.matches[q.Get("type")+" "+q.Get("name")]; m > 0 {
		entities = append(entities, map[string]any{
			"name": "SOMEBODY", "entityType": q.Get("type"), "sourceList": "us_ofac", "sourceID": "1", "person": map[string]any{"name": "SOMEBODY"}, "match": m,
		})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"query": map[string]any{"name": q.Get("name")}, "entities": entities})
}

func submission() *kyc.Submission {
	return &kyc.Submission{Organisation: "9999990051", Country: "SE", Answers: kyc.Answers{
		Company:    kyc.Company{Name: "Exempel & Co AB"},
		Owners:     []kyc.Owner{{Name: "Holding AB"}},
		Beneficial: []kyc.Beneficial{{Name: "Anna Ek", Born: "1980-05-31"}},
		Signatory:  kyc.Signatory{Name: "Anna Ek", Born: "1980-05-31"},
	}}
}

func TestAssess(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		matches map[string]float64
		onHit   kyc.Verdict
		want    kyc.Finding
	}{
		{"no hit", nil, kyc.Review, kyc.Finding{Verdict: kyc.Approve, Note: "4 searches, no hit"}},
		{"below the threshold", map[string]float64{"person Anna Ek": .79}, kyc.Review, kyc.Finding{Verdict: kyc.Approve, Note: "4 searches, no hit"}},
		{"company", map[string]float64{"business Exempel & Co AB": .8}, kyc.Review, kyc.Finding{Verdict: kyc.Review, Note: "1 of 4 searches have a hit: us_ofac"}},
		{"owner that is a person", map[string]float64{"person Holding AB": 1}, kyc.Review, kyc.Finding{Verdict: kyc.Review, Note: "1 of 4 searches have a hit: us_ofac"}},
		{"several, rejected", map[string]float64{"person Anna Ek": .95, "business Holding AB": .9}, kyc.Reject, kyc.Finding{Verdict: kyc.Reject, Note: "2 of 4 searches have a hit: us_ofac"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.matches = tt.matches
			p := &watchman.Provider{Base: s.URL + "/", Threshold: .8, OnHit: tt.onHit}
			got, err := p.Assess(t.Context(), submission())
			if err != nil || got != tt.want {
				t.Errorf("Assess = %+v, %v, want %+v", got, err, tt.want)
			}
			want := "business|Exempel & Co AB||0.80 business|Holding AB||0.80 person|Holding AB||0.80 person|Anna Ek|1980-05-31|0.80"
			if asked := strings.Join(s.asked, " "); asked != want {
				t.Errorf("asked for %q, want %q", asked, want)
			}
		})
	}
}

// TestAway: a server that cannot tell decides nothing, and no error has a name
// of the form.
func TestAway(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*server)
	}{
		{"down", func(s *server) { s.Close() }},
		{"fault", func(s *server) { s.broken = "500" }},
		{"no JSON", func(s *server) { s.broken = "<html>Anna Ek" }},
		{"other JSON", func(s *server) { s.broken = `{"entities":"Anna Ek"}` }},
		{"no list", func(s *server) { s.entries = 0 }},
		{"redirect", func(s *server) {
			s.Config.Handler = http.RedirectHandler("http://localhost:1/", http.StatusFound)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			tt.change(s)
			p := &watchman.Provider{Base: s.URL, Threshold: .8, OnHit: kyc.Review}
			got, err := p.Assess(t.Context(), submission())
			if err == nil || got != (kyc.Finding{}) {
				t.Fatalf("Assess = %+v, %v, want an error", got, err)
			}
			if strings.Contains(err.Error(), "Anna") || strings.Contains(err.Error(), "Exempel") {
				t.Errorf("the error has a name: %v", err)
			}
		})
	}
}
