// Package arch is a test of the structure: that imports go up the rows, that
// an outside module is used only where it belongs, and that every package says
// what it is.
package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "sluss.example/sluss"

// A pkg is what "go list -json" says of a package.
type pkg struct {
	ImportPath string   `json:"ImportPath"`
	Doc        string   `json:"Doc"`
	Imports    []string `json:"Imports"`
	GoFiles    []string `json:"GoFiles"`
	CgoFiles   []string `json:"CgoFiles"`
}

func TestStructure(t *testing.T) {
	t.Parallel()
	for _, tags := range []string{"", "libcrypto,pkcs11"} {
		for _, fault := range check(list(t, tags), layers, tighter, outside) {
			t.Error(fault)
		}
	}
}

// TestCheck looks that the check finds what it is for.
func TestCheck(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"a"}, {"b", "c"}, {"d"}}
	tests := []struct {
		name    string
		path    string
		doc     string
		imports []string
		want    string // empty if all is well
	}{
		{"up", "b", "Package b.", []string{"fmt", module + "/a"}, ""},
		{"allowed module", "b", "Package b.", []string{"example.com/m/sub"}, ""},
		{"allowed narrow", "d", "Package d.", []string{module + "/b"}, ""},

		{"same row", "b", "Package b.", []string{module + "/c"}, "b imports c, which does not stand above it"},
		{"down", "a", "Package a.", []string{module + "/b"}, "a imports b, which does not stand above it"},
		{"unlisted import", "b", "Package b.", []string{module + "/x"}, "b imports x, which does not stand above it"},
		{"no row", "x", "Package x.", nil, "x stands in no row"},
		{"no doc", "b", "", nil, "b has no package doc"},
		{"narrow", "d", "Package d.", []string{module + "/a"}, "d imports a, which tighter does not list"},
		{"module elsewhere", "c", "Package c.", []string{"example.com/m"}, "c imports example.com/m, which outside does not give to it"},
		{"unlisted module", "b", "Package b.", []string{"example.com/other"}, "b imports example.com/other, which outside does not give to it"},
		{"standard package with a place", "b", "Package b.", []string{"net/http"}, "b imports net/http, which outside does not give to it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := pkg{ImportPath: module + "/" + tt.path, Doc: tt.doc, Imports: tt.imports, GoFiles: []string{"x.go"}}
			faults := check([]pkg{p}, rows, map[string][]string{"d": {"b"}}, map[string][]string{"example.com/m": {"b"}, "net/http": {"d"}})
			if got := strings.Join(faults, "\n"); got != tt.want {
				t.Errorf("check reports %q, want %q", got, tt.want)
			}
		})
	}
}

// check returns what is wrong with pkgs, one sentence each.
func check(pkgs []pkg, rows [][]string, narrow, places map[string][]string) []string {
	var faults []string
	for _, p := range pkgs {
		name := nameOf(p.ImportPath)
		if len(p.GoFiles)+len(p.CgoFiles) == 0 || slices.Contains(outsideRows, name) {
			continue
		}
		if p.Doc == "" {
			faults = append(faults, name+" has no package doc")
		}
		row := rowOf(rows, name)
		if row < 0 {
			faults = append(faults, name+" stands in no row")
			continue
		}
		for _, imported := range p.Imports {
			if fault := checkImport(rows, narrow, places, name, imported); fault != "" {
				faults = append(faults, fault)
			}
		}
	}
	return faults
}

func checkImport(rows [][]string, narrow, places map[string][]string, name, imported string) string {
	ours := nameOf(imported)
	if ours == imported {
		if mayUse(places, name, imported) {
			return ""
		}
		return fmt.Sprintf("%s imports %s, which outside does not give to it", name, imported)
	}
	if above := rowOf(rows, ours); above < 0 || above >= rowOf(rows, name) {
		return fmt.Sprintf("%s imports %s, which does not stand above it", name, ours)
	}
	if only, ok := narrow[name]; ok && !slices.Contains(only, ours) {
		return fmt.Sprintf("%s imports %s, which tighter does not list", name, ours)
	}
	return ""
}

// nameOf returns a package of ours as the tables have it: "." is that of the
// module itself. Any other path is returned as it is.
func nameOf(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// mayUse reports whether the package name may import a path outside of ours.
// Standard packages that places does not list are for everybody.
func mayUse(places map[string][]string, name, imported string) bool {
	for prefix, users := range places {
		if imported == prefix || strings.HasPrefix(imported, prefix+"/") && strings.Contains(prefix, ".") {
			return slices.Contains(users, name)
		}
	}
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func rowOf(rows [][]string, name string) int {
	return slices.IndexFunc(rows, func(row []string) bool { return slices.Contains(row, name) })
}

// rowsTo returns the packages of the rows from 0 to last.
func rowsTo(last int) []string { return slices.Concat(layers[:last+1]...) }

// list returns the packages of the module as they are built with the tags,
// without their tests.
func list(t *testing.T, tags string) []pkg {
	t.Helper()
	look(t)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-tags="+tags, "-json=ImportPath,Doc,Imports,GoFiles,CgoFiles", module+"/...")
	if tags != "" {
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=1")
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return pkgs
		}
		if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		pkgs = append(pkgs, p)
	}
}

// look reads the folders of the module. The go command keeps the result of a
// test until a folder that the test itself has read changes, and knows nothing
// of what "go list" reads for it.
func look(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".git") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
