package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"sluss.example/sluss/internal/config"
)

// maxHeaderBytes is the most that the header of a request may have. Ours have
// a token of about 1 KB and a handful of ids.
const maxHeaderBytes = 64 << 10

// Listeners are the open sockets of a server.
type Listeners struct {
	Public  net.Listener
	Control net.Listener // nil if switched off
}

// Listen opens the sockets that c names. It is done before [New], since only
// an open socket knows its port: Listen puts it in the place of port 0 in the
// base URLs of c.
func Listen(ctx context.Context, c *config.Config) (*Listeners, error) {
	var ls Listeners
	var err error
	if ls.Public, err = listen(ctx, "listen", c.Listen); err != nil {
		return nil, err
	}
	if c.Control != "off" && c.Control != "" {
		if ls.Control, err = listen(ctx, "control", c.Control); err != nil {
			_ = ls.Public.Close()
			return nil, err
		}
	}
	_, port, _ := net.SplitHostPort(ls.Public.Addr().String())
	for _, base := range []*string{&c.Base.Auth, &c.Base.API, &c.Base.KYC, &c.Base.MTLS} {
		if before, zero := strings.CutSuffix(*base, ":0"); zero {
			*base = before + ":" + port
		}
	}
	return &ls, nil
}

func listen(ctx context.Context, what, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s address %s is taken: another program, perhaps another sluss, listens there. "+
			"Stop it, or choose another port with --%s %s", what, address, what, otherPort(address))
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s address %s needs rights that this user does not have; choose a port above 1023", what, address)
	case err != nil:
		return nil, fmt.Errorf("cannot use %s as the %s address: %w", address, what, err)
	}
	return l, nil
}

// otherPort returns the address with port 0, by which the system picks a free
// port.
func otherPort(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if n, err := strconv.Atoi(port); err == nil && n < 65000 {
		return net.JoinHostPort(host, strconv.Itoa(n+10)) + " (port 0 picks a free one)"
	}
	return net.JoinHostPort(host, "0")
}

// ControlAddr returns the address of the control listener, empty if it is off.
func (ls *Listeners) ControlAddr() string {
	if ls.Control == nil {
		return ""
	}
	return ls.Control.Addr().String()
}

// Close closes the sockets.
func (ls *Listeners) Close() {
	_ = ls.Public.Close()
	if ls.Control != nil {
		_ = ls.Control.Close()
	}
}

// Run serves ls until ctx ends; then it says that it is not ready any more,
// takes no new connections, and lets requests finish for the configured time.
// It returns when all of that is over.
func (s *Server) Run(ctx context.Context, ls *Listeners) error {
	secure, err := s.tlsConfig()
	if err != nil {
		ls.Close()
		return err
	}
	servers := []*http.Server{s.httpServer(s.public)}
	sockets := []net.Listener{ls.Public}
	if secure != nil {
		servers[0].TLSConfig = secure
		sockets[0] = tls.NewListener(ls.Public, secure)
	}
	if ls.Control != nil {
		servers, sockets = append(servers, s.httpServer(s.control)), append(sockets, ls.Control)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for i, hs := range servers {
		group.Go(func() {
			if err := hs.Serve(sockets[i]); !errors.Is(err, http.ErrServerClosed) {
				cancel(fmt.Errorf("serve %s: %w", sockets[i].Addr(), err))
			}
		})
	}
	<-ctx.Done()
	s.health.stopping.Store(true)
	s.shutDown(servers)
	group.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// shutDown stops the servers, and cuts off what has not finished in time.
func (s *Server) shutDown(servers []*http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(s.config.Timeout.Stop))
	defer cancel()
	var group sync.WaitGroup
	for _, hs := range servers {
		group.Go(func() {
			if err := hs.Shutdown(ctx); err != nil {
				s.deps.Log.Warn("requests were cut off at the stop", "after", s.config.Timeout.Stop.String())
				_ = hs.Close()
			}
		})
	}
	group.Wait()
}

// httpServer returns a server with time-outs against clients that are slow, by
// accident or on purpose.
func (s *Server) httpServer(h http.Handler) *http.Server {
	t := s.config.Timeout
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: time.Duration(t.Header),
		ReadTimeout:       time.Duration(t.Read),
		WriteTimeout:      time.Duration(t.Write),
		IdleTimeout:       time.Duration(t.Idle),
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.deps.Log.Handler(), slog.LevelDebug),
	}
}

// tlsConfig returns the public listener's TLS; nil if it has none. It asks for
// a client certificate and takes any or none: what is wrong with one is told in
// an answer, which a handshake that fails could not.
func (s *Server) tlsConfig() (*tls.Config, error) {
	if s.config.TLS.CertFile == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(s.config.TLS.CertFile, s.config.TLS.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("tls.certFile and tls.keyFile: %w", err)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		ClientAuth: tls.RequestClientCert,
	}, nil
}
