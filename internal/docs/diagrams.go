package docs

import "regexp"

// diagramMark is where a guide has a diagram.
var diagramMark = regexp.MustCompile(`<!-- diagram: ([a-z-]+) -->`)

// described returns in words what a diagram shows.
func described(name string) string { return name }
