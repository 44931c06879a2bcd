package kafka

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// jaasOption is one key=value of sasl.jaas.config, the value quoted or bare.
var jaasOption = regexp.MustCompile(`([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))`)

var jaasEscape = regexp.MustCompile(`\\(.)`)

// sasl gives the mechanism that sasl.mechanism and sasl.jaas.config describe.
func (p lookup) sasl() (sasl.Mechanism, error) {
	jaas := p.jaas()
	mechanism := strings.ToUpper(p.get("sasl.mechanism"))
	need := []string{"username", "password"}
	switch mechanism {
	case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
	case "OAUTHBEARER":
		need = []string{"token"}
	default:
		return nil, fmt.Errorf("%s: %q is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER", p.name("sasl.mechanism"), mechanism)
	}
	for _, key := range need {
		if jaas[key] == "" {
			return nil, fmt.Errorf("%s: %s needs the option %s", p.name("sasl.jaas.config"), mechanism, key)
		}
	}
	user, password := jaas["username"], jaas["password"]
	switch mechanism {
	case "PLAIN":
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	default:
		return oauth.Auth{Token: jaas["token"]}.AsMechanism(), nil
	}
}

// jaas gives the options of sasl.jaas.config with their quotes taken off.
func (p lookup) jaas() map[string]string {
	options := map[string]string{}
	for _, m := range jaasOption.FindAllStringSubmatch(p.get("sasl.jaas.config"), -1) {
		options[m[1]] = m[4]
		if m[4] == "" {
			options[m[1]] = jaasEscape.ReplaceAllString(m[2]+m[3], "$1")
		}
	}
	return options
}
