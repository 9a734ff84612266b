package portal

import (
	"encoding/json"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/reqlog"
)

// A call is a request in the words of one language.
type call struct{ Language, Text string }

// calls returns the request of an entry as it can be made again. What was
// masked, and the token, stand there as names to fill in.
func calls(base string, e *reqlog.Entry) []call {
	return codeOf(base, &exchange{Method: e.Method, Path: e.Path, Headers: e.Headers}, true)
}

// callsOf returns a request of the console in each language.
func callsOf(base string, e *exchange) []call { return codeOf(base, e, true) }

// codeOf returns a request in each language, with a token unless it is the
// one that gets it.
func codeOf(base string, e *exchange, bearer bool) []call {
	u := base + e.Path
	return []call{
		{"curl", curlOf(u, e, bearer)}, {"Go", goOf(u, e, bearer)}, {"JavaScript", javaScriptOf(u, e, bearer)}, {"Python", pythonOf(u, e, bearer)},
	}
}

func curlOf(u string, e *exchange, bearer bool) string {
	var s strings.Builder
	s.WriteString("curl -X " + e.Method + " " + quote(u))
	if bearer {
		s.WriteString(" \\\n  -H \"Authorization: Bearer $TOKEN\"")
	}
	for _, x := range e.Headers {
		s.WriteString(" \\\n  -H " + quote(x.Name+": "+x.Value))
	}
	if e.Body != "" {
		s.WriteString(" \\\n  --data-raw " + quote(e.Body))
	}
	return s.String()
}

func goOf(u string, e *exchange, bearer bool) string {
	body := "nil"
	if e.Body != "" {
		body = "strings.NewReader(" + goText(e.Body) + ")"
	}
	var s strings.Builder
	s.WriteString("req, err := http.NewRequest(" + strconv.Quote(e.Method) + ", " + strconv.Quote(u) + ", " + body + ")\nif err != nil {\n\tlog.Fatal(err)\n}\n")
	if bearer {
		s.WriteString("req.Header.Set(\"Authorization\", \"Bearer \"+token)\n")
	}
	for _, x := range e.Headers {
		s.WriteString("req.Header.Set(" + strconv.Quote(x.Name) + ", " + strconv.Quote(x.Value) + ")\n")
	}
	s.WriteString("res, err := http.DefaultClient.Do(req)")
	return s.String()
}

// goText writes text as a literal of Go: as it is, where that can be.
func goText(s string) string {
	if strconv.CanBackquote(strings.ReplaceAll(s, "\n", "")) && !strings.Contains(s, "\r") {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

func javaScriptOf(u string, e *exchange, bearer bool) string {
	var s strings.Builder
	s.WriteString("const res = await fetch(" + literal(u) + ", {\n  method: " + literal(e.Method) + ",\n  headers: {\n")
	if bearer {
		s.WriteString("    Authorization: `Bearer ${token}`,\n")
	}
	for _, x := range e.Headers {
		s.WriteString("    " + literal(x.Name) + ": " + literal(x.Value) + ",\n")
	}
	s.WriteString("  },\n")
	if e.Body != "" {
		s.WriteString("  body: " + literal(e.Body) + ",\n")
	}
	s.WriteString("});")
	return s.String()
}

func pythonOf(u string, e *exchange, bearer bool) string {
	var s strings.Builder
	s.WriteString("res = requests.request(" + literal(e.Method) + ", " + literal(u) + ", headers={\n")
	if bearer {
		s.WriteString("    \"Authorization\": f\"Bearer {token}\",\n")
	}
	for _, x := range e.Headers {
		s.WriteString("    " + literal(x.Name) + ": " + literal(x.Value) + ",\n")
	}
	s.WriteString("}")
	if e.Body != "" {
		s.WriteString(", data=" + literal(e.Body) + ".encode()")
	}
	s.WriteString(")")
	return s.String()
}

// literal writes text as JSON, which JavaScript and Python read alike.
func literal(s string) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// quote returns s as one word of a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
