//go:build soak

package certificate

// Steps of TestEveryByteCounts: every byte.
const (
	paddingStep = 1
	streamStep  = 1
)
