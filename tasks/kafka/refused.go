package kafka

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/mayfly-connect/mayfly/tasks"
)

// MayPass gives a client's error its kind: trying again may help, unless the brokers refuse the client. A wrong login and a
// missing right are mended by a person, so the task fails at once, as with Kafka's AuthenticationException and
// AuthorizationException.
func MayPass(err error) error {
	if err == nil || !refused(err) {
		return tasks.Retriable(err)
	}
	return tasks.Fatal(fmt.Errorf("%w; mend the login or the rights of this client (the worker's security.protocol, sasl.* and ssl.*, "+
		"with producer., consumer. or admin. before them, or the connector's producer.override., consumer.override. or admin.override.) and restart the task", err))
}

// refused reports whether brokers do not let a client in, or not do what it asks.
func refused(err error) bool {
	for _, e := range []error{kerr.SaslAuthenticationFailed, kerr.UnsupportedSaslMechanism, kerr.IllegalSaslState,
		kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed, kerr.TransactionalIDAuthorizationFailed} {
		if errors.Is(err, e) {
			return true
		}
	}
	_, stranger := errors.AsType[*tls.CertificateVerificationError](err)
	return stranger
}
