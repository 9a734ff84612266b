package portal_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/portal"
)

// operator is a person who is an operator of the platform.
func (r *rig) operator(email string) *browser {
	r.t.Helper()
	b := r.person(email)
	u := r.user(email)
	if _, err := r.people.SetOperator(r.t.Context(), u.ID, true, "console"); err != nil {
		r.t.Fatal(err)
	}
	return b
}

// user returns the user with an address.
func (r *rig) user(email string) developer.User {
	r.t.Helper()
	u, err := r.people.Store.UserByEmail(r.t.Context(), email)
	if err != nil {
		r.t.Fatal(err)
	}
	return u
}

// recorded checks that the operator's action is on record.
func (r *rig) recorded(subject, kind string, by *developer.User) {
	r.t.Helper()
	rows, err := r.db.Trail(r.t.Context(), subject)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range rows {
		if e.Type == kind && e.Detail == "by "+by.ID {
			return
		}
	}
	r.t.Errorf("no %s by the operator is on record for %s: %+v", kind, subject, rows)
}

var braces = regexp.MustCompile(`\{[^}]*\}`)

// Nobody but operators gets to their pages, and nobody learns that there are
// any.
func TestOperatorsOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, stranger := r.founder("ada@example.com", "O"), r.browser()
	op := r.operator("op@example.com")
	op.get("/portal/operator").expect(200, "/portal/operator", "Nobody waits")
	patterns := portal.OperatorPatterns()
	if len(patterns) < 20 {
		t.Fatalf("only %d routes of operators", len(patterns))
	}
	for _, p := range patterns {
		method, path, _ := strings.Cut(p, " ")
		path = braces.ReplaceAllString(path, "x")
		if method == "GET" {
			owner.get(path).expect(404, path, "There is no such page")
			stranger.get(path).expect(200, "/portal/sign-in?to="+strings.ReplaceAll(path, "/", "%2F"))
			continue
		}
		owner.get("/portal/profile").post(path, "do", "disable").expect(404, path)
		stranger.post(path).expect(200, "/portal/sign-in")
		op.body = "" // and so without the form's token
		op.post(path, "do", "disable").expect(403, path)
	}
	r.clock.Advance(time.Hour)
	op.get("/portal/operator/keys").post("/portal/operator/keys").expect(200, "/portal/prove?to=%2Fportal")
	owner.get("/portal")
	if strings.Contains(owner.body, "/portal/operator") {
		t.Error("the menu of a developer tells of the operators' pages")
	}
}

// Who is no operator any more is out with the next request.
func TestOperatorNoMore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	op := r.operator("op@example.com")
	op.get("/portal/operator/users").expect(200, "/portal/operator/users")
	u := r.user("op@example.com")
	if _, err := r.people.SetOperator(t.Context(), u.ID, false, "console"); err != nil {
		t.Fatal(err)
	}
	op.get("/portal/operator/users").expect(404, "/portal/operator/users")
}

const nasty = `"><b>O`

func TestOperatorAccess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.founder("ada@example.com", "O").get("/portal/organisation")
	ada.post("/portal/organisation", "name", nasty+" & AB", "number", nasty, "country", "SE").post("/portal/organisation/access", "purpose", nasty+" bookkeeping")
	op := r.operator("op@example.com")
	by := r.user("op@example.com")
	op.get("/portal/operator").expect(200, "/portal/operator", "1 organisation waiting")
	op.get("/portal/operator/access").expect(200, "/portal/operator/access", "bookkeeping")
	path := regexp.MustCompile(`/portal/operator/organisations/[0-9a-f-]{36}`).FindString(op.body)
	id := strings.TrimPrefix(path, "/portal/operator/organisations/")
	op.get(path).expect(200, path, "ada@example.com", "Let it in")
	op.post(path+"/access", "do", "refuse").expect(422, path+"/access", "Say why")
	op.post(path+"/access", "do", "anything").expect(400, path+"/access")
	op.get(path).post(path+"/access", "do", "refuse", "reason", nasty+" who are you?").expect(200, "/portal/operator/access", "Decided.", "Nobody waits")
	r.recorded(id, "organisation.access_refused", &by)
	ada.get("/portal/organisation").expect(200, "/portal/organisation", "who are you?")
	ada.post("/portal/organisation/access", "purpose", "please").expect(200, "/portal/organisation")
	op.get(path).post(path+"/access", "do", "grant").expect(200, "/portal/operator/access", "Decided.")
	r.recorded(id, "organisation.access_granted", &by)
	op.get(path).post(path+"/access", "do", "grant").expect(422, path+"/access", "does not wait")
	op.get("/portal/operator/organisations?q=b%3Eo").expect(200, "/portal/operator/organisations?q=b%3Eo", "granted", "&amp; AB")
	op.get("/portal/operator/organisations?q=nothing").expect(200, "/portal/operator/organisations?q=nothing", "Nothing like that")
	for _, page := range []string{path, "/portal/operator/organisations?q=%22%3E%3Cb%3EO", "/portal/operator/users?q=%22%3E%3Cb%3EO", "/portal/operator/audit?subject=%22%3E%3Cb%3EO&type=%22%3E%3Cb%3EO"} {
		if op.get(page); op.status != 200 || strings.Contains(op.body, nasty) {
			t.Errorf("%s, %d, is not escaped:\n%s", page, op.status, op.body)
		}
	}
}

func TestOperatorUsers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.founder("ada@example.com", "O")
	ada.get("/portal/profile").post("/portal/profile", "name", nasty)
	op := r.operator("op@example.com")
	by, u := r.user("op@example.com"), r.user("ada@example.com")
	op.get("/portal/operator/users?q=ADA").expect(200, "/portal/operator/users?q=ADA", "ada@example.com")
	path := "/portal/operator/users/" + u.ID
	op.get(path).expect(200, path, "a Go program", "Make an operator")
	if strings.Contains(op.body, nasty) {
		t.Error("a name is not escaped")
	}
	op.post(path, "do", "sign-out").expect(200, path, "Saved.")
	ada.get("/portal").expect(200, "/portal/sign-in")
	r.recorded(u.ID, "user.signed_out", &by)
	op.post(path, "do", "operator-on").expect(200, path, "No longer an operator")
	op.post(path, "do", "operator-off").expect(200, path)
	op.post(path, "do", "disable").expect(200, path, "disabled")
	r.recorded(u.ID, "user.disabled", &by)
	ada.post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword).expect(422, "/portal/sign-in")
	op.get(path).post(path, "do", "enable").expect(200, path)
	ada.post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword).expect(200, "/portal")
	mine := "/portal/operator/users/" + by.ID
	op.get(mine).expect(200, mine, "Another operator can change your account")
	op.post(mine, "do", "disable").expect(422, mine, "Somebody else must do that")
	op.get(mine).post(mine, "do", "explode").expect(400, mine)
	op.get("/portal/operator/users/nobody").expect(404, "/portal/operator/users/nobody")
}

func TestOperatorApps(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := r.founder("ada@example.com", "O").newApp(nasty + " Ledger")
	id := strings.TrimPrefix(path, "/portal/apps/")
	op := r.operator("op@example.com")
	by := r.user("op@example.com")
	op.get("/portal/operator/apps?q=ledger").expect(200, "/portal/operator/apps?q=ledger", "Ledger", id)
	if strings.Contains(op.body, nasty) {
		t.Error("a name is not escaped")
	}
	at := "/portal/operator/apps/" + id
	op.get(at).expect(200, at, "O</a>", "Disable it")
	if strings.Contains(op.body, nasty) {
		t.Error("a name is not escaped")
	}
	op.post(at, "do", "disable").expect(200, at, "Enable it")
	r.recorded(id, "operator.app.disabled", &by)
	if a, err := r.apps.App(t.Context(), id); err != nil || !a.Disabled {
		t.Errorf("app %+v, %v", a, err)
	}
	op.post(at, "do", "enable").expect(200, at, "Disable it")
	op.get(path).expect(200, "/portal/organisations/new") // it is not the operator's
	for range 51 {
		if _, _, err := r.apps.Make(t.Context(), app.App{Name: "many"}); err != nil {
			t.Fatal(err)
		}
	}
	op.get("/portal/operator/apps?q=many").expect(200, "/portal/operator/apps?q=many", ">More<")
	next := regexp.MustCompile(`href="(/portal/operator/apps\?[^"]+)">More<`).FindStringSubmatch(op.body)[1]
	op.get(strings.ReplaceAll(next, "&amp;", "&"))
	if n := strings.Count(op.body, ">many</a>"); n != 1 {
		t.Errorf("the second page has %d applications, want 1", n)
	}
}

func TestOperatorKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	op := r.operator("op@example.com").get("/portal/operator/keys").expect(200, "/portal/operator/keys", "signing", "RS256")
	by := r.user("op@example.com")
	op.post("/portal/operator/keys", "algorithm", "none").expect(400, "/portal/operator/keys")
	op.get("/portal/operator/keys").post("/portal/operator/keys", "algorithm", "").expect(200, "/portal/operator/keys", "The successor is made.", "published")
	r.recorded("", "operator.key.rotated", &by)
}

func TestOperatorAudit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	op := r.operator("op@example.com")
	by := r.user("op@example.com")
	for range 60 {
		if err := r.db.Note(t.Context(), event.Event{ID: ident.NewUUID(), Type: "test.noted", Subject: "thing-1", At: noon, Detail: nasty}); err != nil {
			t.Fatal(err)
		}
	}
	op.get("/portal/operator/audit?subject=thing-1").expect(200, "/portal/operator/audit?subject=thing-1", "test.noted", ">More<")
	if strings.Contains(op.body, nasty) {
		t.Error("a detail is not escaped")
	}
	first := strings.Count(op.body, ">test.noted<")
	next := regexp.MustCompile(`href="(/portal/operator/audit\?[^"]+)">More<`).FindStringSubmatch(op.body)[1]
	op.get(strings.ReplaceAll(next, "&amp;", "&"))
	if n := strings.Count(op.body, ">test.noted<"); first+n != 60 || n != 10 {
		t.Errorf("pages of %d and %d rows, want 50 and 10", first, n)
	}
	op.get("/portal/operator/audit?type=user.&after=nonsense").expect(200, "/portal/operator/audit?type=user.&after=nonsense", "user.operator_on")
	op.post("/portal/operator/audit").expect(200, "/portal/operator/audit", "Nobody has changed anything")
	r.recorded("audit", "operator.audit.verified", &by)
	op.post("/portal/operator/audit/export")
	if op.status != 200 || op.header.Get("Content-Type") != "application/jsonl" || !strings.HasPrefix(op.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export: %d, %v", op.status, op.header)
	}
	for line := range strings.Lines(op.body) {
		if !json.Valid([]byte(line)) {
			t.Errorf("export has the line %q", line)
		}
	}
	r.recorded("audit", "operator.audit.exported", &by)
}

func TestOperatorKYC(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	op := r.operator("op@example.com").get("/portal/operator/kyc").expect(200, "/portal/operator/kyc", "None is submitted")
	by := r.user("op@example.com")
	c, err := r.h.Desk.KYC.Open(t.Context(), "5a4db0c5-0000-4000-8000-000000000001", "SE", "556016-0680")
	if err != nil {
		t.Fatal(err)
	}
	op.get("/portal/operator/kyc?status=open").expect(200, "/portal/operator/kyc?status=open", "5560160680")
	path := "/portal/operator/kyc/" + c.ID
	op.get(path).expect(200, path, "No answers are kept", "Approve")
	op.post(path, "do", "approve").expect(200, "/portal/operator/kyc", "Decided.")
	r.recorded(c.ID, "operator.kyc.approve", &by)
	if c, err = r.h.Desk.KYC.Find(t.Context(), c.ID); err != nil || c.Status != kyc.Approved {
		t.Errorf("case %+v, %v", c, err)
	}
	op.get(path).post(path, "do", "approve").expect(422, path, "is approved")
	op.get(path).post(path, "do", "reject").expect(200, "/portal/operator/kyc")
	op.get("/portal/operator/kyc/nothing").expect(404, "/portal/operator/kyc/nothing")
}

func TestOperatorJobs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	op := r.operator("op@example.com").get("/portal/operator/jobs").expect(200, "/portal/operator/jobs", "No dead job")
	by := r.user("op@example.com")
	for _, subject := range []string{nasty + "1", "two"} {
		j := job.New("test.dead", subject, noon)
		if err := r.db.JobTx(t.Context(), func(tx job.RunTx) error { return tx.InsertJob(t.Context(), j) }); err != nil {
			t.Fatal(err)
		}
		claimed, err := r.db.ClaimJobs(t.Context(), job.Claim{Owner: "me", Kinds: []job.Kind{"test.dead"}, Now: noon, Real: noon, Until: noon.Add(time.Minute), Limit: 1})
		if err != nil || len(claimed) != 1 {
			t.Fatal(claimed, err)
		}
		if err := r.db.FailJob(t.Context(), claimed[0], job.Failure{Text: nasty + " failed", DeadAt: noon}); err != nil {
			t.Fatal(err)
		}
	}
	op.get("/portal/operator").expect(200, "/portal/operator", "2 dead jobs")
	op.get("/portal/operator/jobs").expect(200, "/portal/operator/jobs", "test.dead", "failed")
	if strings.Contains(op.body, nasty) {
		t.Error("a failure is not escaped")
	}
	ids := regexp.MustCompile(`name="job" value="([^"]+)"`).FindAllStringSubmatch(op.body, -1)
	op.post("/portal/operator/jobs", "job", ids[0][1], "do", "retry").expect(200, "/portal/operator/jobs", "Saved.")
	op.post("/portal/operator/jobs", "job", ids[1][1], "do", "delete").expect(200, "/portal/operator/jobs", "No dead job")
	r.recorded(ids[1][1], "operator.job.delete", &by)
	op.get("/portal/operator/jobs").post("/portal/operator/jobs", "job", ids[1][1], "do", "retry").expect(404, "/portal/operator/jobs")
}

func TestOperatorSettings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	op := r.operator("op@example.com")
	op.get("/portal/operator/settings").expect(200, "/portal/operator/settings", "token.quota", "&lt;4&gt;")
	op.get("/portal/operator/banks").expect(200, "/portal/operator/banks", "No bank")
	if strings.Contains(op.body, "of a sandbox") {
		t.Error("an installation calls itself a sandbox")
	}
	r.h.Demo = "somebody"
	op.get("/portal/operator/banks").expect(200, "/portal/operator/banks", "of a sandbox")
}
