package control

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/web"
)

// maxJobs is how many jobs one call lists.
const maxJobs = 1000

// A Job is a job on the wire. Its payload is not.
type Job struct {
	ID       string    `json:"id"`
	Kind     job.Kind  `json:"kind"`
	Subject  string    `json:"subject"`
	DueAt    time.Time `json:"dueAt"`
	Attempts int       `json:"attempts"`
	Failure  string    `json:"failure,omitempty"`
	DeadAt   time.Time `json:"deadAt,omitzero"`
}

// JobOnWire returns j as it is on the wire.
func JobOnWire(j job.Job) Job {
	return Job{ID: j.ID, Kind: j.Kind, Subject: j.Subject, DueAt: j.DueAt, Attempts: j.Attempts, Failure: j.Failure, DeadAt: j.DeadAt}
}

// getJobs serves GET /jobs?kind=&subject=&dead=true&limit=.
func (h *Handler) getJobs(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := job.Filter{Kind: job.Kind(q.Get("kind")), Subject: q.Get("subject"), Dead: q.Get("dead") == "true", Limit: maxJobs}
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 {
		f.Limit = min(n, maxJobs)
	}
	all, err := h.Jobs.Jobs(r.Context(), f)
	if err != nil {
		return err
	}
	out := make([]Job, len(all))
	for i, j := range all {
		out[i] = JobOnWire(j)
	}
	return web.WriteJSON(w, http.StatusOK, map[string][]Job{"jobs": out})
}

// retryJob serves POST /jobs/{id}/retry.
func (h *Handler) retryJob(w http.ResponseWriter, r *http.Request) error {
	if err := h.Jobs.RetryJob(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// deleteJob serves DELETE /jobs/{id}.
func (h *Handler) deleteJob(w http.ResponseWriter, r *http.Request) error {
	if err := h.Jobs.DeleteJob(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

var _ job.Admin = (*Client)(nil)

// Jobs implements [job.Admin].
func (c *Client) Jobs(ctx context.Context, f job.Filter) ([]job.Job, error) {
	q := url.Values{
		"kind": {string(f.Kind)}, "subject": {f.Subject}, "dead": {strconv.FormatBool(f.Dead)}, "limit": {strconv.Itoa(f.Limit)},
	}
	var out struct{ Jobs []Job }
	err := c.Call(ctx, http.MethodGet, "/jobs?"+q.Encode(), nil, &out)
	all := make([]job.Job, len(out.Jobs))
	for i, j := range out.Jobs {
		all[i] = job.Job{ID: j.ID, Kind: j.Kind, Subject: j.Subject, DueAt: j.DueAt, Attempts: j.Attempts, Failure: j.Failure, DeadAt: j.DeadAt}
	}
	return all, err
}

// RetryJob implements [job.Admin].
func (c *Client) RetryJob(ctx context.Context, id string) error {
	return c.Call(ctx, http.MethodPost, "/jobs/"+url.PathEscape(id)+"/retry", nil, nil)
}

// DeleteJob implements [job.Admin].
func (c *Client) DeleteJob(ctx context.Context, id string) error {
	return c.Call(ctx, http.MethodDelete, "/jobs/"+url.PathEscape(id), nil, nil)
}
