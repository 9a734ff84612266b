package portal

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/usage"
)

// requestRoutes are those of what an application did.
func requestRoutes() []route {
	return []route{
		{pattern: "GET /portal/apps/{app}/requests", access: member, page: "requests", serve: (*Handler).requests},
		{pattern: "GET /portal/apps/{app}/requests/rows", access: member, page: "requests", serve: (*Handler).requestRows},
		{pattern: "GET /portal/apps/{app}/requests/{request}", access: member, page: "request", serve: (*Handler).request},
		{pattern: "GET /portal/apps/{app}/tokens", access: member, page: "tokens", serve: (*Handler).tokens},
	}
}

// pageSize is how many requests a page shows.
const pageSize = 50

// filter returns what the query of a request log picks. What it does not
// understand picks everything.
func (v *visit) filter() reqlog.Filter {
	number := func(name string) int64 {
		n, err := strconv.ParseInt(v.form(name), 10, 64)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	f := reqlog.Filter{
		ClientID: v.app.ID, Code: v.form("code"), BICFI: strings.ToUpper(v.form("bank")), Method: v.form("method"),
		Before: number("before"), After: number("after"), Limit: pageSize + 1,
	}
	if c := number("status"); c >= 2 && c <= 5 {
		f.Class = int(c)
	}
	return f
}

// requests serves GET /portal/apps/{app}/requests.
func (h *Handler) requests(v *visit) error {
	f := v.filter()
	all, err := h.Requests.Requests(v.r.Context(), f)
	if err != nil {
		return err
	}
	data := map[string]any{
		"App": &v.app, "Tab": "requests", "Filter": f, "Status": v.form("status"), "Filtered": f.Class > 0 || f.Code != "" || f.BICFI != "" || f.Method != "",
		"Live": f.Before == 0,
	}
	query := v.r.URL.Query()
	query.Del("before")
	data["Query"] = query.Encode()
	if len(all) > pageSize {
		all = all[:pageSize]
		query.Set("before", strconv.FormatInt(all[pageSize-1].ID, 10))
		data["Older"] = v.r.URL.Path + "?" + query.Encode()
	}
	data["Requests"] = all
	if len(all) > 0 {
		data["Newest"] = all[0].ID
	}
	return v.showWith(http.StatusOK, "requests", "Requests of "+v.app.Name, data, "live.js")
}

// requestRows serves GET /portal/apps/{app}/requests/rows: the rows of a table
// for what came since, for pages that stay open.
func (h *Handler) requestRows(v *visit) error {
	f := v.filter()
	f.Limit = pageSize
	all, err := h.Requests.Requests(v.r.Context(), f)
	if err != nil {
		return err
	}
	return v.part(http.StatusOK, "requests", "request-rows", map[string]any{"App": v.app.ID, "Requests": all})
}

// request serves GET /portal/apps/{app}/requests/{request}.
func (h *Handler) request(v *visit) error {
	id, err := strconv.ParseInt(v.r.PathValue("request"), 10, 64)
	if err != nil {
		return unknownPage()
	}
	e, err := h.Requests.Request(v.r.Context(), v.app.ID, id)
	if problem.Is(err, problem.ResourceUnknown) {
		return unknownPage()
	}
	if err != nil {
		return err
	}
	hint, known := reqlog.HintOf(e.Code)
	return v.show(http.StatusOK, "request", e.Method+" "+strings.SplitN(e.Path, "?", 2)[0], map[string]any{
		"App": &v.app, "Tab": "requests", "Request": &e, "Hint": hint, "Known": known, "Calls": calls(h.Base, &e),
	})
}

// tokenHours is how far back the chart of tokens goes.
const tokenHours = 24

// tokens serves GET /portal/apps/{app}/tokens: tokens by hour and PSU context
// against the rule of two.
func (h *Handler) tokens(v *visit) error {
	now := h.Clock.Now().UTC()
	from := now.Truncate(time.Hour).Add(-(tokenHours - 1) * time.Hour)
	counts, err := h.Usage.AppUsage(v.r.Context(), v.app.ID, from.Unix()/60)
	if err != nil {
		return err
	}
	quota := v.app.Extensions.TokenQuota
	if quota == 0 {
		quota = token.DefaultQuota
	}
	var charts []ui.Chart
	for _, c := range scope.Contexts() {
		charts = append(charts, hourly(counts, c, from, quota))
	}
	return v.show(http.StatusOK, "tokens", "Tokens of "+v.app.Name, map[string]any{
		"App": &v.app, "Tab": "tokens", "Charts": charts, "Policy": v.app.Extensions.TokenPolicy, "Quota": quota,
	})
}

// hourly adds up the counts of a context by hour.
func hourly(counts []usage.Count, c scope.Context, from time.Time, quota int64) ui.Chart {
	chart := ui.Chart{Title: "Tokens with the scope " + string(c) + ", by hour", Mark: quota, MarkText: "the rule: at most " + strconv.FormatInt(quota, 10) + " an hour"}
	for i := range tokenHours {
		at := from.Add(time.Duration(i) * time.Hour)
		chart.Bars = append(chart.Bars, ui.Bar{Label: at.Format("01-02 15:00"), Short: at.Format("15")})
	}
	for _, n := range counts {
		if i := int((n.Minute - from.Unix()/60) / 60); n.Context == c && i >= 0 && i < tokenHours {
			chart.Bars[i].N += n.N
		}
	}
	return chart
}
