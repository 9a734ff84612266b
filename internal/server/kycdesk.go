package server

import (
	"context"
	"slices"

	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
)

// KYCDesk is where an operator decides on KYC cases. It implements
// [control.KYC].
type KYCDesk struct {
	Service *kyc.Service
	Store   kyc.Store
}

var _ control.KYC = KYCDesk{}

// listed is how many cases a list has at most.
const listed = 500

// Cases implements [control.KYC].
func (d KYCDesk) Cases(ctx context.Context, status string) ([]control.KYCCase, error) {
	known := []kyc.Status{"", kyc.Open, kyc.Submitted, kyc.Approved, kyc.Rejected, kyc.Expired, kyc.Void}
	if !slices.Contains(known, kyc.Status(status)) {
		return nil, problem.New(problem.FormatInvalid, "must be open, submitted, approved, rejected, expired or void").At("status")
	}
	cases, err := d.Store.KYCCases(ctx, kyc.Status(status), listed)
	if err != nil {
		return nil, err
	}
	out := make([]control.KYCCase, len(cases))
	for i := range cases {
		out[i] = control.KYCOnWire(&cases[i])
	}
	return out, nil
}

// Case implements [control.KYC].
func (d KYCDesk) Case(ctx context.Context, id string) (control.KYCCase, error) {
	c, err := d.Service.Find(ctx, id)
	if err != nil {
		return control.KYCCase{}, err
	}
	out := control.KYCOnWire(&c)
	if c.Sealed != nil {
		a, err := d.Service.Answers(&c)
		if err != nil {
			return control.KYCCase{}, err
		}
		out.Answers = &a
	}
	return out, nil
}

// Decide implements [control.KYC].
func (d KYCDesk) Decide(ctx context.Context, id, word string) (control.KYCCase, error) {
	var c kyc.Case
	var err error
	switch word {
	case control.KYCApprove:
		c, err = d.Service.Decide(ctx, id, kyc.Approve)
	case control.KYCReject:
		c, err = d.Service.Decide(ctx, id, kyc.Reject)
	case control.KYCLeaveOpen:
		c, err = d.Service.LeaveOpen(ctx, id)
	default:
		err = problem.New(problem.FormatInvalid, "must be approve, reject or leave-open")
	}
	if err != nil {
		return control.KYCCase{}, err
	}
	return control.KYCOnWire(&c), nil
}
