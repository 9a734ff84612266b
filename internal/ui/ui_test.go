package ui_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"sluss.example/sluss/internal/ui"
)

func newAssets(t *testing.T) *ui.Assets {
	t.Helper()
	a, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAssets(t *testing.T) {
	t.Parallel()
	a := newAssets(t)
	url := a.URL("sluss.css")
	tests := []struct {
		name, method, path, accept string
		status                     int
		encoding                   string
	}{
		{"plain", "GET", url, "", 200, ""},
		{"small", "GET", url, "gzip, br", 200, "gzip"},
		{"head", "HEAD", url, "", 200, ""},

		{"other version", "GET", ui.Prefix + "sluss.000000000000.css", "", 404, ""},
		{"no file", "GET", ui.Prefix + "../ui.go", "", 404, ""},
		{"post", "POST", url, "", 404, ""},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Header.Set("Accept-Encoding", tt.accept)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code != tt.status || w.Header().Get("Content-Encoding") != tt.encoding {
			t.Errorf("%s: %d %q, want %d %q", tt.name, w.Code, w.Header().Get("Content-Encoding"), tt.status, tt.encoding)
		}
		if tt.encoding == "gzip" {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(z); err != nil || !strings.Contains(string(b), "@media print") {
				t.Errorf("%s: unzipped to %d bytes, %v", tt.name, len(b), err)
			}
		}
		if tt.status == http.StatusOK && (!strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") || !strings.Contains(w.Header().Get("Cache-Control"), "immutable")) {
			t.Errorf("%s: header %v", tt.name, w.Header())
		}
	}
}

// TestAssetsWhole: a file is the same, compressed or not.
func TestStyleSheetHasNoComments(t *testing.T) {
	t.Parallel()
	a := newAssets(t)
	if err := a.Add("x.css", []byte("/* One. */\n\na { b: c } /* Two.\n * Three. */\nd { e: f; }\n/* Never ends")); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, a.URL("x.css"), nil))
	if got, want := w.Body.String(), "a { b: c } d { e: f; }\n"; got != want {
		t.Errorf("the style sheet is %q, want %q", got, want)
	}
}

func TestAssetsWhole(t *testing.T) {
	t.Parallel()
	const own = "/other/"
	a, err := ui.NewAssetsAt(own)
	if err != nil {
		t.Fatal(err)
	}
	url := a.URL("sluss.css")
	if !strings.HasPrefix(url, own) {
		t.Fatalf("the file is at %s", url)
	}
	get := func(accept string) io.Reader {
		r := httptest.NewRequest(http.MethodGet, url, nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		return w.Body
	}
	zip, err := gzip.NewReader(get("gzip"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	want, err := io.ReadAll(get(""))
	if err != nil || len(want) == 0 || !bytes.Equal(got, want) {
		t.Errorf("%d bytes when unpacked, %d plain, %v", len(got), len(want), err)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	pages, err := newAssets(t).Parse(fstest.MapFS{
		"_part.html": {Data: []byte(`{{define "part"}}<b>{{.}}</b>{{end}}`)},
		"one.html":   {Data: []byte(`{{define "main"}}<h1>{{.Data.Name}}</h1>{{template "part" .Data.Name}}{{when .Data.Zero}} {{plural 2 "token"}}{{end}}`)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	data := map[string]any{"Name": "<script>", "Zero": struct{}{}}
	if err := pages.Write(w, 200, "one", &ui.Page{Title: "One", Data: data}); err == nil || w.Body.Len() > 0 {
		t.Errorf("a page that fails wrote %q, %v", w.Body, err)
	}
	pages, err = newAssets(t).Parse(fstest.MapFS{"one.html": {Data: []byte(`{{define "main"}}<h1>{{.Data}}</h1>{{end}}`)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := pages.Write(w, 404, "one", &ui.Page{Title: "One", Private: true, Data: "<script>"}); err != nil || w.Code != 404 {
		t.Fatal(w.Code, err)
	}
	for _, want := range []string{"<title>One · sluss</title>", "<h1>&lt;script&gt;</h1>", "noindex", "sluss.css", `<main id="main"`} {
		if want == "sluss.css" {
			want = newAssets(t).URL(want)
		}
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, w.Body)
		}
	}
}

// TestPagesBroken: a page is parsed when it is asked for, so what is wrong with
// one that nobody has looked at yet has to be looked for.
func TestPagesBroken(t *testing.T) {
	t.Parallel()
	pages, err := newAssets(t).Parse(fstest.MapFS{"good.html": {Data: []byte(`{{define "main"}}{{end}}`)}, "broken.html": {Data: []byte(`{{define "main"}}`)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := pages.Check(); err == nil || !strings.Contains(err.Error(), "page broken") || strings.Contains(err.Error(), "page good") {
		t.Errorf("Check reports %v, want something about the broken page alone", err)
	}
	for _, name := range []string{"broken", "none"} {
		w := httptest.NewRecorder()
		if err := pages.Write(w, 200, name, &ui.Page{}); err == nil || w.Body.Len() > 0 {
			t.Errorf("Write of the page %q wrote %q, %v", name, w.Body, err)
		}
	}
}
