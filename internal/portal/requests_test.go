package portal_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/usage"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	path := b.newApp("Ledger")
	id := strings.TrimPrefix(path, "/portal/apps/")
	b.get(path+"/requests").expect(200, path+"/requests", "No request yet")
	var all []reqlog.Entry
	for i := range 60 {
		all = append(all, reqlog.Entry{
			ClientID: id, At: noon.Add(time.Duration(i) * time.Second), Method: "GET", Route: "GET /x", Path: fmt.Sprintf("/x/%d?<b>", i),
			BICFI: "ESSESESS", Status: 200, RequestID: "r", Took: 1500 * time.Microsecond,
		})
	}
	all[10].Status, all[10].Code, all[10].Reason, all[10].Field, all[10].Detail = 400, "FORMAT_ERROR", "format_invalid", "validUntil", "must be <later>"
	all[10].Headers = reqlog.Headers(func(name string) string {
		return map[string]string{"PSU-ID": "199002092386", "X-BicFi": "ESSESESS", "Consent-ID": "it's"}[name]
	})
	if err := r.db.InsertRequests(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	b.get(path+"/requests").expect(200, path+"/requests", "/x/59?&lt;b&gt;", "1.5 ms", "Older", "live.")
	if strings.Contains(b.body, "/x/9?") {
		t.Error("more than a page")
	}
	b.get(strings.ReplaceAll(regexp.MustCompile(`/portal/apps/[^"]+before=[0-9]+`).FindString(b.body), "&amp;", "&"))
	if !strings.Contains(b.body, "/x/9?") || strings.Contains(b.body, "/x/10?") && strings.Contains(b.body, "Older") {
		t.Errorf("the second page: %s", b.body)
	}
	b.get(path+"/requests?status=4&bank=essesess").expect(200, path+"/requests?status=4&bank=essesess", "/x/10?", "FORMAT_ERROR", "Show all")
	if strings.Contains(b.body, "/x/11?") {
		t.Error("the filter lets others through")
	}
	one := regexp.MustCompile(path + `/requests/[0-9]+`).FindString(b.body)
	b.get(one).expect(200, one, "FORMAT_ERROR", "must be &lt;later&gt;", "validUntil", "What to do", "1990********", "curl -X GET", `it&#39;\&#39;&#39;s`)
	if strings.Contains(b.body, "199002092386") {
		t.Error("the page shows a PSU-ID")
	}
	b.get(path+"/requests/rows?status=4&after=0").expect(200, path+"/requests/rows?status=4&after=0", "<tr data-id=", "FORMAT_ERROR")
	b.get(path+"/requests/1").expect(404, path+"/requests/1")
	b.get(path+"/requests/x").expect(404, path+"/requests/x")

	other := b.get("/portal/apps/new").newApp("Other")
	b.get(strings.Replace(one, path, other, 1)).expect(404, strings.Replace(one, path, other, 1))
}

func TestTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	path := b.newApp("Ledger")
	counts := []usage.Count{
		{Key: usage.Key{ClientID: strings.TrimPrefix(path, "/portal/apps/"), Context: scope.Private}, Minute: noon.Unix() / 60, N: 3},
		{Key: usage.Key{ClientID: strings.TrimPrefix(path, "/portal/apps/"), Context: scope.Corporate}, Minute: noon.Add(-time.Hour).Unix() / 60, N: 1},
	}
	if _, err := r.db.AddUsage(t.Context(), counts, 0); err != nil {
		t.Fatal(err)
	}
	b.get(path+"/tokens").expect(200, path+"/tokens", "3 tokens in 24 hours", "1 token in 24 hours", `class="bar over"`, "11-23 12:00")
}
