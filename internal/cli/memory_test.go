package cli

import "testing"

func TestPercentFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		live uint64
		want int
	}{
		{0, 20}, {1 << 20, 1000}, {4 << 20, 200}, {7 << 20, 70}, {10 << 20, 20}, {12 << 20, 20}, {31 << 20, 30}, {64 << 20, 60}, {1 << 30, 100},
	} {
		if got := percentFor(tt.live); got != tt.want {
			t.Errorf("percentFor(%d) = %d, want %d", tt.live, got, tt.want)
		}
	}
}
