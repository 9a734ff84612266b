package config

import (
	"fmt"
	"net"
	"net/mail"
	"os"
	"strings"
)

// A MailConfig says who sends our mail: links that prove addresses and set
// passwords, and invitations.
type MailConfig struct {
	// Server is the mail server, such as "smtp.example.com:587". No default;
	// without one no mail is sent, and "sluss user" prints links instead.
	Server string
	// From is the sender, such as "sluss <noreply@example.com>". No default;
	// needed with a server.
	From string
	// User logs in at the server. Defaults to nobody: it takes our mail without.
	User string
	// PasswordFile names the file with the user's password. No default; not
	// needed if SLUSS_MAIL_PASSWORD in the environment is the password itself.
	PasswordFile string
	// TLS is "starttls", encrypted before anything is said; "implicit", encrypted
	// from the first byte on; or "none", for a server on this machine. Defaults to
	// "starttls".
	TLS string
}

// check returns the faults by key.
func (m *MailConfig) check() map[string]string {
	faults := map[string]string{"mail.tls": oneOf(m.TLS, "starttls", "implicit", "none")}
	if m.Server == "" {
		for key, value := range map[string]string{"mail.from": m.From, "mail.user": m.User, "mail.passwordFile": m.PasswordFile} {
			if value != "" {
				faults[key] = "needs mail.server, which is missing"
			}
		}
		return faults
	}
	host, port, err := net.SplitHostPort(m.Server)
	switch {
	case err != nil || host == "" || checkAddress(m.Server) != "" || port == "0":
		faults["mail.server"] = fmt.Sprintf("%q is no address of a server; write host:port, such as \"smtp.example.com:587\"", m.Server)
	case m.TLS == "none" && !IsLoopback(host):
		faults["mail.tls"] = "must be \"starttls\" or \"implicit\": \"none\" is for a server on this machine, since mail has links that let in"
	}
	if m.From == "" {
		faults["mail.from"] = "is missing; mail.server needs it, such as \"sluss <noreply@example.com>\""
	} else if _, err := mail.ParseAddress(m.From); err != nil {
		faults["mail.from"] = fmt.Sprintf("%q is no sender; write such as \"sluss <noreply@example.com>\"", m.From)
	}
	return faults
}

// MailPassword returns the password at the mail server: that of
// SLUSS_MAIL_PASSWORD if it is set, else that of Mail.PasswordFile. It is empty
// if nobody logs in there.
func (c *Config) MailPassword(getenv func(string) string) (string, error) {
	if c.Mail.User == "" {
		return "", nil
	}
	return secret("SLUSS_MAIL_PASSWORD", "mail.passwordFile", "password", c.Mail.PasswordFile, getenv)
}

// secret returns the secret of the environment, if it is there, else that of
// the file, which the key names.
func secret(variable, key, what, file string, getenv func(string) string) (string, error) {
	if text := getenv(variable); text != "" {
		return text, nil
	}
	if file == "" {
		return "", &fault{key, fmt.Sprintf("is missing: name the file with the %s here (or set %s to it)", what, variable)}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", &fault{key, fmt.Sprintf("%q cannot be read: %s", file, reasonOf(err))}
	}
	if s := strings.TrimRight(string(text), "\r\n"); s != "" {
		return s, nil
	}
	return "", &fault{key, fmt.Sprintf("%q is empty", file)}
}
