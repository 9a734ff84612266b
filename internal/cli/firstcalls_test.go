package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/server"
)

// TestReadmeCalls holds the calls in the README equal to those that a sandbox
// prints, which a script runs.
func TestReadmeCalls(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```sh\n")
	inReadme, _, _ := strings.Cut(rest, "```")
	var sb server.Sandbox
	sb.WellKnown()
	text := firstCalls(sandboxReady{Auth: "http://localhost:8480", ClientID: sb.ClientID, ClientSecret: string(sb.Secret)}, false, false)
	_, printed, _ := strings.Cut(text, "to paste into a shell:\n\n")
	if diff := cmp.Diff(printed, inReadme); diff != "" {
		t.Errorf("README.md has other calls (-printed +README):\n%s", diff)
	}
}
