package portal_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
)

// evil is what a bank or a client may have put anywhere.
const evil = `<script>alert("x")</script>`

func (r *rig) putConsents(all ...consent.Consent) {
	r.t.Helper()
	err := r.db.ConsentTx(r.t.Context(), func(tx consent.Tx) error {
		for _, c := range all {
			e := event.Event{ID: ident.NewUUID(), Type: "consent.received", Subject: c.ID, ClientID: c.Owner.ClientID, At: c.CreatedAt, Detail: evil}
			if err := tx.InsertConsent(r.t.Context(), c, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func consentOf(client string, i int) consent.Consent {
	c := consent.Consent{
		ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), BICFI: "ESSESESS", Status: consent.Valid, Recurring: true, FrequencyPerDay: 4,
		CreatedAt: noon.Add(time.Duration(i) * time.Minute), ExpiresAt: noon.Add(24 * time.Hour), ValidUntil: noon.AddDate(0, 0, 90).Truncate(24 * time.Hour), Version: 1,
		Set: signing.Set{SignaturesNeeded: 1, Authorisations: []sca.Authorisation{{
			ID: "a", PSU: "199002092386", Status: sca.Failed, Failure: sca.UserCancel, Message: evil, Method: evil, CreatedAt: noon,
		}}},
	}
	c.Owner.ClientID, c.Owner.Context, c.Owner.Organisation, c.Owner.PSU = client, scope.Corporate, "5560160680", "199002092386"
	return c
}

// clean fails if the page has markup of a stranger, or a person's number.
func (b *browser) clean() *browser {
	b.r.t.Helper()
	for _, s := range []string{"<script>alert", "199002092386", "5560160680", "SE4550000000058398257466"} {
		if strings.Contains(b.body, s) {
			b.r.t.Errorf("%s shows %s", b.path, s)
		}
	}
	return b
}

func TestConsents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	path := b.newApp("Ledger")
	id := strings.TrimPrefix(path, "/portal/apps/")
	b.get(path+"/consents").expect(200, path+"/consents", "No consent yet")
	var all []consent.Consent
	for i := range 60 {
		all = append(all, consentOf(id, i))
	}
	all[7].Status = consent.RevokedByPSU
	all[8].ExpiresAt = noon // and nobody looked since
	r.putConsents(all...)
	b.get(path+"/consents").expect(200, path+"/consents", all[59].ID, "ESSESESS", "…86", "…80", "Older", "failed").clean()
	if strings.Contains(b.body, all[9].ID) {
		t.Error("more than a page")
	}
	older := between(t, b.body, `<a class="button" href="`, `"`)
	b.get(older).expect(200, older, all[9].ID, all[0].ID, "Newest", "expired")
	b.get(path+"/consents?status=revokedByPsu").expect(200, path+"/consents?status=revokedByPsu", all[7].ID, "Show all")
	if strings.Contains(b.body, all[6].ID) {
		t.Error("the filter lets others through")
	}
	b.get(path+"/consents?status=nonsense&bank=x&after=1").expect(200, path+"/consents?status=nonsense&bank=x&after=1", all[59].ID)
	one := path + "/consents/" + all[7].ID
	b.get(one).expect(200, one, "revokedByPsu", "consent.received", "USER_CANCEL", "&lt;script&gt;", "everything").clean()
	b.get(path+"/consents/nothing").expect(404, path+"/consents/nothing")
	other := b.newApp("Other")
	b.get(other+"/consents/"+all[7].ID).expect(404, other+"/consents/"+all[7].ID)
}

func TestPayments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	path := b.newApp("Ledger")
	b.get(path+"/payments").expect(200, path+"/payments", "No payment yet")
	p := payment.Payment{
		ID: "00000000-0000-4000-8000-000000000001", BICFI: "ESSESESS", Status: payment.RJCT, Reason: evil, StatusAt: noon, CreatedAt: noon, ExpiresAt: noon,
		ExecutionDate: noon.Truncate(24 * time.Hour), Notices: []payment.Notice{{Code: "FLAGGED", Path: evil, Text: evil}}, Version: 1, Set: consentOf("", 1).Set,
	}
	p.Owner = consentOf(strings.TrimPrefix(path, "/portal/apps/"), 1).Owner
	p.Order = bank.PaymentOrder{Product: payment.Domestic, Amount: money.Amount{Minor: 12550, Currency: "SEK"}, CreditorName: "<script>alert Bo"}
	p.Order.Creditor.IBAN, p.Order.Debtor.IBAN = "SE4550000000058398257466", "SE4550000000058398257466"
	basket := payment.Basket{ID: "00000000-0000-4000-8000-000000000002", Owner: p.Owner, BICFI: evil, PaymentIDs: []string{p.ID}, Status: payment.RCVD, CreatedAt: noon, ExpiresAt: noon, Version: 1}
	err := r.db.PaymentTx(t.Context(), func(tx payment.Tx) error {
		if err := tx.InsertPayment(t.Context(), &p); err != nil {
			return err
		}
		return tx.InsertBasket(t.Context(), &basket)
	})
	if err != nil {
		t.Fatal(err)
	}
	b.get(path+"/payments").expect(200, path+"/payments", "125.50 SEK", "RJCT", "SE…7466", "2026-11-23", "B…").clean()
	one := path + "/payments/" + p.ID
	b.get(one).expect(200, one, "125.50 SEK", "&lt;script&gt;", "FLAGGED", "Nothing is on record").clean()
	b.get(path+"/more").expect(200, path+"/more", basket.ID, "None.").clean()
	other := b.newApp("Other")
	b.get(other+"/payments/"+p.ID).expect(404, other+"/payments/"+p.ID)
}

// between returns the first text between two others, unescaped.
func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, s, ok := strings.Cut(s, from)
	if !ok {
		t.Fatalf("there is no %q", from)
	}
	s, _, _ = strings.Cut(s, to)
	return strings.ReplaceAll(s, "&amp;", "&")
}
