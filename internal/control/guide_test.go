package control

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestGuide: the guide to the sandbox names every call.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(guide), "\n## The control API\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	routes := regexp.MustCompile(`"(GET|POST|PUT|PATCH|DELETE) (/[^"]*)":`)
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range routes.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(section, m[2]) {
				t.Errorf("docs/sandbox.md lacks %s %s", m[1], m[2])
			}
		}
	}
}
