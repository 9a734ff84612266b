package main

import (
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bookAgain books the debit of the payment ? once more, so that the books still
// balance.
const bookAgain = `
	CREATE TEMP TABLE twice AS
		SELECT e.*, l.entries, l.balance AS left FROM sim_entries e JOIN sim_ledgers l ON l.account = e.account
		WHERE e.journal = (SELECT journal FROM sim_entries WHERE text LIKE '%' || ? || '%' AND amount < 0);
	INSERT INTO sim_journals SELECT -1, kind, at FROM sim_journals WHERE id = (SELECT journal FROM twice);
	INSERT INTO sim_entries (account, day, seq, journal, ref, at, value_day, kind, amount, balance, text)
		SELECT account, day, entries + 1, -1, -ref, at, value_day, kind, amount, left + amount, text FROM twice;
	UPDATE sim_ledgers SET entries = entries + 1, balance = balance + (SELECT amount FROM twice t WHERE t.account = sim_ledgers.account)
		WHERE account IN (SELECT account FROM twice)`

// TestFaultsAreSeen breaks each thing on purpose that must hold in
// [TestPaymentsKilled], and looks that its checks say so: they see what they
// are there for.
func TestFaultsAreSeen(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a server")
	}
	file := filepath.Join(t.TempDir(), "whole.db")
	k := newKilling(t, 1, "sqlite:"+file)
	paid, cancelled := k.pays()
	tests := []struct {
		name      string
		statement string         // on the database
		args      []any          // of the statement
		change    func(*killing) // of what clients saw
		last      string         // status of the paid one, if not ACSC
		want      string         // part of the fault
	}{
		{name: "nothing"},

		{name: "paid twice", statement: bookAgain, args: []any{paid}, want: "is ACSC and was debited 2 times"},
		{name: "paid and cancelled", last: "CANC", want: "is CANC and was debited 1 times"},
		{name: "a final status that changed", last: "RJCT", want: "was shown as ACSC and is RJCT"},
		{
			name: "not paid", statement: "UPDATE sim_entries SET text = replace(text, ?, '')", args: []any{paid},
			want: "is ACSC and was debited 0 times",
		},
		{
			name: "paid and unknown", change: func(k *killing) { delete(k.shown, paid) },
			want: "was debited 1 times, and nobody was told of it",
		},
		{
			name: "money lost on its way", statement: "UPDATE sim_entries SET amount = amount - 1 WHERE text LIKE '%' || ? || '%'", args: []any{paid},
			want: "the books are wrong: journal ",
		},
		{
			name: "money made", statement: "UPDATE sim_ledgers SET balance = balance + 100 WHERE account = (SELECT max(debtor) FROM sim_payments)",
			want: "the books are wrong: ledger ",
		},
		{
			name: "reserved for ever", statement: "UPDATE sim_ledgers SET held = 5 WHERE account = (SELECT max(debtor) FROM sim_payments)",
			want: "the books are wrong: ledger ",
		},
		{
			name: "the last event lost", statement: "DELETE FROM audit WHERE subject = ? AND type = 'payment.CANC'", args: []any{cancelled},
			want: "is CANC, and its events are map[RCVD:1]",
		},
		{
			name: "an event between lost", statement: "DELETE FROM audit WHERE subject = ? AND type IN ('payment.ACTC', 'payment.ACSP')", args: []any{paid},
			want: "became ACSC from nothing",
		},
		{
			name: "an event written twice",
			statement: `INSERT INTO audit (id, type, subject, client_id, at, detail)
				SELECT 'again', type, subject, client_id, at, detail FROM audit WHERE subject = ? AND type = 'payment.ACSC'`,
			args: []any{paid}, want: "became ACSC 2 times",
		},
		{
			name: "a webhook lost", change: func(k *killing) { delete(k.told, "payment.ACSC "+paid) },
			want: "no webhook came of ACSC " + paid,
		},
		{
			name: "a webhook lost of what nobody saw", change: func(k *killing) { delete(k.told, "payment.ACTC "+paid) },
			want: "no webhook came of ACTC " + paid,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := k.broken(t, tt.statement, tt.args...)
			if tt.change != nil {
				tt.change(broken)
			}
			last := map[string]string{paid: "ACSC", cancelled: "CANC"}
			if tt.last != "" {
				last[paid] = tt.last
			}
			got := broken.faults(last)
			if tt.want == "" && len(got) > 0 || tt.want != "" && !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, tt.want) }) {
				t.Errorf("faults %q, want %q", got, tt.want)
			}
		})
	}
}

// pays has one payment paid and one cancelled, and all of it told, and ends the
// server.
func (k *killing) pays() (paid, cancelled string) {
	k.Helper()
	k.start()
	p := &payer{killing: k, rand: rand.New(rand.NewPCG(1, 1)), n: 1}
	ctx := k.Context()
	paid, cancelled = p.create(ctx, ""), p.create(ctx, "")
	p.call(ctx, "DELETE", payPath+"/"+cancelled, "", "")
	p.call(ctx, "GET", payPath+"/"+cancelled+"/status", "", "")
	k.within(settleTime, "the payment is paid", func() bool {
		p.sign(ctx, payPath+"/"+paid, "/authorisations")
		return p.call(ctx, "GET", payPath+"/"+paid+"/status", "", "").TransactionStatus == "ACSC"
	})
	k.within(settleTime, "everything was told", func() bool {
		return len(k.lost(map[string]string{paid: "ACSC", cancelled: "CANC"})) == 0
	})
	_ = k.cmd.Process.Signal(os.Interrupt)
	_ = k.cmd.Wait()
	return paid, cancelled
}

// broken returns k with a copy of its database, on which the statement has run.
func (k *killing) broken(t *testing.T, statement string, args ...any) *killing {
	t.Helper()
	whole, err := sql.Open("sqlite", strings.TrimPrefix(k.url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "broken.db")
	if _, err := whole.ExecContext(t.Context(), "VACUUM INTO ?", file); err != nil {
		t.Fatal(err)
	}
	if err := whole.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1) // what is temporary belongs to one
	for one := range strings.SplitSeq(statement, ";") {
		n := min(strings.Count(one, "?"), len(args))
		if _, err := db.ExecContext(t.Context(), one, args[:n]...); err != nil {
			t.Fatalf("%s: %v", one, err)
		}
	}
	c := &killing{T: t, url: "sqlite:" + file, shown: map[string]map[string]bool{}, told: map[string]bool{}}
	for id, shown := range k.shown {
		c.shown[id] = shown
	}
	for what := range k.told {
		c.told[what] = true
	}
	return c
}
