package guide

import "github.com/alecthomas/chroma/v2"

// Patterns that several languages share.
const (
	number      = `-?\b\d[\d_]*(\.\d+)?([eE][+-]?\d+)?\b`
	doubleQuote = `"(\\.|[^"\\\n])*"`
	singleQuote = `'(\\.|[^'\\\n])*'`
)

// grammars returns the rules of each language, a list in which the first match
// counts. They know enough for colours and no more.
func grammars() map[string][]chroma.Rule {
	return map[string][]chroma.Rule{
		"sh": rules(
			chroma.Rule{Pattern: `(?<![^\s])#[^\n]*`, Type: chroma.Comment},
			chroma.Rule{Pattern: `'[^']*'`, Type: chroma.LiteralString},
			chroma.Rule{Pattern: `\$\w+|\$\{[^}\n]*\}`, Type: chroma.NameVariable},
			chroma.Rule{Pattern: `"(\\.|[^"\\$])*"`, Type: chroma.LiteralString},
			chroma.Rule{Pattern: `(?<![^\s;(|])(if|then|else|elif|fi|for|in|do|done|while|until|case|esac|exit|export)(?![^\s;)])`, Type: chroma.Keyword},
			chroma.Rule{Pattern: `(?<=\s)--?[A-Za-z][\w-]*`, Type: chroma.NameAttribute},
		),
		"console": rules(
			chroma.Rule{Pattern: `(?<![^\n])\$ `, Type: chroma.GenericPrompt},
			chroma.Rule{Pattern: `(?<=\s)# [^\n]*`, Type: chroma.Comment},
		),
		"go": rules(
			chroma.Rule{Pattern: `//[^\n]*`, Type: chroma.Comment},
			chroma.Rule{Pattern: "`[^`]*`|" + doubleQuote + "|" + singleQuote, Type: chroma.LiteralString},
			chroma.Rule{Pattern: `\b(package|import|func|var|const|type|struct|interface|map|chan|return|if|else|for|range|switch|case|default|break|continue|defer|go|select)\b`, Type: chroma.Keyword},
			chroma.Rule{Pattern: `\b(nil|true|false|iota)\b`, Type: chroma.KeywordConstant},
			chroma.Rule{Pattern: number, Type: chroma.LiteralNumber},
		),
		"js": rules(
			chroma.Rule{Pattern: `//[^\n]*|/\*[\s\S]*?\*/`, Type: chroma.Comment},
			chroma.Rule{Pattern: "`(\\\\.|[^`\\\\])*`|" + doubleQuote + "|" + singleQuote, Type: chroma.LiteralString},
			chroma.Rule{Pattern: `\b(import|from|export|const|let|var|function|async|await|return|if|else|for|of|in|while|do|new|throw|try|catch|finally|class|extends|typeof)\b`, Type: chroma.Keyword},
			chroma.Rule{Pattern: `\b(null|undefined|true|false)\b`, Type: chroma.KeywordConstant},
			chroma.Rule{Pattern: number, Type: chroma.LiteralNumber},
		),
		"python": rules(
			chroma.Rule{Pattern: `#[^\n]*`, Type: chroma.Comment},
			chroma.Rule{Pattern: `[fbr]?("""[\s\S]*?"""|` + doubleQuote + "|" + singleQuote + ")", Type: chroma.LiteralString},
			chroma.Rule{Pattern: `\b(import|from|as|def|class|return|if|elif|else|for|in|while|with|try|except|finally|raise|assert|not|and|or|is|lambda|pass|break|continue)\b`, Type: chroma.Keyword},
			chroma.Rule{Pattern: `\b(None|True|False)\b`, Type: chroma.KeywordConstant},
			chroma.Rule{Pattern: number, Type: chroma.LiteralNumber},
		),
		"json": rules(
			chroma.Rule{Pattern: doubleQuote + `(?=\s*:)`, Type: chroma.NameTag},
			chroma.Rule{Pattern: doubleQuote, Type: chroma.LiteralString},
			chroma.Rule{Pattern: `\b(null|true|false)\b`, Type: chroma.KeywordConstant},
			chroma.Rule{Pattern: number, Type: chroma.LiteralNumber},
		),
		"http": rules(
			chroma.Rule{Pattern: `\b(GET|POST|PUT|DELETE|HTTP/1\.1)\b`, Type: chroma.Keyword},
			chroma.Rule{Pattern: `(?<![^\n])[A-Za-z][\w-]*(?=: )`, Type: chroma.NameAttribute},
			chroma.Rule{Pattern: doubleQuote + `(?=\s*:)`, Type: chroma.NameTag},
			chroma.Rule{Pattern: doubleQuote, Type: chroma.LiteralString},
		),
		"toml": rules(
			chroma.Rule{Pattern: `#[^\n]*`, Type: chroma.Comment},
			chroma.Rule{Pattern: `(?<![^\n])\[[^\]\n]*\]`, Type: chroma.Keyword},
			chroma.Rule{Pattern: `[\w.-]+(?=\s*=)`, Type: chroma.NameAttribute},
			chroma.Rule{Pattern: doubleQuote + "|" + singleQuote, Type: chroma.LiteralString},
			chroma.Rule{Pattern: `\b(true|false)\b`, Type: chroma.KeywordConstant},
			chroma.Rule{Pattern: number, Type: chroma.LiteralNumber},
		),
	}
}

// rules adds those that take what no other one does: a word, or one character.
func rules(own ...chroma.Rule) []chroma.Rule {
	return append(own, chroma.Rule{Pattern: `\w+|\s+|.`, Type: chroma.Text})
}
