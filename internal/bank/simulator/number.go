package simulator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/ident"
)

// A dice draws the same numbers for the same seed and the same parts.
type dice struct{ *rand.Rand }

func newDice(seed int64, parts ...string) dice {
	h := hashOf(seed, parts...)
	return dice{rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:]), binary.BigEndian.Uint64(h[8:])))} //nolint:gosec // test data, not secrets
}

// hashOf returns a hash in which no two lists of parts read the same.
func hashOf(seed int64, parts ...string) [sha256.Size]byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(seed)) //nolint:gosec // the bits are what matters
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return sha256.Sum256(b)
}

// keyOf returns a positive number for the parts, which collides with another
// one as good as never.
func keyOf(seed int64, parts ...string) int64 {
	h := hashOf(seed, parts...)
	return int64(binary.BigEndian.Uint64(h[:])>>2) + 1 //nolint:gosec // 62 bits
}

// mix makes a positive number of two, fast.
func mix(a, b uint64) int64 {
	x := a ^ b*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int64((x^x>>31)>>2) + 1 //nolint:gosec // 62 bits
}

// digits returns n random digits, the first not zero.
func (d dice) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + d.IntN(10))
	}
	if n > 0 && b[0] == '0' {
		b[0] = byte('1' + d.IntN(9))
	}
	return string(b)
}

func (d dice) pick(list []string) string { return list[d.IntN(len(list))] }

// about returns an amount within a share of n, in per cent.
func (d dice) about(n int64, percent int64) int64 {
	span := max(n*percent/100, 1)
	return n - span + d.Int64N(2*span+1)
}

// luhn returns the check digit of digits as text.
func luhn(digits string) string { return string(ident.LuhnDigit(digits)) }

// ocr returns a Swedish payment reference of n digits with its length and
// check digit.
func (d dice) ocr(n int) string {
	body := d.digits(n-2) + strconv.Itoa(n%10)
	return body + luhn(body)
}

// iban returns the IBAN of a BBAN, ISO 13616.
func iban(country, bban string) string {
	return string(ident.NewIBAN(country, strings.ToUpper(bban)))
}

// A number is an account number in its forms.
type number struct{ iban, bban, clearing string }

// number draws the number of an account at the bank. The national check digits
// are right where a country has them within the account number.
func (b *connector) number(d dice) number {
	switch country := b.info.ASPSP.CountryCode; country {
	case "SE":
		clearing := (b.series + d.digits(4))[:4]
		account := d.digits(6)
		account += luhn(account)
		return number{iban(country, b.clearing+fmt.Sprintf("%017s", clearing+account)), clearing + account, clearing}
	case "FI":
		body := b.clearing + d.digits(10)
		return number{iban: iban(country, body+luhn(body)), bban: body + luhn(body)}
	case "NO":
		for {
			body := b.clearing + d.digits(6)
			if check := weighted(body, []int{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}); check < 10 {
				bban := body + strconv.Itoa(check)
				return number{iban: iban(country, bban), bban: bban}
			}
		}
	case "NL":
		for {
			body := "0" + d.digits(8)
			if check := weighted(body, []int{10, 9, 8, 7, 6, 5, 4, 3, 2}); check < 10 {
				bban := b.clearing + body + strconv.Itoa(check)
				return number{iban: iban(country, bban), bban: bban}
			}
		}
	default: // DK, DE: no check digit within the number
		bban := b.clearing + d.digits(10)
		return number{iban: iban(country, bban), bban: bban}
	}
}

// weighted returns the check digit modulo 11, or 10 if there is none.
func weighted(digits string, weights []int) int {
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	return (11 - sum%11) % 11
}
