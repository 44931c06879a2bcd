package kubernetes

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/launch/endpoint"
)

// accountDir is where Kubernetes mounts the service account of a pod.
const accountDir = "/var/run/secrets/kubernetes.io/serviceaccount"

// client speaks to an API server, in the four calls that a launcher needs.
type client struct {
	server    string
	web       *http.Client
	token     func() (string, error)
	namespace string // that of the service account, or of the configuration
}

// inCluster returns a client with the service account of this pod.
func inCluster(environ func(string) string, dir string) (*client, error) {
	host, port := environ("KUBERNETES_SERVICE_HOST"), environ("KUBERNETES_SERVICE_PORT")
	if host == "" {
		return nil, fmt.Errorf("this is no pod of a Kubernetes cluster (KUBERNETES_SERVICE_HOST is not set); set %s", serverKey)
	}
	namespace, _ := os.ReadFile(dir + "/namespace") // without one the properties have to say
	return newClient("https://"+net.JoinHostPort(host, port), dir+"/ca.crt", dir+"/token", strings.TrimSpace(string(namespace)))
}

// newClient returns a client of a server, with files for its authority and for the token, which is read anew each time: it is short-lived.
func newClient(server, authority, token, namespace string) (*client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if authority != "" {
		pem, err := os.ReadFile(authority)
		if err != nil {
			return nil, fmt.Errorf("read the API server's authority: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", authority)
		}
	}
	return &client{server: strings.TrimSuffix(server, "/"), web: endpoint.Client(config), namespace: namespace, token: func() (string, error) {
		if token == "" {
			return "", nil
		}
		b, err := os.ReadFile(token)
		return strings.TrimSpace(string(b)), err
	}}, nil
}

// status is the error of an API server.
type status struct {
	Code    int    `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func (s *status) Error() string { return fmt.Sprintf("%d %s: %s", s.Code, s.Reason, s.Message) }

// call sends a request and returns the answer's body, which the caller closes.
func (c *client) call(ctx context.Context, method, path string, body any) (io.ReadCloser, error) {
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.server+path, &b)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	token, err := c.token()
	if err != nil {
		return nil, fmt.Errorf("read the service account's token: %w", err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.web.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w; check %s and the network", err, serverKey)
	}
	if resp.StatusCode < 300 {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	s := &status{}
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // it is only for the message
	if json.Unmarshal(said, s) != nil || s.Message == "" {
		s.Message = string(said)
	}
	s.Code = resp.StatusCode
	return nil, s
}

// do is call for an answer that is read at once, into out unless that is nil.
func (c *client) do(ctx context.Context, method, path string, body, out any) error {
	answer, err := c.call(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer answer.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, answer)
		return err
	}
	return json.NewDecoder(answer).Decode(out)
}

// failed says what an API server's error means for a launch.
func failed(err error) error {
	s, ok := errors.AsType[*status](err)
	if !ok {
		return err
	}
	switch {
	case s.Code == http.StatusTooManyRequests || s.Code >= http.StatusInternalServerError,
		s.Code == http.StatusForbidden && strings.Contains(s.Message, "exceeded quota"):
		return &launch.Busy{After: time.Second, Why: err}
	case s.Code == http.StatusForbidden || s.Code == http.StatusUnauthorized:
		return fmt.Errorf("%w; the coordinator's service account needs create and get on jobs (batch) and list and watch on pods", err)
	case s.Code == http.StatusNotFound:
		return fmt.Errorf("%w; check %s", err, namespaceKey)
	}
	return err
}
