// Package sluss has the texts at the top of the repository that the program
// shows. It is here since a file can be embedded from its own folder only.
package sluss

import _ "embed" // the texts are part of the binary

//go:embed CHANGELOG.md
var changelog string

//go:embed DIVERGENCES.md
var divergences string

// Changelog returns what changed from release to release, as Markdown.
func Changelog() string { return changelog }

// Divergences returns where the protocol departs from the standards that it
// follows, as Markdown.
func Divergences() string { return divergences }
