package simulator_test

import (
	"os"
	"strings"
	"testing"

	"sluss.example/sluss/internal/bank/simulator"
)

// TestGuide holds the guide complete.
func TestGuide(t *testing.T) {
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
	for _, p := range simulator.People() {
		if !strings.Contains(string(guide), "`"+p.PSU+"`") {
			t.Errorf("docs/sandbox.md does not tell of the person %s, %s", p.PSU, p.Note)
		}
	}
	for _, p := range simulator.Companies() {
		if !strings.Contains(string(guide), "`"+p.Organisation+"`") {
			t.Errorf("docs/sandbox.md does not tell of the company %s, %s", p.Organisation, p.Note)
		}
	}
}
