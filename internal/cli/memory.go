package cli

import "runtime/debug"

// serverGC is the GOGC of a server. Most of what it keeps are apps, which
// hardly ever change; at the usual 100 as much again would lie idle. The price
// is a few in a hundred of the throughput of long pages.
const serverGC = 60

// saveMemory has a server keep less room for garbage, unless the operator says
// how much by GOGC.
func saveMemory(env *Env) {
	if env.Getenv("GOGC") == "" {
		debug.SetGCPercent(serverGC)
	}
}
