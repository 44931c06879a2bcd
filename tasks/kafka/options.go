// Package kafka makes franz-go options from Kafka's client properties, under the names that Kafka's own clients use.
package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Options reads bootstrap.servers, client.id, security.protocol, sasl.* and ssl.* from props; keys with the prefix (such as
// "consumer.") go before those without. An error names the key and never its value's secrets.
func Options(props map[string]string, prefix string) ([]kgo.Opt, error) {
	get := func(key string) string {
		if v, ok := props[prefix+key]; ok {
			return strings.TrimSpace(v)
		}
		return strings.TrimSpace(props[key])
	}
	var seeds []string
	for s := range strings.SplitSeq(get("bootstrap.servers"), ",") {
		if s = strings.TrimSpace(s); s != "" {
			seeds = append(seeds, s)
		}
	}
	if len(seeds) == 0 {
		return nil, errors.New("bootstrap.servers names no broker")
	}
	opts := []kgo.Opt{kgo.SeedBrokers(seeds...)}
	if id := get("client.id"); id != "" {
		opts = append(opts, kgo.ClientID(id))
	}
	protocol := strings.ToUpper(get("security.protocol"))
	switch protocol {
	case "", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL":
	default:
		return nil, fmt.Errorf("security.protocol cannot be %s: use PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", protocol)
	}
	if strings.HasSuffix(protocol, "SSL") {
		c, err := tlsConfig(get)
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.DialTLSConfig(c))
	}
	if strings.HasPrefix(protocol, "SASL_") {
		m, err := mechanism(get("sasl.mechanism"), get("sasl.jaas.config"))
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(m))
	}
	return opts, nil
}

func tlsConfig(get func(string) string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	for _, k := range []string{"ssl.truststore.type", "ssl.keystore.type"} {
		if t := get(k); t != "" && !strings.EqualFold(t, "PEM") {
			return nil, fmt.Errorf("%s cannot be %s: use PEM (keytool and openssl convert a store)", k, t)
		}
	}
	trust, err := pem(get, "ssl.truststore.certificates", "ssl.truststore.location")
	if err != nil {
		return nil, err
	}
	if trust != nil {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(trust) {
			return nil, errors.New("ssl.truststore.*: there is no PEM certificate in it; a JKS or PKCS12 store must be converted first")
		}
	}
	chain, err := pem(get, "ssl.keystore.certificate.chain", "ssl.keystore.location")
	if err != nil {
		return nil, err
	}
	if chain != nil {
		key := chain
		if k := get("ssl.keystore.key"); k != "" {
			key = []byte(k)
		}
		pair, err := tls.X509KeyPair(chain, key)
		if err != nil {
			return nil, errors.New("ssl.keystore.*: no matching PEM certificate and private key in it")
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// pem returns PEM text given inline or by file; nil when neither is set.
func pem(get func(string) string, inline, file string) ([]byte, error) {
	if v := get(inline); v != "" {
		return []byte(v), nil
	}
	path := get(file)
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return b, nil
}

var jaasOption = regexp.MustCompile(`([A-Za-z.]+)\s*=\s*"((?:[^"\\]|\\.)*)"`)

// mechanism reads user and password, or the token, from a JAAS line.
func mechanism(name, jaas string) (sasl.Mechanism, error) {
	o := map[string]string{}
	for _, m := range jaasOption.FindAllStringSubmatch(jaas, -1) {
		o[m[1]] = strings.ReplaceAll(m[2], `\"`, `"`)
	}
	user, pass := o["username"], o["password"]
	if name != "OAUTHBEARER" && (user == "" || pass == "") {
		return nil, errors.New(`sasl.jaas.config: it has no username="..." and password="..."`)
	}
	switch name {
	case "PLAIN":
		return plain.Auth{User: user, Pass: pass}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: pass}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: user, Pass: pass}.AsSha512Mechanism(), nil
	case "OAUTHBEARER":
		if o["token"] == "" {
			return nil, errors.New(`sasl.jaas.config: it has no token="..."`)
		}
		return oauth.Auth{Token: o["token"]}.AsMechanism(), nil
	}
	return nil, fmt.Errorf("sasl.mechanism cannot be %q: use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER", name)
}
