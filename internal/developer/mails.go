package developer

import "fmt"

// The mails, in plain text, which everybody can read. A link is a line of its
// own. None has a secret other than the link.

func mailTicket(base string, t *Ticket, name, link string) Mail {
	if t.Kind == ResetPassword {
		return Mail{To: t.Email, Subject: "Set a new password", Text: fmt.Sprintf(`Hello %s,

somebody, we hope you, asked to set a new password for the sluss portal. This
link does it. It works once, within an hour.

%s/portal/reset?link=%s

If it was not you, do nothing: your password stays as it is.
`, name, base, link)}
	}
	return Mail{To: t.Email, Subject: "Prove your e-mail address", Text: fmt.Sprintf(`Hello %s,

this link proves your address, and finishes your account for the sluss portal.
It works once, within two days.

%s/portal/verify?link=%s

If you did not ask for an account, do nothing.
`, name, base, link)}
}

func mailKnown(base, email string) Mail {
	return Mail{To: email, Subject: "You have an account already", Text: fmt.Sprintf(`Hello,

somebody, we hope you, tried to make an account for the sluss portal with this
address, which has one. Sign in, or set a new password, here:

%s/portal/sign-in
`, base)}
}

func mailInvitation(base string, i *Invitation, organisation, by, link string) Mail {
	return Mail{To: i.Email, Subject: "You are invited to " + organisation, Text: fmt.Sprintf(`Hello,

%s invites you to join %s on the sluss portal, as %s. The link works for a week.

%s/portal/invitation?link=%s
`, by, organisation, i.Role, base, link)}
}
