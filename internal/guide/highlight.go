package guide

import (
	"html/template"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/formatters/html"
)

// lexers are those of the languages that guides have, made when one is first
// needed. The zero value is ready.
type lexers struct {
	mu   sync.Mutex
	made map[string]chroma.Lexer
}

// of returns the lexer of a language, nil if it has none and its code stays
// without colours.
func (l *lexers) of(language string) chroma.Lexer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lexer, ok := l.made[language]; ok {
		return lexer
	}
	var lexer chroma.Lexer
	if rules := grammars()[language]; rules != nil {
		made, err := chroma.NewLexer(&chroma.Config{Name: language, EnsureNL: true},
			func() chroma.Rules { return chroma.Rules{"root": rules} })
		if err == nil {
			lexer = made
		}
	}
	if l.made == nil {
		l.made = map[string]chroma.Lexer{}
	}
	l.made[language] = lexer
	return lexer
}

// highlight returns code as HTML, in colours if it can.
func (l *lexers) highlight(language, code string) template.HTML {
	code = strings.TrimRight(code, "\n")
	var s strings.Builder
	if lexer := l.of(language); lexer != nil {
		tokens, err := lexer.Tokenise(nil, code)
		if err == nil {
			err = formatter().Format(&s, style(light), tokens)
		}
		if err == nil {
			return template.HTML(strings.TrimRight(s.String(), "\n")) //nolint:gosec // the formatter escapes
		}
	}
	return template.HTML(template.HTMLEscapeString(code)) //nolint:gosec // it is escaped
}

// Code returns code as HTML, in colours if it can, with neither <pre> nor
// <code> around it.
func (r *Renderer) Code(language, code string) template.HTML {
	return r.lexers.highlight(language, code)
}

func formatter() *html.Formatter {
	return html.New(html.WithClasses(true), html.PreventSurroundingPre(true), html.WithCSSComments(false))
}

// Colours of code: those of the style sheet of all pages, see package ui.
var (
	light = map[string]string{"soft": "#5a626a", "accent": "#0b6470", "good": "#1c6b3c", "warn": "#7d4d00"}
	dark  = map[string]string{"soft": "#a3adb5", "accent": "#6cc8d2", "good": "#7ed3a0", "warn": "#eabc68"}
)

// style returns how code looks in the colours.
func style(colours map[string]string) *chroma.Style {
	s, err := chroma.NewStyle("sluss", chroma.StyleEntries{
		chroma.Comment: colours["soft"], chroma.GenericPrompt: colours["soft"],
		chroma.Keyword: colours["accent"], chroma.NameTag: colours["accent"], chroma.NameAttribute: colours["accent"],
		chroma.LiteralString: colours["good"],
		chroma.LiteralNumber: colours["warn"], chroma.KeywordConstant: colours["warn"], chroma.NameVariable: colours["warn"],
	})
	if err != nil {
		return &chroma.Style{} // not with colours like these
	}
	return s
}

// CSS returns the style sheet of code, for light and dark.
func CSS() ([]byte, error) {
	var s strings.Builder
	for _, part := range []struct {
		before  string
		colours map[string]string
		after   string
	}{{"", light, ""}, {"@media (prefers-color-scheme: dark) {\n", dark, "}\n"}} {
		var all strings.Builder
		if err := formatter().WriteCSS(&all, style(part.colours)); err != nil {
			return nil, err
		}
		s.WriteString(part.before)
		for line := range strings.Lines(all.String()) {
			if strings.Contains(line, " { color: #") {
				s.WriteString(line)
			}
		}
		s.WriteString(part.after)
	}
	return []byte(s.String()), nil
}
