package event

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// tokens checks the tokens of OpenID Connect that Pub/Sub and Eventarc send with a request. Without an audience it takes every request:
// then the platform is to let nobody else in.
type tokens struct {
	push Push

	mu   sync.Mutex
	keys map[string]*rsa.PublicKey
	at   time.Time
}

// The issuer's two names.
var issuers = map[string]bool{"https://accounts.google.com": true, "accounts.google.com": true}

const (
	// keysAge is how long the issuer's keys count before they are fetched anew; an unknown key is looked for at most each keysPause.
	keysAge   = time.Hour
	keysPause = 10 * time.Second
	// tokenSkew is how far the issuer's clock may be apart.
	tokenSkew = time.Minute
)

// check returns what is wrong with a request's Authorization. An error that is retriable says that the keys cannot be had now.
func (t *tokens) check(ctx context.Context, authorization string) error {
	if t.push.Audience == "" {
		return nil
	}
	token, ok := strings.CutPrefix(authorization, "Bearer ")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		return errors.New("the request has no bearer token; let the subscription send one (push authentication)")
	}
	var header struct{ Alg, Kid string }
	if err := part(parts[0], &header); err != nil || header.Alg != "RS256" {
		return fmt.Errorf("the request's token is signed with %q, not with RS256", header.Alg)
	}
	key, err := t.key(ctx, header.Kid)
	if err != nil {
		return err
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
		return errors.New("the request's token has a signature that is not its issuer's")
	}
	return t.claims(parts[1])
}

func part(text string, to any) error {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}

// claims checks what a token says that is signed.
func (t *tokens) claims(text string) error {
	var c struct {
		Iss, Aud, Email string
		Verified        bool `json:"email_verified"`
		Exp, Iat        int64
	}
	now := time.Now()
	switch err := part(text, &c); {
	case err != nil:
		return errors.New("the request's token cannot be read")
	case !issuers[c.Iss]:
		return fmt.Errorf("the request's token is of the issuer %q, not Google's", c.Iss)
	case c.Aud != t.push.Audience:
		return fmt.Errorf("the request's token is for %q, not for %s=%q", c.Aud, pushAudienceEnv, t.push.Audience)
	case now.After(time.Unix(c.Exp, 0).Add(tokenSkew)) || now.Before(time.Unix(c.Iat, 0).Add(-tokenSkew)):
		return errors.New("the request's token is not valid now")
	case t.push.Account != "" && (c.Email != t.push.Account || !c.Verified):
		return fmt.Errorf("the request's token is of %q, not of %s=%q", c.Email, pushAccountEnv, t.push.Account)
	}
	return nil
}

// key returns a key of the issuer.
func (t *tokens) key(ctx context.Context, id string) (*rsa.PublicKey, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.keys[id]; k != nil && time.Since(t.at) < keysAge {
		return k, nil
	}
	if time.Since(t.at) > keysPause {
		keys, err := fetchKeys(ctx, t.push.KeysURL)
		if err != nil {
			return nil, tasks.Retriable(fmt.Errorf("fetch the issuer's keys from %s: %w", t.push.KeysURL, err))
		}
		t.keys, t.at = keys, time.Now()
	}
	if k := t.keys[id]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("the request's token is signed with the key %q, which its issuer does not have", id)
}

// fetchKeys reads a JWKS.
func fetchKeys(ctx context.Context, url string) (map[string]*rsa.PublicKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", resp.Status)
	}
	var set struct {
		Keys []struct{ Kty, Kid, N, E string }
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&set); err != nil {
		return nil, fmt.Errorf("the answer is no JWKS: %w", err)
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		n, err := base64.RawURLEncoding.DecodeString(k.N)
		e, err2 := base64.RawURLEncoding.DecodeString(k.E)
		if k.Kty != "RSA" || err != nil || err2 != nil || len(e) > 4 {
			continue
		}
		keys[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	return keys, nil
}
