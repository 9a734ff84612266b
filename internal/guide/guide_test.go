package guide_test

import (
	"errors"
	"html/template"
	"strings"
	"testing"

	"sluss.example/sluss/internal/guide"
)

// renderer knows the page other.md and the diagram life.
func renderer() *guide.Renderer {
	return &guide.Renderer{
		Link: func(dest string) (string, error) {
			if dest == "other.md" {
				return "/docs/other", nil
			}
			return "", errors.New("the link to " + dest + " leads to no page")
		},
		Picture: func(name string) (template.HTML, error) {
			if name == "life" {
				return "<svg></svg>", nil
			}
			return "", errors.New("no diagram " + name)
		},
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, markdown string
		want           string // within the HTML
		wantErr        string // empty if the guide is good
	}{
		{"lead", "# A\n\nSome *text*.", "<p>Some <em>text</em>.</p>", ""},
		{"heading", "# A\n\n## B & C", `<h2 id="b--c">B &amp; C <a class="anchor" href="#b--c"`, ""},
		{"link", "# A\n\n[x](other.md)", `<a href="/docs/other">x</a>`, ""},
		{"table", "# A\n\n| a | b |\n|---|--:|\n| 1 | 2 |", `<td align="right">2</td>`, ""},
		{"code", "# A\n\n```json\n{\"a\": 1}\n```", `<span class="nt">&#34;a&#34;</span>`, ""},
		{"escaped code", "# A\n\n```text\n<b>\n```", "&lt;b&gt;", ""},
		{"group", "# A\n\n```sh\na\n```\n\n```go\nb\n```", `<details name="codes-1" data-language="go"><summary>Go</summary>`, ""},
		{"no group of one language", "# A\n\n```sh\na\n```\n\n```sh\nb\n```", "</div>\n<div class=\"copy\"", ""},
		{"diagram", "# A\n\n<!-- diagram: life -->", `<div class="picture" tabindex="0"><svg></svg></div>`, ""},
		{"comment", "# A\n\n<!-- a note -->\n\nText", "<p>Text</p>", ""},

		{"no title", "Text", "", "line 1: a guide begins with its title"},
		{"two titles", "# A\n\n# B", "", "line 3: a guide has one title"},
		{"dead link", "# A\n\nx\n[x](none.md)", "", "line 3: the link to none.md leads to no page"},
		{"raw HTML", "# A\n\n<b onclick=x>", "", "raw HTML: <b onclick=x>"},
		{"raw HTML in a line", "# A\n\nsome <i>text</i>", "", "raw HTML: <i>"},
		{"more than a comment", "# A\n\n<!-- x --><script>y</script> -->", "", "raw HTML: <!-- x --><script>y</script> -->"},
		{"picture", "# A\n\n![x](y.png)", "", "line 3: pictures are drawn"},
		{"no language", "# A\n\n```\nx\n```", "", "line 4: a block of code without a language"},
		{"no diagram", "# A\n\n<!-- diagram: none -->", "", "no diagram none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := renderer().Render(tt.markdown)
			if (err != nil) != (tt.wantErr != "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Fatalf("Render reports %v, want %q", err, tt.wantErr)
			}
			if err == nil && !strings.Contains(string(p.HTML), tt.want) {
				t.Errorf("Render = %s, want %s in it", p.HTML, tt.want)
			}
		})
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	p, err := renderer().Render("# The `title`\n\nThe lead\nof it.\n\n## One\n\nText `code`.\n\n```sh norun \"a reason\"\nls\n```\n")
	if err != nil {
		t.Fatal(err)
	}
	if p.Title != "The title" || p.Lead != "The lead of it." || len(p.Headings) != 1 || p.Headings[0].ID != "one" {
		t.Errorf("title %q, lead %q, headings %v", p.Title, p.Lead, p.Headings)
	}
	if len(p.Parts) != 2 || p.Parts[0].Body != "The lead of it." || p.Parts[1].Body != "Text code . ls" {
		t.Errorf("parts %+v", p.Parts)
	}
	if b := p.Blocks[0]; b.Language != "sh" || b.Words[0] != "norun" || b.Text != "ls\n" || b.Line != 11 {
		t.Errorf("block %+v", b)
	}
}

// TestCSS: the style sheet knows light and dark, and colours alone.
func TestCSS(t *testing.T) {
	t.Parallel()
	css, err := guide.CSS()
	if err != nil {
		t.Fatal(err)
	}
	if s := string(css); !strings.Contains(s, "prefers-color-scheme: dark") || strings.Count(s, "{") != strings.Count(s, "}") || strings.Contains(s, "background") {
		t.Errorf("style sheet:\n%s", s)
	}
}

// FuzzHighlight: code in colours is the code.
func FuzzHighlight(f *testing.F) {
	f.Add("sh", "curl -s \"$A\" # x")
	f.Add("go", "func f() string { return `x` }")
	f.Add("json", `{"a": [1, null, "<b>"]}`)
	f.Add("http", "GET / HTTP/1.1\nHost: x")
	r := renderer()
	f.Fuzz(func(t *testing.T, language, code string) {
		got := string(r.Code(language, code))
		if strings.Contains(strings.NewReplacer("<span class=\"", "", "</span>", "").Replace(got), "<") {
			t.Fatalf("%q in %s: %s", code, language, got)
		}
	})
}
