package docs

import "html/template"

// Picture lets tests render guides as the site does.
func Picture(name string) (template.HTML, error) { return picture(name) }

// Build renders everything and returns what is wrong.
func Build(o Options) error {
	s, err := build(o)
	if err == nil {
		_, err = s.api()
	}
	return err
}
