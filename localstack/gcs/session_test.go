package gcs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const unit = 256 << 10

// A sessionStep sends a part of a content to a session.
type sessionStep struct {
	name, header string // Content-Range
	body         string
	status       int
	persisted    string // Range
}

func startSession(t *testing.T, url, name string, header ...string) string {
	t.Helper()
	resp, text := do(t, "POST", url+"/upload/storage/v1/b/"+bucket+"/o?uploadType=resumable&name="+name, "", header...)
	if resp.StatusCode != 200 || resp.Header.Get("Location") == "" {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	return resp.Header.Get("Location")
}

func TestSession(t *testing.T) {
	t.Parallel()
	content := random(3*unit + 100)
	for _, tt := range []struct {
		name  string
		start []string
		steps []sessionStep
	}{
		{"chunk by chunk", nil, []sessionStep{
			{"status of nothing", "bytes */*", "", 308, ""},
			{"first", fmt.Sprintf("bytes 0-%d/*", unit-1), content[:unit], 308, fmt.Sprint("bytes=0-", unit-1)},
			{"status", "bytes */*", "", 308, fmt.Sprint("bytes=0-", unit-1)},
			{"status with the size", fmt.Sprint("bytes */", len(content)), "", 308, fmt.Sprint("bytes=0-", unit-1)},
			{"a gap", fmt.Sprintf("bytes %d-%d/*", 2*unit, 3*unit-1), content[2*unit : 3*unit], 400, ""},
			{"too small", fmt.Sprintf("bytes %d-%d/*", unit, unit+99), content[unit : unit+100], 400, ""},
			{"too small, with the size", fmt.Sprintf("bytes %d-%d/%d", unit, unit+99, len(content)), content[unit : unit+100], 400, ""},
			{"another length", fmt.Sprintf("bytes %d-%d/*", unit, 2*unit-1), content[:unit+1], 400, ""},
			{"not a whole number of units", fmt.Sprintf("bytes %d-%d/*", unit, 2*unit+9), content[unit : 2*unit+10], 308, fmt.Sprint("bytes=0-", 2*unit-1)},
			{"with what is known", fmt.Sprintf("bytes 0-%d/*", 3*unit-1), content[:3*unit], 308, fmt.Sprint("bytes=0-", 3*unit-1)},
			{"all known", fmt.Sprintf("bytes 0-%d/*", 2*unit-1), content[:2*unit], 308, fmt.Sprint("bytes=0-", 3*unit-1)},
			{"last", fmt.Sprintf("bytes %d-%d/%d", 3*unit, len(content)-1, len(content)), content[3*unit:], 200, ""},
			{"last again", fmt.Sprintf("bytes %d-%d/%d", 3*unit, len(content)-1, len(content)), content[3*unit:], 200, ""},
			{"status at the end", "bytes */*", "", 200, ""},
		}},
		{"end without bytes", nil, []sessionStep{
			{"first", fmt.Sprintf("bytes 0-%d/*", unit-1), content[:unit], 308, fmt.Sprint("bytes=0-", unit-1)},
			{"wrong end", "bytes */100", "", 400, ""},
			{"end", fmt.Sprint("bytes */", unit), "", 200, ""},
		}},
		{"at once", nil, []sessionStep{{"all", "", content, 200, ""}}},
		{"empty", nil, []sessionStep{{"end", "bytes */0", "", 200, ""}}},
		{"size announced", []string{"X-Upload-Content-Length", fmt.Sprint(len(content))}, []sessionStep{
			{"another size", fmt.Sprintf("bytes 0-%d/%d", unit-1, unit), content[:unit], 400, ""},
			{"all", fmt.Sprintf("bytes 0-%d/%d", len(content)-1, len(content)), content, 200, ""},
		}},
		{"nonsense", nil, []sessionStep{
			{"unit", "items 0-9/10", content[:10], 400, ""},
			{"order", "bytes 9-0/10", content[:10], 400, ""},
			{"beyond", "bytes 0-10/10", content[:11], 400, ""},
			{"signs", "bytes +0-9/10", content[:10], 400, ""},
			{"no size", "bytes 0-9", content[:10], 400, ""},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			session := startSession(t, serve(t), "x", tt.start...)
			for _, s := range tt.steps {
				var header []string
				if s.header != "" {
					header = []string{"Content-Range", s.header}
				}
				resp, text := do(t, "PUT", session, s.body, header...)
				if resp.StatusCode != s.status || resp.Header.Get("Range") != s.persisted {
					t.Fatalf("%s: %d %q %s, want %d %q", s.name, resp.StatusCode, resp.Header.Get("Range"), text, s.status, s.persisted)
				}
				if s.status != 200 {
					continue
				}
				var o struct{ Name, Size string }
				if err := json.Unmarshal([]byte(text), &o); err != nil || o.Name != "x" {
					t.Fatalf("%s: %s", s.name, text)
				}
			}
		})
	}
}

func TestCancelledSession(t *testing.T) {
	t.Parallel()
	url := serve(t)
	session := startSession(t, url, "x")
	if resp, _ := do(t, "DELETE", session, ""); resp.StatusCode != 499 {
		t.Errorf("cancelled with %d", resp.StatusCode)
	}
	for _, s := range []string{session, url + "/upload/storage/v1/b/" + bucket + "/o?uploadType=resumable&upload_id=none"} {
		if resp, _ := do(t, "PUT", s, "x"); resp.StatusCode != 404 {
			t.Errorf("%s: %d", s, resp.StatusCode)
		}
	}
}

// Requests that the real service refuses, and what is not emulated.
func TestRefused(t *testing.T) {
	t.Parallel()
	url := serve(t)
	o := "/b/" + bucket + "/o"
	upload := "/upload/storage/v1" + o
	for _, tt := range []struct {
		name, call, body string
		header           []string
		status           int
		text             string
	}{
		{"no upload type", "POST " + upload + "?name=x", "x", nil, 400, "Invalid upload type"},
		{"no name", "POST " + upload + "?uploadType=media", "x", nil, 400, "required"},
		{"condition of nonsense", "POST " + upload + "?uploadType=media&name=x&ifGenerationMatch=new", "x", nil, 400, "ifGenerationMatch"},
		{"key", "POST " + upload + "?uploadType=media&name=x&kmsKeyName=k", "x", nil, 400, "does not do"},
		{"no parts", "POST " + upload + "?uploadType=multipart&name=x", "x", []string{"Content-Type", "multipart/related; boundary=b"}, 400, "metadata"},
		{"no boundary", "POST " + upload + "?uploadType=multipart&name=x", "x", []string{"Content-Type", "multipart/related"}, 400, "boundary"},
		{"one part", "POST " + upload + "?uploadType=multipart&name=x", "--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b--\r\n", []string{"Content-Type", "multipart/related; boundary=b"}, 400, "media"},
		{"part cut off", "POST " + upload + "?uploadType=multipart&name=x", "--b\r\n\r\n{}\r\n--b\r\n\r\nhalf of it", []string{"Content-Type", "multipart/related; boundary=b"}, 400, "upload of x"},
		{"metadata of nonsense", "POST " + upload + "?uploadType=resumable&name=x", "{", nil, 400, "Parse Error"},
		{"too much metadata", "POST " + upload + "?uploadType=resumable&name=x", `{"metadata":{"k":"` + strings.Repeat("v", 9000) + `"}}`, nil, 400, "metadata"},
		{"hash of nonsense", "POST " + upload + "?uploadType=media&name=x", "x", []string{"X-Goog-Hash", "crc32c=1"}, 400, "CRC32C"},
		{"wrong hash", "POST " + upload + "?uploadType=media&name=x", "x", []string{"X-Goog-Hash", "crc32c=AAAAAA=="}, 400, "doesn't match"},
		{"list with a glob", "GET /storage/v1" + o + "?matchGlob=*", "", nil, 400, "matchGlob"},
		{"token of nonsense", "GET /storage/v1" + o + "?pageToken=%25", "", nil, 400, "pageToken"},
		{"fields of nonsense", "GET /storage/v1" + o + "?fields=items(", "", nil, 400, "field selection"},
		{"compose", "POST /storage/v1" + o + "/x/compose", "{}", nil, 400, "does not do"},
		{"access control", "GET /storage/v1/b/" + bucket + "/acl", "", nil, 400, "does not do"},
		{"XML upload", "PUT /" + bucket + "/x", "x", nil, 400, "<Code>NotImplemented</Code>"},
		{"XML object", "GET /" + bucket + "/none", "", nil, 404, "<Code>NoSuchKey</Code>"},
		{"XML bucket", "GET /none-such/none", "", nil, 404, "<Code>NoSuchBucket</Code>"},
		{"bucket without a project", "POST /storage/v1/b", `{"name":"abc"}`, nil, 400, "project"},
		{"another path", "GET /storage/v1/projects", "", nil, 400, "does not do"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(tt.call, " ")
			resp, text := do(t, method, url+path, tt.body, tt.header...)
			if resp.StatusCode != tt.status || !strings.Contains(text, tt.text) {
				t.Errorf("%d %s", resp.StatusCode, text)
			}
			if json.Valid([]byte(text)) != strings.Contains(path, "storage/v1") {
				t.Errorf("an answer of the other API: %s", text)
			}
		})
	}
	if resp, text := do(t, "GET", url+"/storage/v1"+o, ""); resp.StatusCode != http.StatusOK || strings.Contains(text, "items") {
		t.Errorf("something was written: %s", text)
	}
}
