package cli

func firstCalls(r sandboxReady) string { return r.Auth + "\n" }
