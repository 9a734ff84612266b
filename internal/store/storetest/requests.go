package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/reqlog"
)

func testRequests(t *testing.T, s Store) {
	ctx := t.Context()
	entry := func(client string, minute, status int, code string) reqlog.Entry {
		return reqlog.Entry{
			ClientID: client, At: at(minute), Method: "GET", Route: "GET /x", Path: fmt.Sprintf("/x/%d", minute), BICFI: "ESSESESS",
			Status: status, Code: code, Reason: "r", Field: "f", Detail: "d\u00e5", RequestID: "id", Took: 1500 * time.Microsecond,
			Headers: []reqlog.Header{{Name: "X-BicFi", Value: "ESSESESS"}},
		}
	}
	all := []reqlog.Entry{entry("a", 1, 200, ""), entry("a", 2, 400, "FORMAT_ERROR"), entry("b", 3, 200, ""), entry("a", 4, 503, "SERVICE_UNAVAILABLE")}
	if err := s.InsertRequests(ctx, all); err != nil {
		t.Fatal(err)
	}
	list := func(f reqlog.Filter) []reqlog.Entry {
		t.Helper()
		f.Limit = 10
		got, err := s.Requests(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := list(reqlog.Filter{ClientID: "a"})
	want := []reqlog.Entry{all[3], all[1], all[0]}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(reqlog.Entry{}, "ID")); diff != "" {
		t.Fatalf("Requests (-want +got)\n%s", diff)
	}
	for name, tt := range map[string]struct {
		f    reqlog.Filter
		want int
	}{
		"older":        {reqlog.Filter{ClientID: "a", Before: got[1].ID}, 1},
		"newer":        {reqlog.Filter{ClientID: "a", After: got[1].ID}, 1},
		"failed":       {reqlog.Filter{ClientID: "a", Class: 4}, 1},
		"good":         {reqlog.Filter{ClientID: "a", Class: 2}, 1},
		"code":         {reqlog.Filter{ClientID: "a", Code: "SERVICE_UNAVAILABLE"}, 1},
		"bank":         {reqlog.Filter{ClientID: "a", BICFI: "ESSESESS"}, 3},
		"method":       {reqlog.Filter{ClientID: "a", Method: "POST"}, 0},
		"another's":    {reqlog.Filter{ClientID: "b"}, 1},
		"nobody's":     {reqlog.Filter{ClientID: "c"}, 0},
		"all together": {reqlog.Filter{ClientID: "a", Class: 4, Code: "FORMAT_ERROR", BICFI: "ESSESESS", Method: "GET", Before: got[0].ID, After: got[2].ID}, 1},
	} {
		if n := len(list(tt.f)); n != tt.want {
			t.Errorf("%s: %d entries, want %d", name, n, tt.want)
		}
	}
	if _, err := s.Request(ctx, "b", got[0].ID); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("another app's request: %v", err)
	}
	if e, err := s.Request(ctx, "a", got[0].ID); err != nil || e.Path != "/x/4" {
		t.Errorf("Request = %+v, %v", e, err)
	}
	if n, err := s.DeleteRequests(ctx, at(4), 2); err != nil || n != 2 {
		t.Errorf("DeleteRequests = %d, %v, want 2 at a time", n, err)
	}
	if n, err := s.DeleteRequests(ctx, at(4), 2); err != nil || n != 1 {
		t.Errorf("DeleteRequests = %d, %v, want the last one of before", n, err)
	}
}
