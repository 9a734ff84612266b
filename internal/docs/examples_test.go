package docs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/docs"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	site "sluss.example/sluss/internal/docs"
	"sluss.example/sluss/internal/guide"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/server"
)

// shown are the languages of blocks that are looked at and not run.
var shown = []string{"console", "http", "json", "nginx", "text"}

// notRun are the blocks that are in a language that is run and yet are not, by
// guide and reason.
var notRun = []string{"sandbox: the body of a test"}

// A program is all blocks of a guide in one language.
type program struct {
	slug, language string
	blocks         []guide.Block
}

// name returns what the program is called in the test's output.
func (p *program) name() string { return p.slug + "." + p.language }

// programs returns what the guides have to run, and tests the blocks that
// are not run.
func programs(t *testing.T) []*program {
	t.Helper()
	r := &guide.Renderer{Link: func(dest string) (string, error) { return dest, nil }, Picture: site.Picture}
	all := map[string]*program{}
	var order []*program
	for _, sec := range docs.Sections() {
		for _, p := range sec.Pages {
			page, err := r.Render(p.Text)
			if err != nil {
				t.Errorf("%s.md: %v", p.Slug, err)
				continue
			}
			for _, b := range page.Blocks {
				if !runs(t, p.Slug, b) {
					continue
				}
				key := p.Slug + "." + b.Language
				if all[key] == nil {
					all[key] = &program{slug: p.Slug, language: b.Language}
					order = append(order, all[key])
				}
				all[key].blocks = append(all[key].blocks, b)
			}
		}
	}
	return order
}

// runs reports whether a block is run. It tests one that is not.
func runs(t *testing.T, slug string, b guide.Block) bool {
	t.Helper()
	where := fmt.Sprintf("%s.md:%d", slug, b.Line)
	if len(b.Words) > 0 && b.Words[0] == "norun" {
		reason := strings.Trim(strings.Join(b.Words[1:], " "), `"`)
		if !slices.Contains(notRun, slug+": "+reason) {
			t.Errorf("%s: a block that is not run: %q", where, reason)
		}
		return false
	}
	switch b.Language {
	case "sh", "go", "js", "python":
		return true
	case "toml":
		for _, fault := range faultsOf(b.Text) {
			t.Errorf("%s: %s", where, fault)
		}
	case "json":
		if !json.Valid([]byte(strings.ReplaceAll(b.Text, "…", ""))) {
			t.Errorf("%s: this is no JSON", where)
		}
	default:
		if !slices.Contains(shown, b.Language) {
			t.Errorf("%s: a block in %q, which is neither run nor one of %v", where, b.Language, shown)
		}
	}
	return false
}

// faultsOf returns what is wrong with a configuration, beside the files that
// are not here.
func faultsOf(text string) []string {
	_, err := config.Parse(text, func(name string) string {
		return map[string]string{"SLUSS_SEALING_KEY": keyring.SealingKey{1}.Text(), "SLUSS_KEYS_PIN": "1234"}[name]
	})
	if err == nil {
		return nil
	}
	return slices.DeleteFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.Contains(line, "cannot be read") })
}

// TestMain lets more tests run at once than there are processors, since the
// examples wait for banks more than they work.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestExamples runs the code of the guides as a reader would: all blocks of a
// page in one language, in their order, against a sandbox of its own.
func TestExamples(t *testing.T) {
	t.Parallel()
	all := programs(t)
	built := buildGo(t, all)
	for _, p := range all {
		t.Run(p.name(), func(t *testing.T) {
			t.Parallel()
			p.run(t, startSandbox(t), built)
		})
	}
}

// TestCollectionRuns runs the collection for HTTP clients with a window from its
// beginning to its end against a sandbox, with the checks that are in it.
func TestCollectionRuns(t *testing.T) {
	t.Parallel()
	base, dir := startSandbox(t), t.TempDir()
	args := []string{"testdata/collection.mjs"}
	for _, name := range []string{"postman.json", "postman-environment.json"} {
		res, err := http.Get(base + "/docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := command(t, "node", args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
}

// run runs the program against the sandbox at base.
func (p *program) run(t *testing.T, base, built string) {
	t.Helper()
	dir := t.TempDir()
	var cmd *exec.Cmd
	switch p.language {
	case "sh":
		cmd = command(t, "sh", "-eu", p.write(t, dir, base, p.shell()))
		refusals := filepath.Join(dir, "refusals")
		defer func() {
			if b, err := os.ReadFile(refusals); err == nil {
				t.Errorf("%s: curl was refused:\n%s", p.name(), b)
			}
		}()
		cmd.Env = append(os.Environ(), "PATH="+curlDir(t, dir)+string(os.PathListSeparator)+os.Getenv("PATH"), "REFUSALS="+refusals)
	case "js":
		cmd = command(t, "node", p.write(t, dir, base, p.joined()))
	case "python":
		cmd = command(t, "python3", p.write(t, dir, base, p.joined()))
	case "go":
		cmd = command(t, built, p.slug)
		cmd.Env = append(os.Environ(), "BASE="+base)
	}
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", p.name(), err, out)
	}
}

func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	return cmd
}

// joined returns the blocks as one text.
func (p *program) joined() string {
	var s strings.Builder
	for _, b := range p.blocks {
		s.WriteString(b.Text + "\n")
	}
	return s.String()
}

// shell is joined for sh. A block that is marked as "refused" has calls that
// are refused.
func (p *program) shell() string {
	var s strings.Builder
	for _, b := range p.blocks {
		if slices.Contains(b.Words, "refused") {
			s.WriteString("export REFUSED=1\n" + b.Text + "\nunset REFUSED\n")
			continue
		}
		s.WriteString(b.Text + "\n")
	}
	return s.String()
}

// write writes the program's text to a file, for the sandbox at base.
func (p *program) write(t *testing.T, dir, base, text string) string {
	t.Helper()
	name := filepath.Join(dir, map[string]string{"sh": "example.sh", "js": "example.mjs", "python": "example.py"}[p.language])
	if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, "http://localhost:8480", base)), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// curlDir returns a folder with a curl that takes note of each refusal, also of
// one inside a pipe.
func curlDir(t *testing.T, dir string) string {
	t.Helper()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal("curl is missing; check.sh installs it")
	}
	bin := filepath.Join(dir, "bin")
	script := "#!/bin/sh\nif [ -n \"${REFUSED:-}\" ]; then exec " + curl + " \"$@\"; fi\n" +
		curl + " --fail-with-body \"$@\" || { s=$?; echo \"$s: curl $*\" >>\"$REFUSALS\"; exit $s; }\n"
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "curl"), []byte(script), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	return bin
}

// startSandbox runs a sandbox whose clock runs, as a reader has it.
func startSandbox(t *testing.T) string {
	t.Helper()
	c := config.Default()
	c.Listen, c.Control, c.Database, c.Migrate, c.Banks.Simulator = "127.0.0.1:0", "off", "sqlite::memory:", true, true
	c.Base = config.BaseConfig{Auth: "http://localhost:0", API: "http://localhost:0"}
	c.Webhooks.Allow = []string{"127.0.0.0/8", "::1"}
	sb := &server.Sandbox{Clock: clock.NewRunning(), OnOrigin: true, HistoryDays: 90, Version: "test"}
	sb.WellKnown()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ls, err := server.Listen(ctx, &c)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	s, err := server.New(ctx, c, server.Deps{SealingKey: keyring.SealingKey{1}, Sandbox: sb})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(ctx, ls); err != nil {
			t.Errorf("run the sandbox: %v", err)
		}
	})
	t.Cleanup(func() {
		stop()
		running.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return c.Base.Auth
}

// imports matches the imports at the beginning of a block of Go.
var imports = regexp.MustCompile(`(?s)\A\s*import\s+(\(.*?\n\)|"[^"]+"|\w+ "[^"]+")\n`)

// declaration matches a function or a type, which must stand outside of main.
var declaration = regexp.MustCompile(`(?ms)^(func \w|func \(|type \w).*?^\}\n`)

// goText returns the program as a package with a function Main: imports and
// declarations hoisted, all else in Main.
func (p *program) goText() string {
	var heads, decls, body strings.Builder
	seen := map[string]bool{}
	for _, b := range p.blocks {
		text := b.Text
		for m := imports.FindStringSubmatch(text); m != nil; m = imports.FindStringSubmatch(text) {
			for line := range strings.Lines(strings.Trim(m[1], "()")) {
				if line = strings.TrimSpace(line); line != "" && !seen[line] {
					seen[line] = true
					heads.WriteString("import " + line + "\n")
				}
			}
			text = text[len(m[0]):]
		}
		for _, d := range declaration.FindAllString(text, -1) {
			decls.WriteString(d)
		}
		body.WriteString(declaration.ReplaceAllString(text, "") + "\n")
	}
	text := heads.String() + decls.String() + "func Main() {\n" + body.String() + "}\n"
	text = strings.ReplaceAll(text, `"http://localhost:8480"`, "sandboxBase()")
	text = regexp.MustCompile(`(?m)^const (\w+) = sandboxBase\(\)`).ReplaceAllString(text, "var $1 = sandboxBase()")
	return "package " + p.goName() + "\nimport sandboxos \"os\"\n" + text +
		"\nfunc sandboxBase() string { return sandboxos.Getenv(\"BASE\") }\n"
}

// goName returns the slug as the name of a package.
func (p *program) goName() string { return strings.ReplaceAll(p.slug, "-", "_") }

// buildGo builds the programs in Go as one, which is told the slug, and returns
// the path of it. The module gets them as an overlay.
func buildGo(t *testing.T, all []*program) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	add := func(name, text string) {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".go")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, "internal", "docs", "examples", name, "main.go")] = file
	}
	var heads, rows strings.Builder
	for _, p := range all {
		if p.language == "go" {
			add(p.goName(), p.goText())
			fmt.Fprintf(&heads, "import %q\n", "sluss.example/sluss/internal/docs/examples/"+p.goName())
			fmt.Fprintf(&rows, "%q: %s.Main,\n", p.slug, p.goName())
		}
	}
	add("all", "package main\nimport \"os\"\n"+heads.String()+"func main() {\nmap[string]func(){\n"+rows.String()+"}[os.Args[1]]()\n}\n")
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(dir, "all")
	cmd := command(t, "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", built, "./internal/docs/examples/all")
	cmd.Dir = root
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("build the programs in Go: %v\n%s", err, out.String())
	}
	return built
}
