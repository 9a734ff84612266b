package developer_test

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const goodPassword = "correct horse battery"

// A rig is a service on a real store, with a mail box in which all mail lands.
type rig struct {
	*developer.Service
	t     *testing.T
	clock *clock.Virtual
	db    developer.Store
	mail  *box
}

// A box keeps mail.
type box struct {
	mu  sync.Mutex
	all []developer.Mail
}

func (b *box) Send(_ context.Context, m developer.Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, m)
	return nil
}

// take returns the mails to an address and forgets them.
func (b *box) take(to string) []developer.Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	var mine, rest []developer.Mail
	for _, m := range b.all {
		if m.To == to {
			mine = append(mine, m)
		} else {
			rest = append(rest, m)
		}
	}
	b.all = rest
	return mine
}

func each(t *testing.T, f func(t *testing.T, r *rig)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) {
		t.Helper()
		db := testdb.Open(t, url)
		r := &rig{t: t, clock: clock.NewFrozen(noon), db: store.Developers{DB: db}, mail: &box{}}
		r.Service = &developer.Service{
			Store: r.db, Hasher: developer.NewQuickHasher(), Sealer: keyring.NewSealer(keyring.SealingKey{1}),
			Mailer: r.mail, Clock: r.clock, Base: "https://p.example", OpenSignUp: true,
		}
		f(t, r)
	})
}

var linkForm = regexp.MustCompile(`\?link=([A-Za-z0-9_-]{43})\n`)

// link returns the secret of the link in the one mail to an address.
func (r *rig) link(to, subject string) string {
	r.t.Helper()
	mails := r.mail.take(to)
	if len(mails) != 1 || !strings.Contains(mails[0].Subject, subject) {
		r.t.Fatalf("mails to %s: %+v, want one about %q", to, mails, subject)
	}
	m := linkForm.FindStringSubmatch(mails[0].Text)
	if m == nil {
		r.t.Fatalf("no link in %q", mails[0].Text)
	}
	return m[1]
}

// person makes a user with a proved address.
func (r *rig) person(email string) developer.User {
	r.t.Helper()
	err := r.SignUp(r.t.Context(), developer.NewAccount{Email: email, Name: "Ada", Password: goodPassword})
	if err != nil {
		r.t.Fatal(err)
	}
	u, err := r.Verify(r.t.Context(), r.link(email, "Prove"))
	if err != nil {
		r.t.Fatal(err)
	}
	return u
}

// in signs a person in.
func (r *rig) in(email string) (developer.Session, string) {
	r.t.Helper()
	x, cookie, err := r.SignIn(r.t.Context(), email, goodPassword, developer.Device{Agent: "Test", Network: "192.0.2.0/24"})
	if err != nil {
		r.t.Fatal(err)
	}
	return x, cookie
}

func (r *rig) fails(what string, err error, want problem.Reason) {
	r.t.Helper()
	if !problem.Is(err, want) {
		r.t.Errorf("%s reports %v, want %s", what, err, want)
	}
}
