package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// A payer is a client that pays in every way, while the server comes and goes.
type payer struct {
	*killing
	rand *rand.Rand
	n    int // its number, for an account of its own
	made int
}

const (
	payPath    = "/psd2/paymentinitiation/v1/payments/domestic"
	basketPath = "/psd2/paymentinitiation/v1/signing-baskets"
)

// run pays until ctx ends.
func (p *payer) run(ctx context.Context) {
	for ctx.Err() == nil {
		p.made++
		switch p.rand.IntN(6) {
		case 0, 1:
			p.sign(ctx, payPath+"/"+p.create(ctx, ""), "/authorisations")
		case 2: // of another day, and sometimes cancelled by its signature
			id := p.create(ctx, time.Now().AddDate(0, 0, 3).Format(time.DateOnly))
			p.sign(ctx, payPath+"/"+id, "/authorisations")
			if p.rand.IntN(2) == 0 && id != "" {
				p.call(ctx, http.MethodDelete, payPath+"/"+id, "", "")
				p.sign(ctx, payPath+"/"+id, "/cancellation-authorisations")
			}
		case 3:
			if id := p.create(ctx, ""); id != "" {
				p.call(ctx, http.MethodDelete, payPath+"/"+id, "", "")
			}
		case 4: // cancelled while it is signed and carried out
			id := p.create(ctx, "")
			done := make(chan struct{})
			wait := time.Duration(p.rand.Int64N(int64(100 * time.Millisecond)))
			go func() {
				defer close(done)
				time.Sleep(wait)
				p.call(ctx, http.MethodDelete, payPath+"/"+id, "", "")
			}()
			p.sign(ctx, payPath+"/"+id, "/authorisations")
			<-done
		case 5:
			p.basket(ctx)
		}
	}
}

// basket signs some payments in one basket.
func (p *payer) basket(ctx context.Context) {
	var ids []string
	for range 2 + p.rand.IntN(2) {
		if id := p.create(ctx, ""); id != "" {
			ids = append(ids, id)
		}
	}
	a := p.call(ctx, http.MethodPost, basketPath, `{"paymentIds":["`+strings.Join(ids, `","`)+`"]}`, "")
	if a.BasketID == "" {
		return
	}
	p.sign(ctx, basketPath+"/"+a.BasketID, "/authorisations")
	if p.rand.IntN(4) == 0 {
		p.call(ctx, http.MethodDelete, basketPath+"/"+a.BasketID, "", "")
	}
	for _, id := range ids {
		p.call(ctx, http.MethodGet, payPath+"/"+id+"/status", "", "")
	}
}

// create makes a payment, again with the same key until it is answered.
func (p *payer) create(ctx context.Context, date string) string {
	if date != "" {
		date = `,"requestedExecutionDate":"` + date + `"`
	}
	body := fmt.Sprintf(`{"instructedAmount":{"currency":"SEK","amount":"%d.05"},"debtorAccount":{"iban":"SE99500000000000000%05d00"},`+
		`"creditorName":"Somebody","creditorAccount":{"iban":"SE7280000810340009783242"}%s}`, 1+p.rand.IntN(9), 100+p.n, date)
	key := fmt.Sprintf("key-%d-%d-%d", p.n, p.made, p.rand.Uint32())
	for ctx.Err() == nil {
		if a := p.call(ctx, http.MethodPost, payPath, body, key); a.PaymentID != "" {
			p.saw(a.PaymentID, p.n, a.TransactionStatus)
			return a.PaymentID
		}
		time.Sleep(50 * time.Millisecond)
	}
	return ""
}

// sign signs what is at path, and looks at it until nothing more comes of it.
// It gives up when the server has gone: jobs have to go on then.
func (p *payer) sign(ctx context.Context, path, set string) {
	a := p.call(ctx, http.MethodPost, path+set, "{}", "")
	id := a.AuthorisationID
	if id == "" {
		id = a.CancellationID
	}
	if id == "" {
		return
	}
	p.call(ctx, http.MethodPut, path+set+"/"+id, `{"authenticationMethodId":"mbid"}`, "")
	for range 3 + p.rand.IntN(30) {
		if ctx.Err() != nil {
			return
		}
		a := p.call(ctx, http.MethodGet, path+set+"/"+id, "", "")
		b := p.call(ctx, http.MethodGet, path+"/status", "", "")
		if a.SCAStatus == "failed" || strings.Contains("ACSC ACCC RJCT CANC", b.TransactionStatus) && b.TransactionStatus != "" {
			return
		}
		time.Sleep(time.Duration(p.rand.Int64N(int64(200 * time.Millisecond))))
	}
}

// An answer is what a payer wants to know of one; empty if there was none.
type answer struct {
	PaymentID, BasketID, AuthorisationID, CancellationID, TransactionStatus, SCAStatus string
}

// call makes a request. It returns nothing for an error of any kind.
func (p *payer) call(ctx context.Context, method, path, body, key string) (a answer) {
	began := time.Now()
	// A client that gives up is no part of this.
	r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.Error(err)
		return a
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + p.token, "X-Request-ID": "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11", "X-BicFi": "ESSESESS",
		"PSU-ID": fmt.Sprintf("1990000%05d", 100+p.n), "PSU-IP-Address": "192.0.2.1", "Content-Type": "application/json", "Idempotency-Key": key,
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.note(method, path, 0, nil, err, began)
		time.Sleep(50 * time.Millisecond)
		return a
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	p.note(method, path, res.StatusCode, text, err, began)
	if err != nil || res.StatusCode >= 400 || len(text) == 0 {
		return a
	}
	if err := json.Unmarshal(text, &a); err != nil {
		p.Errorf("%s %s: %v: %s", method, path, err, text)
	}
	if id, ok := strings.CutPrefix(path, payPath+"/"); ok {
		p.saw(id[:36], p.n, a.TransactionStatus)
	}
	return a
}
