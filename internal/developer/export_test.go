package developer

import "time"

// TOTPAt returns the code of an authenticator app at an instant.
func TOTPAt(secret []byte, at time.Time) string { return totpAt(secret, at.Unix()/30) }
