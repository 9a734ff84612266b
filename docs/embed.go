// Package docs has the guides: Markdown, a file for each page, and the table
// that says in which order they are read. It does not render them.
//
// A page is called by its slug, "get-started", and its file is "get-started.md".
// Links between pages are links between the files, so that they also work where
// the repository is read. A row of the table without a file is left out.
package docs

import (
	"embed"

	"sluss.example/sluss"
)

//go:embed *.md
var files embed.FS

// A Section is a part of the menu.
type Section struct {
	Title string
	Pages []Page
}

// A Page is a guide.
type Page struct {
	Slug  string
	Title string // as the menu has it
	Text  string // Markdown, with its title as the one heading of the first level
}

// table has the sections; the texts are filled in by Sections.
var table = []Section{
	{"Start", []Page{
		{Slug: "overview", Title: "Overview"},
		{Slug: "get-started", Title: "Get started"},
		{Slug: "good-to-know", Title: "Good to know"},
		{Slug: "access-tokens", Title: "Access tokens"},
	}},
	{"Core APIs", []Page{
		{Slug: "banks", Title: "Banks"},
		{Slug: "consent-and-accounts", Title: "Consent and accounts"},
		{Slug: "payments", Title: "Payments"},
		{Slug: "authorisations", Title: "Authorisations"},
		{Slug: "kyc", Title: "KYC"},
	}},
	{"Alternative APIs", []Page{
		{Slug: "iso-payments", Title: "ISO payments"},
		{Slug: "fx-connect", Title: "FX Connect"},
	}},
	{"Premium", []Page{
		{Slug: "premium", Title: "Premium"},
	}},
	{"Other", []Page{
		{Slug: "statuses-and-types", Title: "Statuses and types"},
		{Slug: "sandbox", Title: "Sandbox"},
		{Slug: "webhooks", Title: "Webhooks"},
		{Slug: "changelog", Title: "Changelog"},
		{Slug: "downloads", Title: "Downloads"},
		{Slug: "support", Title: "Support"},
		{Slug: "operating", Title: "Operating sluss"},
		{Slug: "security", Title: "Security"},
		{Slug: "performance", Title: "Performance"},
		{Slug: "divergences", Title: "Divergences"},
	}},
}

// Sections returns all sections that have a page, in the order of the menu.
func Sections() []Section {
	var all []Section
	for _, s := range table {
		var pages []Page
		for _, p := range s.Pages {
			if p.Text = textOf(p.Slug); p.Text != "" {
				pages = append(pages, p)
			}
		}
		if pages != nil {
			all = append(all, Section{s.Title, pages})
		}
	}
	return all
}

// textOf returns the Markdown of a page, empty if there is none.
func textOf(slug string) string {
	switch slug {
	case "changelog":
		return sluss.Changelog()
	case "divergences":
		return sluss.Divergences()
	}
	b, err := files.ReadFile(slug + ".md")
	if err != nil {
		return ""
	}
	return string(b)
}
