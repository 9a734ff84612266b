package benchmark

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// A Row is one figure beside its target.
type Row struct {
	What string
	// Figure and Floor are what Measured is the ratio of; empty if Measured is
	// the figure itself.
	Figure, Floor    string
	Measured, Target string
	Met              bool
	Skipped          bool // it could not be measured; Note says why
	Note             string
}

// Beside fills in what the row's ratio is of.
func (r Row) Beside(figure, floor float64, format string) Row {
	r.Figure, r.Floor = fmt.Sprintf(format, figure), fmt.Sprintf(format, floor)
	return r
}

// Noted puts a note beside the row.
func (r Row) Noted(format string, args ...any) Row {
	r.Note = fmt.Sprintf(format, args...)
	return r
}

// Skip returns the row of what could not be measured.
func Skip(what, why string) Row { return Row{What: what, Met: true, Skipped: true, Note: why} }

// AtLeast returns the row of a figure that must not be less than target.
func AtLeast(what string, got, target float64, format string) Row {
	return Row{What: what, Measured: fmt.Sprintf(format, got), Target: "at least " + fmt.Sprintf(format, target), Met: got >= target}
}

// AtMost returns the row of a figure that must not be more than target.
func AtMost(what string, got, target float64, format string) Row {
	return Row{What: what, Measured: fmt.Sprintf(format, got), Target: "at most " + fmt.Sprintf(format, target), Met: got <= target}
}

// Print writes the rows as a table and reports whether every target was met.
func Print(w io.Writer, rows []Row) (met bool, err error) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	met = true
	fmt.Fprint(out, "what\tfigure\tfloor\tratio\tbar\t\tnote\n")
	for _, r := range rows {
		verdict := "ok"
		switch {
		case r.Skipped:
			verdict = "-"
		case !r.Met:
			verdict, met = "MISSED", false
		}
		figure, ratio := r.Figure, r.Measured
		if figure == "" {
			figure, ratio = r.Measured, ""
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.What, figure, r.Floor, ratio, r.Target, verdict, r.Note)
	}
	return met, out.Flush()
}

// Median returns the median of xs, which must not be empty.
func Median(xs []float64) float64 {
	s := slices.Sorted(slices.Values(xs))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

const megabyte = 1 << 20
