package server

import (
	"context"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/mail"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/webhook"
)

// senders is how many webhooks are sent side by side, and sendersEach how many
// to one endpoint.
const senders, sendersEach = 16, 4

// lookers is how many payments are looked at side by side.
const lookers = 8

// mailers is how many mails are sent side by side.
const mailers = 4

// jobs makes the runner of due work: here every kind of job gets its handler.
func (s *Server) jobs(p *parts) *jobrun.Runner {
	r := &jobrun.Runner{
		Store: p.db, Clock: p.clock, Log: s.deps.Log, Metrics: jobrun.NewMetrics(s.deps.Metrics),
		Handlers: map[job.Kind]jobrun.Handler{
			webhook.Kind: {Outside: p.webhooks.Deliver, Workers: senders, PerSubject: sendersEach},
			fx.JobKind:   {InTx: job.In(fx.Job)},
			// A payment is looked at until it is done; a bank that is down is no failure.
			payment.LookJob:   {Outside: p.payments.RunLook, Workers: lookers},
			payment.BasketJob: {Outside: p.payments.RunBasket, Workers: lookers},
		},
		Inserted: p.db.JobsInserted(),
		Feeds:    []jobrun.Feed{p.webhooks.FanOut}, Fed: p.db.EventsInserted(),
	}
	if s.config.Mail.Server != "" {
		r.Handlers[mail.Job] = jobrun.Handler{Outside: p.outbox(s).Run(s.smtp()), Workers: mailers}
	}
	if p.world != nil {
		r.Handlers[simulator.Job] = jobrun.Handler{Outside: p.world.RunJob}
	}
	return r
}

// webhooks makes the service that tells apps of events.
func (s *Server) webhooks(p *parts) (*webhook.Service, error) {
	allow, err := s.config.Webhooks.Prefixes()
	if err != nil {
		return nil, err
	}
	policy := webhook.Policy{Allow: allow, Plain: s.config.Environment == "sandbox"}
	return &webhook.Service{
		Store: p.db, Apps: p.db, Sealer: p.sealer, Clock: p.clock, Policy: policy, Sender: webhook.NewSender(policy),
		Metrics: webhook.NewMetrics(s.deps.Metrics),
	}, nil
}

// runJobs runs what is due until ctx ends, and lets go of the senders' connections then.
func (s *Server) runJobs(ctx context.Context, p *parts) {
	p.jobs.Run(ctx)
	p.webhooks.Sender.Close()
}
