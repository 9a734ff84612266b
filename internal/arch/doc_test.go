package arch

import (
	"os"
	"strings"
	"testing"
)

// testsOnly are packages that only tests import, and the one at the top, which
// ARCHITECTURE.md leaves out.
var testsOnly = map[string]bool{
	".": true, "internal/bank/banktest": true, "internal/certificate/certtest": true, "internal/jose/josetest": true, "internal/api/apitest": true,
}

// TestDocument: ARCHITECTURE.md has every package in its tree.
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
			if !testsOnly[name] && !strings.Contains(tree, "`"+strings.TrimPrefix(name, "internal/")+"`") {
				t.Errorf("the tree in ARCHITECTURE.md lacks %s", name)
			}
		}
	}
}
