package server

import (
	"context"
	"net/http"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/forms"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/kyc/watchman"
)

// kycEvery is how often what is due of KYC cases is done.
const kycEvery = 15 * time.Second

// kyc makes the due diligence on organisations.
func (s *Server) kyc(p *parts) *kyc.Service {
	return &kyc.Service{Store: p.db, Provider: s.kycProvider(), Sealer: p.sealer, Clock: p.clock, Base: s.config.Base.KYC}
}

// kycProvider returns who decides on KYC forms.
func (s *Server) kycProvider() kyc.Provider {
	c := s.config.KYC
	switch c.Provider {
	case "sandbox":
		return kyc.Sandbox{}
	case "watchman":
		return &watchman.Provider{Base: c.Watchman, Threshold: float64(c.Threshold) / 100, OnHit: kyc.Verdict(c.OnHit)}
	}
	return kyc.Manual{}
}

// tendKYC does what is due of KYC cases until ctx ends.
func (s *Server) tendKYC(ctx context.Context, p *parts) {
	clock.Real{}.Poll(ctx, kycEvery, nil, func(ctx context.Context) {
		if err := p.kyc.Tick(ctx); err != nil && ctx.Err() == nil {
			s.deps.Log.Warn("tend KYC cases", "error", err)
		}
	})
}

// formsHandler returns the page with the KYC form.
func (s *Server) formsHandler(p *parts) (http.Handler, error) {
	b := s.config.Base
	h, err := forms.New(forms.Options{
		KYC: p.kyc, Apps: p.apps, Key: p.sealer.Derive("kyc pages"), Sandbox: s.config.KYC.Provider == "sandbox",
		Alone: b.KYC != b.Auth && b.KYC != b.API,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	h.Register(mux)
	return mux, nil
}
