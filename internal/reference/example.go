package reference

import (
	"strings"
)

// known are values that work in a sandbox.
var known = map[string]string{
	"X-Request-ID": "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11", "X-BicFi": "ESSESESS", "PSU-ID": "199002092386", "PSU-IP-Address": "192.0.2.1",
	"PSU-Corporate-ID": "5560160680", "bicFi": "ESSESESS", "isoCountryCode": "SE", "countryCode": "SE", "bookingStatus": "booked", "product": "swedish-giro",
	"PSU-User-Agent": "Mozilla/5.0", "TPP-Redirect-Preferred": "false",
}

// A Header of an example.
type Header struct {
	Name, Value string
	Needed      bool
	Text        string // Markdown
}

// An Example is a request that can be sent as it is, but for what stands in
// braces.
type Example struct {
	Method, Path string // Path is that of the operation
	Variables    []Header
	Query        []Header
	Headers      []Header
	Media        string
	Body         string // empty without one
}

// Example returns a request of the operation.
func (o *Operation) Example() Example {
	e := Example{Method: o.Method, Path: o.Path}
	for _, p := range o.all {
		h := Header{p.Name, known[p.Name], p.Required || p.Name == "PSU-ID" || p.Name == "PSU-IP-Address", p.Text}
		switch p.In {
		case "header":
			e.Headers = append(e.Headers, h)
		case "query":
			e.Query = append(e.Query, h)
		case "path":
			if h.Value == "" {
				h.Value = "{" + p.Name + "}"
			}
			e.Variables = append(e.Variables, h)
		}
	}
	if o.Request != nil {
		e.Media, e.Body = o.Request.Media, o.Request.Example
		if e.Body == "" && strings.Contains(e.Media, "json") {
			e.Body = "{}"
		}
		if strings.Contains(e.Media, "form") {
			e.Body = formOf(o)
		}
	}
	return e
}

// formOf returns a form for the operation: that of the sandbox's app.
func formOf(o *Operation) string {
	for _, f := range o.Request.Fields {
		if f.Name == "token" {
			return "token={token}"
		}
	}
	return "grant_type=client_credentials&scope=accountinformation private"
}

// URL returns the path with the query that the call needs.
func (e *Example) URL() string {
	path := e.Path
	for _, v := range e.Variables {
		path = strings.ReplaceAll(path, "{"+v.Name+"}", v.Value)
	}
	sep := "?"
	for _, q := range e.Query {
		if q.Needed {
			value := q.Value
			if value == "" {
				value = "{" + q.Name + "}"
			}
			path += sep + q.Name + "=" + value
			sep = "&"
		}
	}
	return path
}

// Curl returns a command that sends a request of the operation to base. Client
// id, secret and token are shell variables.
func (o *Operation) Curl(base string) string {
	e := o.Example()
	var b strings.Builder
	b.WriteString("curl")
	if e.Method != "GET" && (e.Method != "POST" || e.Body == "") {
		b.WriteString(" -X " + e.Method)
	}
	b.WriteString(" '" + base + e.URL() + "'")
	if !o.Open {
		b.WriteString(" \\\n  -H \"Authorization: Bearer $TOKEN\"")
	}
	for _, h := range e.Headers {
		if h.Needed && h.Value != "" && !o.Open {
			b.WriteString(" \\\n  -H '" + h.Name + ": " + h.Value + "'")
		} else if h.Needed && h.Value == "" {
			b.WriteString(" \\\n  -H \"" + h.Name + ": $" + shellName(h.Name) + "\"")
		}
	}
	switch {
	case strings.Contains(e.Media, "form"):
		b.WriteString(" \\\n  -u \"$CLIENT_ID:$CLIENT_SECRET\"")
		for pair := range strings.SplitSeq(e.Body, "&") {
			b.WriteString(" -d '" + pair + "'")
		}
	case e.Body != "":
		b.WriteString(" \\\n  -H 'Content-Type: " + e.Media + "' \\\n  -d '" + strings.ReplaceAll(e.Body, "'", `'\''`) + "'")
	}
	return b.String()
}

// shellName returns the name of a shell variable for a header.
func shellName(header string) string {
	return strings.ToUpper(strings.ReplaceAll(header, "-", "_"))
}
