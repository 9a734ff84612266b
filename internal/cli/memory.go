package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
)

const (
	// roomyHeap is the size in bytes that a heap may have before it is
	// collected, however little of it is alive: a small server that makes
	// garbage quickly would else do little but collect it.
	roomyHeap = 12 << 20
	// leastGC is the least GOGC of a server. Most of what one with many apps
	// keeps are the apps, which hardly ever change; at the usual 100 as much again
	// would lie idle. The price is a hundredth or so of the throughput.
	leastGC = 20
	// mostGC bounds the GOGC of a server that keeps next to nothing.
	mostGC = 1000
)

// saveMemory has a server keep little room for garbage, unless the operator
// says how much by GOGC.
func saveMemory(env *Env) {
	if env.Getenv("GOGC") == "" {
		(&collector{}).tune()
	}
}

// settle is for a server that is about to serve. What its start has left behind
// goes back to the system. If its database is a file, Go may run one goroutine
// more than there are cores, unless the operator says how many by GOMAXPROCS:
// while such a database waits for the disk it blocks a place that the rest of
// the program could use. Whatever was made before counts the cores.
func settle(env *Env, database string) {
	if env.Getenv("GOMAXPROCS") == "" && strings.HasPrefix(database, "sqlite:") {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
	go debug.FreeOSMemory()
}

// A collector sets the GOGC of the program after each collection. Its percent
// is the one that is set.
type collector struct{ percent int }

// tune sets the GOGC, and has itself called after the next collection: a
// fresh object that nobody keeps is found dead by it.
func (c *collector) tune() {
	if p := percentFor(liveHeap()); p != c.percent {
		c.percent = p
		debug.SetGCPercent(p)
	}
	runtime.AddCleanup(new([16]byte), (*collector).tune, c)
}

// percentFor returns the GOGC for a heap of which so many bytes are alive: what
// makes it roomy, or as much as it has megabytes, up to the usual 100. To
// collect a large heap is dear, and who has one has the memory. It is in steps,
// so that it is seldom set anew, for which the program stops.
func percentFor(live uint64) int {
	const step = 10
	if live == 0 { // it has not been collected yet
		return leastGC
	}
	byGrowth := min(100, int(live>>20))
	byRoom := 0
	if live < roomyHeap {
		byRoom = int((roomyHeap - live) * 100 / live)
	}
	return min(mostGC, max(leastGC, byGrowth, byRoom)/step*step)
}

// liveHeap returns how many bytes the last collection left alive.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
