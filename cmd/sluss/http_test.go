package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

// httpMain is the program http of the scripts:
//
//	http [-s STATUS] [-X METHOD] [-H HEADER]... [-d BODY] [-f FORM] [-until REGEXP] [-i] [-ca FILE] [-cert NAME] URL
//
// It prints the body, after the header lines with -i, and fails unless the
// status is STATUS (any of 2xx if left out). With -until it asks again until
// the body matches. With -ca it trusts the issuers in FILE, and with -cert it
// shows the certificate NAME.pem, with the key NAME.key. It follows no redirects.
func httpMain() {
	status := flag.Int("s", 0, "")
	method := flag.String("X", "", "")
	body := flag.String("d", "", "")
	form := flag.String("f", "", "")
	until := flag.String("until", "", "")
	withHeader := flag.Bool("i", false, "")
	issuers := flag.String("ca", "", "")
	certificate := flag.String("cert", "", "")
	header := http.Header{}
	flag.Func("H", "", func(s string) error {
		k, v, _ := strings.Cut(s, ":")
		header.Add(k, strings.TrimSpace(v))
		return nil
	})
	flag.Parse()
	switch {
	case *form != "":
		*body = *form
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	case *body != "" && header.Get("Content-Type") == "":
		header.Set("Content-Type", "application/json")
	}
	if *method == "" {
		*method = http.MethodGet
		if *body != "" {
			*method = http.MethodPost
		}
	}
	client, err := newClient(*issuers, *certificate)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	wanted := regexp.MustCompile(*until)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		res, answer, err := request(client, *method, flag.Arg(0), *body, header)
		fits := err == nil && (*status == 0 && res.StatusCode/100 == 2 || *status == res.StatusCode) && wanted.MatchString(answer)
		if !fits && *until != "" && time.Now().Before(deadline) {
			continue
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if *withHeader {
			fmt.Println(res.Status)
			_ = res.Header.Write(os.Stdout)
			fmt.Println()
		}
		fmt.Println(answer)
		if !fits {
			fmt.Fprintln(os.Stderr, "status", res.StatusCode)
			os.Exit(1)
		}
		return
	}
}

// newClient returns a client that trusts the issuers of a file, and shows a
// certificate; either may be empty.
func newClient(issuers, certificate string) (*http.Client, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if issuers != "" {
		text, err := os.ReadFile(issuers)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AppendCertsFromPEM(text)
	}
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate+".pem", certificate+".key")
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return &http.Client{
		Timeout: patience, Transport: &http.Transport{TLSClientConfig: c},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func request(c *http.Client, method, url, body string, header http.Header) (*http.Response, string, error) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	r.Header = header
	if host := header.Get("Host"); host != "" {
		r.Host = host
	}
	res, err := c.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	return res, string(answer), err
}
