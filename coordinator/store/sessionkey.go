package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// sessionKeyKey is the config topic's key of the secret with which Java workers sign what they ask of each other.
const sessionKeyKey = "session-key"

type sessionKeyRecord struct {
	Key       []byte `json:"key"`
	Algorithm string `json:"algorithm"`
	Created   int64  `json:"creation-timestamp"` // ms
}

func (v *view) session(value []byte) error {
	var k sessionKeyRecord
	if len(value) > 0 {
		if err := json.Unmarshal(value, &k); err != nil {
			return err
		}
	}
	v.sessionKey = k
	return nil
}

// renewKey writes a new session key when there is none, or it is too old. Coordinators do not need it: it is for the Java
// workers that take over, as their leader would have left it.
func (s *Store) renewKey(ctx context.Context) error {
	k := s.cfg.SessionKey
	s.mu.RLock()
	have := s.view.sessionKey
	s.mu.RUnlock()
	fresh := have.Algorithm == k.Algorithm && len(have.Key) == k.Bytes && time.Since(time.UnixMilli(have.Created)) < k.TTL
	if k.Bytes == 0 || fresh {
		return nil
	}
	secret := make([]byte, k.Bytes)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	b, err := encode(sessionKeyRecord{secret, k.Algorithm, time.Now().UnixMilli()})
	if err != nil {
		return err
	}
	return s.write(ctx, nil, &kgo.Record{Topic: s.cfg.Topics.Config, Key: []byte(sessionKeyKey), Value: b})
}
