package main

import (
	"strings"
	"testing"
)

func TestTally(t *testing.T) {
	t.Parallel()
	const (
		pass    = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
		output  = `{"Action":"output","Package":"p","Test":"TestB","Output":"b_test.go:1: oops\n"}` + "\n"
		fail    = `{"Action":"fail","Package":"p","Test":"TestB"}` + "\n"
		skip    = `{"Action":"skip","Package":"p","Test":"TestC"}` + "\n"
		noTests = `{"Action":"skip","Package":"q"}` + "\n"
		broken  = `{"Action":"fail","Package":"p"}` + "\n"
		okay    = `{"Action":"pass","Package":"p","Elapsed":1.25}` + "\n"
	)
	tests := []struct {
		name, in, want string
		good           bool
	}{
		{"all pass", pass + okay + noTests, "ok   p 1.2s\n", true},

		{"one fails", pass + output + fail + broken, "b_test.go:1: oops\nFAIL p 0.0s\n", false},
		{"one is skipped", pass + skip + okay, "ok   p 1.2s\n", false},
		{"a package does not build", pass + okay + "p/x.go:1: syntax error\n" + broken, "ok   p 1.2s\np/x.go:1: syntax error\nFAIL p 0.0s\n", false},
		{"none ran", noTests, "", false},
		{"no output at all", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tally := tally{output: map[string]*strings.Builder{}}
			var out strings.Builder
			if err := tally.read(strings.NewReader(tt.in), &out); err != nil {
				t.Fatal(err)
			}
			if out.String() != tt.want || tally.good() != tt.good {
				t.Errorf("reads %q: prints %q, good %t; want %q, %t", tt.in, out.String(), tally.good(), tt.want, tt.good)
			}
		})
	}
}
