package reference

import (
	"encoding/json"
	"regexp"
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
	return []string{
		"const json = (pm.response.headers.get(\"Content-Type\") || \"\").includes(\"application/json\");",
		"const answer = json && pm.response.code < 300 ? pm.response.json() : {};",
		"const keep = (name, value) => value && pm.collectionVariables.set(name, value);",
		"for (const name of [\"consentId\", \"paymentId\", \"basketId\", \"fxQuoteId\"]) keep(name, answer[name]);",
		"const cancels = pm.request.url.getPath().includes(\"/cancellation-authorisations\");",
		"keep(cancels ? \"cancellationId\" : \"authorisationId\", answer.authorisationId);",
		"keep(\"account-id\", ((answer.accounts || answer.cardAccounts || [])[0] || {}).resourceId);",
		"keep(\"transactionId\", (((answer.transactions || {}).booked || [])[0] || {}).transactionId);",
		"keep(\"cityId\", ((answer.cities || [])[0] || {}).cityId);",
	}
}

// Collection returns the operations as a collection for Postman, version 2.1,
// which Bruno and others read too. Its first request gets a token, which all
// others send, as they send the ids of the answers before them.
func (d *Description) Collection() ([]byte, error) {
	c := collection{
		Info:     info{"sluss", d.Text, collectionSchema},
		Auth:     auth{"bearer", []kv{{Key: "token", Value: "{{token}}", Type: "string"}}},
		Item:     []item{{Name: "Get a token", Description: "Run this first. All other requests send the token.", Item: []item{tokenItem("private"), tokenItem("corporate")}}},
		Event:    []event{{"test", script{"text/javascript", keepIDs()}}},
		Variable: []kv{{Key: "token", Value: ""}},
	}
	for _, f := range d.Families {
		folder := item{Name: f.Name, Description: f.Text}
		for i := range f.Operations {
			folder.Item = append(folder.Item, f.Operations[i].item())
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

// item is the operation as a request of a collection.
func (o *Operation) item() item {
	e := o.Example()
	r := &request{Method: o.Method, Description: o.Text, Header: []kv{}, URL: link{Host: []string{"{{base}}"}}}
	if o.Open {
		r.Auth = &auth{Type: "noauth"}
	}
	for _, h := range e.Headers {
		value := h.Value
		switch h.Name {
		case "X-Request-ID":
			value = "{{$guid}}"
		case "Consent-ID":
			value = "{{consentId}}"
		case "FX-Quote-Id":
			value = "{{fxQuoteId}}"
		}
		r.Header = append(r.Header, kv{Key: h.Name, Value: value, Description: h.Text, Disabled: !h.Needed && h.Name != "PSU-Corporate-ID"}) // in private it is ignored
	}
	for _, v := range e.Variables {
		value := v.Value
		if strings.HasPrefix(value, "{") {
			value = "{{" + v.Name + "}}"
		}
		r.URL.Variable = append(r.URL.Variable, kv{Key: v.Name, Value: value, Description: v.Text})
	}
	for _, q := range e.Query {
		r.URL.Query = append(r.URL.Query, kv{Key: q.Name, Value: q.Value, Description: q.Text, Disabled: !q.Needed})
	}
	path := braces.ReplaceAllString(strings.TrimPrefix(o.Path, "/"), ":$1")
	r.URL.Path, r.URL.Raw = strings.Split(path, "/"), "{{base}}/"+path
	switch {
	case strings.Contains(e.Media, "form"):
		r.Body = &body{Mode: "urlencoded"}
		for _, f := range o.Request.Fields {
			value := formValue(f.Name)
			if f.Name == "token" && strings.HasSuffix(o.Path, "/revocation") {
				value = "the token to end" // not the one that all requests send
			}
			r.Body.URLEncoded = append(r.Body.URLEncoded, kv{Key: f.Name, Value: value, Description: f.Text, Disabled: value == ""})
		}
	case e.Body != "":
		r.Header = append(r.Header, kv{Key: "Content-Type", Value: e.Media})
		r.Body = &body{Mode: "raw", Raw: listedPayment.ReplaceAllString(e.Body, "$1{{paymentId}}\""), Options: map[string]any{"raw": map[string]string{"language": "json"}}}
	}
	return item{Name: o.Summary, Request: r}
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
