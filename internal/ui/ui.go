// Package ui is the look that the portal, the guides and the hosted forms
// share: one small style sheet with custom properties, one layout, and the
// files that pages load. It knows nothing of what is shown.
//
// Every page works without JavaScript. The one script adds buttons that copy.
// Files are named after their content and cached for ever.
package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Prefix is the path below which the files of pages are served.
const Prefix = "/portal/assets/"

//go:embed assets templates
var files embed.FS

// A Link is a link of a menu.
type Link struct {
	Text, Href string
	Current    bool
}

// A Section is a part of the menu at the side.
type Section struct {
	Title string // none if empty
	Links []Link
}

// A Page is what the layout shows round the content, which the template "main"
// of the page makes of Data.
type Page struct {
	Title       string
	Description string // for search engines; none if empty
	Private     bool   // no search engine should know it
	Home        string // where the brand leads
	Top         []Link
	Side        []Section
	Narrow      bool   // a form alone
	Strip       string // one line below the bar, such as that this is a sandbox
	Styles      []string
	Scripts     []string
	Version     string
	Data        any
}

// An asset is a file that pages load.
type asset struct {
	contentType string
	plain, zip  []byte
}

// Assets are the files that pages load. It is immutable once it serves.
type Assets struct {
	prefix string
	urls   map[string]string // by name
	files  map[string]asset  // by URL path
}

// NewAssets returns our own files and those at the top of each of the others,
// to be served below [Prefix].
func NewAssets(others ...fs.FS) (*Assets, error) { return NewAssetsAt(Prefix, others...) }

// NewAssetsAt is [NewAssets] for pages whose files are served below another
// path, which begins and ends with a slash.
func NewAssetsAt(prefix string, others ...fs.FS) (*Assets, error) {
	own, err := fs.Sub(files, "assets")
	if err != nil {
		return nil, err
	}
	a := &Assets{prefix: prefix, urls: map[string]string{}, files: map[string]asset{}}
	for _, dir := range append([]fs.FS{own}, others...) {
		if err := a.add(dir); err != nil {
			return nil, fmt.Errorf("files of pages: %w", err)
		}
	}
	return a, nil
}

func (a *Assets) add(dir fs.FS) error {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		b, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return err
		}
		if err := a.Add(e.Name(), b); err != nil {
			return err
		}
	}
	return nil
}

// withoutComments takes the comments out of a style sheet, which weighs on
// every page. None of its texts may contain one's beginning.
func withoutComments(css []byte) []byte {
	var out []byte
	for {
		before, rest, found := bytes.Cut(css, []byte("/*"))
		if out = append(out, before...); !found {
			return out
		}
		_, rest, _ = bytes.Cut(rest, []byte("*/"))
		css = bytes.TrimLeft(rest, " \n")
	}
}

// Add adds a file that is made and not embedded. It must not be called once
// files are served. It reports a name that is taken.
func (a *Assets) Add(name string, content []byte) error {
	if _, twice := a.urls[name]; twice {
		return fmt.Errorf("two files are called %s", name)
	}
	ext := path.Ext(name)
	if ext == ".css" {
		content = withoutComments(content)
	}
	sum := sha256.Sum256(content)
	url := a.prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	zip, err := Compress(content)
	if err != nil {
		return err
	}
	a.urls[name], a.files[url] = url, asset{contentType: mime.TypeByExtension(ext), plain: content, zip: zip}
	return nil
}

// Compress returns b compressed by gzip, as small as it gets.
func Compress(b []byte) ([]byte, error) {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil { // before the bytes are taken: it writes the last of them
		return nil, err
	}
	return buf.Bytes(), nil
}

// URL returns the path at which the file with the name is served, empty if
// there is none.
func (a *Assets) URL(name string) string { return a.urls[name] }

// ServeHTTP serves a file. What it is asked for by a name of today never
// changes, so it may be kept for ever.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if len(f.zip) < len(f.plain) && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.zip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}
