//go:build !soak

package certificate

// Steps of TestEveryByteCounts.
const (
	paddingStep = 211
	streamStep  = 97
)
