package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestGuide: the guide for operators has each key once, and none that is not.
func TestGuide(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "| Key | Default | |\n")
	rows, _, _ := strings.Cut(rest, "\n\n")
	listed := map[string]int{}
	for row := range strings.Lines(rows) {
		first, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		for _, m := range regexp.MustCompile("`([A-Za-z.]+)`").FindAllStringSubmatch(first, -1) {
			listed[m[1]]++
		}
	}
	var c Config
	for _, k := range c.keys() {
		if listed[k.name] != 1 {
			t.Errorf("docs/operating.md has the key %s %d times", k.name, listed[k.name])
		}
		delete(listed, k.name)
	}
	for name := range listed {
		t.Errorf("docs/operating.md has the key %s, which there is not", name)
	}
}
