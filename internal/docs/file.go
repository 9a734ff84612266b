package docs

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/web"
)

// Content types of what is served.
const (
	typeHTML     = "text/html; charset=utf-8"
	typeMarkdown = "text/markdown; charset=utf-8"
	typeText     = "text/plain; charset=utf-8"
	typeYAML     = "application/yaml"
	typeJSON     = "application/json"
)

// A file is served as it is. It is immutable.
type file struct {
	contentType string
	plain, zip  []byte
	etag        string
}

// newFile returns a file with the content.
func newFile(contentType string, content []byte) (file, error) {
	zip, err := ui.Compress(content)
	if err != nil {
		return file{}, err
	}
	sum := sha256.Sum256(content)
	return file{contentType: contentType, plain: content, zip: zip, etag: hex.EncodeToString(sum[:12])}, nil
}

// add puts a file at a path.
func (p *pages) add(path, contentType string, content []byte) error {
	f, err := newFile(contentType, content)
	p.files[path] = f
	return err
}

// serve serves the file, or says that the client has it.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	web.PortalHeaders(h)
	h.Set("Cache-Control", "no-cache") // it may be kept, and is asked for whether it is still the same
	h.Set("Content-Type", f.contentType)
	h.Set("Vary", "Accept-Encoding")
	body, etag := f.plain, f.etag
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, etag = f.zip, f.etag+"-gzip"
	}
	etag = `"` + etag + `"`
	h.Set("ETag", etag)
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if strings.HasSuffix(etag, `-gzip"`) {
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}
