// Package roundtrip sends random data with random schemas through each converter and back: what comes back is what was sent,
// and the shortcuts make the bytes of the long way. A failure names its seed; -seed repeats it.
package roundtrip
