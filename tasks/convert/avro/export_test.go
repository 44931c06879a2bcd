package avro

// Scan gives tests the check of a body that is the heart of Transcode.
func Scan(d *Decoder, s *Schema) func(body []byte) bool {
	p := newScan(d.root, s, map[planKey]*scanPlan{})
	return func(body []byte) bool {
		sc := scanner{b: body}
		return sc.value(p) && len(sc.b) == 0
	}
}
