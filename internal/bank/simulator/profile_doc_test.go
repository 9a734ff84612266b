package simulator_test

import (
	"os"
	"strings"
	"testing"

	"sluss.example/sluss/internal/bank/simulator"
)

// TestQuirksDocumented holds the guide complete.
func TestQuirksDocumented(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range simulator.Quirks() {
		if !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("docs/sandbox.md does not tell of the profile %s", name)
		}
	}
}
