package server

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// A trust is what the configuration says of client certificates.
type trust struct {
	presented *web.Certificates
	authority *certificate.Authority // nil without issuers
	lists     certificate.Lists
	files     []string // of lists
	read      map[string]stamp
}

// A stamp tells whether a file has changed.
type stamp struct {
	at   time.Time
	size int64
}

// newTrust reads the files that c names. Own is the certificate of the
// platform's own authority, nil without one, and withdrawn knows which of its
// certificates are. It never returns nil.
func newTrust(c *config.Config, own *x509.Certificate, withdrawn certificate.Register) (*trust, error) {
	t := &trust{presented: &web.Certificates{Header: c.Proxy.CertHeader}, files: c.Certificates.RevocationFiles}
	var err error
	if t.presented.Proxies, err = c.Proxy.CertPrefixes(); err != nil {
		return t, err
	}
	var text []byte
	if file := c.Certificates.IssuerFile; file != "" {
		if text, err = os.ReadFile(file); err != nil {
			return t, fmt.Errorf("certificates.issuerFile: %w", err)
		}
	}
	if own != nil {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Raw})...)
	}
	if len(text) == 0 {
		return t, nil
	}
	if t.authority, err = certificate.NewAuthority(text); err != nil {
		return t, fmt.Errorf("certificates.issuerFile: %w", err)
	}
	blocked, err := certificate.NewBlocklist(c.Certificates.Blocked)
	if err != nil {
		return t, fmt.Errorf("certificates.blocked: %w", err)
	}
	t.authority.Registers = []certificate.Register{blocked, &t.lists, withdrawn}
	if err := t.reload(); err != nil {
		return t, fmt.Errorf("certificates.revocationFiles: %w", err)
	}
	return t, nil
}

// reload reads the revocation lists again if one of the files has changed.
func (t *trust) reload() error {
	next := make(map[string]stamp, len(t.files))
	changed := false
	for _, file := range t.files {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		next[file] = stamp{info.ModTime(), info.Size()}
		changed = changed || next[file] != t.read[file]
	}
	if !changed {
		return nil
	}
	texts := make([][]byte, len(t.files))
	for i, file := range t.files {
		var err error
		if texts[i], err = os.ReadFile(file); err != nil {
			return err
		}
	}
	if err := t.lists.Set(t.authority, texts...); err != nil {
		return err
	}
	t.read = next
	return nil
}

// reloadEvery is how often the files of revocation lists are looked at.
const reloadEvery = time.Minute

// run keeps the revocation lists up to date until ctx ends. Those of before
// stay in use while a file cannot be read.
func (t *trust) run(ctx context.Context, log *slog.Logger) {
	if t.authority == nil || len(t.files) == 0 {
		return
	}
	clock.Real{}.Poll(ctx, reloadEvery, nil, func(context.Context) {
		if err := t.reload(); err != nil {
			log.Error("cannot read the revocation lists; those of before stay in use", "error", err)
		}
	})
}

// ownAuthority returns the certificate of the platform's own authority. In
// production there always is one; elsewhere once it has issued something.
func (s *Server) ownAuthority(ctx context.Context, p *parts) (*x509.Certificate, error) {
	if s.config.Environment != app.Production {
		if _, err := p.db.Authority(ctx); problem.Is(err, problem.ResourceUnknown) {
			return nil, nil //nolint:nilnil // none yet
		}
	}
	root, err := p.issuer.Root(ctx)
	if err != nil {
		return nil, fmt.Errorf("the platform's certificate authority: %w", err)
	}
	return root, p.issuer.Load(ctx)
}
