package arch

import (
	"os"
	"strings"
	"testing"
)

// TestDocument: ARCHITECTURE.md has every package in its tree, but the one at
// the top and those that only tests import.
func TestDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tree, _ := strings.Cut(string(text), "\n## The tree\n")
	tree, _, _ = strings.Cut(tree, "\n## ")
	for _, row := range layers {
		for _, name := range row {
			if name != "." && !strings.HasSuffix(name, "test") && !strings.Contains(tree, "`"+strings.TrimPrefix(name, "internal/")+"`") {
				t.Errorf("the tree in ARCHITECTURE.md lacks %s", name)
			}
		}
	}
}
