package docs

import (
	"errors"
	"html/template"
	"slices"
	"strings"

	"sluss.example/sluss/internal/guide"
	"sluss.example/sluss/internal/reference"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/psd2"
)

// apiPath is where the API reference is.
const apiPath = Path + "/api"

// reference renders the API reference, and what is made of the description to
// be downloaded.
func (s *site) reference() (*pages, error) {
	out := &pages{files: map[string]file{}}
	text := []byte(strings.ReplaceAll(string(psd2.OpenAPI()), server, s.server()))
	d, err := reference.Parse(text)
	if err != nil {
		return nil, err
	}
	side := []ui.Section{{Links: []ui.Link{{Text: "All operations", Href: apiPath}, {Text: "Try it", Href: tryPath}}}, {Title: "Families"}}
	for _, f := range d.Families {
		side[1].Links = append(side[1].Links, ui.Link{Text: f.Name, Href: apiPath + "/" + f.Slug})
	}
	faults := []error{out.add(Path+"/openapi.yaml", typeYAML, text), out.add(Path+"/openapi.json", typeJSON, d.JSON())}
	faults = append(faults, s.collections(out, d))
	show := func(path, page, title, lead string, data any) {
		html, err := s.render(page, &ui.Page{Title: title, Description: lead, Side: marked(side, path), Data: data}, "API reference")
		faults = append(faults, err, out.add(path, typeHTML, html))
	}
	html, err := s.tryOut(side)
	faults = append(faults, err, out.add(tryPath, typeHTML, html))
	show(apiPath, "api", "API reference", "", d)
	for i := range d.Families {
		f := &d.Families[i]
		show(apiPath+"/"+f.Slug, "family", f.Name, f.Text, f)
		for _, o := range f.Operations {
			out.note(apiPath+"/"+f.Slug+"#"+o.ID, o.Method+" "+o.Path, o.Summary, o.ID+" "+o.Text)
		}
	}
	return out, errors.Join(faults...)
}

// server names the server that the description is of, as it is written.
const server = `{url: "` + written + `", description: a sandbox}`

// server returns the same of this server.
func (s *site) server() string {
	if s.Sandbox {
		return strings.ReplaceAll(server, written, s.API)
	}
	return `{url: "` + s.API + `"}`
}

// collections adds the collection for HTTP clients with a window.
func (s *site) collections(out *pages, d *reference.Description) error {
	all, err := d.Collection()
	if err != nil {
		return err
	}
	environment, err := reference.Environment(s.API, s.ClientID, s.Secret)
	if err != nil {
		return err
	}
	return errors.Join(out.add(Path+"/postman.json", typeJSON, all), out.add(Path+"/postman-environment.json", typeJSON, environment))
}

// marked returns a menu with the link to path marked.
func marked(menu []ui.Section, path string) []ui.Section {
	out := make([]ui.Section, len(menu))
	for i, sec := range menu {
		out[i] = ui.Section{Title: sec.Title, Links: slices.Clone(sec.Links)}
		for j := range out[i].Links {
			out[i].Links[j].Current = out[i].Links[j].Href == path
		}
	}
	return out
}

// funcs are the functions that the templates of the reference have beside those
// of all pages.
func (s *site) funcs() template.FuncMap {
	r := &guide.Renderer{}
	return template.FuncMap{
		"curl": func(o reference.Operation) template.HTML { return r.Code("sh", o.Curl(s.API)) },
		"text": guide.Fragment,
		"in":   fieldsIn,
		"anchor": func(f reference.Failure) string {
			return "error-" + f.ID
		},
	}
}

// fieldsIn returns the parameters in a part of a request. One of the path of
// which there is nothing to say is left out: it stands in the path.
func fieldsIn(part string, all []reference.Field) []reference.Field {
	return slices.DeleteFunc(slices.Clone(all), func(f reference.Field) bool {
		return f.In != part || part == "path" && f.Text == "" && f.Rule == "" && f.Values == nil
	})
}
