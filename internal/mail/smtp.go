package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"sluss.example/sluss/internal/developer"
)

// How a connection to the mail server is protected.
const (
	StartTLS = "starttls" // encrypted before anything is said, or given up
	Implicit = "implicit" // encrypted from the first byte on
	None     = "none"     // for a server on this machine
)

// smtpTime bounds the delivery of one mail, in real time.
const smtpTime = 20 * time.Second

// An SMTP is a mail server that takes our mail.
type SMTP struct {
	Server   string // host:port
	From     string // such as "sluss <noreply@example.com>", or the address alone
	User     string // none if empty
	Password string // never logged
	TLS      string // StartTLS, Implicit or None
	// Roots are the authorities that the server's certificate is checked by;
	// the system's if nil.
	Roots *x509.CertPool
}

// Deliver hands a mail to the server. The id, which no other mail has, goes
// into its Message-ID. What would end a header's line is taken out before.
func (s *SMTP) Deliver(ctx context.Context, id string, m developer.Mail) error {
	msg, err := s.message(id, m)
	if err != nil {
		return err
	}
	var d dialer
	defer d.close()
	c, err := s.client(&d)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, smtpTime)
	defer cancel()
	if err := c.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("send mail by %s: %s", s.Server, withoutAddress(err.Error(), m.To))
	}
	return nil
}

// withoutAddress takes the recipient out of what a server said, which lists of
// jobs and logs show.
func withoutAddress(text, address string) string {
	return line(strings.ReplaceAll(text, address, "the recipient"))
}

func (s *SMTP) message(id string, m developer.Mail) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingQP))
	from, err := mail.ParseAddress(s.From)
	if err != nil {
		return nil, fmt.Errorf("sender of mail: %w", err)
	}
	msg.FromMailAddress(from)
	msg.ToMailAddress(&mail.Address{Address: line(m.To)})
	msg.Subject(line(m.Subject))
	msg.SetDate()
	_, host, _ := strings.Cut(from.Address, "@")
	msg.SetMessageIDWithValue(line(id) + "@" + host)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 section 5
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}

// A dialer opens the connections of one delivery and closes what is left of
// them: the library leaves those open on which STARTTLS failed.
type dialer struct {
	tls   *tls.Config // nil if the connection begins unencrypted
	conns []net.Conn
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var c net.Conn
	var err error
	if d.tls != nil {
		c, err = (&tls.Dialer{Config: d.tls}).DialContext(ctx, network, address)
	} else {
		c, err = (&net.Dialer{}).DialContext(ctx, network, address)
	}
	if err == nil {
		d.conns = append(d.conns, c)
	}
	return c, err
}

func (d *dialer) close() {
	for _, c := range d.conns {
		_ = c.Close()
	}
}

func (s *SMTP) client(d *dialer) (*gomail.Client, error) {
	host, port, err := net.SplitHostPort(s.Server)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	secure := &tls.Config{ServerName: host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(n), gomail.WithTimeout(smtpTime), gomail.WithTLSConfig(secure), gomail.WithDialContextFunc(d.dial),
	}
	switch s.TLS {
	case Implicit:
		d.tls = secure
		options = append(options, gomail.WithSSL())
	case None:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	c, err := gomail.NewClient(host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	return c, nil
}
