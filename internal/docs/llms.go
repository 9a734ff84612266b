package docs

import (
	"errors"
	"fmt"
	"strings"

	"sluss.example/sluss/docs"
)

// machines adds what programs read: the list of the guides, after
// llmstxt.org, and all of them in one file.
func (s *site) machines(sections []docs.Section) error {
	var list, full strings.Builder
	list.WriteString("# sluss\n\n> An open banking platform in one binary: bank directory, consents, accounts, payments, after " +
		"Berlin Group NextGenPSD2 1.3, with simulated banks to try all of it.\n")
	for _, sec := range sections {
		fmt.Fprintf(&list, "\n## %s\n\n", sec.Title)
		for _, p := range sec.Pages {
			text := s.here(p.Text)
			fmt.Fprintf(&list, "- [%s](%s%s/%s.md)\n", p.Title, s.Base, Path, p.Slug)
			full.WriteString(twin(text) + "\n\n")
		}
	}
	fmt.Fprintf(&list, "\n## Description\n\n- [OpenAPI](%s%s/openapi.yaml): every public endpoint\n- [All guides](%s%s/llms-full.txt) in one file\n", s.Base, Path, s.Base, Path)
	return errors.Join(
		s.add("/llms.txt", typeText, []byte(list.String())),
		s.add(Path+"/llms.txt", typeText, []byte(list.String())),
		s.add(Path+"/llms-full.txt", typeText, []byte(full.String())),
	)
}
