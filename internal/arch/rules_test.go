package arch

// layers are the rows: a package may import packages of the rows above its
// own. Packages in one row do not know each other.
var layers = [][]string{
	{"internal/problem", "."},
	{"psd2", "docs", "internal/event", "internal/clock", "internal/ident", "internal/money", "internal/trace"},
	{"internal/scope", "internal/sca", "internal/iso20022", "internal/jose", "internal/aspsp", "internal/certificate"},
	{"internal/app", "internal/developer", "internal/issuer", "internal/reqlog", "internal/keyring", "internal/bank", "internal/usage", "internal/audit", "internal/job"},
	{"internal/token", "internal/fx", "internal/kyc", "internal/signing", "internal/payee", "internal/keyring/libcrypto", "internal/keyring/hsm"},
	{"internal/consent", "internal/payment"},
	{"internal/account", "internal/redirect"},
	{"internal/web", "internal/config"},
	{"internal/bank/simulator", "internal/bank/banktest", "internal/certificate/certtest", "internal/jose/josetest", "internal/fx/ecb", "internal/kyc/watchman", "internal/benchmark", "client", "internal/api/apitest", "internal/jobrun", "internal/mail", "internal/passkey", "internal/passkey/passkeytest", "internal/sso", "internal/sso/ssotest", "internal/webhook", "internal/ui", "internal/guide", "internal/reference"},
	{"internal/bank/simulator/pages"},
	{"internal/store", "internal/store/storetest"},
	{"internal/store/testdb"},
	{"internal/oauth", "internal/api", "internal/portal", "internal/control", "internal/forms", "internal/docs"},
	{"internal/server"},
	{"slusstest", "internal/cli"},
	{"cmd/sluss"},
}

// outsideRows are packages that no row holds: tests, and tools of the build.
var outsideRows = []string{"internal/arch", "internal/checktest", "internal/browser"}

// tighter names packages that may import only some of what their row allows.
var tighter = map[string][]string{
	"psd2":               {},
	".":                  {},
	"docs":               {"."},
	"client":             {"psd2"},
	"cmd/sluss":          {"internal/cli"},
	"internal/web":       {"internal/problem", "internal/clock", "internal/ident", "internal/trace", "internal/certificate"},
	"internal/config":    {},
	"internal/ui":        {"internal/web"},
	"internal/guide":     {},
	"internal/reference": {},
	// A bank knows nothing of consents, tokens' use and the web; its pages do know the web.
	"internal/bank/simulator":       rowsTo(3),
	"internal/bank/banktest":        rowsTo(3),
	"internal/bank/simulator/pages": append(rowsTo(3), "internal/web", "internal/bank/simulator"),
	"internal/fx/ecb":               rowsTo(4),
	"internal/benchmark":            rowsTo(6),
	"internal/store":                append(rowsTo(6), "internal/bank/simulator", "internal/webhook"),
	"internal/store/storetest":      append(rowsTo(6), "internal/bank/simulator", "internal/webhook"),
	"internal/control":              append(rowsTo(6), "internal/bank/simulator", "internal/web", "internal/webhook"),
	"internal/kyc/watchman":         rowsTo(4),
	"internal/forms": {
		"internal/problem", "internal/aspsp", "internal/app", "internal/kyc", "internal/web", "internal/ui",
	},
	"internal/docs": {"internal/problem", "docs", "psd2", "internal/sca", "internal/consent", "internal/payment", "internal/web", "internal/ui", "internal/guide", "internal/reference"},
	// Edges get interfaces: none imports the store, and only control knows the simulator.
	"internal/oauth": {
		"internal/problem", "internal/event", "internal/clock", "internal/ident", "internal/scope", "internal/sca", "internal/jose",
		"internal/certificate", "internal/app", "internal/keyring", "internal/audit", "internal/token", "internal/signing", "internal/consent", "internal/redirect", "internal/usage",
		"internal/web", "psd2",
	},
	"internal/api": {
		"internal/problem", "internal/event", "internal/clock", "internal/ident", "internal/money", "internal/scope", "internal/sca", "internal/aspsp",
		"internal/certificate", "internal/app", "internal/bank", "internal/token", "internal/fx", "internal/kyc", "internal/signing", "internal/consent", "internal/account", "internal/redirect", "internal/web", "psd2", "internal/payment", "internal/payee", "internal/iso20022",
	},
}

// outside says which packages may import a module that is not ours. Anything
// unlisted fails. A module path also stands for the packages below it.
var outside = map[string][]string{
	"github.com/go-jose/go-jose/v4":       {"internal/jose", "internal/sso/ssotest"},
	"modernc.org/sqlite":                  {"internal/store"},
	"github.com/jackc/pgx/v5":             {"internal/store", "internal/store/storetest"},
	"github.com/pressly/goose/v3":         {"internal/store"},
	"database/sql":                        {"internal/store", "internal/store/storetest"},
	"go.opentelemetry.io/otel":            {"internal/server"}, // spans; sent by an exporter of ours, without gRPC
	"github.com/prometheus/client_golang": {"internal/web", "internal/jobrun", "internal/webhook", "internal/server"},
	"github.com/BurntSushi/toml":          {"internal/config"},
	"github.com/alecthomas/kong":          {"internal/cli"},
	"github.com/wneessen/go-mail":         {"internal/mail"},
	"github.com/bojanz/currency":          {"internal/money"},
	"golang.org/x/crypto":                 {"internal/developer"},
	"software.sslmate.com/src/go-pkcs12":  {"internal/issuer"},
	"golang.org/x/oauth2":                 {"client", "internal/sso"},
	"github.com/coreos/go-oidc/v3":        {"internal/sso"},
	"github.com/go-webauthn/webauthn":     {"internal/passkey"},
	"github.com/google/go-cmp":            {"internal/store/storetest"},
	"golang.org/x/text":                   {"internal/payee"}, // accents of names, taken apart as Unicode has it
	"golang.org/x/time":                   {"internal/api", "internal/reqlog", "internal/server"},
	"github.com/getkin/kin-openapi":       {"internal/api", "internal/api/apitest"},
	"github.com/miekg/pkcs11":             {"internal/keyring/hsm"},
	"github.com/yuin/goldmark":            {"internal/guide"},
	"github.com/alecthomas/chroma/v2":     {"internal/guide"},
	"github.com/swaggest/swgui":           {"internal/docs"},
	"go.yaml.in/yaml/v4":                  {"internal/reference"},
	"C":                                   {"internal/keyring/libcrypto", "internal/benchmark"},
	"rsc.io/qr":                           {"internal/bank/simulator", "internal/portal"},
	"github.com/rickar/cal/v2":            {"internal/bank/simulator"},
	"net/http": {
		"internal/web", "internal/oauth", "internal/api", "internal/control", "internal/server", "internal/cli", "internal/benchmark",
		"internal/bank/simulator/pages", "internal/fx/ecb", "internal/kyc/watchman", "client", "slusstest", "internal/api/apitest", "internal/ui", "internal/portal", "internal/forms", "internal/webhook", "internal/sso", "internal/sso/ssotest", "internal/docs",
	},
}
