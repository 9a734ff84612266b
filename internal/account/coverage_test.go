package account

import (
	"testing"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
)

func refs(r ...bank.Reference) []bank.Reference { return append([]bank.Reference{}, r...) }

func TestRightsTo(t *testing.T) {
	t.Parallel()
	const iban = "SE4550000000058398257466"
	own := bank.Reference{IBAN: iban, BBAN: "58398257466", ClearingNumber: "5000", Currency: "SEK"}
	this, other := bank.Reference{IBAN: iban}, bank.Reference{IBAN: "SE1412000000000012345678"}
	all := Rights{Details: true, Balances: true, Transactions: true}
	tests := []struct {
		name    string
		access  consent.Access
		granted []string
		want    Rights
		covered bool
	}{
		{"nothing asked", consent.Access{}, nil, all, true},
		{"all PSD2", consent.Access{AllPSD2: "allAccounts"}, nil, all, true},
		{"nothing asked, granted", consent.Access{}, []string{"a1"}, all, true},
		{"all three arrays empty", consent.Access{Accounts: refs(), Balances: refs(), Transactions: refs()}, nil, all, true},
		{"accounts empty", consent.Access{Accounts: refs()}, nil, Rights{Details: true}, true},
		{"balances empty", consent.Access{Balances: refs()}, nil, Rights{Details: true, Balances: true}, true},
		{"transactions empty", consent.Access{Transactions: refs()}, nil, Rights{Details: true, Transactions: true}, true},
		{"named in accounts", consent.Access{Accounts: refs(other, this)}, []string{"a1"}, Rights{Details: true}, true},
		{"balances imply the account", consent.Access{Balances: refs(this)}, []string{"a1"}, Rights{Details: true, Balances: true}, true},
		{
			"other rights to each",
			consent.Access{Accounts: refs(this, other), Balances: refs(this), Transactions: refs(other)},
			[]string{"a1", "a2"},
			Rights{Details: true, Balances: true},
			true,
		},
		{"list only", consent.Access{AvailableAccounts: "allAccounts"}, nil, Rights{}, true},
		{"list and balances", consent.Access{AvailableAccounts: "allAccountsWithBalances"}, nil, Rights{Balances: true}, true},
		{"picked at the bank", consent.Access{AvailableAccounts: "selectAccounts"}, []string{"a1"}, all, true},

		{"not granted", consent.Access{}, []string{"a2"}, Rights{}, false},
		{"nothing granted", consent.Access{}, []string{}, Rights{}, false},
		{"not picked", consent.Access{AvailableAccounts: "selectAccounts"}, []string{"a2"}, Rights{}, false},
		{"named but not granted", consent.Access{Accounts: refs(this)}, []string{"a2"}, Rights{}, false},
		{"not named", consent.Access{Accounts: refs(other)}, []string{"a1"}, Rights{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, covered := rightsTo(&consent.Consent{Access: tt.access, Granted: tt.granted}, "a1", &own)
			if got != tt.want || covered != tt.covered {
				t.Errorf("rightsTo = %+v, %v, want %+v, %v", got, covered, tt.want, tt.covered)
			}
		})
	}
}

func TestCardRightsTo(t *testing.T) {
	t.Parallel()
	card := bank.CardAccount{ID: "c1", PAN: "4111111111111111", MaskedPAN: "411111******1111", Currency: "SEK"}
	tests := []struct {
		name    string
		access  consent.Access
		covered bool
	}{
		{"nothing asked", consent.Access{}, true},
		{"all PSD2", consent.Access{AllPSD2: "allAccounts"}, true},
		{"picked at the bank", consent.Access{AvailableAccounts: "selectAccounts"}, true},
		{"by PAN", consent.Access{Accounts: refs(bank.Reference{PAN: "4111 1111 1111 1111"})}, true},
		{"by masked PAN", consent.Access{Balances: refs(bank.Reference{MaskedPAN: "411111******1111"})}, true},

		{"list of accounts", consent.Access{AvailableAccounts: "allAccounts"}, false},
		{"list of accounts with balances", consent.Access{AvailableAccounts: "allAccountsWithBalances"}, false},
		{"by IBAN", consent.Access{Accounts: refs(bank.Reference{IBAN: "SE4550000000058398257466"})}, false},
		{"other currency", consent.Access{Accounts: refs(bank.Reference{PAN: "4111111111111111", Currency: "EUR"})}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, got := cardRightsTo(&consent.Consent{Access: tt.access}, &card); got != tt.covered {
				t.Errorf("cardRightsTo = %v, want %v", got, tt.covered)
			}
		})
	}
}

func TestSameAccount(t *testing.T) {
	t.Parallel()
	own := bank.Reference{
		IBAN: "SE4550000000058398257466", BBAN: "58398257466", ClearingNumber: "5000",
		PAN: "4111111111111111", MaskedPAN: "411111******1111", MSISDN: "+46700000001", Currency: "SEK",
	}
	whole := bank.Reference{AccountNumber: "500058398257466", Currency: "XXX"}
	tests := []struct {
		name string
		ref  bank.Reference
		own  bank.Reference
		want bool
	}{
		{"IBAN", bank.Reference{IBAN: "SE4550000000058398257466"}, own, true},
		{"IBAN in groups, lower case", bank.Reference{IBAN: "se45 5000 0000 0583 9825 7466"}, own, true},
		{"IBAN and currency", bank.Reference{IBAN: own.IBAN, Currency: "SEK"}, own, true},
		{"BBAN", bank.Reference{BBAN: "58398257466"}, own, true},
		{"BBAN with clearing within", bank.Reference{BBAN: "500058398257466"}, own, true},
		{"BBAN and clearing", bank.Reference{BBAN: "58398257466", ClearingNumber: "5000"}, own, true},
		{"account number and clearing", bank.Reference{AccountNumber: "58398257466", ClearingNumber: "5000"}, own, true},
		{"clearing within the account number", bank.Reference{BBAN: "58398257466", ClearingNumber: "5000"}, whole, true},
		{"PAN", bank.Reference{PAN: "4111111111111111"}, own, true},
		{"masked PAN", bank.Reference{MaskedPAN: "411111******1111"}, own, true},
		{"MSISDN", bank.Reference{MSISDN: "+46700000001"}, own, true},
		{"account in several currencies", bank.Reference{AccountNumber: "500058398257466"}, whole, true},

		{"other IBAN", bank.Reference{IBAN: "SE1412000000000012345678"}, own, false},
		{"other currency", bank.Reference{IBAN: own.IBAN, Currency: "EUR"}, own, false},
		{"one of several currencies", bank.Reference{AccountNumber: "500058398257466", Currency: "EUR"}, whole, false},
		{"other clearing", bank.Reference{BBAN: "58398257466", ClearingNumber: "6000"}, own, false},
		{"IBAN that the account has not", bank.Reference{IBAN: own.IBAN}, whole, false},
		{"nothing", bank.Reference{}, bank.Reference{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := sameAccount(&tt.ref, &tt.own); got != tt.want {
				t.Errorf("sameAccount = %v, want %v", got, tt.want)
			}
		})
	}
}
