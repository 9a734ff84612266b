package developer

import "slices"

// A Role says what a member may do in an organisation.
type Role string

// The roles.
const (
	Owner     Role = "owner"     // everything, members and certificates too
	Developer Role = "developer" // applications and what belongs to them
	Viewer    Role = "viewer"    // look, at everything but secrets
)

// Roles returns the roles, the mightiest first.
func Roles() []Role { return []Role{Owner, Developer, Viewer} }

// Valid reports whether r is a role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// A Right is what a page or a form needs.
type Right string

// The rights.
const (
	See          Right = "see"           // what belongs to the organisation
	ManageApps   Right = "manage apps"   // make, change and delete applications and webhooks
	ManagePeople Right = "manage people" // members, the organisation itself, access to production, certificates
)

// May reports whether a member with the role has the right.
func (r Role) May(right Right) bool {
	switch r {
	case Owner:
		return true
	case Developer:
		return right == See || right == ManageApps
	case Viewer:
		return right == See
	}
	return false
}
