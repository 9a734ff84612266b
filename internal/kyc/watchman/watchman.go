// Package watchman decides on KYC forms by sanction lists: a [kyc.Provider]
// over the search API of a moov-io/watchman server (GET /v2/search).
//
// Every name of a form is looked up: the organisation, its owners, its
// beneficial owners and who signs. Where none is like a name of a list the form
// is approved; a hit leaves it to an operator or rejects it. A server that does
// not answer, or that has no list loaded, decides nothing.
//
// The names travel to that server and are not logged. It belongs beside this
// program, and not on the internet.
package watchman

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/kyc"
)

const (
	// callTime is how long one call may take, and allTime all of a form.
	callTime = 5 * time.Second
	allTime  = 20 * time.Second
	// maxAnswer bounds an answer, in bytes.
	maxAnswer = 1 << 20
	// maxHits is how many entities are asked for.
	maxHits = 5
)

// A Provider asks a watchman server. It implements [kyc.Provider].
type Provider struct {
	Base      string       // URL of the server, without a trailing slash
	Threshold float64      // likeness of names that makes a hit, more than 0, at most 1
	OnHit     kyc.Verdict  // kyc.Review or kyc.Reject
	HTTP      *http.Client // one with a time-out and no redirects if nil
}

var _ kyc.Provider = (*Provider)(nil)

// A query is a name that is looked up.
type query struct {
	kind string // type of entity: person or business
	name string
	born string // date; empty if it is not known
}

// queries returns every name of a form once for each kind that it may be.
func queries(s *kyc.Submission) []query {
	all := []query{{kind: "business", name: s.Company.Name}}
	for _, o := range s.Owners { // a person or another company
		all = append(all, query{kind: "business", name: o.Name}, query{kind: "person", name: o.Name})
	}
	for _, b := range s.Beneficial {
		all = append(all, query{"person", b.Name, b.Born})
	}
	all = append(all, query{"person", s.Signatory.Name, s.Signatory.Born})
	var once []query
	for _, q := range all {
		if q.name != "" && !slices.Contains(once, q) {
			once = append(once, q)
		}
	}
	return once
}

// Assess implements [kyc.Provider].
func (p *Provider) Assess(ctx context.Context, s *kyc.Submission) (kyc.Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, allTime)
	defer cancel()
	if err := p.loaded(ctx); err != nil {
		return kyc.Finding{}, err
	}
	all := queries(s)
	hits, lists := 0, []string{}
	for _, q := range all {
		found, err := p.search(ctx, q)
		if err != nil {
			return kyc.Finding{}, err
		}
		if len(found) > 0 {
			hits++
			lists = append(lists, found...)
		}
	}
	if hits == 0 {
		return kyc.Finding{Verdict: kyc.Approve, Note: fmt.Sprintf("%d searches, no hit", len(all))}, nil
	}
	slices.Sort(lists)
	return kyc.Finding{
		Verdict: p.OnHit,
		Note:    fmt.Sprintf("%d of %d searches have a hit: %s", hits, len(all), strings.Join(slices.Compact(lists), ", ")),
	}, nil
}

// errEmpty says that nothing can be found, so that no hit means nothing.
var errEmpty = errors.New("the watchman server has no list loaded")

// loaded checks that the server has lists.
func (p *Provider) loaded(ctx context.Context) error {
	var info struct {
		Lists map[string]int `json:"lists"`
	}
	if err := p.get(ctx, "/v2/listinfo", nil, &info); err != nil {
		return err
	}
	for _, n := range info.Lists {
		if n > 0 {
			return nil
		}
	}
	return errEmpty
}

// search returns the lists that have a name like the one that is asked for.
func (p *Provider) search(ctx context.Context, q query) ([]string, error) {
	values := url.Values{
		"type": {q.kind}, "name": {q.name}, "limit": {strconv.Itoa(maxHits)},
		"minMatch": {strconv.FormatFloat(p.Threshold, 'f', 2, 64)},
	}
	if q.born != "" {
		values.Set("birthDate", q.born)
	}
	var answer struct {
		Entities []struct {
			SourceList string  `json:"sourceList"`
			Match      float64 `json:"match"`
		} `json:"entities"`
	}
	if err := p.get(ctx, "/v2/search", values, &answer); err != nil {
		return nil, err
	}
	var lists []string
	for _, e := range answer.Entities {
		if e.Match >= p.Threshold {
			lists = append(lists, word(e.SourceList))
		}
	}
	return lists, nil
}

// word returns what the server calls a list, if it is one word.
func word(s string) string {
	if s == "" || len(s) > 40 || strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return "a list"
	}
	return s
}

// get makes a call. Its error has no query: that has names.
func (p *Provider) get(ctx context.Context, path string, q url.Values, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.Base, "/")+path+"?"+q.Encode(), nil)
	if err != nil {
		return fmt.Errorf("watchman %s: not a URL", path)
	}
	r.Header.Set("Accept", "application/json")
	res, err := p.client().Do(r)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the URL
		}
		return fmt.Errorf("watchman %s: %w", path, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("watchman %s answers %d", path, res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("watchman %s: %w", path, err)
	}
	return decode(path, body, out)
}

// decode reads an answer. Its error quotes nothing of it.
func decode(path string, body []byte, out any) error {
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("watchman %s answers what cannot be read", path)
	}
	return nil
}

func (p *Provider) client() *http.Client {
	if p.HTTP != nil {
		return p.HTTP
	}
	return &http.Client{
		Timeout:       callTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
