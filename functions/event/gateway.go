package event

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// gatewayRequest is what AWS documents of a request through API Gateway or a function URL, in both payload formats, as far as it is
// used.
type gatewayRequest struct {
	RawPath    string              `json:"rawPath"`
	Path       string              `json:"path"`
	HTTPMethod string              `json:"httpMethod"`
	Headers    map[string]string   `json:"headers"`
	Multi      map[string][]string `json:"multiValueHeaders"` // what a load balancer sends instead
	Query      map[string]string   `json:"queryStringParameters"`
	Body       *string             `json:"body"`
	Base64     bool                `json:"isBase64Encoded"`
	Context    struct {
		HTTP struct {
			Method string `json:"method"`
		} `json:"http"`
		TimeEpoch        int64 `json:"timeEpoch"`
		RequestTimeEpoch int64 `json:"requestTimeEpoch"`
	} `json:"requestContext"`
}

// gatewayAnswer is the answer, the same in both formats.
type gatewayAnswer struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

// gateway writes the records of a request. It never fails: what is wrong is the answer, for the client to see.
func (h *Handler) gateway(ctx context.Context, kind Kind, payload []byte) (any, error) {
	var g gatewayRequest
	if err := json.Unmarshal(payload, &g); err != nil {
		return nil, fmt.Errorf("read the event of %s: %w", kind, err)
	}
	r := request{method: first(g.Context.HTTP.Method, g.HTTPMethod), path: first(g.RawPath, g.Path), header: g.header, query: func(name string) string { return g.Query[name] },
		at: time.UnixMilli(g.Context.TimeEpoch + g.Context.RequestTimeEpoch)} // each format has one of them
	if g.Context.TimeEpoch+g.Context.RequestTimeEpoch == 0 {
		r.at = time.Now()
	}
	a := h.decoded(ctx, r, &g)
	if a.status >= http.StatusInternalServerError {
		h.log.Error("a request was not written", "status", a.status, "path", r.path, "err", a.body.Error)
	}
	headers := map[string]string{"Content-Type": "application/json"}
	if a.retryAfter != "" {
		headers["Retry-After"] = a.retryAfter
	}
	return gatewayAnswer{a.status, headers, string(a.json())}, nil
}

func (h *Handler) decoded(ctx context.Context, r request, g *gatewayRequest) reply {
	if g.Body != nil {
		r.body = []byte(*g.Body)
	}
	if g.Base64 {
		b, err := base64.StdEncoding.DecodeString(string(r.body))
		if err != nil {
			return refuse(http.StatusBadRequest, "the body is not base64, as the request says: %s", err)
		}
		r.body = b
	}
	return h.ingest(ctx, r)
}

// header finds a header without regard to case; format 1.0 has them as the client wrote them.
func (g *gatewayRequest) header(name string) string {
	for k, v := range g.Headers {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	for k, v := range g.Multi {
		if strings.EqualFold(k, name) && len(v) > 0 {
			return v[0]
		}
	}
	return ""
}
