package benchmark

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// freshTLS measures tokens for clients that make a new TLS 1.3 connection for
// each.
func (b *tokenBench) freshTLS(ctx context.Context) error {
	cert, key, err := b.certificate()
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	text, err := os.ReadFile(cert)
	if err != nil {
		return err
	}
	pool.AppendCertsFromPEM(text)
	ours, err := b.sandbox(ctx, "tls.certFile="+cert, "tls.keyFile="+key)
	if err != nil {
		return err
	}
	defer ours.Stop()
	floor, err := Start(ctx, b.Program, "bench", "floor", Signing, "--cert", cert, "--key", key)
	if err != nil {
		return err
	}
	defer floor.Stop()
	c := call(ours)
	c.Fresh, c.TLS = true, &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS13}
	r, err := b.inTurn(ctx, "TLS", c.beside(floor), c, connections)
	if err != nil {
		return err
	}
	b.add(r.share("RS256, a TLS 1.3 connection for each: tokens", 0.90).Noted("p99 %.1f ms, floor %.1f ms", medianOf(r.ours, p99), medianOf(r.floor, p99)))
	return nil
}

// certificate makes a certificate for localhost and returns its files.
func (b *tokenBench) certificate() (certFile, keyFile string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: today().Add(-time.Hour), NotAfter: today().AddDate(0, 0, 1),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	certFile, keyFile = filepath.Join(b.dir, "cert.pem"), filepath.Join(b.dir, "key.pem")
	return certFile, keyFile, errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600),
	)
}
