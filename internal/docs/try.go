package docs

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	viewer "github.com/swaggest/swgui/v5/static"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/web"
)

// tryPath is where operations can be tried.
const tryPath = Path + "/try"

// viewerFiles are the files of the viewer that the page loads. They are kept as
// the viewer's module has them, compressed.
var viewerFiles = map[string]string{"swagger-ui.css": "text/css; charset=utf-8", "swagger-ui-bundle.js": "text/javascript; charset=utf-8"}

// tryOut renders the page with the viewer.
func (s *site) tryOut(side []ui.Section) ([]byte, error) {
	command := "curl -s " + s.Base + "/connect/token -d grant_type=client_credentials \\\n  -d client_id=" + s.ClientID + " -d client_secret=" + s.Secret +
		" \\\n  -d 'scope=aspspinformation accountinformation paymentinitiation private'"
	return s.render("try", &ui.Page{
		Title: "Try it", Side: marked(side, tryPath),
		Styles:  []string{tryPath + "/swagger-ui.css", s.assets.URL("try.css")},
		Scripts: []string{tryPath + "/swagger-ui-bundle.js", s.assets.URL("try.js")},
		Data:    map[string]any{"Secret": s.Secret, "Command": command},
	}, "API reference")
}

// viewerFile serves a file of the viewer.
func (s *site) viewerFile(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	contentType, ok := viewerFiles[name]
	if !ok {
		return problem.New(problem.PathUnknown, "There is nothing at %s.", r.URL.Path)
	}
	body, err := fs.ReadFile(viewer.FS, name+".gz")
	if err != nil {
		return fmt.Errorf("read the viewer: %w", err)
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
	} else if body, err = unzip(body); err != nil {
		return err
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return web.WriteBody(w, http.StatusOK, contentType, body)
}

// unzip returns what was compressed by gzip: a file of our own, so that its
// size needs no bound.
func unzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
