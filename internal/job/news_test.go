package job_test

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/job"
)

func TestNews(t *testing.T) {
	t.Parallel()
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	n := job.NewNews()
	n.Add(nil)
	select {
	case <-n.Chan():
		t.Error("there is news of nothing")
	default:
	}
	n.Add(map[job.Kind]time.Time{"a": at(5), "b": at(9)})
	n.Add(map[job.Kind]time.Time{"a": at(7), "b": at(2)})
	<-n.Chan()
	got := n.Take()
	if len(got) != 2 || !got["a"].Equal(at(5)) || !got["b"].Equal(at(2)) {
		t.Errorf("Take = %v, want the earliest of each kind", got)
	}
	if got := n.Take(); len(got) != 0 {
		t.Errorf("Take again = %v, want nothing", got)
	}
	var none *job.News
	none.Add(map[job.Kind]time.Time{"a": at(5)})
	if none.Take() != nil || none.Chan() != nil {
		t.Error("no News tells something")
	}
}
