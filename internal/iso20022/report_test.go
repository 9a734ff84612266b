package iso20022_test

import (
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/iso20022"
)

var update = flag.Bool("update", false, "write the golden files")

func TestStatusReport(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 0, 0, 7e6, time.UTC)
	const id = "0c0e5f5e-7f0f-4a55-8a4a-d5a8b6a0c9e4"
	for name, r := range map[string]iso20022.StatusReport{
		"accepted": {MessageID: id, CreatedAt: at, Original: id, Status: iso20022.ACSP},
		"rejected": {
			MessageID: id, CreatedAt: at, Original: id, EndToEndID: `A & B <"'>`, Status: iso20022.RJCT,
			Reason: "täckning saknas: <100 & >50 \x00" + strings.Repeat("ö", 120),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := r.XML()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "pain.002-"+name+".xml")
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(got) != string(want) {
				t.Errorf("%v; got\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

// FuzzStatusReport looks that any text makes a document, from which it can be
// read again but for what XML cannot hold.
func FuzzStatusReport(f *testing.F) {
	f.Add("e2e", "no cover")
	f.Add("]]>", "<!-- & \x00 \ufffe")
	f.Fuzz(func(t *testing.T, endToEnd, reason string) {
		b, err := iso20022.StatusReport{MessageID: "m", Original: "o", EndToEndID: endToEnd, Status: iso20022.RJCT, Reason: reason}.XML()
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			EndToEnd string   `xml:"CstmrPmtStsRpt>OrgnlPmtInfAndSts>TxInfAndSts>OrgnlEndToEndId"`
			Text     []string `xml:"CstmrPmtStsRpt>OrgnlPmtInfAndSts>TxInfAndSts>StsRsnInf>AddtlInf"`
		}
		if err := xml.Unmarshal(b, &doc); err != nil {
			t.Fatalf("%v in\n%s", err, b)
		}
		for _, s := range doc.Text {
			if len([]rune(s)) > 105 {
				t.Errorf("a text of %d characters", len([]rune(s)))
			}
		}
	})
}
