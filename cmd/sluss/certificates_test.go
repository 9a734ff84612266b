package main

import (
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/clock"
)

// certificates makes an issuer (issuers.pem), a server of 127.0.0.1
// (server.pem, server.key) and a client with the subject of certtest.Template
// and an organisation number (client.pem, client.key), and another client that
// no issuer stands behind (other.pem, other.key).
func certificates(t testing.TB, ts *testscript.TestScript) {
	t.Helper()
	now := clock.Real{}.Now()
	ca := certtest.NewIssuer(t, now)
	write := func(name string, text []byte) { ts.Check(os.WriteFile(ts.MkAbs(name), text, 0o600)) }
	write("issuers.pem", ca.PEM())
	for name, c := range map[string]*certtest.Client{
		"server": ca.Issue(t, func(c *x509.Certificate) {
			c.ExtKeyUsage, c.IPAddresses = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, []net.IP{net.IPv4(127, 0, 0, 1)}
		}),
		"client": ca.Issue(t, nil),
		"other":  certtest.SelfSigned(t, now, nil),
	} {
		key, err := x509.MarshalPKCS8PrivateKey(c.Key)
		ts.Check(err)
		write(name+".pem", certtest.PEM(c.Cert))
		write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	}
}
