package banktest

import (
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
)

// A PaymentBank is a bank that takes payments.
type PaymentBank interface {
	bank.Connector
	bank.Authoriser
	bank.PaymentInitiator
}

// A PaymentSetting is what [RunPayments] needs to know of a bank.
type PaymentSetting struct {
	Bank PaymentBank
	// Order returns an order, each time another one, that the bank takes and
	// for which there is cover.
	Order func() bank.PaymentOrder
	Now   func() time.Time
	// Pass lets time pass, in which persons sign and money moves.
	Pass func(time.Duration)
}

// patience is how long the tests wait for what takes time at a bank.
const patience = time.Minute

// RunPayments runs the tests that every bank which takes payments must pass.
func RunPayments(t *testing.T, open func(t *testing.T) PaymentSetting) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *PaymentSetting){
		"opened":             testOpened,
		"signed":             testPaymentSigned,
		"submitted":          testSubmitted,
		"dated":              testDated,
		"cancelled unsigned": testCancelledUnsigned,
		"cancelled settled":  testCancelledSettled,
		"refused":            testRefused,
		"basket":             testBasket,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			test(t, &s)
		})
	}
}

func (s *PaymentSetting) open(t *testing.T, o bank.PaymentOrder) bank.OpenedPayment {
	t.Helper()
	p, err := s.Bank.OpenPayment(t.Context(), o)
	if err != nil {
		t.Fatalf("OpenPayment: %v", err)
	}
	return p
}

func (s *PaymentSetting) submit(t *testing.T, ref string, o bank.PaymentOrder) bank.PaymentState {
	t.Helper()
	st, err := s.Bank.SubmitPayment(t.Context(), ref, o)
	if err != nil {
		t.Fatalf("SubmitPayment: %v", err)
	}
	return st
}

// want looks until the payment has one of the statuses.
func (s *PaymentSetting) want(t *testing.T, ref string, any ...iso20022.Status) {
	t.Helper()
	var st bank.PaymentState
	for waited := time.Duration(0); waited <= patience; waited += time.Second {
		var err error
		if st, err = s.Bank.Payment(t.Context(), ref); err != nil {
			t.Fatalf("Payment: %v", err)
		}
		if slices.Contains(any, st.Status) {
			return
		}
		s.Pass(time.Second)
	}
	t.Fatalf("the payment is %s, want one of %v", st.Status, any)
}

func testOpened(t *testing.T, s *PaymentSetting) {
	o := s.Order()
	a, b := s.open(t, o), s.open(t, o)
	if a.Ref == "" || a.Ref == b.Ref {
		t.Errorf("refs %q and %q: the same order twice is two payments", a.Ref, b.Ref)
	}
	today := s.Now().In(s.Bank.Info().Location).Format(time.DateOnly)
	if got := a.ExecutionDate.Format(time.DateOnly); got < today {
		t.Errorf("executes on %s, which is before %s", got, today)
	}
	if a.Moved {
		t.Error("moved, though no date was asked for")
	}
	s.want(t, a.Ref, iso20022.RCVD)
	s.Pass(patience)
	s.want(t, a.Ref, iso20022.RCVD)
	if _, err := s.Bank.Payment(t.Context(), "no such payment"); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("an unknown payment: %v, want %s", err, problem.ResourceUnknown)
	}
}

// testPaymentSigned looks that a signature alone moves no money.
func testPaymentSigned(t *testing.T, s *PaymentSetting) {
	o := s.Order()
	p := s.open(t, o)
	st, err := s.Bank.StartSCA(t.Context(), bank.SCAOrder{
		Customer: o.Customer, Subject: bank.SubjectPayment, SubjectRef: p.Ref, Payments: []bank.PaymentOrder{o}, Approach: sca.Decoupled,
		Method: s.Bank.Info().Profile.Methods[0].ID, AppName: "Tester",
	})
	if err != nil {
		t.Fatal(err)
	}
	for waited := time.Duration(0); !st.Status.Final() && waited < patience; waited += time.Second {
		s.Pass(time.Second)
		if st, err = s.Bank.SCA(t.Context(), st.Ref); err != nil {
			t.Fatal(err)
		}
	}
	if !st.Status.Signed() || st.Signer == "" || st.SignaturesNeeded < 1 || st.Declined {
		t.Errorf("the run ended as %+v", st)
	}
	s.want(t, p.Ref, iso20022.RCVD)
}

func testSubmitted(t *testing.T, s *PaymentSetting) {
	o := s.Order()
	p := s.open(t, o)
	first := s.submit(t, p.Ref, o)
	if first.Status == iso20022.RCVD || first.Status == iso20022.PATC || first.Status == iso20022.RJCT {
		t.Errorf("submitted it is %s (%s)", first.Status, first.Reason)
	}
	s.submit(t, p.Ref, o)
	s.want(t, p.Ref, iso20022.ACSC, iso20022.ACCC)
	if again := s.submit(t, p.Ref, o); again.Status != iso20022.ACSC && again.Status != iso20022.ACCC {
		t.Errorf("submitted once more it is %s", again.Status)
	}
}

func testDated(t *testing.T, s *PaymentSetting) {
	o := s.Order()
	o.ExecutionDate = s.Now().In(s.Bank.Info().Location).AddDate(0, 0, 7)
	y, m, d := o.ExecutionDate.Date()
	o.ExecutionDate = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	p := s.open(t, o)
	if p.ExecutionDate.Before(o.ExecutionDate) || p.Moved != p.ExecutionDate.After(o.ExecutionDate) {
		t.Errorf("asked for %s: %+v", o.ExecutionDate, p)
	}
	s.submit(t, p.Ref, o)
	s.Pass(patience)
	s.want(t, p.Ref, iso20022.ACTC, iso20022.ACCP, iso20022.ACFC, iso20022.ACWP, iso20022.PDNG)
	for range 2 {
		st, err := s.Bank.CancelPayment(t.Context(), p.Ref)
		if err != nil || st.Status != iso20022.CANC {
			t.Errorf("cancelled: %+v, %v", st, err)
		}
	}
	s.want(t, p.Ref, iso20022.CANC)
}

func testCancelledUnsigned(t *testing.T, s *PaymentSetting) {
	o := s.Order()
	p := s.open(t, o)
	for range 2 {
		st, err := s.Bank.CancelPayment(t.Context(), p.Ref)
		if err != nil || st.Status != iso20022.CANC {
			t.Errorf("cancelled: %+v, %v", st, err)
		}
	}
	if st := s.submit(t, p.Ref, o); st.Status != iso20022.CANC {
		t.Errorf("submitted after that: %+v", st)
	}
}

func testCancelledSettled(t *testing.T, s *PaymentSetting) {
	o := s.Order()
	p := s.open(t, o)
	s.submit(t, p.Ref, o)
	s.want(t, p.Ref, iso20022.ACSC, iso20022.ACCC)
	if _, err := s.Bank.CancelPayment(t.Context(), p.Ref); !problem.Is(err, problem.CancellationInvalid) {
		t.Errorf("cancelled too late: %v, want %s", err, problem.CancellationInvalid)
	}
}

func testRefused(t *testing.T, s *PaymentSetting) {
	o := s.Order()
	o.Product = "no-such-product"
	if _, err := s.Bank.OpenPayment(t.Context(), o); !problem.Is(err, problem.ProductInvalid) {
		t.Errorf("an unknown product: %v, want %s", err, problem.ProductInvalid)
	}
}

func testBasket(t *testing.T, s *PaymentSetting) {
	k, ok := s.Bank.(bank.BasketKeeper)
	if !ok || !s.Bank.Info().Profile.Baskets {
		t.Skip("the bank has no baskets")
	}
	a, b := s.Order(), s.Order()
	refs := []string{s.open(t, a).Ref, s.open(t, b).Ref}
	basket, err := k.OpenBasket(t.Context(), a.Customer, refs)
	if err != nil || basket == "" {
		t.Fatalf("OpenBasket: %q, %v", basket, err)
	}
	st, err := s.Bank.StartSCA(t.Context(), bank.SCAOrder{
		Customer: a.Customer, Subject: bank.SubjectBasket, SubjectRef: basket, Payments: []bank.PaymentOrder{a, b}, Approach: sca.Decoupled,
		Method: s.Bank.Info().Profile.Methods[0].ID,
	})
	if err != nil || st.Status == sca.Failed {
		t.Errorf("the basket's run: %+v, %v", st, err)
	}
	if st, err := k.Basket(t.Context(), basket); st.Refused || err != nil {
		t.Errorf("a basket that nobody has signed: %+v, %v", st, err)
	}
	if err := s.Bank.StopSCA(t.Context(), st.Ref); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := k.CloseBasket(t.Context(), basket); err != nil {
			t.Errorf("CloseBasket: %v", err)
		}
	}
	s.submit(t, refs[0], a)
	s.want(t, refs[0], iso20022.ACSC, iso20022.ACCC)
	s.want(t, refs[1], iso20022.RCVD)
}
