package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"sluss.example/sluss/client"
	"sluss.example/sluss/psd2"
)

// A program asks for a consent, lets the PSU sign it in the bank's app, and
// reads all transactions of the first account.
func Example() {
	ctx := context.Background()
	c := &client.Client{Auth: "http://localhost:8480", ID: os.Getenv("SLUSS_CLIENT_ID"), Secret: os.Getenv("SLUSS_CLIENT_SECRET")}
	bank := c.Bank("ESSESESS", client.PSU{Context: client.Private, ID: "199002092386", IPAddress: "192.0.2.1", UserAgent: "example"})

	consent, err := bank.CreateConsent(ctx, psd2.ConsentRequest{
		RecurringIndicator: true, ValidUntil: time.Now().AddDate(0, 3, 0).Format(time.DateOnly), FrequencyPerDay: 4,
	})
	if err != nil {
		log.Fatal(err)
	}
	authorisation, err := bank.Authorise(ctx, consent.ConsentID)
	if err != nil {
		log.Fatal(err)
	}
	started, err := bank.ChooseMethod(ctx, consent.ConsentID, authorisation.AuthorisationID, "mbid")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("open the bank's app with", started.ChallengeData.Data[0])
	for status := ""; status != "finalised"; time.Sleep(time.Second) {
		poll, err := bank.Authorisation(ctx, consent.ConsentID, authorisation.AuthorisationID)
		if err != nil || poll.SCAStatus == "failed" {
			log.Fatal(err, poll.TPPMessages)
		}
		status = poll.SCAStatus
	}

	accounts := bank.Accounts(consent.ConsentID)
	list, err := accounts.List(ctx, true)
	if err != nil || len(list) == 0 {
		log.Fatal("no accounts: ", err)
	}
	for t, err := range accounts.Transactions(ctx, list[0].ResourceID, client.Query{Status: "both"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(t.BookingDate, t.TransactionAmount.Amount, t.RemittanceUnstructured)
	}
}

// What the API refuses is found with errors.As.
func ExampleError() {
	c := &client.Client{Auth: "http://localhost:8480", ID: "app", Secret: "secret"}
	_, err := c.Bank("ESSESESS", client.PSU{ID: "199002092386"}).Accounts("some consent").List(context.Background(), false)
	var refusal *client.Error
	if errors.As(err, &refusal) && refusal.Code == string(psd2.ConsentExpired) {
		log.Print("ask for a new consent; the operator finds request ", refusal.RequestID)
	}
}

// A program proves itself by a key that its app has registered, and binds its
// tokens to another, which nobody else has.
func ExampleClient_keys() {
	text, err := os.ReadFile("key.pem")
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		log.Fatal("key.pem is not PEM")
	}
	own, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	proofs, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	c := &client.Client{Auth: "http://localhost:8480", ID: "app", Key: own, KeyID: "2026", DPoP: proofs}
	countries, err := c.Directory(client.Private).Countries(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(countries), "countries")
}

// A program shows its client certificate with each request, and proves itself
// by that alone.
func ExampleClient_certificate() {
	certificate, err := tls.LoadX509KeyPair("client.pem", "client.key")
	if err != nil {
		log.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
	c := &client.Client{
		Auth: "https://auth.example", API: "https://api.example", ID: "app",
		HTTP: &http.Client{Transport: transport, Timeout: 30 * time.Second},
	}
	countries, err := c.Directory(client.Private).Countries(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(countries), "countries")
}

// Any http.Client can carry the token, for calls that this package has no
// method for.
func ExampleClient_Transport() {
	c := &client.Client{Auth: "http://localhost:8480", ID: "app", Secret: "secret"}
	calls := &http.Client{Transport: c.Transport(client.Private, client.ScopeASPSPs), Timeout: 10 * time.Second}
	resp, err := calls.Get("http://localhost:8480/psd2/aspspinformation/v1/countries")
	if err != nil {
		log.Fatal(err)
	}
	_ = resp.Body.Close()
}

// Several processes share one token through a folder.
func ExampleFileStore() {
	dir, err := os.UserCacheDir()
	if err != nil {
		log.Fatal(err)
	}
	c := &client.Client{
		Auth: "http://localhost:8480", ID: "app", Secret: "secret",
		Store: client.FileStore{Dir: filepath.Join(dir, "example")},
	}
	if _, err := c.Token(context.Background(), "accountinformation private"); err != nil {
		log.Print(err)
	}
}
