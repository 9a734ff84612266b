package benchmark

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
)

// A Call is a request that a load repeats.
type Call struct {
	Addr    string // host:port
	Method  string
	Path    string // with the query
	Header  [][2]string
	Body    string
	Status  int    // the answer that is wanted
	Contain string // what the body must have; anything if empty
	// TLS is how to speak TLS; plain HTTP if nil. Fresh asks for a connection of
	// its own for each request, which counts.
	TLS   *tls.Config
	Fresh bool
}

// dial opens a connection, which ends at the latest at until.
func (c *Call) dial(ctx context.Context, until time.Time) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok && c.Fresh {
		err = tcp.SetLinger(0) // or the ports run out
	}
	if err := errors.Join(err, conn.SetDeadline(until)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if c.TLS == nil {
		return conn, nil
	}
	secure := tls.Client(conn, c.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

// A Result is what a load measured.
type Result struct {
	Requests  int
	PerSecond float64
	P50, P99  time.Duration
}

// bytes returns the request as it goes over the wire.
func (c *Call) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", c.Method, c.Path, c.Addr)
	for _, h := range c.Header {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if c.Body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(c.Body))
	}
	b.WriteString("\r\n" + c.Body)
	return b.Bytes()
}

// Load sends c over the connections for d. It reports the first answer that is
// not the wanted one: a server that fails fast must not look quick.
func Load(ctx context.Context, c *Call, connections int, d time.Duration) (Result, error) {
	start := clock.Real{}.Now()
	until := start.Add(d)
	took := make([][]time.Duration, connections)
	errs := make([]error, connections)
	var group sync.WaitGroup
	for i := range connections {
		group.Go(func() { took[i], errs[i] = loop(ctx, c, until) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return Result{}, fmt.Errorf("%s %s: %w", c.Method, c.Path, err)
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	if len(all) == 0 {
		return Result{}, fmt.Errorf("%s %s: no answer in %v", c.Method, c.Path, d)
	}
	return Result{
		Requests:  len(all),
		PerSecond: float64(len(all)) / clock.Real{}.Since(start).Seconds(),
		P50:       all[len(all)/2],
		P99:       all[len(all)*99/100],
	}, nil
}

// loop sends c on one connection until the time is over, and returns how long
// each answer took.
func loop(ctx context.Context, c *Call, until time.Time) ([]time.Duration, error) {
	conn, err := c.dial(ctx, until.Add(30*time.Second))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	request, in := c.bytes(), bufio.NewReaderSize(conn, 64<<10)
	var took []time.Duration
	var body []byte
	for now := (clock.Real{}).Now(); now.Before(until); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if c.Fresh && len(took) > 0 {
			_ = conn.Close() // nothing is to come on it
			next, err := c.dial(ctx, until.Add(30*time.Second))
			if err != nil {
				return nil, err
			}
			conn = next
			in.Reset(conn)
		}
		if _, err := conn.Write(request); err != nil {
			return nil, err
		}
		status, got, err := readAnswer(in, body[:0])
		if err != nil {
			return nil, err
		}
		if status != c.Status || !bytes.Contains(got, []byte(c.Contain)) {
			return nil, fmt.Errorf("answered %d %.300q, want %d with %q", status, got, c.Status, c.Contain)
		}
		body = got
		end := clock.Real{}.Now()
		took = append(took, end.Sub(now))
		now = end
	}
	return took, nil
}

// errAnswer is reported for what is no answer that this client can read.
var errAnswer = errors.New("no HTTP/1.1 answer that the load can read")

// readAnswer reads an answer into body, as cheaply as can be, since the load
// runs on the cores of the server.
func readAnswer(in *bufio.Reader, body []byte) (status int, _ []byte, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 {
		return 0, nil, errAnswer
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, errAnswer
	}
	length, chunked := 0, false
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return 0, nil, err
		}
		name, value, ok := strings.Cut(strings.TrimSpace(string(line)), ":")
		if !ok {
			break
		}
		switch http.CanonicalHeaderKey(name) {
		case "Content-Length":
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return 0, nil, errAnswer
			}
		case "Transfer-Encoding":
			chunked = true
		}
	}
	if chunked {
		body, err = readChunks(in, body)
		return status, body, err
	}
	body, err = readMore(in, body, length)
	return status, body, err
}

// readChunks reads a chunked body.
func readChunks(in *bufio.Reader, body []byte) ([]byte, error) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 32)
		if err != nil {
			return nil, errAnswer
		}
		if body, err = readMore(in, body, int(n)); err != nil {
			return nil, err
		}
		if _, err := in.ReadSlice('\n'); err != nil {
			return nil, err
		}
		if n == 0 {
			return body, nil
		}
	}
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 16 << 20

// readMore appends n bytes to body.
func readMore(in *bufio.Reader, body []byte, n int) ([]byte, error) {
	start := len(body)
	if n < 0 || n > maxAnswer-start {
		return nil, errAnswer
	}
	body = slices.Grow(body, n)[:start+n]
	for got := start; got < len(body); {
		k, err := in.Read(body[got:])
		if err != nil {
			return nil, err
		}
		got += k
	}
	return body, nil
}
