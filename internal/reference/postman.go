package reference

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// A kv is a header, a parameter, or a variable of a collection.
type kv struct {
	Key         string `json:"key"`
	Value       string `json:"value"`
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"`
	Disabled    bool   `json:"disabled,omitempty"`
}

// The shapes of a collection, version 2.1.
type (
	collection struct {
		Info     info    `json:"info"`
		Auth     auth    `json:"auth"`
		Event    []event `json:"event"`
		Item     []item  `json:"item"`
		Variable []kv    `json:"variable"`
	}
	info struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Schema      string `json:"schema"`
	}
	auth struct {
		Type   string `json:"type"`
		Bearer []kv   `json:"bearer,omitempty"`
	}
	item struct {
		Name        string   `json:"name"`
		Description string   `json:"description,omitempty"`
		Item        []item   `json:"item,omitempty"`
		Event       []event  `json:"event,omitempty"`
		Request     *request `json:"request,omitempty"`
		Behaviour   *profile `json:"protocolProfileBehavior,omitempty"`
	}
	profile struct {
		FollowRedirects bool `json:"followRedirects"`
	}
	event struct {
		Listen string `json:"listen"`
		Script script `json:"script"`
	}
	script struct {
		Type string   `json:"type"`
		Exec []string `json:"exec"`
	}
	request struct {
		Method      string `json:"method"`
		Auth        *auth  `json:"auth,omitempty"`
		Header      []kv   `json:"header"`
		Body        *body  `json:"body,omitempty"`
		URL         link   `json:"url"`
		Description string `json:"description,omitempty"`
	}
	body struct {
		Mode       string         `json:"mode"`
		Raw        string         `json:"raw,omitempty"`
		URLEncoded []kv           `json:"urlencoded,omitempty"`
		Options    map[string]any `json:"options,omitempty"`
	}
	link struct {
		Raw      string   `json:"raw"`
		Host     []string `json:"host"`
		Path     []string `json:"path"`
		Query    []kv     `json:"query,omitempty"`
		Variable []kv     `json:"variable,omitempty"`
	}
)

// collectionSchema names the version of collections.
const collectionSchema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

// keepIDs is run after every request: it keeps the ids of an answer in the
// variables by which the next requests have them.
func keepIDs() []string {
	return append(answerScript(),
		"for (const name of [\"consentId\", \"paymentId\", \"basketId\", \"fxQuoteId\"]) keep(name, answer[name]);",
		"const cancels = pm.request.url.getPath().includes(\"/cancellation-authorisations\");",
		"keep(cancels ? \"cancellationId\" : \"authorisationId\", answer.authorisationId);",
		"keep(\"account-id\", ((answer.accounts || answer.cardAccounts || [])[0] || {}).resourceId);",
		"keep(\"transactionId\", (((answer.transactions || {}).booked || [])[0] || {}).transactionId);",
		"keep(\"cityId\", ((answer.cities || [])[0] || {}).cityId);",
	)
}

// Collection returns the operations as a collection for Postman, version 2.1,
// which Bruno and others read too. Its first request gets a token, which all
// others send, as they send the ids of the answers before them. Against a
// sandbox it can be run from its beginning to its end, and each request checks
// its answer.
func (d *Description) Collection() ([]byte, error) {
	c := collection{
		Info:     info{"sluss", d.Text, collectionSchema},
		Auth:     auth{"bearer", []kv{{Key: "token", Value: "{{token}}", Type: "string"}}},
		Item:     []item{{Name: "Get a token", Description: "Run this first. All other requests send the token.", Item: []item{tokenItem("private"), tokenItem("corporate")}}},
		Event:    []event{{"test", script{"text/javascript", block(keepIDs())}}},
		Variable: []kv{{Key: "token", Value: ""}},
	}
	operations := map[string]*Operation{}
	for _, f := range d.Families {
		for i := range f.Operations {
			operations[f.Operations[i].ID] = &f.Operations[i]
		}
	}
	for i, f := range d.folders() {
		folder := item{Name: f.family, Description: d.Families[i].Text}
		for _, s := range f.steps {
			if o := operations[s.id]; o != nil {
				folder.Item = append(folder.Item, o.item(&s))
			}
		}
		c.Item = append(c.Item, folder)
	}
	return json.MarshalIndent(c, "", "  ")
}

// tokenItem is the request that gets a token for a PSU context.
func tokenItem(context string) item {
	return item{
		Name: "Token, " + context,
		Event: []event{{"test", script{"text/javascript", []string{
			"pm.test(\"a token\", () => pm.response.to.have.status(200));",
			"pm.collectionVariables.set(\"token\", pm.response.json().access_token);",
			"pm.collectionVariables.set(\"later\", new Date(Date.now() + 14 * 24 * 3600 * 1000).toISOString().slice(0, 10));",
		}}}},
		Request: &request{
			Method: "POST", Auth: &auth{Type: "noauth"}, Header: []kv{},
			URL: link{Raw: "{{base}}/connect/token", Host: []string{"{{base}}"}, Path: []string{"connect", "token"}},
			Body: &body{Mode: "urlencoded", URLEncoded: []kv{
				{Key: "grant_type", Value: "client_credentials"},
				{Key: "client_id", Value: "{{clientId}}"},
				{Key: "client_secret", Value: "{{clientSecret}}"},
				{Key: "scope", Value: "aspspinformation accountinformation paymentinitiation " + context},
			}},
		},
	}
}

// braces matches a variable of a path.
var braces = regexp.MustCompile(`\{([^}]+)\}`)

// listedPayment matches the first payment of a basket.
var listedPayment = regexp.MustCompile(`("paymentIds": \[\s*")[^"]*"`)

// item is the operation as a request of a collection, at a step.
func (o *Operation) item(s *step) item {
	e := o.Example()
	r := &request{Method: o.Method, Description: o.Text, Header: []kv{}, URL: link{Host: []string{"{{base}}"}}}
	if o.Open {
		r.Auth = &auth{Type: "noauth"}
	}
	for _, h := range e.Headers {
		r.Header = append(r.Header, s.kv(&h, headerValue(&h), h.Needed || h.Name == "PSU-Corporate-ID")) // in private it is ignored
	}
	for _, v := range e.Variables {
		value := v.Value
		if strings.HasPrefix(value, "{") {
			value = "{{" + v.Name + "}}"
		}
		r.URL.Variable = append(r.URL.Variable, s.kv(&v, value, true))
	}
	for _, q := range e.Query {
		r.URL.Query = append(r.URL.Query, s.kv(&q, q.Value, q.Needed))
	}
	path := braces.ReplaceAllString(strings.TrimPrefix(o.Path, "/"), ":$1")
	r.URL.Path, r.URL.Raw = strings.Split(path, "/"), "{{base}}/"+path+queryOf(r.URL.Query)
	switch {
	case strings.Contains(e.Media, "form"):
		r.Body = &body{Mode: "urlencoded"}
		for _, f := range o.Request.Fields {
			h := Header{Name: f.Name, Text: f.Text}
			r.Body.URLEncoded = append(r.Body.URLEncoded, s.kv(&h, formValue(f.Name), formValue(f.Name) != ""))
		}
	case e.Body != "":
		text := listedPayment.ReplaceAllString(e.Body, "$1{{paymentId}}\"")
		if s.body != "" {
			text = s.body
		}
		r.Header = append(r.Header, kv{Key: "Content-Type", Value: e.Media})
		r.Body = &body{Mode: "raw", Raw: text, Options: map[string]any{"raw": map[string]string{"language": "json"}}}
	}
	if s.note != "" {
		r.Description = strings.TrimSpace(r.Description + "\n\n" + s.note)
	}
	name := s.name
	if name == "" {
		name = o.Summary
	}
	out := item{Name: name, Request: r, Event: []event{{"test", script{"text/javascript", block(s.tests(o))}}}}
	if s.browser {
		out.Behaviour = &profile{}
	}
	return out
}

// block returns a script whose names are its own: some programs put several
// into one.
func block(lines []string) []string { return append(append([]string{"{"}, lines...), "}") }

// kv returns a header or parameter with the value, unless the step has another.
func (s *step) kv(h *Header, value string, sent bool) kv {
	if own, is := s.set[h.Name]; is {
		value, sent = own, true
	}
	return kv{Key: h.Name, Value: value, Description: h.Text, Disabled: !sent}
}

// headerValue returns what a header has.
func headerValue(h *Header) string {
	switch h.Name {
	case "X-Request-ID":
		return "{{$guid}}"
	case "Consent-ID":
		return "{{consentId}}"
	case "FX-Quote-Id":
		return "{{fxQuoteId}}"
	}
	return h.Value
}

// queryOf returns the parameters that are sent as they stand in a URL.
func queryOf(all []kv) string {
	text := ""
	for _, q := range all {
		if q.Disabled {
			continue
		}
		sep := "&"
		if text == "" {
			sep = "?"
		}
		text += sep + q.Key + "=" + q.Value
	}
	return text
}

// tests returns the script that checks the answer of a step: a good status that
// is described, and, where the step waits for something, that it comes.
func (s *step) tests(o *Operation) []string {
	good := make([]string, 0, len(o.Answers))
	for _, a := range o.Answers {
		good = append(good, a.Status)
	}
	for _, code := range s.also {
		good = append(good, strconv.Itoa(code))
	}
	lines := []string{"pm.test(\"a good answer\", () => pm.expect(pm.response.code).to.be.oneOf([" + strings.Join(good, ", ") + "]));"}
	if s.wait != "" {
		lines = append(lines,
			"const state = pm.response.code < 300 ? pm.response.json()."+s.wait+" : \"\";",
			"const round = Number(pm.collectionVariables.get(\"round\") || 0) + 1;",
			"const again = state !== \""+s.value+"\" && pm.response.code < 300 && round < 90;",
			"pm.collectionVariables.set(\"round\", again ? round : 0);",
			"if (again) { // in half a second",
			"  pm.execution.setNextRequest(pm.info.requestName);",
			"  setTimeout(() => {}, 500);",
			"} else {",
			"  pm.test(\""+s.wait+" "+s.value+"\", () => pm.expect(state).to.eql(\""+s.value+"\"));",
			"}")
	}
	if s.scripts != nil {
		lines = append(append(lines, answerScript()...), s.scripts...)
	}
	return lines
}

// answerScript has the answer, and what keeps something of it.
func answerScript() []string {
	return []string{
		"const json = (pm.response.headers.get(\"Content-Type\") || \"\").includes(\"application/json\");",
		"const answer = json && pm.response.code < 300 ? pm.response.json() : {};",
		"const keep = (name, value) => value && pm.collectionVariables.set(name, value);",
	}
}

// formValue returns what a field of a form has, empty if it is left out.
func formValue(name string) string {
	return map[string]string{
		"grant_type": "client_credentials", "client_id": "{{clientId}}", "client_secret": "{{clientSecret}}",
		"scope": "accountinformation private", "token": "{{token}}",
	}[name]
}

// Environment returns the environment of the collection, for a server at base
// and an app.
func Environment(base, clientID, secret string) ([]byte, error) {
	return json.MarshalIndent(map[string]any{
		"name": "sluss at " + base, "_postman_variable_scope": "environment",
		"values": []map[string]any{
			{"key": "base", "value": base, "enabled": true},
			{"key": "clientId", "value": clientID, "enabled": true},
			{"key": "clientSecret", "value": secret, "type": "secret", "enabled": true},
		},
	}, "", "  ")
}
