package portal

import "strings"

// Patterns returns the patterns of all routes that name something of an
// organisation in their path.
func Patterns() []string {
	var all []string
	for _, rt := range routes() {
		if strings.Contains(rt.pattern, "{") {
			all = append(all, rt.pattern)
		}
	}
	return all
}

// PatternsOf returns the patterns of the routes that a member with the role
// must not use.
func PatternsOf(builderOnly bool) []string {
	var all []string
	for _, rt := range routes() {
		if rt.access == owner || builderOnly && rt.access == builder {
			all = append(all, rt.pattern)
		}
	}
	return all
}

// AgentName is agentName.
func AgentName(agent string) string { return agentName(agent) }

// OperatorPatterns returns the patterns of the routes of operators.
func OperatorPatterns() []string {
	var all []string
	for _, rt := range routes() {
		if rt.access == operators {
			all = append(all, rt.pattern)
		}
	}
	return all
}

// A Row is what tests ask of a route.
type Row struct {
	Method, Path    string
	Public, Sandbox bool
	Access          string // such as "builder"
	Fresh           bool
}

// Rows returns the whole table.
func Rows() []Row {
	var all []Row
	for _, rt := range routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		name := map[access]string{public: "public", half: "half", signedIn: "signedIn", member: "member", builder: "builder", owner: "owner", operators: "operators"}[rt.access]
		all = append(all, Row{method, path, rt.access == public, rt.sandbox, name, rt.fresh})
	}
	return all
}
