package api

import (
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits bound what clients may ask. The zero value of a field is the default.
type Limits struct {
	// MaxBytes bounds the body of a request; 4 MiB.
	MaxBytes int64
	// PerSecond is how many requests one client, told by its address, may make in a second, and twice as many at once; no bound.
	PerSecond float64
}

// mostClients bounds what is remembered; beyond, all begin anew.
const mostClients = 10_000

// wrap answers 429 to clients that ask too often.
func (l Limits) wrap(next http.Handler) http.Handler {
	if l.PerSecond <= 0 {
		return next
	}
	var mu sync.Mutex
	clients := map[string]*rate.Limiter{}
	allowed := func(address string) bool {
		mu.Lock()
		defer mu.Unlock()
		if len(clients) >= mostClients {
			clear(clients)
		}
		if clients[address] == nil {
			clients[address] = rate.NewLimiter(rate.Limit(l.PerSecond), max(1, int(2*l.PerSecond)))
		}
		return clients[address].AllowN(time.Now(), 1)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		if allowed(host) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(errorBody{http.StatusTooManyRequests, "Too many requests; try again in a second."}) // a client that is gone misses nothing
	})
}
