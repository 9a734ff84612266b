package portal

import (
	"strings"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/ui"
)

// A rule says by which word of a User-Agent something is known. The first that
// fits counts, since browsers call themselves by each other's names too.
type rule struct{ word, name string }

func browserRules() []rule {
	return []rule{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"Vivaldi/", "Vivaldi"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"FxiOS/", "Firefox"},
		{"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"HeadlessChrome/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Chromium/", "Chromium"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
		{"Go-http-client", "a Go program"},
	}
}

func systemRules() []rule {
	return []rule{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"Windows", "Windows"},
		{"CrOS", "ChromeOS"},
		{"Macintosh", "Mac"},
		{"Linux", "Linux"},
	}
}

// agentName returns a browser as a person would call it, such as "Chrome on
// Linux". Of what it does not know it returns the first word.
func agentName(agent string) string {
	browser, system := match(browserRules(), agent), match(systemRules(), agent)
	switch {
	case browser == "" && system == "":
		if words := strings.Fields(agent); len(words) > 0 {
			return words[0]
		}
		return "an unknown browser"
	case browser == "":
		return "a browser on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

func match(rules []rule, agent string) string {
	for _, r := range rules {
		if strings.Contains(agent, r.word) {
			return r.name
		}
	}
	return ""
}

// A browser is a session as its owner sees it.
type browser struct {
	developer.Session
	Name    string
	Current bool
}

// browsersOf returns sessions as their owner sees them, one of which is the
// current one.
func browsersOf(all []developer.Session, current string) []browser {
	browsers := make([]browser, len(all))
	for i, s := range all {
		browsers[i] = browser{s, agentName(s.Agent), s.ID == current}
	}
	return browsers
}

// hasFold reports whether one of the texts has the part, in any case.
func hasFold(part string, texts ...string) bool {
	part = strings.ToLower(part)
	for _, s := range texts {
		if strings.Contains(strings.ToLower(s), part) {
			return true
		}
	}
	return false
}

func plural(n int, noun string) string { return ui.Plural(n, noun) }
