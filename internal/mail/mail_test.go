package mail_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/mail"
	"sluss.example/sluss/internal/store/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A server speaks as much SMTP as it takes to get a mail.
type server struct {
	t        *testing.T
	listener net.Listener
	cert     tls.Certificate
	roots    *x509.CertPool
	startTLS bool
	user     string // wants a log-in if not empty

	mu     sync.Mutex
	refuse int // so many mails with a temporary fault
	got    []string
	to     []string
	logins []string
}

func newServer(t *testing.T, implicit bool) *server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: noon.AddDate(100, 0, 0), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots: x509.NewCertPool()}
	s.roots.AddCert(leaf)
	s.listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if implicit {
		s.listener = tls.NewListener(s.listener, s.config())
	}
	var conns sync.WaitGroup
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := s.listener.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { s.talk(c) })
		}
	}()
	t.Cleanup(func() {
		_ = s.listener.Close()
		<-done
		conns.Wait()
	})
	return s
}

func (s *server) config() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS12}
}

func (s *server) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	say := func(text string) { _, _ = fmt.Fprintf(c, "%s\r\n", text) }
	in := bufio.NewReader(c)
	say("220 test")
	for {
		text, err := in.ReadString('\n')
		if err != nil {
			return
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
		switch strings.ToUpper(word) {
		case "EHLO":
			all := []string{"test"}
			_, encrypted := c.(*tls.Conn)
			if s.startTLS && !encrypted {
				all = append(all, "STARTTLS")
			}
			if s.user != "" {
				all = append(all, "AUTH PLAIN")
			}
			for i, e := range all {
				if i == len(all)-1 {
					say("250 " + e)
				} else {
					say("250-" + e)
				}
			}
		case "STARTTLS":
			say("220 go")
			c = tls.Server(c, s.config())
			in = bufio.NewReader(c)
		case "AUTH":
			s.note(&s.logins, rest)
			say("235 in")
		case "RCPT":
			s.note(&s.to, rest)
			say("250 ok")
		case "DATA":
			if s.refused() {
				say("451 come again")
				continue
			}
			say("354 go on")
			s.note(&s.got, readData(in))
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func readData(in *bufio.Reader) string {
	var b strings.Builder
	for {
		text, err := in.ReadString('\n')
		if err != nil || text == ".\r\n" {
			return b.String()
		}
		b.WriteString(text)
	}
}

func (s *server) note(list *[]string, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, text)
}

func (s *server) refused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse--
	return s.refuse >= 0
}

// mails returns what the server has taken.
func (s *server) mails() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name               string
		tls                string
		implicit, startTLS bool
		user               string
		trusted            bool
		wantErr            string
	}{
		{"starttls", mail.StartTLS, false, true, "", true, ""},
		{"starttls and log-in", mail.StartTLS, false, true, "mailer", true, ""},
		{"implicit", mail.Implicit, true, false, "", true, ""},
		{"plain", mail.None, false, false, "", true, ""},

		{"no starttls there", mail.StartTLS, false, false, "", true, "STARTTLS"},
		{"certificate of a stranger", mail.StartTLS, false, true, "", false, "certificate"},
		{"certificate of a stranger, implicit", mail.Implicit, true, false, "", false, "certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, tt.implicit)
			s.startTLS, s.user = tt.startTLS, tt.user
			out := &mail.SMTP{Server: s.listener.Addr().String(), From: "sluss <noreply@sluss.example>", User: tt.user, Password: "pw", TLS: tt.tls}
			if out.Roots = x509.NewCertPool(); tt.trusted {
				out.Roots = s.roots
			}
			err := out.Deliver(t.Context(), "id1", developer.Mail{To: "ada@example.com", Subject: "Hej Räkna", Text: "A link:\n\nhttps://p.example/x?link=a=b\n"})
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) || len(s.mails()) > 0 {
					t.Fatalf("Deliver reports %v, want %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(s.mails(), "\n")
			for _, want := range []string{
				"From: \"sluss\" <noreply@sluss.example>", "To: <ada@example.com>", "Message-ID: <id1@sluss.example>", "Subject: =?UTF-8?q?Hej_R=C3=A4kna?=",
				"Auto-Submitted: auto-generated", "https://p.example/x?link=3Da=3Db",
			} {
				if !strings.Contains(got, want) {
					t.Errorf("the mail lacks %q:\n%s", want, got)
				}
			}
			if len(s.logins) != map[bool]int{true: 1}[tt.user != ""] {
				t.Errorf("log-ins %q", s.logins)
			}
		})
	}
}

// No part of a mail ends a header's line.
func TestNoHeaderInjection(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	out := &mail.SMTP{Server: s.listener.Addr().String(), From: "noreply@sluss.example", TLS: mail.None}
	for _, evil := range []string{"x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\rBcc: eve@example.com", "x\u2028Bcc: eve@example.com\u0085Bcc: y"} {
		_ = out.Deliver(t.Context(), "id\r\nBcc: eve@example.com", developer.Mail{To: "ada@example.com", Subject: evil, Text: "t\r\n.\r\nMAIL FROM:<eve@example.com>\r\n"})
		_ = out.Deliver(t.Context(), "id", developer.Mail{To: "ada@example.com" + strings.TrimPrefix(evil, "x"), Subject: "s", Text: "t"})
	}
	if len(s.mails()) == 0 {
		t.Fatal("no mail came")
	}
	for _, m := range s.mails() {
		head, _, _ := strings.Cut(m, "\r\n\r\n")
		if strings.Contains(head, "\nBcc") || strings.Contains(head, "\rBcc") {
			t.Errorf("a header was made:\n%s", m)
		}
	}
	for _, to := range s.to {
		if strings.Count(to, "@") != 1 || strings.Contains(to, "<eve") {
			t.Logf("recipient %s", to)
			if strings.HasPrefix(to, "TO:<eve") {
				t.Errorf("mail went to %s", to)
			}
		}
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := &mail.Print{To: &out}
	if err := p.Send(t.Context(), developer.Mail{To: "ada@example.com\n--- x", Subject: "Hello\x1b[2J", Text: "one\n\nhttp://localhost/x\n"}); err != nil {
		t.Fatal(err)
	}
	want := "\n--- mail to ada@example.com--- x: Hello[2J\n    one\n    \n    http://localhost/x\n---\n\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

// A mail that the server refuses for now is tried again, and what waits has no
// link that could be read.
func TestQueue(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	s.refuse = 1
	db := testdb.Open(t, testdb.Memory)
	now := clock.NewFrozen(noon)
	q := &mail.Queue{Store: db, Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: now}
	if err := q.Send(t.Context(), developer.Mail{To: "ada@example.com", Subject: "s", Text: "secret-link\n"}); err != nil {
		t.Fatal(err)
	}
	jobs, err := db.Jobs(t.Context(), job.Filter{Kind: mail.Job, Limit: 10})
	if err != nil || len(jobs) != 1 || strings.Contains(string(jobs[0].Payload)+jobs[0].Subject, "ada@") || strings.Contains(string(jobs[0].Payload), "secret-link") {
		t.Fatalf("jobs %+v, %v", jobs, err)
	}
	out := &mail.SMTP{Server: s.listener.Addr().String(), From: "noreply@sluss.example", TLS: mail.None}
	r := &jobrun.Runner{
		Store: db, Clock: now, Log: slog.New(slog.DiscardHandler), Inserted: db.JobsInserted(),
		Handlers: map[job.Kind]jobrun.Handler{mail.Job: {Outside: q.Run(out)}},
	}
	if err := r.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	jobs, err = db.Jobs(t.Context(), job.Filter{Kind: mail.Job, Limit: 10})
	if err != nil || len(jobs) != 1 || strings.Contains(jobs[0].Failure, "ada@") || !strings.Contains(jobs[0].Failure, "451") {
		t.Fatalf("after a refusal: jobs %+v, %v", jobs, err)
	}
	if err := errors.Join(db.RetryJob(t.Context(), jobs[0].ID), r.Settle(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got := s.mails(); len(got) != 1 || !strings.Contains(got[0], "secret-link") {
		t.Errorf("mails %q", got)
	}
	if jobs, err = db.Jobs(t.Context(), job.Filter{Kind: mail.Job, Limit: 10}); err != nil || len(jobs) > 0 {
		t.Errorf("jobs left: %v, %v", jobs, err)
	}
}
