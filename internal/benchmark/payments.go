package benchmark

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"sluss.example/sluss/internal/clock"
)

// A Books is one database for a measurement, of one engine.
type Books interface {
	// Engine names the kind of the database.
	Engine() string
	// New makes one more empty database, in the folder if it is a file.
	New(ctx context.Context, dir string) (url string, err error)
	// Multiply copies the payments in the database that are carried out until
	// there are n more, with what the banks know of them.
	Multiply(ctx context.Context, url string, n int) error
	// Schedule is Multiply for the payments that wait for their day.
	Schedule(ctx context.Context, url string, n int) error
	// Due makes all payments that wait due at one instant.
	Due(ctx context.Context, url string, at time.Time) error
	// Open reports whether something is still to be done by the banks, and how
	// many payments are still to be looked at.
	Open(ctx context.Context, url string) (atBanks bool, unknown int, err error)
	// Verify checks the books of the banks.
	Verify(ctx context.Context, url string) error
	// Close deletes what New made.
	Close(ctx context.Context) error
}

const (
	payments = "/psd2/paymentinitiation/v1/payments/domestic"
	// payers is how many accounts are paid from.
	payers = 64
	// manyPayments is how many an installation may well have.
	manyPayments = 1_000_000
	// manyDue is how many may be due at one minute.
	manyDue = 100_000
)

// commits is how many transactions sluss commits for the calls of a whole
// payment: its own row; the authorisation; the bank's run of SCA, the signature
// and the money; nothing; what came of it.
func commits() []int { return []int{1, 1, 3, 0, 1} }

// A paymentBench measures payments on one engine.
type paymentBench struct {
	*Options
	Books
	dir  string
	rows []Row
}

// Payments measures whole payments, what many that are stored cost, and many
// that are due at once, on each of the databases.
func Payments(ctx context.Context, o *Options) ([]Row, error) {
	return o.each(ctx, func(b *paymentBench) error { return errors.Join(b.whole(ctx), b.crowded(ctx), b.scheduled(ctx)) })
}

// each measures on each of the databases, in a folder that goes with what the
// measurement left, and returns the rows of all.
func (o *Options) each(ctx context.Context, measure func(*paymentBench) error) (rows []Row, failed error) {
	for _, books := range o.Books {
		dir, err := os.MkdirTemp("", "sluss-bench")
		if err != nil {
			return rows, err
		}
		b := &paymentBench{Options: o, Books: books, dir: dir}
		failed = errors.Join(failed, measure(b), books.Close(context.WithoutCancel(ctx)), os.RemoveAll(dir))
		rows = append(rows, b.rows...)
	}
	return rows, failed
}

// install makes an installation in a folder of its own.
func (b *paymentBench) install(ctx context.Context, name string) (*Installation, error) {
	dir := filepath.Join(b.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	url, err := b.New(ctx, dir)
	if err != nil {
		return nil, err
	}
	return Install(ctx, b.Program, dir, url)
}

// payer returns the headers of the calls of a customer.
func (p *Process) payer(ctx context.Context) ([][2]string, error) {
	header, err := p.bearer(ctx, "paymentinitiation private")
	return append(header, [][2]string{
		{"X-BicFi", "ESSESESS"}, {"PSU-ID", "1990000{n}12"}, {"PSU-IP-Address", "192.0.2.1"}, {"Content-Type", "application/json"},
	}...), err
}

// paymentOf returns the body of a payment; date is empty for one of today.
func paymentOf(date string) string {
	if date != "" {
		date = `,"requestedExecutionDate":"` + date + `"`
	}
	return `{"instructedAmount":{"currency":"SEK","amount":"1.05"},"debtorAccount":{"iban":"SE9950000000000000{n}00"},` +
		`"creditorName":"Somebody","creditorAccount":{"iban":"SE7280000810340009783242"},"remittanceInformationUnstructured":"Invoice 4711"` + date + `}`
}

// wholeFlow is a payment from its creation to the debit. Whatever else it takes
// may stand after it.
func wholeFlow(p *Process, header [][2]string, date, ends string) *Flow {
	one := payments + "/{paymentId}"
	call := func(method, path, body string, status int, contain string) Call {
		return Call{Method: method, Path: path, Header: header, Body: body, Status: status, Contain: contain}
	}
	return &Flow{Addr: p.Addr, Customers: payers, Process: p.cmd.Process.Pid, Steps: []Step{
		{"create", call(http.MethodPost, payments, paymentOf(date), http.StatusCreated, ""), "paymentId"},
		{"authorise", call(http.MethodPost, one+"/authorisations", "{}", http.StatusCreated, ""), "authorisationId"},
		{"method", call(http.MethodPut, one+"/authorisations/{authorisationId}", `{"authenticationMethodId":"mbid"}`, http.StatusOK, ""), ""},
		{"poll", call(http.MethodGet, one+"/authorisations/{authorisationId}", "", http.StatusOK, `"finalised"`), ""},
		{"status", call(http.MethodGet, one+"/status", "", http.StatusOK, `"`+ends+`"`), ""},
	}}
}

// floorFlow is as many bare calls, which commit as many small transactions.
func floorFlow(p *Process) *Flow {
	f := &Flow{Addr: p.Addr, Customers: payers, Process: p.cmd.Process.Pid}
	for i, n := range commits() {
		f.Steps = append(f.Steps, Step{Name: fmt.Sprintf("call %d", i+1), Call: Call{
			Method: http.MethodPost, Path: fmt.Sprintf("/commit/%d", n), Body: paymentOf(""), Status: http.StatusOK,
			Header: [][2]string{{"Content-Type", "application/json"}},
		}})
	}
	return f
}

// warm has each customer pay once, so that all accounts are open.
func warm(ctx context.Context, f *Flow) error {
	_, err := LoadFlow(ctx, f, 8, time.Minute, payers)
	return err
}

// served returns a server on a new installation whose accounts are open.
func (b *paymentBench) served(ctx context.Context, name string) (*Process, *Flow, error) {
	in, err := b.install(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	return b.on(ctx, in)
}

// on returns a server on the installation and a whole payment at it.
func (b *paymentBench) on(ctx context.Context, in *Installation) (*Process, *Flow, error) {
	p, err := in.Serve(ctx)
	if err != nil {
		return nil, nil, err
	}
	header, err := p.payer(ctx)
	if err == nil {
		f := wholeFlow(p, header, "", "ACSC")
		if err = warm(ctx, f); err == nil {
			return p, f, nil
		}
	}
	p.Stop()
	return nil, nil, err
}

// whole measures whole payments beside a floor.
func (b *paymentBench) whole(ctx context.Context) error {
	p, ours, err := b.served(ctx, "whole")
	if err != nil {
		return err
	}
	defer p.Stop()
	url, err := b.New(ctx, b.dir)
	if err != nil {
		return err
	}
	bare, err := Start(ctx, b.Program, "bench", "floor", "commit", "--database", url)
	if err != nil {
		return err
	}
	defer bare.Stop()
	got, err := b.flowsInTurn(ctx, "whole payment", [2]*Flow{floorFlow(bare), ours}, connections)
	if err != nil {
		return err
	}
	least := map[bool]float64{true: 200, false: 300}[b.Engine() == "SQLite"]
	floors, pays := got[0], got[1]
	var ratio []float64
	for i := range pays {
		ratio = append(ratio, pays[i].PerSecond/floors[i].PerSecond)
	}
	b.add(
		AtLeast(b.what("whole payments, %d connections", connections), medianFlow(pays, perFlow), least, "%.0f/s").
			Noted("floor %.0f/s, share of it %.2f; %.1f ms of processor in the server, floor's %.1f ms; create p99 %.0f ms, method %.0f ms, status %.0f ms",
				medianFlow(floors, perFlow), Median(ratio), medianFlow(pays, cpu), medianFlow(floors, cpu),
				medianFlow(pays, stepP99(0)), medianFlow(pays, stepP99(2)), medianFlow(pays, stepP99(4))),
	)
	return b.creates(ctx, ours, floorFlow(bare))
}

// creates measures creating payments alone.
func (b *paymentBench) creates(ctx context.Context, ours, floor *Flow) error {
	const connections = 16
	first := func(f *Flow) *Flow { return &Flow{Addr: f.Addr, Customers: f.Customers, Steps: f.Steps[:1]} }
	got, err := b.flowsInTurn(ctx, "create", [2]*Flow{first(floor), first(ours)}, connections)
	if err != nil {
		return err
	}
	var ratio []float64
	for i := range got[1] {
		ratio = append(ratio, stepP99(0)(got[1][i])/stepP99(0)(got[0][i]))
	}
	b.add(AtMost(b.what("create, %d connections, p99", connections), medianFlow(got[1], stepP99(0)), 40, "%.1f ms").
		Noted("floor %.1f ms, ratio %.2f; %.0f/s", medianFlow(got[0], stepP99(0)), Median(ratio), medianFlow(got[1], perFlow)))
	return nil
}

// flowsInTurn loads two flows in turn, the other one first each time.
func (b *paymentBench) flowsInTurn(ctx context.Context, what string, flows [2]*Flow, connections int) (got [2][]FlowResult, err error) {
	for _, f := range flows {
		if _, err := LoadFlow(ctx, f, connections, b.Round/4, 0); err != nil {
			return got, err
		}
	}
	for i := range b.Rounds {
		for k := range flows {
			k := (k + i) % 2
			r, err := LoadFlow(ctx, flows[k], connections, b.Round, 0)
			if err != nil {
				return got, err
			}
			got[k] = append(got[k], r)
			text := ""
			for s, step := range r.Steps {
				text += fmt.Sprintf(", %s %.1f/%.1f ms", flows[k].Steps[s].Name, ms(step.P50), ms(step.P99))
			}
			b.logf("%s, %s, round %d, %d connections: %.0f/s%s", b.Engine(), what, i+1, connections, r.PerSecond, text)
		}
	}
	return got, nil
}

func perFlow(r FlowResult) float64 { return r.PerSecond }

func cpu(r FlowResult) float64 { return ms(r.CPU) }

func stepP99(k int) func(FlowResult) float64 {
	return func(r FlowResult) float64 { return ms(r.Steps[k].P99) }
}

func medianFlow(rs []FlowResult, figure func(FlowResult) float64) float64 {
	var all []float64
	for _, r := range rs {
		all = append(all, figure(r))
	}
	return Median(all)
}

func (b *paymentBench) add(rows ...Row) { b.rows = append(b.rows, rows...) }

func (b *paymentBench) what(format string, args ...any) string {
	return b.Engine() + ": " + fmt.Sprintf(format, args...)
}

// allCalls is a whole payment, a look at it, and another one that is cancelled.
func allCalls(f *Flow) *Flow {
	get := f.Steps[4]
	get.Name, get.Path, get.Contain = "get", payments+"/{paymentId}", `"ACSC"`
	again := f.Steps[0]
	again.Name = "create again"
	cancel := get
	cancel.Name, cancel.Method, cancel.Status, cancel.Contain = "cancel", http.MethodDelete, http.StatusNoContent, ""
	all := *f
	all.Steps = append(f.Steps[:5:5], get, again, cancel)
	return &all
}

// crowded compares each call on a database with many payments with the same
// call on one with few.
func (b *paymentBench) crowded(ctx context.Context) error {
	few, fewFlow, err := b.served(ctx, "few")
	if err != nil {
		return err
	}
	defer few.Stop()
	in, err := b.install(ctx, "many")
	if err != nil {
		return err
	}
	many, _, err := b.on(ctx, in)
	if err != nil {
		return err
	}
	many.Stop()
	start := clock.Real{}.Now()
	if err := b.Multiply(ctx, in.Database, b.scaled(manyPayments)); err != nil {
		return err
	}
	b.logf("%s: %d payments stored in %.0f s", b.Engine(), b.scaled(manyPayments), clock.Real{}.Since(start).Seconds())
	many, manyFlow, err := b.on(ctx, in)
	if err != nil {
		return err
	}
	defer many.Stop()
	got, err := b.flowsInTurn(ctx, fmt.Sprintf("few and %d payments", b.scaled(manyPayments)), [2]*Flow{allCalls(fewFlow), allCalls(manyFlow)}, 4)
	if err != nil {
		return err
	}
	worst, name, text := 0.0, "", ""
	for k, s := range allCalls(fewFlow).Steps {
		var ratio []float64
		for i := range got[0] {
			ratio = append(ratio, ms(got[1][i].Steps[k].P50)/ms(got[0][i].Steps[k].P50))
		}
		m := Median(ratio)
		if m > worst {
			worst, name = m, s.Name
		}
		text += fmt.Sprintf(" %s %.2f", s.Name, m)
	}
	b.add(AtMost(b.what("%d payments stored: the slowest call beside few", b.scaled(manyPayments)), worst, 1.2, "%.2f").Noted("%s;%s", name, text))
	return nil
}

// scaled returns a number of rows, made small for a short run.
func (b *paymentBench) scaled(n int) int {
	if b.Short {
		return n / 100
	}
	return n
}
