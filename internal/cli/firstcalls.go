package cli

import "strings"

// calls are the first calls, to be pasted into a POSIX shell: they need sh,
// curl and sed. Names in braces are replaced.
const calls = `
A=$(curl -s {base}/connect/token -d grant_type=client_credentials \
  -d client_id={id} -d client_secret={secret} \
  -d 'scope=aspspinformation accountinformation paymentinitiation private' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
api() { curl -s -H "Authorization: Bearer $A" -H 'X-Request-ID: 99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11' \
  -H 'X-BicFi: ESSESESS' -H 'PSU-ID: 199002092386' -H 'PSU-IP-Address: 192.0.2.1' "$@"; }

echo '--- the banks'
api '{base}/psd2/aspspinformation/v1/aspsps'

echo '--- a consent and its signature'
C=$(api {base}/psd2/consent/v1/consents -H 'Content-Type: application/json' -d '{"access": {},
  "recurringIndicator": true, "validUntil": "2099-12-31", "frequencyPerDay": 4, "combinedServiceIndicator": false}' |
  sed 's/.*"consentId":"\([^"]*\)".*/\1/')
S=$(api -X POST {base}/psd2/consent/v1/consents/$C/authorisations | sed 's/.*"authorisationId":"\([^"]*\)".*/\1/')
api -X PUT {base}/psd2/consent/v1/consents/$C/authorisations/$S \
  -H 'Content-Type: application/json' -d '{"authenticationMethodId": "mbid"}'
{sign}until [ "$(api {base}/psd2/consent/v1/consents/$C/status | sed -n '/"valid"/p')" ]; do sleep 1; done

echo '--- the accounts, and balances and transactions of the first'
api -H "Consent-ID: $C" '{base}/psd2/accountinformation/v1/accounts'
R=$(api -H "Consent-ID: $C" {base}/psd2/accountinformation/v1/accounts |
  sed 's/"resourceId":"\([^"]*\)".*/\1/; s/.*[{,]//')
api -H "Consent-ID: $C" {base}/psd2/accountinformation/v1/accounts/$R/balances
api -H "Consent-ID: $C" "{base}/psd2/accountinformation/v1/accounts/$R/transactions?bookingStatus=booked"

echo '--- a payment, its signature, and the money on its way'
D={base}/psd2/paymentinitiation/v1/payments/domestic
I=$(api $D -H 'Content-Type: application/json' -d '{"instructedAmount": {"currency": "SEK", "amount": "150.00"},
  "debtorAccount": {"iban": "SE4550000000058398257466"}, "creditorAccount": {"iban": "SE1412000000000012345678"},
  "creditorName": "Leverantör AB"}' | sed 's/.*"paymentId":"\([^"]*\)".*/\1/')
S=$(api -X POST $D/$I/authorisations | sed 's/.*"authorisationId":"\([^"]*\)".*/\1/')
api -X PUT $D/$I/authorisations/$S -H 'Content-Type: application/json' -d '{"authenticationMethodId": "mbid"}'
{sign}{settle}until [ "$(api $D/$I/status | sed -n '/"ACSC"/p')" ]; do sleep 1; done
api $D/$I
`

// What a person or a test does where the PSU does not sign by itself.
const (
	approveCall = `P=$(curl -s {control}/_sluss/control/v1/authorisations | sed 's/"ref":"\([^"]*\)".*/\1/; s/.*[{,]//')
curl -s -X POST -H 'Sluss-Control: 1' {control}/_sluss/control/v1/authorisations/$P/approve
`
	advanceCall = `curl -s -H 'Content-Type: application/json' -d '{"by": "2s"}' {control}/_sluss/control/v1/clock/advance
`
	settleCall = `curl -s -H 'Content-Type: application/json' -d '{"by": "10s"}' {control}/_sluss/control/v1/clock/advance
`
)

// firstCalls returns what a sandbox tells a person.
func firstCalls(r sandboxReady, manual, frozen bool) string {
	sign, settle := "", ""
	if manual {
		sign += approveCall
	}
	if frozen {
		sign += advanceCall
		settle = settleCall
	}
	text := "sluss sandbox at " + r.Auth + "  (Ctrl-C ends it)\n\n" +
		"client id      " + r.ClientID + "\n" +
		"client secret  " + r.ClientSecret + "\n"
	if r.Control != "" {
		text += "control API    " + r.Control + "/_sluss/control/v1\n"
	}
	if r.metrics != "" {
		text += "metrics        " + r.metrics + "\n"
	}
	text += "\nFirst calls, to paste into a shell:\n" + strings.NewReplacer("{sign}", sign, "{settle}", settle).Replace(calls)
	return strings.NewReplacer("{base}", r.Auth, "{id}", r.ClientID, "{secret}", r.ClientSecret, "{control}", r.Control).Replace(text)
}
