package portal

import (
	"context"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
)

// countLimit and requestLimit are how far the overview counts, so that it is as
// quick for an application with millions.
const countLimit, requestLimit = 1000, 5000

// A number is one figure of the overview.
type number struct {
	Text, Value, Note string
	Href              string // where there is more
	Bad               bool
}

// counted writes a count that does not go beyond a limit.
func counted(n, limit int) string {
	if n >= limit {
		return strconv.Itoa(limit) + "+"
	}
	return strconv.Itoa(n)
}

// numbers returns the figures of the overview of the app.
func (h *Handler) numbers(v *visit) ([]number, error) {
	ctx, at := v.r.Context(), Path+"/apps/"+v.app.ID
	all, err := h.requestNumbers(ctx, v.app.ID, at)
	if err != nil {
		return nil, err
	}
	now := h.Clock.Now().UTC()
	tokens, err := h.tokenNumbers(ctx, v, at, now)
	if err != nil {
		return nil, err
	}
	all = append(all, tokens...)
	live, err := h.Things.CountConsents(ctx, app.Listing{ClientID: v.app.ID, Status: string(consent.Valid), Limit: countLimit}, now)
	if err != nil {
		return nil, err
	}
	paid, err := h.Things.CountPayments(ctx, app.Listing{ClientID: v.app.ID, Since: now.Truncate(24 * time.Hour), Limit: countLimit})
	if err != nil {
		return nil, err
	}
	dead, err := h.Things.CountDead(ctx, v.app.ID, now.Add(-24*time.Hour), countLimit)
	return append(all,
		number{Text: "Live consents", Value: counted(live, countLimit), Href: at + "/consents?status=valid"},
		number{Text: "Payments today", Value: counted(paid, countLimit), Href: at + "/payments"},
		number{Text: "Webhook failures", Value: counted(dead, countLimit), Note: "in 24 hours", Href: at + "/webhooks", Bad: dead > 0},
	), err
}

func (h *Handler) requestNumbers(ctx context.Context, id, at string) ([]number, error) {
	today := h.People.Clock.Now().UTC().Truncate(24 * time.Hour) // the log is in real time
	total, failed, err := h.Things.CountRequests(ctx, id, today, requestLimit)
	if err != nil {
		return nil, err
	}
	return []number{
		{Text: "Requests today", Value: counted(total, requestLimit), Href: at + "/requests"},
		{Text: "Refused", Value: counted(failed[4], requestLimit), Note: "4xx", Href: at + "/requests?status=4"},
		{Text: "Failed", Value: counted(failed[5], requestLimit), Note: "5xx", Href: at + "/requests?status=5", Bad: failed[5] > 0},
	}, nil
}

func (h *Handler) tokenNumbers(ctx context.Context, v *visit, at string, now time.Time) ([]number, error) {
	counts, err := h.Usage.AppUsage(ctx, v.app.ID, now.Add(-time.Hour).Unix()/60+1)
	if err != nil {
		return nil, err
	}
	quota := v.app.Extensions.TokenQuota
	if quota == 0 {
		quota = token.DefaultQuota
	}
	used := map[scope.Context]int64{}
	for _, c := range counts {
		used[c.Context] += c.N
	}
	var all []number
	for _, c := range v.app.Contexts {
		all = append(all, number{
			Text: "Tokens, " + string(c), Value: strconv.FormatInt(used[c], 10), Note: "this hour; the rule is " + strconv.FormatInt(quota, 10),
			Href: at + "/tokens", Bad: used[c] > quota,
		})
	}
	return all, nil
}

// A step is one of the first things to do with an application.
type step struct {
	Text, Href string
	Done       bool
}

// steps returns what is to be done first with the app, nothing once all is
// done.
func (h *Handler) steps(v *visit) ([]step, error) {
	ctx, at := v.r.Context(), Path+"/apps/"+v.app.ID
	consents, err := h.Things.ListConsents(ctx, app.Listing{ClientID: v.app.ID, Limit: pageSize})
	if err != nil {
		return nil, err
	}
	requests, err := h.Requests.Requests(ctx, reqlog.Filter{ClientID: v.app.ID, Limit: pageSize})
	if err != nil {
		return nil, err
	}
	hooks, err := h.Webhooks.Webhooks(ctx, v.app.ID)
	if err != nil {
		return nil, err
	}
	called := func(part string) bool {
		for i := range requests {
			if requests[i].Status < 300 && strings.Contains(requests[i].Path, part) {
				return true
			}
		}
		return false
	}
	token := called("/psd2/")
	for i := range v.app.Secrets {
		token = token || !v.app.Secrets[i].LastUsedAt.IsZero()
	}
	signed := false
	for i := range consents {
		signed = signed || !consents[i].AuthorisedAt.IsZero()
	}
	all := []step{
		{"Get a token", "#token", token},
		{"See the banks", "/docs/api", called("/aspspinformation/") || len(consents) > 0},
		{"Create a consent", at + "/consents", len(consents) > 0},
		{"Have it signed", at + "/consents", signed},
		{"Read the accounts", at + "/requests", called("/accountinformation/")},
		{"Add a webhook", at + "/webhooks", len(hooks) > 0},
	}
	for _, s := range all {
		if !s.Done {
			return all, nil
		}
	}
	return nil, nil
}
