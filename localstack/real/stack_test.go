//go:build real

package real_test

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/tests/poll"
)

// rows is how many rows birdstrikes.csv has.
const rows = 10000

func TestStackDeliversItsSeedDataAndEnds(t *testing.T) {
	at := stack(t)

	poll.Until(t, 3*time.Minute, "the rows in S3", func() string {
		if got := lines(t, at["aws"], "lake"); got != rows {
			return strconv.Itoa(got) + " of " + strconv.Itoa(rows)
		}
		return ""
	})
	poll.Until(t, time.Minute, "the rows in GCS", func() string {
		if got := strings.Count(text(t, at["gcs"]+"/storage/v1/b/lake/o"), ".snappy.parquet\""); got < 10 {
			return strconv.Itoa(got) + " objects"
		}
		return ""
	})
	if got := text(t, at["registry"]+"/subjects"); !strings.Contains(got, `"birdstrikes-value"`) {
		t.Errorf("the registry has the subjects %s", got)
	}
	out, err := exec.Command("./postgres", "psql", at["postgres"], "-Atc", "select count(*) from birdstrikes").CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != strconv.Itoa(rows) {
		t.Errorf("the table has %s rows (%v)", got, err)
	}
	if status, answer := ask(t, http.MethodPost, at["lambda"], "lambda", `{"leases":[]}`); status != http.StatusOK || !strings.Contains(answer, "invitation") {
		t.Errorf("the function answers an invitation without leases with %d %s", status, answer)
	}
	status, answer := ask(t, http.MethodPost, at["aws"]+"/", "sqs", "Action=ListQueues&Version=2012-11-05")
	if status != http.StatusOK || !strings.Contains(answer, "/events<") || !strings.Contains(answer, "/events-dead<") {
		t.Errorf("SQS answers %d %s, want the queues events and events-dead", status, answer)
	}
}

// stack runs all parts until the test ends, and checks then that none is left. It returns where they are.
func stack(t *testing.T) map[string]string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mayfly-stack-") //nolint:usetesting // PostgreSQL's user could not enter t.TempDir
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("./leash", dir, "./stack", "run", dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	leash, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	at := map[string]string{}
	t.Cleanup(func() {
		leash.Close()
		_ = cmd.Wait() // it was asked to end
		if t.Failed() {
			t.Log(said.String())
		}
		for name, address := range at {
			if c, err := net.Dial("tcp", host(t, address)); err == nil {
				c.Close()
				t.Errorf("%s still listens at %s", name, address)
			}
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "the stack is ready" {
			go io.Copy(io.Discard, out) // until it ends
			return at
		}
		if f := strings.Fields(lines.Text()); len(f) == 2 && strings.Contains(f[1], ":") {
			at[f[0]] = f[1]
		}
	}
	t.Fatal("the stack ended while it started")
	return nil
}

func host(t *testing.T, address string) string {
	t.Helper()
	if !strings.Contains(address, "://") {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func text(t *testing.T, url string) string {
	t.Helper()
	status, body := ask(t, http.MethodGet, url, "s3", "")
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", url, status, body)
	}
	return body
}

// ask makes a request that seems to be signed for a service of AWS: moto does not look at the signature.
func ask(t *testing.T, method, url, service, form string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// lines counts those of all objects in a bucket of S3.
func lines(t *testing.T, endpoint, bucket string) (n int) {
	t.Helper()
	var list struct {
		Contents []struct{ Key string }
	}
	if err := xml.Unmarshal([]byte(text(t, endpoint+"/"+bucket+"?list-type=2")), &list); err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Contents {
		n += strings.Count(text(t, endpoint+"/"+bucket+"/"+url.PathEscape(o.Key)), "\n")
	}
	return n
}
