package docs

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluss.example/sluss/internal/guide"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/web"
)

// An entry is a part of a page, as the search knows it.
type entry struct {
	Href    string
	Title   string // of the page
	Heading string // of the part; empty at the beginning of the page
	body    string

	title, heading, words string // in lower case
}

// A hit is an entry that a search found.
type hit struct {
	*entry
	Snippet template.HTML
	score   int
}

// Bounds of a search.
const (
	queryLength  = 100 // characters
	queryWords   = 8
	mostHits     = 30
	snippetAhead = 60  // characters before the first word that was found
	snippetSize  = 220 // characters
)

// note adds an entry to the index.
func (p *pages) note(href, title, heading, body string) {
	p.index = append(p.index, entry{
		Href: href, Title: title, Heading: heading, body: body,
		title: lower(title), heading: lower(heading), words: lower(body),
	})
}

// indexGuide adds the parts of a guide to the index.
func (s *site) indexGuide(path string, p *guide.Page) {
	for _, part := range p.Parts {
		if part.ID == "" {
			s.note(path, p.Title, "", part.Body)
			continue
		}
		s.note(path+"#"+part.ID, p.Title, part.Text, part.Body)
	}
}

// lower returns s in lower case, with as many bytes: characters that would
// change their length stay, so that places in it are places in s.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if l := unicode.ToLower(r); utf8.RuneLen(l) == utf8.RuneLen(r) {
			return l
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// terms returns the words of a query.
func terms(query string) []string {
	if runes := []rune(query); len(runes) > queryLength {
		query = string(runes[:queryLength])
	}
	all := strings.Fields(lower(query))
	return all[:min(len(all), queryWords)]
}

// search returns the entries that have every word of the query, the best first:
// a word in a heading counts more than one in the title of the page, and that
// more than one in the text.
func search(index []entry, query string) []hit {
	words := terms(query)
	if len(words) == 0 {
		return nil
	}
	var hits []hit
	for i := range index {
		if score := index[i].score(words); score > 0 {
			hits = append(hits, hit{entry: &index[i], score: score})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	hits = hits[:min(len(hits), mostHits)]
	for i := range hits {
		hits[i].Snippet = snippet(hits[i].body, words)
	}
	return hits
}

// score returns how well an entry fits, 0 if a word is nowhere in it.
func (e *entry) score(words []string) int {
	total := 0
	for _, word := range words {
		n := 0
		if strings.Contains(e.heading, word) {
			n += 20
		}
		if strings.Contains(e.title, word) {
			n += 8
			if e.heading == "" {
				n += 16 // the page itself
			}
		}
		n += min(strings.Count(e.words, word), 5)
		if n == 0 {
			return 0
		}
		total += n
	}
	return total
}

// snippet returns the text around the first of the words as HTML, with every
// word marked. The text is escaped.
func snippet(body string, words []string) template.HTML {
	body = strings.ToValidUTF8(body, "?")
	low := lower(body)
	start := len(low)
	for _, word := range words {
		if i := strings.Index(low, word); i >= 0 && word != "" {
			start = min(start, i)
		}
	}
	if start == len(low) {
		start = 0
	}
	from := back(low, start, snippetAhead)
	to := ahead(low, from, snippetSize)
	var b strings.Builder
	if from > 0 {
		b.WriteString("… ")
	}
	mark(&b, body[from:to], low[from:to], words)
	if to < len(body) {
		b.WriteString(" …")
	}
	return template.HTML(b.String()) //nolint:gosec // mark escapes
}

// mark writes text, escaped, with the words in <mark>. Low is the text in lower
// case.
func mark(b *strings.Builder, text, low string, words []string) {
	for text != "" {
		at, length := len(low), 0
		for _, word := range words {
			if i := strings.Index(low, word); word != "" && i >= 0 && (i < at || i == at && len(word) > length) {
				at, length = i, len(word)
			}
		}
		b.WriteString(template.HTMLEscapeString(text[:at]))
		if length > 0 {
			b.WriteString("<mark>" + template.HTMLEscapeString(text[at:at+length]) + "</mark>")
		}
		text, low = text[at+length:], low[at+length:]
	}
}

// back returns a place up to n bytes before i, at the beginning of a word.
func back(s string, i, n int) int {
	if i <= n {
		return 0
	}
	j := i - n
	if k := strings.IndexByte(s[j:i], ' '); k >= 0 {
		return j + k + 1
	}
	return i
}

// ahead returns a place about n bytes after i, at the end of a word.
func ahead(s string, i, n int) int {
	if len(s)-i <= n {
		return len(s)
	}
	if k := strings.IndexByte(s[i+n:], ' '); k >= 0 && k < 40 {
		return i + n + k
	}
	j := i + n
	for j < len(s) && !utf8.RuneStart(s[j]) {
		j++
	}
	return j
}

// find serves GET /docs/search.
func (s *site) find(w http.ResponseWriter, r *http.Request) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	query := r.URL.Query().Get("q")
	html, err := s.render("search", &ui.Page{
		Title: "Search", Private: true, Side: s.sideAt(""),
		Data: map[string]any{"Query": query, "Hits": search(slices.Concat(s.index, api.index), query)},
	}, "Guides")
	if err != nil {
		return err
	}
	web.PortalHeaders(w.Header())
	return web.WriteBody(w, http.StatusOK, typeHTML, html)
}

// failure writes a page that says what went wrong.
func (s *site) failure(w http.ResponseWriter, _ *http.Request, status int) error {
	title := "There is no such page"
	if status != http.StatusNotFound {
		title = "This did not work"
	}
	html, err := s.render("failure", &ui.Page{Title: title, Private: true, Side: s.sideAt("")}, "Guides")
	if err != nil {
		return err
	}
	web.PortalHeaders(w.Header())
	return web.WriteBody(w, status, typeHTML, html)
}
