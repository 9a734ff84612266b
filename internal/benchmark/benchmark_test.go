package benchmark

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "ping" || r.Header.Get("X-A") != "b" || r.URL.RequestURI() != "/p?q=1" {
			http.Error(w, "wrong request", http.StatusBadRequest)
			return
		}
		if r.RemoteAddr != "" && served.Load()%2 == 0 { // in chunks, and whole
			w.(http.Flusher).Flush()
		}
		_, _ = io.WriteString(w, "po")
		_, _ = io.WriteString(w, "ng")
	}))
	defer server.Close()
	call := &Call{
		Addr: server.Listener.Addr().String(), Method: "POST", Path: "/p?q=1", Header: [][2]string{{"X-A", "b"}}, Body: "ping",
		Status: 200, Contain: "pong",
	}
	got, err := Load(t.Context(), call, 4, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if int64(got.Requests) != served.Load() || got.PerSecond <= 0 || got.P50 <= 0 || got.P99 < got.P50 {
		t.Errorf("Load = %+v, want the %d requests that were served, and times", got, served.Load())
	}
	for name, change := range map[string]func(*Call){
		"status": func(c *Call) { c.Body = "pang" },
		"body":   func(c *Call) { c.Contain = "peng" },
		"no one": func(c *Call) { c.Addr = "127.0.0.1:1" },
	} {
		bad := *call
		change(&bad)
		if got, err := Load(t.Context(), &bad, 2, 50*time.Millisecond); err == nil {
			t.Errorf("Load with a wrong %s = %+v, want an error", name, got)
		}
	}
}

func TestFloor(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{Bare, Signing, ES256} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h, err := Floor(kind)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(h)
			defer server.Close()
			p := &Process{Addr: server.Listener.Addr().String()}
			body, err := p.do(t.Context(), tokenCall(p, "id", "secret", "accountinformation private"))
			if err != nil || len(body) != tokenBytes {
				t.Errorf("the floor answers %d bytes, %v, want %d", len(body), err, tokenBytes)
			}
			if signed := bytes.Count(body, []byte("a")) < tokenBytes; signed != (kind != Bare) {
				t.Errorf("the floor answers %q, want a signature in it: %t", body, kind != Bare)
			}
			if _, err := p.do(t.Context(), &Call{Method: "POST", Path: "/connect/token", Status: http.StatusBadRequest}); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := Floor("none"); err == nil {
		t.Error("a floor called none, want an error")
	}
}

func TestServeFloor(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- ServeFloor(ctx, FloorOptions{Kind: Bare}, out) }()
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, `{"auth":"http://127.0.0.1:`) {
		t.Errorf("the floor says %q, %v, want where it listens", line, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the floor ended with %v", err)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	good := []Row{AtLeast("a", 0.9, 0.9, "%.2f").Beside(90, 100, "%.0f"), AtMost("b", 20, 20, "%.0f MB").Noted("n"), Skip("c", "no peer")}
	var out bytes.Buffer
	met, err := Print(&out, good)
	want := "what  figure  floor  ratio  bar                note\n" +
		"a     90      100    0.90   at least 0.90  ok  \n" +
		"b     20 MB                 at most 20 MB  ok  n\n" +
		"c                                          -   no peer\n"
	if err != nil || !met || out.String() != want {
		t.Errorf("Print = %t, %v, %q, want %q", met, err, out.String(), want)
	}
	out.Reset()
	met, err = Print(&out, append(good, AtMost("c", 3, 2, "%.0f"), AtLeast("d", 1, 2, "%.0f")))
	if err != nil || met || strings.Count(out.String(), "MISSED") != 2 {
		t.Errorf("Print = %t, %v, %q, want two missed", met, err, out.String())
	}
}

func TestRatio(t *testing.T) {
	t.Parallel()
	r := rounds{
		floor: []Result{{PerSecond: 100}, {PerSecond: 200}, {PerSecond: 50}},
		ours:  []Result{{PerSecond: 90}, {PerSecond: 190}, {PerSecond: 1}},
	}
	if got := r.ratio(perSecond); got != 0.9 {
		t.Errorf("ratio = %v, want the median 0.9", got)
	}
	if got := Median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("Median = %v, want 2.5", got)
	}
}

// FuzzReadAnswer looks that no answer of a server makes the load panic, or
// read more than there is.
func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		_, body, err := readAnswer(bufio.NewReader(bytes.NewReader(in)), nil)
		if err == nil && len(body) > len(in) {
			t.Errorf("readAnswer(%q) read %d bytes, more than there are", in, len(body))
		}
	})
}

// TestOpen has a server that serves every fourth request.
func TestOpen(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%4 != 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "pong")
	}))
	defer server.Close()
	call := &Call{Addr: server.Listener.Addr().String(), Method: "POST", Path: "/", Body: "ping", Status: 200, Contain: "pong"}
	got, err := Open(t.Context(), call, 200, 500*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if got.Offered < 50 || got.Offered > 100 || got.Lost != 0 || got.Served+got.Refused != got.Offered || got.Served != got.Offered/4 || got.P99 <= 0 || got.RefusedP99 <= 0 {
		t.Errorf("Open = %+v, want about a hundred requests, a quarter of them served", got)
	}
	call.Contain = "peng"
	if got, err := Open(t.Context(), call, 200, 100*time.Millisecond); err == nil {
		t.Errorf("Open with a wrong body = %+v, want an error", got)
	}
}

// TestFresh makes a TLS connection for each request.
func TestFresh(t *testing.T) {
	t.Parallel()
	var conns atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "pong") }))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	config := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = "example.com"
	call := &Call{Addr: server.Listener.Addr().String(), Method: "GET", Path: "/", Status: 200, Contain: "pong", TLS: config, Fresh: true}
	got, err := Load(t.Context(), call, 2, 100*time.Millisecond)
	if err != nil || int64(got.Requests) != conns.Load() {
		t.Errorf("%d requests on %d connections, %v, want one for each", got.Requests, conns.Load(), err)
	}
}

func TestNewPeer(t *testing.T) {
	t.Parallel()
	p, err := NewPeer("http://127.0.0.1:9090/connect/token?x=1", "id:se:cret", "a b", 7)
	if err != nil {
		t.Fatal(err)
	}
	if c := p.call(); c.Addr != "127.0.0.1:9090" || c.Path != "/connect/token?x=1" || !strings.Contains(c.Body, "client_secret=se%3Acret") || !strings.Contains(c.Body, "scope=a+b") {
		t.Errorf("the call is %+v", c)
	}
	for _, bad := range [][2]string{{"https://127.0.0.1:9090/", "id:secret"}, {"http://127.0.0.1/", "id:secret"}, {"http://127.0.0.1:1/", "id"}, {":", "id:secret"}} {
		if _, err := NewPeer(bad[0], bad[1], "", 0); err == nil {
			t.Errorf("NewPeer(%q, %q) reports no fault", bad[0], bad[1])
		}
	}
	if CPUTime(os.Getpid()) < 0 || CPUTime(-1) != 0 {
		t.Error("CPUTime of nobody is not zero")
	}
}

// TestCheckRow measures the check of tokens, once around.
func TestCheckRow(t *testing.T) {
	t.Parallel()
	b := &tokenBench{Options: &Options{Rounds: 1}}
	if err := b.check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(b.rows) != 2 || b.rows[0].Floor == "" {
		t.Errorf("rows = %+v, want two, the first beside a floor", b.rows)
	}
}
