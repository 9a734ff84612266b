package portal

import (
	"bytes"
	"fmt"
	"strings"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/web"
)

// A content is what the templates of the portal get as Data.
type content struct {
	CSRF         string
	User         *developer.User // nil if nobody is signed in
	Organisation developer.Organisation
	Role         developer.Role
	Demo         bool
	Flash        string
	Here         string // path of the page
	Data         map[string]any
}

// May reports whether the person may do what needs the right.
func (c content) May(right string) bool { return c.Role.May(developer.Right(right)) }

// Fault returns what is wrong with a field, empty if nothing.
func (c content) Fault(field string) string {
	faults, _ := c.Data["Faults"].(map[string]string)
	return faults[field]
}

// part writes a part of a page, a template within it, alone.
func (v *visit) part(status int, page, name string, data any) error {
	t, err := v.h.pages.Page(page)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, name, data); err != nil {
		return fmt.Errorf("render part %s: %w", name, err)
	}
	return web.WriteBody(v.w, status, "text/html; charset=utf-8", buf.Bytes())
}

// show shows a page with the status.
func (v *visit) show(status int, page, title string, data map[string]any) error {
	return v.showWith(status, page, title, data)
}

// showWith is show for a page that loads scripts of its own.
func (v *visit) showWith(status int, page, title string, data map[string]any, scripts ...string) error {
	c := content{Here: v.r.URL.Path, Data: data, Flash: v.flash()}
	p := &ui.Page{
		Title: title, Private: true, Home: Path, Version: v.h.Version,
		Scripts: []string{v.h.Assets.URL("sluss.js")},
	}
	if needsPasskeys(page) {
		scripts = append(scripts, "passkeys.js")
	}
	if page == "app-new" || page == "app-settings" {
		scripts = append(scripts, "uris.js")
	}
	for _, name := range scripts {
		p.Scripts = append(p.Scripts, v.h.Assets.URL(name))
	}
	if v.session != nil && v.session.Stage == developer.Full {
		c.CSRF, c.User, c.Organisation, c.Role = v.session.CSRF, v.user, v.organisation, v.member.Role
		c.Demo = v.user.ID == v.h.Demo && v.h.Demo != ""
		p.Side = v.side()
	} else {
		p.Narrow = true
		if v.session != nil {
			c.CSRF = v.session.CSRF
		}
	}
	if c.Demo {
		p.Strip = "You are the demo developer of this sandbox. So is everybody who can open it."
	}
	if v.route.access == operators && v.h.Demo != "" {
		p.Strip = strings.TrimSpace(p.Strip + " These are the operator's pages of a sandbox: banks, money and customers are made up.")
	}
	p.Top, p.Data = v.top(), c
	return v.h.pages.Write(v.w, status, page, p)
}

// top returns the menu of the bar.
func (v *visit) top() []ui.Link {
	return []ui.Link{
		{Text: "Portal", Href: Path, Current: true},
		{Text: "Guides", Href: "/docs"},
		{Text: "API reference", Href: "/docs/api"},
	}
}

// side returns the menu at the side: what the person may see.
func (v *visit) side() []ui.Section {
	link := func(text, path string) ui.Link {
		here := v.r.URL.Path
		return ui.Link{Text: text, Href: path, Current: here == path || path != Path && strings.HasPrefix(here, path+"/")}
	}
	var all []ui.Section
	if v.member.Role != "" {
		all = append(all, ui.Section{Title: v.organisation.Name, Links: []ui.Link{
			link("Overview", Path), link("Applications", Path+"/apps"), link("Members", Path+"/members"), link("Organisation", Path+"/organisation"),
			link("Client certificates", Path+"/certificates"),
		}})
	}
	if v.h.Sandbox != nil {
		links := []ui.Link{link("Clock, people, banks", Path+"/sandbox")}
		if v.member.Role.May(developer.ManageApps) {
			links = append([]ui.Link{link("Try it", Path+"/try")}, links...)
		}
		all = append(all, ui.Section{Title: "Sandbox", Links: links})
	}
	all = append(all, ui.Section{Title: "You", Links: []ui.Link{
		link("Profile", Path+"/profile"), link("Signed-in browsers", Path+"/sessions"), link("Organisations", Path+"/organisations"),
	}})
	if v.user.Operator {
		var links []ui.Link
		for _, m := range v.operatorSide() {
			l := link(m.text, m.path)
			l.Current = l.Current && (!m.alone || v.r.URL.Path == m.path)
			links = append(links, l)
		}
		all = append(all, ui.Section{Title: "Operator", Links: links})
	}
	return all
}
