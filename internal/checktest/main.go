// Command checktest reads the output of "go test -json" and prints what a
// person wants of it: a line for each package, the output of what failed, the
// names of skipped tests, and a count. It fails if a test failed, if one was
// skipped, or if none ran: where it is used, everything that a test may need is
// there.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// An action is a line of "go test -json"; see "go doc test2json".
type action struct {
	Action     string  `json:"Action"`
	Package    string  `json:"Package"`
	Test       string  `json:"Test"`
	Output     string  `json:"Output"`
	ImportPath string  `json:"ImportPath"`
	Elapsed    float64 `json:"Elapsed"` // seconds
}

// A tally is what was read so far.
type tally struct {
	passed, failed int
	broken         int // packages that failed on their own, such as ones that do not build
	skipped        []string
	output         map[string]*strings.Builder // by package and test
}

func main() {
	t := tally{output: map[string]*strings.Builder{}}
	if err := t.read(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "checktest:", err)
		os.Exit(1)
	}
	for _, name := range t.skipped {
		fmt.Println("skipped:", name)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", t.passed, t.failed, len(t.skipped))
	if !t.good() {
		os.Exit(1)
	}
}

// good reports whether everything ran and passed.
func (t *tally) good() bool {
	return t.passed > 0 && t.failed == 0 && t.broken == 0 && len(t.skipped) == 0
}

// read takes in all of r and prints to w as it goes. Lines that are no JSON
// come from the build and are printed as they are.
func (t *tally) read(r io.Reader, w io.Writer) error {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var a action
			if json.Unmarshal(line, &a) != nil {
				fmt.Fprintf(w, "%s", line)
			} else {
				t.add(a, w)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
}

func (t *tally) add(a action, w io.Writer) {
	key := a.Package + " " + a.Test
	switch a.Action {
	case "output", "build-output":
		if a.Action == "build-output" {
			key = a.ImportPath + " "
			fmt.Fprint(w, a.Output)
		}
		if t.output[key] == nil {
			t.output[key] = &strings.Builder{}
		}
		t.output[key].WriteString(a.Output)
	case "pass":
		t.end(a, w, "ok  ", &t.passed)
	case "fail":
		if out := t.output[key]; out != nil {
			fmt.Fprint(w, out.String())
		}
		if a.Test == "" {
			t.broken++
		}
		t.end(a, w, "FAIL", &t.failed)
	case "skip":
		// A package without tests is skipped too, which is no fault.
		if a.Test != "" {
			t.skipped = append(t.skipped, key)
		}
	}
}

// end counts the end of a test, or prints that of a package.
func (t *tally) end(a action, w io.Writer, word string, count *int) {
	delete(t.output, a.Package+" "+a.Test)
	if a.Test != "" {
		*count++
		return
	}
	fmt.Fprintf(w, "%s %s %.1fs\n", word, a.Package, a.Elapsed)
}
