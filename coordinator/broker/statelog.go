package broker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
)

// The broker keeps group and producer state in append logs of framed JSON:
// length of what follows the checksum (4 bytes), checksum (4), version (2),
// JSON; all little-endian.
const (
	frameHeader  = 10
	frameVersion = 1
)

// appendFrame adds one entry to a log.
func appendFrame(log []byte, entry any) ([]byte, error) {
	data, err := json.Marshal(entry)
	if err != nil {
		return nil, err
	}
	at := len(log)
	log = binary.LittleEndian.AppendUint32(log, uint32(len(data)+2))
	log = binary.LittleEndian.AppendUint32(log, 0)
	log = binary.LittleEndian.AppendUint16(log, frameVersion)
	log = append(log, data...)
	binary.LittleEndian.PutUint32(log[at+4:], castagnoli(log[at+8:]))
	return log, nil
}

// readFrames calls visit with the JSON of each entry and returns how many
// bytes from the start of the log are whole entries.
func readFrames(log []byte, visit func(data []byte)) (whole int) {
	for {
		rest := log[whole:]
		if len(rest) < frameHeader {
			return whole
		}
		n := int64(binary.LittleEndian.Uint32(rest)) + 8
		if n < frameHeader || n > int64(len(rest)) || castagnoli(rest[8:n]) != binary.LittleEndian.Uint32(rest[4:]) {
			return whole
		}
		visit(rest[frameHeader:n])
		whole += int(n)
	}
}

// trimLog cuts an entry that a death left unfinished off the end of a log.
// The broker would skip it but append behind it, and the next load would stop
// there and lose all that came later.
func trimLog(path string) error {
	log, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if whole := readFrames(log, func([]byte) {}); whole < len(log) {
		return os.Truncate(path, int64(whole))
	}
	return nil
}
