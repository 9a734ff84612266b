package cli

import "testing"

func TestPercentFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		live uint64
		want int
	}{
		{0, 60}, {1 << 20, 1000}, {4 << 20, 500}, {8 << 20, 200}, {10 << 20, 140}, {16 << 20, 60}, {1 << 30, 60},
	} {
		if got := percentFor(tt.live); got != tt.want {
			t.Errorf("percentFor(%d) = %d, want %d", tt.live, got, tt.want)
		}
	}
}
