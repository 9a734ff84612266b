package config

import (
	"strings"
	"time"
)

// memory is the database that dies with the process.
const memory = "sqlite::memory:"

// RecordsTokens reports whether the audit trail has tokens.
func (c *Config) RecordsTokens() bool { return c.Audit.Tokens && c.Database != memory }

// SpoolFolder returns the folder where records of tokens wait while the
// database is away, empty if there is none.
func (c *Config) SpoolFolder() string {
	file, isFile := strings.CutPrefix(c.Database, "sqlite:")
	switch {
	case c.Audit.Spool == "off" || !c.RecordsTokens():
		return ""
	case c.Audit.Spool != "":
		return c.Audit.Spool
	case isFile:
		return file + ".spool"
	}
	return "sluss.spool"
}

// check reports the faults.
func (a AuditConfig) check(report func(key, text string)) {
	if a.Keep != 0 {
		report("audit.keep", checkDuration(a.Keep, 24*time.Hour, 100*365*24*time.Hour))
	}
}
