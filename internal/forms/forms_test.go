package forms_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/forms"
	"sluss.example/sluss/internal/kyc"
)

// TestWholeForm goes through the form from its link to the end.
func TestWholeForm(t *testing.T) {
	t.Parallel()
	b := newOffice(t, kyc.Sandbox{}).visit()
	b.want(200, "The company", odd, "Budget &lt;script&gt;", "24 more hours", `aria-current="step"`)
	b.fill()
	b.want(200, "Check and send", "Exempel AB", "Storgatan 1, 111 22 Stockholm, Sweden", "Holding AB, 556000-0001, Sweden, 60 %",
		"Anna Ek, 1980-05-31, Sweden, 60 % by Holding AB, high public office", "Managing director", "anna@exempel.example", "Send the form")
	b.lacks("Not complete")
	b.post("send", nil)
	b.want(200, "Approved", "2027-11-23", odd)
	b.lacks("Exempel", "Anna", "exempel", "<form")
	b.wantStatus(kyc.Approved)
	st, err := b.kyc.Standing(t.Context(), "app", odd)
	if err != nil || !st.Valid() {
		t.Errorf("the organisation is not valid: %v", err)
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		provider kyc.Provider
		status   kyc.Status
		show     string
	}{
		{"sandbox", kyc.Sandbox{}, kyc.Approved, "may pay through"},
		{"operator", kyc.Manual{}, kyc.Submitted, "Thank you"},
		{"refused", scripted{finding: kyc.Finding{Verdict: kyc.Reject}}, kyc.Rejected, "Not approved"},
		{"provider away", scripted{err: errors.New("away")}, kyc.Submitted, "Thank you"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newOffice(t, tt.provider).visit()
			b.fill()
			b.post("send", nil)
			b.want(200, tt.show)
			b.wantStatus(tt.status)
		})
	}
}

// scripted is a provider that finds what the test says.
type scripted struct {
	finding kyc.Finding
	err     error
}

func (s scripted) Assess(context.Context, *kyc.Submission) (kyc.Finding, error) {
	return s.finding, s.err
}

// TestComeBack: what was saved is there again, for another person with the
// link too.
func TestComeBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t, kyc.Sandbox{})
	link := o.open()
	first := o.browser()
	first.get(link)
	first.post("later", url.Values{"name": {"Exempel AB"}, "street": {" Storgatan 1 "}})
	first.want(200, "Saved", strings.TrimPrefix(link, o.server.URL))
	second := o.browser()
	second.get(link)
	second.want(200, "The company")
	if got := []string{second.value("name"), second.value("street"), second.value("city")}; !slices.Equal(got, []string{"Exempel AB", "Storgatan 1", ""}) {
		t.Errorf("the form has %q", got)
	}
	second.post("continue", company())
	second.want(200, "Owners", "Owner 1")
	first.get(link)
	first.want(200, "<h1>Owners</h1>") // where it stands
	first.step("company")
	if got := first.value("business"); got != "Sells\nexamples." {
		t.Errorf("the text is %q", got)
	}
	second.post("continue", owners())
	first.post("continue", company()) // the earlier page, sent again
	first.step("owners")
	if got := first.value("owners-1-name"); got != "Bo Ek" {
		t.Errorf("the second owner is %q", got)
	}
}

// TestFaultsBesideFields has a fault for every field.
func TestFaultsBesideFields(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("å", n) }
	tests := []struct {
		step   string
		change url.Values
		fields []string
	}{
		{"company", url.Values{"name": nil, "legalForm": nil, "street": nil, "postalCode": nil, "city": nil, "country": nil, "business": nil, "payments": nil}, []string{"name", "legalForm", "street", "postalCode", "city", "country", "business", "payments"}},
		{"company", url.Values{"country": {"XX"}}, []string{"country"}},
		{"company", url.Values{"name": {long(141)}, "business": {long(501)}}, []string{"name", "business"}},
		{"company", url.Values{"name": {"a\x00b"}, "city": {"a\xffb"}}, []string{"name", "city"}},
		{"owners", url.Values{"owners-0-name": nil, "owners-0-number": nil, "owners-0-share": nil, "owners-1-name": nil, "owners-1-number": nil, "owners-1-share": nil}, []string{"owners-0-name"}},
		{"owners", url.Values{"owners-1-number": nil, "owners-1-share": {"140"}}, []string{"owners-1-number", "owners-1-share"}},
		{"owners", url.Values{"owners-0-share": {"NaN"}}, []string{"owners-0-share"}},
		{"owners", url.Values{"owners-0-share": {long(41)}, "owners-0-number": {long(41)}}, []string{"owners-0-number", "owners-0-share"}},
		{"beneficial", url.Values{"beneficial-0-name": nil, "beneficial-0-born": nil, "beneficial-0-control": nil, "beneficial-0-pep": nil}, []string{"beneficial-0-name"}},
		{"beneficial", url.Values{"nobody": {"yes"}}, []string{"nobody"}},
		{"beneficial", url.Values{"beneficial-0-born": {"1980-02-31"}}, []string{"beneficial-0-born"}},
		{"beneficial", url.Values{"beneficial-0-born": {"2027-01-01"}, "beneficial-0-control": {long(141)}}, []string{"beneficial-0-control"}},
		{"signatory", url.Values{"name": nil, "born": nil, "role": nil, "email": nil, "confirmed": nil}, []string{"name", "born", "role", "email", "confirmed"}},
		{"signatory", url.Values{"email": {"Anna <anna@exempel.example>"}}, []string{"email"}},
		{"signatory", url.Values{"born": {"1899-01-01"}}, []string{"born"}},
	}
	good := map[string]url.Values{"company": company(), "owners": owners(), "beneficial": beneficial(), "signatory": signatory()}
	for i, tt := range tests {
		t.Run(fmt.Sprint(tt.step, i), func(t *testing.T) {
			t.Parallel()
			b := newOffice(t, kyc.Sandbox{}).visit()
			b.step(tt.step)
			fields := maps.Clone(good[tt.step])
			for name, values := range tt.change {
				fields[name] = values
			}
			b.post("continue", fields)
			b.want(http.StatusUnprocessableEntity, "Error: ", `role="alert"`)
			var got []string
			for _, m := range regexp.MustCompile(`class="error" id="([^"]+)-error"`).FindAllStringSubmatch(b.page, -1) {
				got = append(got, m[1])
			}
			if !slices.Equal(got, tt.fields) {
				t.Errorf("faults beside %q, want %q", got, tt.fields)
			}
			for _, f := range tt.fields {
				if !regexp.MustCompile(`id="`+f+`"[^>]*aria-invalid="true"[^>]*aria-describedby="[^"]*`+f+`-error"`).MatchString(b.page) || !strings.Contains(b.page, `href="#`+f+`"`) {
					t.Errorf("the field %s is not marked, or the summary does not lead to it:\n%s", f, b.page)
				}
			}
		})
	}
}

// TestTooLongIsNotStored: nor is it lost on the page.
func TestTooLongIsNotStored(t *testing.T) {
	t.Parallel()
	b := newOffice(t, kyc.Sandbox{}).visit()
	fields := company()
	fields.Set("name", strings.Repeat("x", 141))
	b.post("later", fields)
	b.want(http.StatusUnprocessableEntity, "At most 140 characters.")
	if got := b.value("name"); len(got) != 141 {
		t.Errorf("the page has %d characters", len(got))
	}
	b.step("company")
	if got := b.value("name") + b.value("street"); got != "" {
		t.Errorf("%q was stored", got)
	}
	b.post("continue", url.Values{"name": {strings.Repeat("x", 200<<10)}})
	b.want(http.StatusRequestEntityTooLarge)
}

// TestRows adds owners and takes them away.
func TestRows(t *testing.T) {
	t.Parallel()
	b := newOffice(t, kyc.Sandbox{}).visit()
	b.step("owners")
	b.lacks("Owner 2", ">Remove<")
	b.post("add", url.Values{"owners-0-name": {"A"}, "owners-0-country": {"SE"}})
	b.want(200, "Owner 2", ">Remove<")
	b.post("add", url.Values{"owners-0-name": {"A"}, "owners-1-name": {"B"}})
	b.post("add", url.Values{"owners-0-name": {"A"}, "owners-1-name": {"B"}, "owners-2-name": {"C"}})
	b.want(200, "Owner 4")
	b.post("remove-1", url.Values{"owners-0-name": {"A"}, "owners-1-name": {"B"}, "owners-2-name": {"C"}})
	if got := b.value("owners-0-name") + b.value("owners-1-name"); got != "AC" {
		t.Errorf("the owners are %q", got)
	}
	many := url.Values{}
	for i := range 12 {
		many.Set(fmt.Sprintf("owners-%d-name", i), "N")
	}
	b.post("add", many)
	b.want(http.StatusUnprocessableEntity, "At most 10 can be entered.")
	many.Del("owners-10-name")
	many.Del("owners-11-name")
	b.step("owners")
	b.post("add", many)
	b.want(200, "Owner 10")
	b.lacks("Owner 11", "Add another")
	b.get(b.at.String() + "&rows=100000000")
	b.lacks("Owner 11")
	b.step("beneficial")
	b.post("continue", url.Values{"nobody": {"yes"}})
	b.want(200, "<h1>Signatory</h1>")
}

// TestHostileText puts code into every field. checkPage looks that no page has
// it as it is.
func TestHostileText(t *testing.T) {
	t.Parallel()
	b := newOffice(t, kyc.Sandbox{}).visit()
	for _, step := range []struct {
		name   string
		fields url.Values
	}{
		{"company", company()}, {"owners", owners()}, {"beneficial", beneficial()}, {"signatory", signatory()},
	} {
		b.step(step.name)
		for name := range step.fields {
			step.fields.Set(name, hostile)
		}
		b.post("continue", step.fields)
		b.want(http.StatusUnprocessableEntity, "&lt;script&gt;")
		b.step(step.name)
	}
	b.step("review")
	b.want(200, "&lt;script&gt;", "Not complete")
	b.lacks("Send the form")
	for _, q := range []string{"step=" + url.QueryEscape(hostile), "rows=" + url.QueryEscape(hostile)} {
		b.get(b.server.URL + b.at.Path + "?instanceId=" + b.at.Query().Get("instanceId") + "&" + q)
		b.want(200)
	}
	b.get(b.server.URL + kyc.FormPath + "?instanceId=" + url.QueryEscape(hostile))
	b.want(404)
}

// TestIncompleteIsNotSent: a form that is posted past the page without the
// button comes back with what is missing.
func TestIncompleteIsNotSent(t *testing.T) {
	t.Parallel()
	b := newOffice(t, kyc.Sandbox{}).visit()
	b.post("continue", company())
	b.step("review")
	b.want(200, "Something is missing", "See what is missing")
	b.post("send", nil)
	b.want(200, "<h1>Owners</h1>", "Enter at least one owner", `role="alert"`)
	b.wantStatus(kyc.Open)
}

// TestSentTwice: a second click does nothing.
func TestSentTwice(t *testing.T) {
	t.Parallel()
	o := newOffice(t, kyc.Manual{})
	b := o.visit()
	b.fill()
	twin := *b
	b.post("send", nil)
	b.want(200, "Thank you")
	twin.post("send", nil)
	twin.want(200, "Thank you")
	b.wantStatus(kyc.Submitted)
	// Nor is anything stored after it.
	again := o.browser()
	again.get(o.open())
	again.fill()
	stale := *again
	again.post("send", nil)
	stale.page = strings.Replace(stale.page, "step=review", "step=company", 1)
	stale.post("continue", url.Values{"name": {"Other AB"}})
	stale.want(200, "Thank you")
}

// TestForgery: only our own page can send the form.
func TestForgery(t *testing.T) {
	t.Parallel()
	o := newOffice(t, kyc.Sandbox{})
	tests := []struct {
		name string
		send func(b, other *browser)
	}{
		{"no token", func(b, _ *browser) { b.send(b.at.RequestURI()+"&step=company", url.Values{"do": {"approve"}}) }},
		{"token of another form", func(b, other *browser) {
			b.send(b.at.RequestURI()+"&step=company", url.Values{"do": {"approve"}, "token": {tokenOf.FindStringSubmatch(other.page)[1]}})
		}},
		{"token without its cookie", func(b, _ *browser) {
			b.client = o.browser().client
			b.post("approve", nil)
		}},
		{"from another site", func(b, _ *browser) { b.post("approve", nil, "Sec-Fetch-Site", "cross-site") }},
		{"not a form", func(b, _ *browser) { b.post("approve", nil, "Content-Type", "text/plain") }},
		{"broken encoding", func(b, _ *browser) { b.send(b.at.RequestURI()+"&x=%zz;", url.Values{"do": {"approve"}}) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, other := o.visit(), o.visit()
			instance := b.at.Query().Get("instanceId")
			tt.send(b, other)
			b.want(http.StatusBadRequest, "The page was not sent")
			if c, err := o.kyc.Find(t.Context(), instance); err != nil || c.Status != kyc.Open {
				t.Errorf("the form is %s, %v", c.Status, err)
			}
		})
	}
}

// TestGuessing: who has no link gets the same page, whatever is asked for.
func TestGuessing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, kyc.Sandbox{})
	c, err := o.kyc.Open(t.Context(), "app", "SE", odd)
	if err != nil {
		t.Fatal(err)
	}
	var first string
	id := regexp.MustCompile(`<code>[^<]*</code>`)
	for _, instance := range []string{"", "x", "00000000-0000-4000-8000-000000000000", c.ID, odd} {
		b := o.browser()
		b.get(o.server.URL + kyc.FormPath + "?instanceId=" + instance)
		b.want(404, "There is no form here")
		b.lacks(odd, "Budget")
		page := id.ReplaceAllString(b.page, "")
		if first == "" {
			first = page
		}
		if page != first {
			t.Errorf("the page for %q is another one", instance)
		}
	}
	b := o.browser()
	b.get(o.server.URL + "/kyc/form/nothing")
	b.want(404)
}

func TestExpired(t *testing.T) {
	t.Parallel()
	o := newOffice(t, kyc.Sandbox{})
	b := o.visit()
	b.post("later", company())
	o.clock.Advance(kyc.FormLife - time.Minute)
	b.step("company")
	b.want(200, "less than an hour", "Exempel AB")
	o.clock.Advance(time.Minute)
	b.post("continue", company())
	b.want(http.StatusGone, "This form has expired")
	b.get(b.at.String())
	b.want(http.StatusGone)
	b.lacks("Exempel", odd)
}

// TestTesters has the buttons of a sandbox.
func TestTesters(t *testing.T) {
	t.Parallel()
	tests := []struct {
		do, show string
		status   kyc.Status
	}{
		{"approve", "may pay through", kyc.Approved},
		{"reject", "Not approved", kyc.Rejected},
		{"leave", "Left open", kyc.Open},
	}
	for _, tt := range tests {
		t.Run(tt.do, func(t *testing.T) {
			t.Parallel()
			b := newOffice(t, kyc.Sandbox{}).visit()
			b.want(200, "For testers")
			b.post(tt.do, nil)
			b.want(200, tt.show)
			b.wantStatus(tt.status)
		})
	}
}

// TestNoTesters: in an installation there are no such buttons, and what they
// would send does nothing.
func TestNoTesters(t *testing.T) {
	t.Parallel()
	b := newOffice(t, kyc.Manual{}, func(o *forms.Options) { o.Sandbox = false }).visit()
	b.lacks("For testers", "sandbox")
	b.post("approve", company())
	b.wantStatus(kyc.Open)
}

// TestVoid: another form of the organisation was approved.
func TestVoid(t *testing.T) {
	t.Parallel()
	o := newOffice(t, kyc.Sandbox{})
	b, other := o.visit(), o.visit()
	b.post("later", company())
	other.post("approve", nil)
	b.step("company")
	b.want(200, "No longer needed")
	b.lacks("Exempel", "<form")
}

// TestPaths: the link has had several forms.
func TestPaths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path   string
		alone  bool
		status int
	}{
		{"/kyc/form/", false, 200},
		{"/kyc/form", false, 200},
		{"/", false, 404},
		{"/form/", false, 404},
		{"/kyc/form/", true, 200},
		{"/", true, 200},
		{"/form/", true, 200},
		{"/form", true, 200},
	} {
		o := newOffice(t, kyc.Sandbox{}, func(o *forms.Options) { o.Alone = tt.alone })
		link, err := url.Parse(o.open())
		if err != nil {
			t.Fatal(err)
		}
		b := o.browser()
		b.get(o.server.URL + tt.path + "?instanceId=" + strings.ToUpper(link.Query().Get("instanceId")))
		b.want(tt.status)
		if tt.status == 200 {
			b.post("continue", company())
			b.want(200, "<h1>Owners</h1>")
		}
	}
}

// TestCookie: it holds nothing and goes nowhere else.
func TestCookie(t *testing.T) {
	t.Parallel()
	o := newOffice(t, kyc.Sandbox{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	res, err := o.server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	cookies := res.Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || !cookies[0].Secure || cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].Path != "/kyc/form" {
		t.Errorf("the cookies are %v", cookies)
	}
}

// TestAssets: what the page loads is there.
func TestAssets(t *testing.T) {
	t.Parallel()
	b := newOffice(t, kyc.Sandbox{}).visit()
	all := regexp.MustCompile(`<link rel="[a-z]+" href="([^"]+)"`).FindAllStringSubmatch(b.page, -1)
	if len(all) != 3 {
		t.Fatalf("the page loads %v", all)
	}
	for _, m := range all {
		res, err := b.client.Get(b.server.URL + m[1])
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != 200 || !strings.HasPrefix(m[1], "/kyc/form/assets/") {
			t.Errorf("%s is %s", m[1], res.Status)
		}
	}
}
