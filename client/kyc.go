package client

import (
	"context"
	"net/http"
	"net/url"

	"sluss.example/sluss/psd2"
)

// A KYC is the due diligence on an organisation, without which it cannot pay:
// such a call is an [*Error] with the code TPP_KYC_INVALID.
type KYC struct {
	client *Client
	id     string
}

// KYC returns the due diligence on the organisation with the number.
func (c *Client) KYC(corporateID string) *KYC { return &KYC{c, corporateID} }

const kycPath = "/kyc/integration/v1"

// NewForm makes a form and returns its link, for a person of the organisation. It
// works for 24 hours. CountryCode is of the organisation, such as SE.
func (k *KYC) NewForm(ctx context.Context, countryCode string) (link string, err error) {
	var out psd2.KYCForm
	err = k.call(ctx, http.MethodPost, "/new/"+url.PathEscape(k.id)+"?countryCode="+url.QueryEscape(countryCode), &out)
	return out.KYCURL, err
}

// Status says whether the organisation may pay, and until when. Callers poll it
// while a form is filled in.
func (k *KYC) Status(ctx context.Context) (psd2.KYCStatus, error) {
	var out psd2.KYCStatus
	err := k.call(ctx, http.MethodGet, "/status/"+url.PathEscape(k.id), &out)
	return out, err
}

func (k *KYC) call(ctx context.Context, method, path string, out any) error {
	return k.client.call(ctx, request{context: Corporate, scope: ScopePayments, method: method, path: kycPath + path}, out)
}
