package docs_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	site "sluss.example/sluss/internal/docs"
)

var update = flag.Bool("update", false, "write the golden files")

// TestReferenceGolden: a page of the reference, to the byte.
func TestReferenceGolden(t *testing.T) {
	t.Parallel()
	html := body(t, get("/docs/api/directory"))
	got := html[strings.Index(html, "<main"):strings.Index(html, "</main>")]
	const name = "testdata/directory.golden"
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || got != string(want) {
		t.Errorf("the page is not that of %s (%v); run the test with -update and look at the difference", name, err)
	}
}

// TestReferenceWhole: every operation of the description is on a page, with an
// anchor, a command, its errors and, if it has one, its body.
func TestReferenceWhole(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(body(t, get("/docs/openapi.json"))))
	if err != nil {
		t.Fatalf("openapi.json cannot be loaded: %v", err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Errorf("openapi.json is not valid: %v", err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			slug := strings.ReplaceAll(strings.ToLower(op.Tags[0]), " ", "-")
			html := body(t, get("/docs/api/"+slug))
			_, part, ok := strings.Cut(html, `<h2 id="`+op.OperationID+`">`)
			part, _, _ = strings.Cut(part, "</section>")
			if !ok || !strings.Contains(part, "<code>"+path+"</code>") || !strings.Contains(part, "curl") {
				t.Errorf("%s %s is not on /docs/api/%s", method, path, slug)
			}
			_, needs, _ := strings.Cut(part, `class="needs">`)
			needs, _, _ = strings.Cut(needs, "</p>")
			for _, word := range scopesOf(doc, op) {
				if !strings.Contains(needs, word) {
					t.Errorf("%s %s does not say that it needs the scope %s", method, path, word)
				}
			}
			for status := range op.Responses.Map() {
				if !strings.Contains(part, ">"+status+"<") && !strings.Contains(part, ">"+status+" <") {
					t.Errorf("%s %s lacks its answer %s", method, path, status)
				}
			}
			for _, p := range op.Parameters {
				if p.Value.In == "header" && !strings.Contains(html, ">"+p.Value.Name) {
					t.Errorf("%s %s lacks its header %s", method, path, p.Value.Name)
				}
			}
		}
	}
}

// scopesOf returns the words of the scopes that an operation needs: its own, or
// those of its family; none if it takes no token.
func scopesOf(doc *openapi3.T, op *openapi3.Operation) []string {
	if op.Security != nil {
		return nil
	}
	scope, _ := op.Extensions["x-scope"].(string)
	if scope == "" {
		scope, _ = doc.Tags.Get(op.Tags[0]).Extensions["x-scope"].(string)
	}
	return strings.Fields(scope)
}

func TestCollection(t *testing.T) {
	t.Parallel()
	var c struct {
		Info struct{ Schema string }
		Item []struct {
			Name string
			Item []struct {
				Name    string
				Request struct {
					Method string
					URL    struct {
						Raw      string
						Variable []struct{ Key string }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(body(t, get("/docs/postman.json"))), &c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.Info.Schema, "v2.1.0") || c.Item[0].Name != "Get a token" {
		t.Errorf("the collection begins with %+v", c.Info)
	}
	n := 0
	for _, folder := range c.Item {
		for _, i := range folder.Item {
			n++
			if i.Request.Method == "" || !strings.HasPrefix(i.Request.URL.Raw, "{{base}}/") || strings.Count(i.Request.URL.Raw, "/:") > len(i.Request.URL.Variable) {
				t.Errorf("%s / %s: %+v", folder.Name, i.Name, i.Request)
			}
		}
	}
	all := body(t, get("/docs/postman.json"))
	for _, want := range []string{`"key":"consentId","value":"{{consentId}}"`, `"key":"Consent-ID","value":"{{consentId}}"`, `"key":"token","value":"{{spare}}"`, `"listen":"test"`} {
		if !strings.Contains(strings.NewReplacer("\n", "", ": ", ":", "  ", "").Replace(all), want) {
			t.Errorf("the collection lacks %s", want)
		}
	}
	if n < 50 {
		t.Errorf("only %d requests", n)
	}
	if env := body(t, get("/docs/postman-environment.json")); !json.Valid([]byte(env)) || !strings.Contains(env, "http://localhost:8480") {
		t.Errorf("environment %s", env)
	}
}

// TestInstallation: an installation tells of no secret, and of its own address.
func TestInstallation(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	site.New(site.Options{Base: "https://auth.bank.example", API: "https://api.bank.example"}).Register(mux)
	for path, want := range map[string]string{
		"/docs/openapi.yaml": `{url: "https://api.bank.example"}`, "/docs/api/payments": "curl &#39;https://api.bank.example",
		"/docs/try": "Put an access token", "/llms.txt": "https://auth.bank.example/docs/sandbox.md",
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if !strings.Contains(w.Body.String(), want) && !strings.Contains(w.Body.String(), strings.Replace(want, "curl ", `curl <span class="s">`, 1)) {
			t.Errorf("%s lacks %s", path, want)
		}
	}
}

func TestSearchPage(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"?q=initiatePayment":         `href="/docs/api/payments#initiatePayment"`,
		"?q=%3Cscript%3Ealert(1)":    "Results for “&lt;script&gt;alert(1)”",
		"?q=kyc":                     "<mark>KYC</mark>",
		"":                           "Type what you look for",
		"?q=%22%3E%3Cimg%20src=x%3E": `value="&#34;&gt;&lt;img src=x&gt;"`,
	} {
		res := get("/docs/search" + query)
		if csp := res.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || csp == "" {
			t.Errorf("policy %q", csp)
		}
		if html := body(t, res); !strings.Contains(html, want) || strings.Contains(html, "<script>alert") {
			t.Errorf("the search for %s lacks %s", query, want)
		}
	}
}
