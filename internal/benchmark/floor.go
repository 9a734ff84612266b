package benchmark

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"time"
)

// The kinds of floors.
const (
	Bare    = "bare"    // parses the request and answers as many bytes as a token has
	Signing = "signing" // as Bare, and signs RS256, as many at a time as there are cores
	ES256   = "es256"   // the same with ES256
	// Libcrypto is Signing by OpenSSL's libcrypto, in programs built with it.
	Libcrypto = "libcrypto"
)

// tokenBytes is about the size of a token endpoint's answer.
const tokenBytes = 900

// Floor returns a token endpoint that does as little as one can.
func Floor(kind string) (http.Handler, error) {
	switch kind {
	case Bare:
		return floor(func(body []byte) ([]byte, error) { return body, nil }), nil
	case Signing:
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("make the floor's key: %w", err)
		}
		return signing(func(digest []byte) ([]byte, error) { return rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest) }), nil
	case ES256:
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make the floor's key: %w", err)
		}
		return signing(func(digest []byte) ([]byte, error) { return ecdsa.SignASN1(rand.Reader, key, digest) }), nil
	case Libcrypto:
		sign, err := libcryptoSigner()
		if err != nil {
			return nil, err
		}
		return signing(sign), nil
	}
	return nil, fmt.Errorf("no floor is called %q", kind)
}

// signing returns a floor that signs, as many at a time as there are cores.
func signing(sign func(digest []byte) ([]byte, error)) http.Handler {
	gate := make(chan struct{}, runtime.GOMAXPROCS(0))
	return floor(func(body []byte) ([]byte, error) {
		gate <- struct{}{}
		defer func() { <-gate }()
		digest := sha256.Sum256(body)
		signature, err := sign(digest[:])
		out := append([]byte(nil), body[:len(body)-base64.RawURLEncoding.EncodedLen(len(signature))]...)
		return base64.RawURLEncoding.AppendEncode(out, signature), err
	})
}

func floor(answer func(body []byte) ([]byte, error)) http.Handler {
	body := make([]byte, tokenBytes)
	for i := range body {
		body[i] = 'a'
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /connect/token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "client_credentials" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		out, err := answer(body)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Length", strconv.Itoa(len(out)))
		_, _ = w.Write(out)
	})
	return mux
}

// committing returns a floor that reads a body, commits some transactions, and
// answers.
func committing(commit func(ctx context.Context) error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /commit/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
		}
		for ; n > 0 && err == nil; n-- {
			err = commit(r.Context())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"transactionStatus":"RCVD"}`)
	})
	return mux
}

// FloorOptions say what floor to serve, and by what certificate: without one it
// speaks plain HTTP.
type FloorOptions struct {
	Kind, CertFile, KeyFile string
	// Commit commits a small transaction. It makes a floor for payments, whose
	// calls commit as many as their path says; Kind does not count then.
	Commit func(ctx context.Context) error
}

// ServeFloor serves a floor on a free port of the loopback interface, says
// where on out as a sandbox does, and stops when ctx ends.
func ServeFloor(ctx context.Context, o FloorOptions, out io.Writer) error {
	h, err := committing(o.Commit), error(nil)
	if o.Commit == nil {
		h, err = Floor(o.Kind)
	}
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	scheme, serve := "http", server.Serve
	if o.CertFile != "" {
		scheme, serve = "https", func(l net.Listener) error { return server.ServeTLS(l, o.CertFile, o.KeyFile) }
	}
	if _, err := fmt.Fprintf(out, "{\"auth\":\"%s://%s\"}\n", scheme, l.Addr()); err != nil {
		return err
	}
	if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
