package api

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/psd2"
)

// transactionQuery reads the query of the calls for transactions. Beside a
// continuation key nothing else counts, not even what is malformed; strict mode
// wants it well-formed all the same.
func (h *Handler) transactionQuery(r *http.Request) (account.Query, error) {
	q := h.queryOf(r)
	key := q.text("continuationKey")
	if key != "" && !h.Strict {
		return account.Query{Continuation: key}, nil
	}
	out := account.Query{
		Status: account.BookingStatus(q.oneOf("bookingStatus", string(account.Booked), string(account.Pending), string(account.Both))),
		From:   q.date("dateFrom"), To: q.date("dateTo"), After: q.text("entryReferenceFrom"),
		Delta: q.boolean("deltaList"), WithBalance: q.boolean("withBalance"), Continuation: key,
	}
	if out.Status == "" && h.Strict && q.err() == nil {
		q.fail("bookingStatus", "is missing; it must be booked, pending or both")
	}
	return out, q.err()
}

// pageLinks returns the links from a page of the report at path to those
// beside it.
func pageLinks(path string, p *account.Page) psd2.PageLinks {
	var l psd2.PageLinks
	if p.Next != "" {
		l.Next = pageLink(path, &p.Query, p.Next)
	}
	if p.Number > 1 {
		// Where the bank cannot go back there is still the way to a new report.
		l.First = pageLink(path, &p.Query, p.First)
		if p.Previous != "" {
			l.Previous = pageLink(path, &p.Query, p.Previous)
		} else if p.Number == 2 {
			l.Previous = l.First
		}
	}
	return l
}

// pageLink returns the link to a page of the report at path, or to a new
// report if there is no key. It carries the query beside the key, which some
// clients log and none may change.
func pageLink(path string, q *account.Query, key string) *psd2.Link {
	b := make([]byte, 0, len(path)+len(key)+128)
	b = append(append(b, path...), "?bookingStatus="...)
	b = append(b, q.Status...)
	if !q.From.IsZero() && q.After == "" {
		b = q.From.AppendFormat(append(b, "&dateFrom="...), time.DateOnly)
		b = q.To.AppendFormat(append(b, "&dateTo="...), time.DateOnly)
	}
	if q.After != "" {
		b = append(append(b, "&entryReferenceFrom="...), url.QueryEscape(q.After)...)
	}
	if q.Delta {
		b = strconv.AppendBool(append(b, "&deltaList="...), true)
	}
	if q.WithBalance {
		b = strconv.AppendBool(append(b, "&withBalance="...), true)
	}
	if key != "" {
		b = append(append(b, "&continuationKey="...), key...) // base64url: nothing to escape
	}
	return &psd2.Link{Href: string(b)}
}
