package docs_test

import (
	"os"
	"strings"
	"testing"

	"sluss.example/sluss/docs"
)

// TestSections: every file of the folder is a page, under one title.
func TestSections(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, s := range docs.Sections() {
		for _, p := range s.Pages {
			if listed[p.Slug] || p.Title == "" || !strings.HasPrefix(p.Text, "# ") {
				t.Errorf("page %s of %s is listed twice, or lacks a title, or its text does not begin with one", p.Slug, s.Title)
			}
			listed[p.Slug] = true
		}
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if slug, ok := strings.CutSuffix(f.Name(), ".md"); ok && !listed[slug] {
			t.Errorf("%s is in no section", f.Name())
		}
	}
	for _, slug := range []string{"changelog", "divergences"} {
		if !listed[slug] {
			t.Errorf("there is no page %s", slug)
		}
	}
}
