package simulator

import (
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/sca"
)

// The times of SCA on the platform's clock.
const (
	answerAfter     = 2 * time.Second   // an ordinary person, in each round
	slowAnswerAfter = 30 * time.Second  // 99990101104
	openWithin      = 30 * time.Second  // the app, from the start
	signWithin      = 180 * time.Second // once it is open
)

// The test identities, by their last three digits.
const (
	likeSecondSigner = "002"
	likeTimedOut     = "004"
	likeNotActivated = "005"
	likeDeclines     = "101"
	likeNeverAnswers = "102"
	likeNoRights     = "103"
	likeSlow         = "104"
	likeRounds       = "105"
	likeExempted     = "106"
	likeRefused      = "107"
	likeThreeSigners = "108"
)

// likeOf returns the behaviour of a person, empty for an ordinary one.
func likeOf(psu string) string {
	like, ok := strings.CutPrefix(psu, "99990101")
	known := []string{
		likeSecondSigner, likeTimedOut, likeNotActivated, likeDeclines, likeNeverAnswers, likeNoRights,
		likeSlow, likeRounds, likeExempted, likeRefused, likeThreeSigners,
	}
	if !ok || !slices.Contains(known, like) {
		return ""
	}
	return like
}

// signersFor returns how many must sign where a person with the behaviour
// does.
func signersFor(like string) int {
	switch like {
	case likeSecondSigner:
		return 2
	case likeThreeSigners:
		return 3
	}
	return 1
}

// An outcome is how a run stands.
type outcome struct {
	status   sca.Status
	failure  sca.Failure
	message  string
	declined bool
	at       time.Time // when status became final
	round    int       // of the challenges
}

// outcome returns how the run stands at the instant: a pure function of both.
// rounds is how often the bank has its customers sign.
func (r *Run) outcome(now time.Time, rounds int) outcome {
	o := r.answered(now, rounds)
	if !r.StoppedAt.IsZero() && (!o.status.Final() || o.at.After(r.StoppedAt)) {
		return failed(sca.SessionExpired, "the run was given up", r.StoppedAt)
	}
	return o
}

func (r *Run) answered(now time.Time, rounds int) outcome {
	deadline := r.deadline()
	decided := !r.DecidedAt.IsZero() && r.DecidedAt.Before(deadline)
	alone := r.alone(now, rounds)
	if decided && (!alone.status.Final() || alone.at.After(r.DecidedAt)) {
		return r.decision()
	}
	if alone.status.Final() {
		return alone
	}
	if !now.Before(deadline) {
		return failed(sca.SessionExpired, r.timeoutMessage(), deadline)
	}
	return alone
}

// deadline returns when time alone ends the run.
func (r *Run) deadline() time.Time {
	switch {
	case r.Order.Approach.Redirect():
		return r.StartedAt.Add(sca.RedirectTimeout)
	case r.opens():
		return r.StartedAt.Add(signWithin)
	case !r.OpenedAt.IsZero():
		return r.OpenedAt.Add(signWithin)
	}
	return r.StartedAt.Add(openWithin)
}

// opens reports whether the person opens the app by itself, at the start.
func (r *Run) opens() bool {
	return !r.Order.Approach.Redirect() && r.Mode != Manual && r.Like != likeNeverAnswers
}

func (r *Run) timeoutMessage() string {
	switch {
	case r.Order.Approach.Redirect():
		return "The bank's page was not answered in time"
	case r.opens() || !r.OpenedAt.IsZero():
		return "BankID was opened and not signed in time"
	}
	return "BankID was not opened in time"
}

// alone returns how the run stands if nobody decides anything.
func (r *Run) alone(now time.Time, rounds int) outcome {
	pending := outcome{status: sca.Started}
	if !r.Order.Approach.Redirect() && r.Like == likeExempted {
		return outcome{status: sca.Exempted, at: r.StartedAt}
	}
	if r.Order.Approach.Redirect() || !r.opens() {
		return pending
	}
	if r.Instant {
		return r.signs(r.StartedAt)
	}
	if r.Like == likeSlow {
		if at := r.StartedAt.Add(slowAnswerAfter); !now.Before(at) {
			return outcome{status: sca.Finalised, at: at}
		}
		return pending
	}
	steps := stepsOf(r.Like, rounds)
	n := int(now.Sub(r.StartedAt) / answerAfter)
	if n < len(steps) {
		return outcome{status: steps[max(n, 0)], round: max(n, 0)}
	}
	return r.signs(r.StartedAt.Add(time.Duration(len(steps)) * answerAfter))
}

// stepsOf returns the statuses of the rounds before the signature is there.
func stepsOf(like string, rounds int) []sca.Status {
	all := []sca.Status{sca.AuthenticationStarted, sca.AuthoriseCreditorAccountStarted, sca.Started}
	switch {
	case like == likeRounds || rounds >= 3:
		return all
	case failsAs(like) != "": // before the second round
		return all[2:]
	case rounds == 2:
		return []sca.Status{sca.AuthenticationStarted, sca.Started}
	}
	return all[2:]
}

// failsAs returns how a run by a person with the behaviour fails, empty if it
// does not.
func failsAs(like string) sca.Failure {
	switch like {
	case likeTimedOut, likeNeverAnswers:
		return sca.SessionExpired
	case likeNotActivated:
		return sca.NotActivated
	case likeDeclines:
		return sca.UserCancel
	case likeNoRights, likeRefused:
		return sca.RightsMissing
	}
	return ""
}

// signs returns what comes of it when the person signs, or tries to.
func (r *Run) signs(at time.Time) outcome {
	switch f := failsAs(r.Like); {
	case f == "" && r.Like == likeExempted:
		return outcome{status: sca.Exempted, at: at}
	case f == "":
		return outcome{status: sca.Finalised, at: at}
	default:
		o := failed(f, failureMessage(f), at)
		o.declined = f == sca.UserCancel
		return o
	}
}

// decision returns what comes of what somebody decided.
func (r *Run) decision() outcome {
	switch r.Verdict {
	case Approve:
		return r.signs(r.DecidedAt)
	case Decline:
		o := failed(sca.UserCancel, failureMessage(sca.UserCancel), r.DecidedAt)
		o.declined = true
		return o
	case Abort:
		return failed(sca.UserCancel, "The person left without an answer", r.DecidedAt)
	}
	return failed(sca.SessionExpired, r.timeoutMessage(), r.DecidedAt)
}

func failed(why sca.Failure, message string, at time.Time) outcome {
	return outcome{status: sca.Failed, failure: why, message: message, at: at}
}

func failureMessage(f sca.Failure) string {
	switch f {
	case sca.NotActivated:
		return "BankID is not activated at the bank"
	case sca.UserCancel:
		return "The person declined"
	case sca.RightsMissing:
		return "The person has no right to sign this"
	}
	return "BankID was not opened in time"
}
