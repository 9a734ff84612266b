// Package docs is the edge for readers: the guides and the API reference, their
// search, and what can be downloaded. Everything is in the program.
//
// Pages are rendered once, when the first reader comes, so that a server's start
// does not wait for them; from then on they are bytes that are served as they
// are, with an ETag. They need no script. Guides are served as Markdown too, at
// the same path with ".md", and all together for machines that read
// (llms.txt).
package docs

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"sync"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/web"
)

// Path is where the guides are, and ListPath where programs look for a list of
// them.
const (
	Path     = "/docs"
	ListPath = "/llms.txt"
)

// assetPath is the path below which the files of pages are served.
const assetPath = Path + "/assets/"

//go:embed templates/*.html assets/*
var files embed.FS

// Options say what the pages tell of the server.
type Options struct {
	// Base is the base URL of the server, without a trailing slash.
	Base string
	// API is the base URL of the APIs.
	API string
	// Sandbox says that Base is a sandbox, so that examples may call it.
	Sandbox bool
	// ClientID and Secret are those of the sandbox's app, if everybody knows
	// them; else empty.
	ClientID, Secret string
	Version          string
}

// A Handler serves the guides. The zero value is no good: see [New].
type Handler struct {
	site func() (*site, error)
}

// New returns a Handler. It renders nothing yet.
func New(o Options) *Handler {
	return &Handler{site: sync.OnceValues(func() (*site, error) { return build(o) })}
}

// Register adds the routes to mux.
func (h *Handler) Register(mux *http.ServeMux) {
	for pattern, serve := range map[string]func(*site, http.ResponseWriter, *http.Request) error{
		"GET /docs":                  (*site).home,
		"GET /docs/{page}":           (*site).page,
		"GET /docs/search":           (*site).find,
		"GET " + assetPath:           (*site).asset,
		"GET " + checksumPath:        (*site).checksum,
		"GET " + tryPath:             (*site).page,
		"GET " + tryPath + "/{file}": (*site).viewerFile,
		"GET /docs/api":              (*site).page,
		"GET /docs/api/{family}":     (*site).page,
		"GET /docs/":                 (*site).page,
		"GET " + ListPath:            (*site).page,
	} {
		mux.Handle(pattern, h.handler(serve))
	}
}

// Pages returns the paths of all pages, in order, for who looks at every one.
func (h *Handler) Pages() ([]string, error) {
	s, err := h.site()
	if err != nil {
		return nil, err
	}
	api, err := s.api()
	if err != nil {
		return nil, err
	}
	var all []string
	for _, part := range []map[string]file{s.files, api.files} {
		for path, f := range part {
			if f.contentType == typeHTML {
				all = append(all, path)
			}
		}
	}
	slices.Sort(all)
	return all, nil
}

// handler returns a handler that serves by serve once the pages are rendered.
func (h *Handler) handler(serve func(*site, http.ResponseWriter, *http.Request) error) http.Handler {
	return web.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		s, err := h.site()
		if err != nil {
			return fmt.Errorf("render the guides: %w", err)
		}
		return serve(s, w, r)
	}, h.fail)
}

// fail answers a request that failed.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	if problem.Is(err, problem.PathUnknown) {
		status = http.StatusNotFound
	}
	web.NoteError(r.Context(), err, "")
	if s, broken := h.site(); broken == nil && s.failure(w, r, status) == nil {
		return
	}
	_ = web.WriteBody(w, status, "text/plain; charset=utf-8", []byte(http.StatusText(status)+"\n"))
}

// A site is all that is served, rendered. It is immutable.
type site struct {
	Options
	pages
	assets    *ui.Assets
	templates ui.Pages
	menu      []ui.Section
	api       func() (*pages, error) // the API reference, rendered when it is first asked for
	sum       func() (string, error) // the checksum of the program
}

// pages are a part of what is served.
type pages struct {
	files map[string]file // by path
	index []entry
}

// build renders the guides.
func build(o Options) (*site, error) {
	s := &site{Options: o, pages: pages{files: map[string]file{}}}
	s.api, s.sum = sync.OnceValues(s.reference), sync.OnceValues(sumOfProgram)
	if err := s.load(); err != nil {
		return nil, err
	}
	return s, s.guides()
}

// load reads templates and the files that pages load.
func (s *site) load() error {
	own, err := fs.Sub(files, "assets")
	if err != nil {
		return err
	}
	if s.assets, err = ui.NewAssetsAt(assetPath, own); err != nil {
		return err
	}
	if err := s.addCSS(); err != nil {
		return err
	}
	dir, err := fs.Sub(files, "templates")
	if err != nil {
		return err
	}
	s.templates, err = s.assets.Parse(dir, s.funcs())
	return err
}

// home serves GET /docs: the first guide.
func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, s.menu[0].Links[0].Href, http.StatusSeeOther)
	return nil
}

// page serves what is rendered.
func (s *site) page(w http.ResponseWriter, r *http.Request) error {
	f, ok := s.files[r.URL.Path]
	if !ok {
		api, err := s.api()
		if err != nil {
			return fmt.Errorf("render the API reference: %w", err)
		}
		f, ok = api.files[r.URL.Path]
	}
	if !ok {
		return problem.New(problem.PathUnknown, "There is nothing at %s.", r.URL.Path)
	}
	f.serve(w, r)
	return nil
}

// asset serves a file that pages load.
func (s *site) asset(w http.ResponseWriter, r *http.Request) error {
	s.assets.ServeHTTP(w, r)
	return nil
}
