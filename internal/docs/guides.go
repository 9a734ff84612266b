package docs

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"sluss.example/sluss/docs"
	"sluss.example/sluss/internal/guide"
	"sluss.example/sluss/internal/ui"
)

// A content is what the template of a guide gets.
type content struct {
	*guide.Page
	Section        string
	Markdown       string // path of the Markdown
	Previous, Next *ui.Link
}

// written is where the examples of the guides are as they are written.
const written = "http://localhost:8480"

// moved are files of the repository by the path at which they are served.
var moved = map[string]string{"DIVERGENCES.md": "divergences.md", "CHANGELOG.md": "changelog.md", "psd2/openapi.yaml": "openapi.yaml"}

// guides renders the guides.
func (s *site) guides() error {
	sections := docs.Sections()
	slugs := map[string]bool{}
	var order []ui.Link
	for _, sec := range sections {
		m := ui.Section{Title: sec.Title}
		for _, p := range sec.Pages {
			slugs[p.Slug] = true
			m.Links = append(m.Links, ui.Link{Text: p.Title, Href: Path + "/" + p.Slug})
		}
		s.menu, order = append(s.menu, m), append(order, m.Links...)
	}
	renderer := &guide.Renderer{Link: func(dest string) (string, error) { return linkTo(dest, slugs) }, Picture: picture}
	var faults []error
	n := 0
	for _, sec := range sections {
		for _, p := range sec.Pages {
			c := content{Section: sec.Title, Markdown: Path + "/" + p.Slug + ".md"}
			if n > 0 {
				c.Previous = &order[n-1]
			}
			if n++; n < len(order) {
				c.Next = &order[n]
			}
			if err := s.guide(renderer, p, c); err != nil {
				faults = append(faults, fmt.Errorf("%s.md: %w", p.Slug, err))
			}
		}
	}
	return errors.Join(append(faults, s.machines(sections))...)
}

// guide renders one guide.
func (s *site) guide(r *guide.Renderer, p docs.Page, c content) (err error) {
	text := s.here(p.Text)
	if c.Page, err = r.Render(text); err != nil {
		return err
	}
	here := Path + "/" + p.Slug
	s.indexGuide(here, c.Page)
	html, err := s.render("guide", &ui.Page{Title: c.Title, Description: c.Lead, Side: s.sideAt(here), Data: c}, "Guides")
	if err != nil {
		return err
	}
	return errors.Join(s.add(here, typeHTML, html), s.add(c.Markdown, typeMarkdown, []byte(twin(text))))
}

// here puts the address of this sandbox into examples.
func (s *site) here(text string) string {
	if !s.Sandbox {
		return text
	}
	return strings.ReplaceAll(text, written, s.Base)
}

// render renders a page in the layout that all pages share.
func (s *site) render(name string, p *ui.Page, top string) ([]byte, error) {
	p.Home, p.Version = Path, s.Version
	p.Top = []ui.Link{{Text: "Portal", Href: "/portal"}, {Text: "Guides", Href: Path}, {Text: "API reference", Href: Path + "/api"}}
	for i := range p.Top {
		p.Top[i].Current = p.Top[i].Text == top
	}
	p.Styles = append(p.Styles, s.assets.URL("docs.css"), s.assets.URL("code.css"))
	p.Scripts = append(p.Scripts, s.assets.URL("sluss.js"), s.assets.URL("docs.js"))
	t, err := s.templates.Page(name)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, "layout", p); err != nil {
		return nil, fmt.Errorf("render page %q: %w", p.Title, err)
	}
	return buf.Bytes(), nil
}

// sideAt returns the menu with the page at path marked.
func (s *site) sideAt(path string) []ui.Section {
	side := make([]ui.Section, len(s.menu))
	for i, sec := range s.menu {
		side[i].Title = sec.Title
		for _, l := range sec.Links {
			l.Current = l.Href == path
			side[i].Links = append(side[i].Links, l)
		}
	}
	return side
}

// linkTo returns where a link of a guide leads. Links between the files of the
// repository become links between the pages.
func linkTo(dest string, slugs map[string]bool) (string, error) {
	if strings.HasPrefix(dest, "#") || strings.HasPrefix(dest, "https://") || strings.HasPrefix(dest, "http://") || strings.HasPrefix(dest, Path+"/") || dest == "/portal" || dest == ListPath {
		return dest, nil
	}
	name, anchor, has := strings.Cut(dest, "#")
	if has {
		anchor = "#" + anchor
	}
	name = strings.TrimPrefix(name, "../")
	if to := moved[name]; to != "" {
		name = to
	}
	name = strings.TrimPrefix(name, "docs/")
	if slug, ok := strings.CutSuffix(name, ".md"); ok && slugs[slug] {
		return Path + "/" + slug + anchor, nil
	}
	if name == "openapi.yaml" {
		return Path + "/" + name, nil
	}
	return "", fmt.Errorf("the link to %s leads to no page", dest)
}

// twin returns the Markdown of a guide as it is served: links to files that are
// elsewhere in the repository lead to where they are served.
func twin(text string) string {
	var pairs []string
	for from, to := range moved {
		pairs = append(pairs, "](../"+from, "]("+to)
	}
	text = strings.NewReplacer(append(pairs, "](docs/", "](")...).Replace(text)
	return diagramMark.ReplaceAllStringFunc(text, func(mark string) string {
		return described(diagramMark.FindStringSubmatch(mark)[1])
	})
}

// addCSS adds the style sheet of code.
func (s *site) addCSS() error {
	css, err := guide.CSS()
	if err != nil {
		return err
	}
	return s.assets.Add("code.css", css)
}
