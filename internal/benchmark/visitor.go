package benchmark

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
)

// hashBar bounds the memory that the password hashes of sign-ins take, in
// megabytes, and signIns is how many come at once.
const (
	hashBar = 20
	signIns = 16
)

// A visitor is somebody's browser at the portal.
type visitor struct {
	p   *Process
	jar map[string]string
}

func newVisitor(p *Process) *visitor { return &visitor{p: p, jar: map[string]string{}} }

// cookies returns the header by which the browser is known.
func (v *visitor) cookies() string {
	var all []string
	for name, value := range v.jar {
		all = append(all, name+"="+value)
	}
	return strings.Join(all, "; ")
}

// take is the inverse of cookies.
func (v *visitor) take(header string) {
	for pair := range strings.SplitSeq(header, "; ") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			v.jar[name] = value
		}
	}
}

// do sends a request, follows no redirect, and keeps the cookies.
func (v *visitor) do(ctx context.Context, method, path string, form url.Values) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+v.p.Addr+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Cookie", v.cookies())
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(res.Body)
	for _, c := range res.Cookies() {
		v.jar[c.Name] = c.Value
	}
	return res.StatusCode, string(body), errors.Join(err, res.Body.Close())
}

// get returns a page.
func (v *visitor) get(ctx context.Context, path string) (string, error) {
	status, body, err := v.do(ctx, http.MethodGet, path, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("GET %s answered %d: %.500s", path, status, body)
	}
	return body, err
}

var csrfForm = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// post sends a form of the page at the same path.
func (v *visitor) post(ctx context.Context, path string, pairs ...string) error {
	body, err := v.get(ctx, path)
	if err != nil {
		return err
	}
	form := url.Values{}
	if m := csrfForm.FindStringSubmatch(body); m != nil {
		form.Set("csrf", m[1])
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	status, body, err := v.do(ctx, http.MethodPost, path, form)
	if err == nil && status != http.StatusOK && status != http.StatusSeeOther {
		err = fmt.Errorf("POST %s answered %d: %.500s", path, status, body)
	}
	return err
}

// signIn signs a person in.
func (v *visitor) signIn(ctx context.Context, email, password string) error {
	return v.post(ctx, "/portal/sign-in", "email", email, "password", password)
}

// hashes measures what a server has resident more, at most, while many sign in
// at once.
func (b *portalBench) hashes(ctx context.Context, p *Process) error {
	v := newVisitor(p)
	for range 50 { // what any page takes is no part of it
		if _, err := v.get(ctx, "/portal/sign-in"); err != nil {
			return err
		}
	}
	before := p.Resident()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, signIns)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { errs[i] = newVisitor(p).signIn(ctx, b.cast.Developer, b.cast.Password) })
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	start, peak := clock.Real{}.Now(), before
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
			peak = max(peak, p.Resident())
			if err := pause(ctx, 2*time.Millisecond); err != nil {
				cancel()
				<-done
				return err
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	b.add(AtMost(b.what("%d sign-ins at once: more resident", signIns), float64(peak-before)/megabyte, hashBar, "%.1f MB").
		Noted("%.1f MB before; one hash at a time, %.0f ms each", float64(before)/megabyte, ms(clock.Real{}.Since(start))/signIns))
	return nil
}
