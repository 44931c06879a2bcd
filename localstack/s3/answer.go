package s3

import (
	"encoding/xml"
	"net/http"
)

// recorder is an answer that is being made.
type recorder struct {
	status int
	header http.Header
	body   []byte
}

// fail answers with an error of the service.
func (w *recorder) fail(status int, code, message string) {
	w.status = status
	w.xml(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: message})
}

func (w *recorder) xml(v any) {
	b, err := xml.Marshal(v)
	if err != nil {
		w.status = http.StatusInternalServerError
		return
	}
	w.header.Set("Content-Type", "application/xml")
	w.body = append([]byte(xml.Header), b...)
}
