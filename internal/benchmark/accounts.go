package benchmark

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"sluss.example/sluss/internal/clock"
)

// historyDays is how far back the pages go. The consent is young, and banks
// open their whole history for a while then.
const historyDays = 755

// Accounts measures reading under a consent, from SQLite in a file.
func Accounts(ctx context.Context, o *Options) ([]Row, error) {
	dir, err := os.MkdirTemp("", "sluss-bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	p, err := Start(ctx, o.Program, "sandbox", "--listen", "127.0.0.1:0", "--control", "off", "--json", "--data", filepath.Join(dir, "bench.db"))
	if err != nil {
		return nil, err
	}
	defer p.Stop()
	header, err := p.consented(ctx)
	if err != nil {
		return nil, err
	}
	list := &Call{Addr: p.Addr, Method: http.MethodGet, Path: accounts, Header: header, Status: http.StatusOK, Contain: `"resourceId"`}
	first, last, n, err := p.pages(ctx, header)
	if err != nil {
		return nil, err
	}
	o.logf("accounts: %d transactions in pages of %d", n.rows, n.perPage)
	return o.readings(ctx, list, first, last, n)
}

// readings loads the list, the first page and the last one in turn.
func (o *Options) readings(ctx context.Context, list, first, last *Call, n counts) ([]Row, error) {
	calls, names := []*Call{list, first, last}, []string{"account list", "first page", "last page"}
	got := make([][]Result, len(calls))
	for i := range o.Rounds {
		for k, c := range calls {
			r, err := Load(ctx, c, 32, o.Round)
			if err != nil {
				return nil, err
			}
			got[k] = append(got[k], r)
			o.logf("accounts round %d, 32 connections: %s %.0f/s, p50 %.2f ms, p99 %.2f ms", i+1, names[k], r.PerSecond, ms(r.P50), ms(r.P99))
		}
	}
	page := rounds{floor: got[1], ours: got[2]}
	rows := []Row{
		AtLeast("account list, 32 connections, SQLite", medianOf(got[0], perSecond), 3000, "%.0f/s"),
		AtLeast(fmt.Sprintf("page of %d of %d transactions", n.perPage, n.rows), medianOf(got[1], perSecond), 1000, "%.0f/s"),
		AtLeast("last page: share of the first page's throughput", page.ratio(perSecond), 0.90, "%.2f"), // the same but for noise
	}
	for i := range rows {
		rows[i].Note = fmt.Sprintf("p99 %.1f ms", medianOf(got[i], p99))
	}
	rows[2].Note += fmt.Sprintf("; %d rows on it, %.0f/s", n.onLast, medianOf(got[2], perSecond))
	return rows, nil
}

// counts says how many transactions there are.
type counts struct{ rows, perPage, onLast int }

// pages goes through all transactions of the first account. It returns the
// calls of the first page and of the last full one, since fewer rows would
// make it look cheap.
func (p *Process) pages(ctx context.Context, header [][2]string) (first, last *Call, n counts, err error) {
	var list struct {
		Accounts []struct{ ResourceID string }
	}
	if err := p.doJSON(ctx, &Call{Method: http.MethodGet, Path: accounts, Header: header, Status: http.StatusOK}, &list); err != nil {
		return nil, nil, n, err
	}
	if len(list.Accounts) == 0 {
		return nil, nil, n, fmt.Errorf("company %s has no accounts", benchCompany)
	}
	from := today().AddDate(0, 0, -historyDays).Format(time.DateOnly)
	next := accounts + "/" + list.Accounts[0].ResourceID + "/transactions?bookingStatus=booked&dateFrom=" + from
	for next != "" {
		call := &Call{Addr: p.Addr, Method: http.MethodGet, Path: next, Header: header, Status: http.StatusOK, Contain: `"booked"`}
		var page struct {
			Transactions struct {
				Booked []struct{}
				Links  struct {
					Next struct{ Href string }
				} `json:"_links"`
			}
		}
		if err := p.doJSON(ctx, call, &page); err != nil {
			return nil, nil, n, err
		}
		rows := len(page.Transactions.Booked)
		if first == nil {
			first, n.perPage = call, rows
		}
		if rows == n.perPage {
			last, n.onLast = call, rows
		}
		n.rows += rows
		u, err := url.Parse(page.Transactions.Links.Next.Href)
		if err != nil {
			return nil, nil, n, err
		}
		next = u.RequestURI()
		if page.Transactions.Links.Next.Href == "" {
			next = ""
		}
	}
	return first, last, n, nil
}

// today returns the date of the servers, whose clocks are real here.
func today() time.Time { return clock.Real{}.Now() }
