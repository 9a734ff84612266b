package portal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
)

// A signingKey is a key as its page shows it.
type signingKey struct {
	keyring.StoredKey
	State keyring.State
}

func (h *Handler) keyPage() map[string]any {
	now := h.Clock.Now()
	var all []signingKey
	for _, k := range h.Desk.Keys.Stored() {
		all = append(all, signingKey{k, k.State(now, h.Desk.KeepKeys)})
	}
	return map[string]any{"List": all, "Algorithms": jose.Algorithms()}
}

// keys serves GET /portal/operator/keys.
func (h *Handler) keys(v *visit) error {
	return v.show(http.StatusOK, "operator-keys", "Signing keys", h.keyPage())
}

// rotateKeys serves POST /portal/operator/keys.
func (h *Handler) rotateKeys(v *visit) error {
	a := jose.Algorithm(v.form("algorithm"))
	if a != "" && !slices.Contains(jose.Algorithms(), a) {
		return unknownAction()
	}
	atOnce := v.form("now") == "yes"
	kind := "key.rotated"
	if atOnce {
		kind = "key.rotated_at_once"
	}
	err := v.record(kind, string(a))
	if err == nil {
		err = h.Desk.Keys.RotateNow(v.r.Context(), a, atOnce)
	}
	if err != nil {
		return v.again(err, "operator-keys", "Signing keys", h.keyPage())
	}
	v.tell("rotated")
	return v.see(operatorPath + "/keys")
}

func (h *Handler) auditPage(v *visit) (map[string]any, error) {
	f := audit.Filter{Subject: v.form("subject"), Type: v.form("type"), Limit: pageSize + 1}
	if m, err := app.ParseMark(v.form("after")); err == nil {
		f.Before, f.BeforeID = m.At, m.ID
	}
	rows, err := h.Desk.Trail.AuditRows(v.r.Context(), f)
	if err != nil {
		return nil, err
	}
	rows, more := onePage(rows)
	data := map[string]any{"List": rows, "Subject": f.Subject, "Type": f.Type}
	if more {
		last := rows[len(rows)-1]
		data["More"] = v.more(more, app.Mark{At: last.At, ID: last.ID}.String())
	}
	return data, nil
}

// auditTrail serves GET /portal/operator/audit.
func (h *Handler) auditTrail(v *visit) error {
	data, err := h.auditPage(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator-audit", "Audit trail", data)
}

// readTime bounds how long the trail is read for a page, in real time.
const readTime = 40 * time.Second

// readTrail reads the trail as a whole, once at a time.
func (h *Handler) readTrail(ctx context.Context, fn func(context.Context, audit.Reader) (audit.Report, error)) (report audit.Report, err error) {
	if !h.Desk.reading.TryLock() {
		return report, problem.New(problem.AccessExceeded, "Somebody reads the whole trail just now. Try again in a minute.")
	}
	defer h.Desk.reading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	err = h.Desk.Trail.ReadAudit(ctx, func(r audit.Reader) error {
		report, err = fn(ctx, r)
		return err
	})
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return report, problem.New(problem.StatusInvalid, "The trail is too long for a page. Run \"sluss audit verify\" or \"sluss audit export\" instead.")
	}
	return report, err
}

// verifyAudit serves POST /portal/operator/audit.
func (h *Handler) verifyAudit(v *visit) error {
	if err := v.record("audit.verified", "audit"); err != nil {
		return err
	}
	report, err := h.readTrail(v.r.Context(), audit.Verify)
	data, failed := h.auditPage(v)
	if failed != nil {
		return failed
	}
	if err != nil {
		return v.again(err, "operator-audit", "Audit trail", data)
	}
	data["Report"] = &report
	return v.show(http.StatusOK, "operator-audit", "Audit trail", data)
}

// exportTime is how long a download may take, in real time.
const exportTime = 10 * time.Minute

// exportAudit serves POST /portal/operator/audit/export. The lines wait in a
// file, so that a slow browser does not hold the database.
func (h *Handler) exportAudit(v *visit) error {
	if err := v.record("audit.exported", "audit"); err != nil {
		return err
	}
	f, err := os.CreateTemp("", "sluss-audit-")
	if err != nil {
		return fmt.Errorf("export the audit trail: %w", err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	if _, err := h.readTrail(v.r.Context(), func(ctx context.Context, r audit.Reader) (audit.Report, error) { return audit.Export(ctx, r, f) }); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("export the audit trail: %w", err)
	}
	_ = http.NewResponseController(v.w).SetWriteDeadline(clock.Real{}.Now().Add(exportTime)) // it keeps the usual one if it cannot
	head := v.w.Header()
	head.Set("Content-Type", "application/jsonl")
	head.Set("Content-Disposition", `attachment; filename="audit-`+h.Clock.Now().UTC().Format("2006-01-02T150405Z")+`.jsonl"`)
	head.Set("Content-Length", strconv.FormatInt(size, 10))
	_, _ = io.Copy(v.w, f) // a browser that goes away is no fault of ours
	return nil
}

// kycStatuses are those by which cases are listed.
func kycStatuses() []kyc.Status {
	return []kyc.Status{kyc.Submitted, kyc.Open, kyc.Approved, kyc.Rejected, kyc.Expired, kyc.Void}
}

// kycCases serves GET /portal/operator/kyc: those that wait, unless others are
// asked for.
func (h *Handler) kycCases(v *visit) error {
	status := kyc.Status(v.form("status"))
	if !slices.Contains(kycStatuses(), status) {
		status = kyc.Submitted
	}
	rows, err := h.Desk.KYC.Store.KYCCases(v.r.Context(), status, mostListed)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator-kyc", "KYC of organisations", map[string]any{"List": rows, "Status": status, "Statuses": kycStatuses(), "Most": mostListed})
}

func (h *Handler) kycPage(v *visit) (map[string]any, string, error) {
	c, err := h.Desk.KYC.Find(v.r.Context(), v.r.PathValue("case"))
	if err != nil {
		return nil, "", err
	}
	data := map[string]any{
		"It": &c, "Answers": (*kyc.Answers)(nil), "CanApprove": c.Status == kyc.Open || c.Status == kyc.Submitted,
		"CanReject": c.Status == kyc.Open || c.Status == kyc.Submitted || c.Status == kyc.Approved, "CanReopen": c.Status == kyc.Submitted,
	}
	if c.Sealed != nil {
		// Answers are personal data: who reads them is on record.
		if err := v.record("kyc.read", c.ID); err != nil {
			return nil, "", err
		}
		a, err := h.Desk.KYC.Answers(&c)
		if err != nil {
			return nil, "", err
		}
		data["Answers"] = &a
	}
	return data, "KYC of " + c.Organisation, nil
}

// kycCase serves GET /portal/operator/kyc/{case}.
func (h *Handler) kycCase(v *visit) error {
	data, title, err := h.kycPage(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator-kyc-case", title, data)
}

// decideKYC serves POST /portal/operator/kyc/{case}.
func (h *Handler) decideKYC(v *visit) error {
	ctx, id := v.r.Context(), v.r.PathValue("case")
	decide := map[string]func() (kyc.Case, error){
		"approve":    func() (kyc.Case, error) { return h.Desk.KYC.Decide(ctx, id, kyc.Approve) },
		"reject":     func() (kyc.Case, error) { return h.Desk.KYC.Decide(ctx, id, kyc.Reject) },
		"leave-open": func() (kyc.Case, error) { return h.Desk.KYC.LeaveOpen(ctx, id) },
	}[v.form("do")]
	if decide == nil {
		return unknownAction()
	}
	c, err := h.Desk.KYC.Find(ctx, id)
	if err == nil {
		err = v.record("kyc."+strings.ReplaceAll(v.form("do"), "-", "_"), c.ID)
	}
	if err != nil {
		return err
	}
	if _, err := decide(); err != nil {
		data, title, failed := h.kycPage(v)
		if failed != nil {
			return failed
		}
		return v.again(err, "operator-kyc-case", title, data)
	}
	v.tell("decided")
	return v.see(operatorPath + "/kyc")
}

func (h *Handler) jobPage(v *visit) (map[string]any, error) {
	rows, err := h.Desk.Jobs.Jobs(v.r.Context(), job.Filter{Dead: true, Limit: mostListed})
	return map[string]any{"List": rows, "Most": mostListed}, err
}

// deadJobs serves GET /portal/operator/jobs.
func (h *Handler) deadJobs(v *visit) error {
	data, err := h.jobPage(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator-jobs", "Dead jobs", data)
}

// changeJob serves POST /portal/operator/jobs.
func (h *Handler) changeJob(v *visit) error {
	ctx, id := v.r.Context(), v.form("job")
	act := map[string]func(context.Context, string) error{"retry": h.Desk.Jobs.RetryJob, "delete": h.Desk.Jobs.DeleteJob}[v.form("do")]
	if act == nil || len(id) > 64 {
		return unknownAction()
	}
	err := v.record("job."+v.form("do"), id)
	if err == nil {
		err = act(ctx, id)
	}
	if err != nil {
		return err
	}
	v.tell("saved")
	return v.see(operatorPath + "/jobs")
}
