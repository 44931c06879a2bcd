package boot

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/kelseyhightower/envconfig"
)

// The variables of [Environment], for who starts executors.
const (
	KafkaEnv     = "MAYFLY_KAFKA"
	KafkaFileEnv = "MAYFLY_KAFKA_FILE"
	NextEnv      = "MAYFLY_NEXT"
	// InvitationEnv holds an invitation where a platform starts a process with variables and nothing else.
	InvitationEnv  = "MAYFLY_INVITATION"
	GroupIDEnv     = "MAYFLY_GROUP_ID"
	TokenFileEnv   = "MAYFLY_TOKEN_FILE"
	ConcurrencyEnv = "MAYFLY_CONCURRENCY"
)

// Environment is what an executor takes from MAYFLY_* variables: what its platform knows and a lease must not carry.
type Environment struct {
	// Kafka, [KafkaEnv], is the Kafka client's properties (security settings), a JSON object of texts.
	Kafka Properties
	// KafkaFile, [KafkaFileEnv], names a file with the same, as platforms mount secrets; what Kafka has goes before it.
	KafkaFile File `split_words:"true"`
	// Next, [NextEnv], is the descriptor of a socket over which a launcher sends further [Invitations]; zero for none.
	Next int
	// Invitation, [InvitationEnv], comes in place of standard input.
	Invitation string
	// GroupID, [GroupIDEnv], is the group.id of the only cluster whose leases are run; empty for any.
	GroupID string `split_words:"true"`
	// Concurrency, [ConcurrencyEnv], is how many invitations a service runs at once; zero for the default.
	Concurrency int
	// Token is what a service's callers have to know (Authorization: Bearer), empty for nothing; TokenFile, [TokenFileEnv], names
	// a file with it, which is read anew for each request.
	Token     string
	TokenFile string `split_words:"true"`
	// TLSCertFile names a PEM file with a service's certificate and key; TLSClientCAFile one with the certificates of those
	// that may sign the callers'.
	TLSCertFile     string `envconfig:"TLS_CERT_FILE"`
	TLSClientCAFile string `envconfig:"TLS_CLIENT_CA_FILE"`
}

// Properties is a JSON object of texts.
type Properties map[string]string

// Decode implements envconfig.Decoder. Its error does not repeat the value, which may hold secrets.
func (p *Properties) Decode(value string) error {
	if json.Unmarshal([]byte(value), (*map[string]string)(p)) != nil {
		return errors.New("it is not a JSON object of texts")
	}
	return nil
}

// File is the properties in the file that a variable names.
type File struct{ Properties Properties }

// Decode implements envconfig.Decoder.
func (f *File) Decode(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := f.Properties.Decode(string(b)); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// ReadEnvironment reads the environment. An error names the variable, not its value.
func ReadEnvironment() (Environment, error) {
	var e Environment
	if err := envconfig.Process("MAYFLY", &e); err != nil {
		if pe, ok := errors.AsType[*envconfig.ParseError](err); ok {
			return e, fmt.Errorf("read the environment: %s: %w", pe.KeyName, pe.Err)
		}
		return e, fmt.Errorf("read the environment: %w", err)
	}
	if e.Kafka == nil {
		e.Kafka = e.KafkaFile.Properties
	}
	return e, nil
}
