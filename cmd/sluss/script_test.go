package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sluss.example/sluss/internal/store/storetest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sluss": main, "http": httpMain})
}

// TestScript runs the scripts of testdata/script, which run the real program.
// Beside the commands of testscript they have
//
//	start NAME ARGS...          run "sluss ARGS" in the background until it is ready
//	end NAME [SIGNAL]           end it (SIGTERM), and wait; fails on a bad exit status unless SIGNAL is KILL
//	http [FLAGS] URL            make a request; see httpMain
//	let VAR REGEXP              put what the first group matches in the last standard output into $VAR
//	member VAR PATH             the same with a member of JSON, such as accounts.0.resourceId
//	postgres VAR                put the URL of an empty PostgreSQL database into $VAR
//	receiver VAR FILE           put the URL of a receiver of webhooks into $VAR, which writes what it gets to FILE
//	certificates                make an issuer, a server and clients, as files
//	freeport VAR                put a free port into $VAR
//
// and the condition [postgres].
func TestScript(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			p := &processes{}
			t.Cleanup(p.killAll)
			testscript.Run(t, testscript.Params{
				Files:               []string{file},
				RequireExplicitExec: true,
				Setup: func(e *testscript.Env) error {
					e.Setenv("HOME", e.WorkDir)
					return nil
				},
				Condition: func(cond string) (bool, error) {
					if cond == "postgres" {
						return os.Getenv("SLUSS_TEST_POSTGRES") != "", nil
					}
					return false, strconv.ErrSyntax
				},
				Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
					"start":        p.start,
					"end":          p.end,
					"let":          let,
					"member":       member,
					"freeport":     freePort,
					"certificates": func(ts *testscript.TestScript, _ bool, _ []string) { certificates(t, ts) },
					"receiver":     func(ts *testscript.TestScript, _ bool, args []string) { receiver(t, ts, args) },
					"postgres": func(ts *testscript.TestScript, _ bool, args []string) {
						ts.Setenv(args[0], storetest.Postgres(t))
					},
				},
			})
		})
	}
}

// let puts a match in the last standard output into a variable.
func let(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: let VAR REGEXP")
	}
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("no match of %s in the standard output", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// member puts a member of the last standard output, JSON, into a variable.
func member(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: member VAR PATH")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for name := range strings.SplitSeq(args[1], ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(x) {
				ts.Fatalf("no member %s", args[1])
			}
			v = x[i]
		}
	}
	s, ok := v.(string)
	if !ok {
		ts.Fatalf("no string %s in the standard output", args[1])
	}
	ts.Setenv(args[0], s)
}
