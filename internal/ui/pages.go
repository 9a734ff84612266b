package ui

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"strings"
	"sync"

	"sluss.example/sluss/internal/web"
)

// Pages are the templates of an application, one for each page. A page is
// parsed when it is first asked for: most of them together take more memory
// than the whole rest of a small server.
type Pages map[string]func() (*template.Template, error)

// Parse returns the pages of dir, a file for each, each joined with the layout
// and with the files whose names begin with an underscore. The page "name.html"
// is called "name". Functions are added to our own, which are asset, the URL of
// a file, and those of [Funcs].
func (a *Assets) Parse(dir fs.FS, more template.FuncMap) (Pages, error) {
	funcs := Funcs()
	funcs["asset"] = a.URL
	maps.Copy(funcs, more)
	base, err := template.New("").Funcs(funcs).ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(dir, "*.html")
	if err != nil {
		return nil, err
	}
	pages := Pages{}
	for _, name := range names {
		if !strings.HasPrefix(name, "_") {
			pages[strings.TrimSuffix(name, ".html")] = sync.OnceValues(func() (*template.Template, error) { return join(base, dir, name) })
			continue
		}
		if _, err := base.ParseFS(dir, name); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// join returns a page joined with what all pages have.
func join(base *template.Template, dir fs.FS, name string) (*template.Template, error) {
	page, err := base.Clone()
	if err != nil {
		return nil, err
	}
	return page.ParseFS(dir, name)
}

// Page returns a page. It is an error if there is none.
func (p Pages) Page(name string) (*template.Template, error) {
	parse := p[name]
	if parse == nil {
		return nil, fmt.Errorf("no page is called %s", name)
	}
	return parse()
}

// Check parses all pages, and reports what is wrong with any.
func (p Pages) Check() error {
	var all []error
	for name, parse := range p {
		if _, err := parse(); err != nil {
			all = append(all, fmt.Errorf("page %s: %w", name, err))
		}
	}
	return errors.Join(all...)
}

// Write writes the page of a name with the status. Nothing is written if its
// template fails.
func (p Pages) Write(w http.ResponseWriter, status int, name string, page *Page) error {
	t, err := p.Page(name)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, "layout", page); err != nil {
		return fmt.Errorf("render page %q: %w", page.Title, err)
	}
	return web.WriteBody(w, status, "text/html; charset=utf-8", buf.Bytes())
}
