package docs

import (
	"html"
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	p := &pages{}
	p.note("/docs/kyc", "KYC", "", "Due diligence & what comes of it")
	p.note("/docs/kyc#form", "KYC", "The form", "A person fills it in. <b>Nobody</b> else.")
	p.note("/docs/other#form", "Other", "Other forms", "nothing of that")
	p.note("/docs/long", "Long", "", strings.Repeat("word ", 100)+"needle "+strings.Repeat("word ", 100))
	tests := []struct {
		name, query string
		want        []string // where the hits are
		snippet     string   // of the first
	}{
		{"title", "kyc", []string{"/docs/kyc", "/docs/kyc#form"}, "Due diligence &amp; what comes of it"},
		{"heading first", "form", []string{"/docs/kyc#form", "/docs/other#form"}, "A person fills it in. &lt;b&gt;Nobody&lt;/b&gt; else."},
		{"all words", "kyc nobody", []string{"/docs/kyc#form"}, "A person fills it in. &lt;b&gt;<mark>Nobody</mark>&lt;/b&gt; else."},
		{"any case", "DILIGENCE", []string{"/docs/kyc"}, "Due <mark>diligence</mark> &amp; what comes of it"},
		{"cut", "needle", []string{"/docs/long"}, ""},

		{"one is nowhere", "kyc needle", nil, ""},
		{"nothing asked", "  ", nil, ""},
		{"markup", "<script>", nil, ""},
	}
	for _, tt := range tests {
		hits := search(p.index, tt.query)
		var got []string
		for _, h := range hits {
			got = append(got, h.Href)
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if tt.snippet != "" && (len(hits) == 0 || string(hits[0].Snippet) != tt.snippet) {
			t.Errorf("%s: %+v, want %s", tt.name, hits, tt.snippet)
		}
	}
	if s := string(search(p.index, "needle")[0].Snippet); !strings.HasPrefix(s, "… word") || !strings.HasSuffix(s, "word …") || !strings.Contains(s, "<mark>needle</mark>") || len(s) > 320 {
		t.Errorf("the snippet of a long text is %q", s)
	}
}

// FuzzSnippet: whatever is looked for in whatever text, nothing of either
// becomes HTML.
func FuzzSnippet(f *testing.F) {
	f.Add("A person fills it in. <b>Nobody</b> else.", "nobody <b>")
	f.Add("İstanbul ẞ ſ K \xff\x80", "i \xff k")
	f.Add(strings.Repeat("å", 500)+"x", "x")
	f.Fuzz(func(t *testing.T, text, query string) {
		got := string(snippet(text, terms(query)))
		plain := strings.NewReplacer("<mark>", "", "</mark>", "").Replace(got)
		if strings.ContainsAny(plain, "<>\"'") {
			t.Fatalf("%q in %q: %q", query, text, got)
		}
		if strings.Count(got, "<mark>") != strings.Count(got, "</mark>") {
			t.Fatalf("%q in %q: %q", query, text, got)
		}
		whole := strings.ToValidUTF8(text, "?")
		cut := strings.TrimSuffix(strings.TrimPrefix(html.UnescapeString(plain), "… "), " …")
		if !strings.Contains(strings.ReplaceAll(whole, "\x00", "\ufffd"), cut) {
			t.Fatalf("%q in %q: %q is not of the text", query, text, cut)
		}
	})
}
