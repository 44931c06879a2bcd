package registry

import (
	"crypto/tls"
	"errors"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javakeystore"
)

// sslPrefix is the prefix of the TLS properties.
const sslPrefix = "schema.registry."

// sslKeys are the properties that say whom to trust and who the client is, as PEM, PKCS12 or JKS.
func sslKeys() tasks.ConfigDef {
	text := func(name, doc string) tasks.ConfigKey { return key(sslPrefix+name, tasks.TypeString, "", doc) }
	secret := func(name, doc string) tasks.ConfigKey { return key(sslPrefix+name, tasks.TypePassword, "", doc) }
	algorithm := text("ssl.endpoint.identification.algorithm", "Empty to accept a certificate of another host.")
	algorithm.Default = tasks.DefaultTo("https")
	return tasks.ConfigDef{
		text("ssl.truststore.location", "File of the certificates to trust; without it, those of the system."),
		text("ssl.truststore.type", "PEM, PKCS12 or JKS; without it the content tells."),
		secret("ssl.truststore.password", "Password of the trust store."),
		secret("ssl.truststore.certificates", "The certificates to trust, in PEM."),
		text("ssl.keystore.location", "File of the client's certificate and key."),
		text("ssl.keystore.type", "PEM, PKCS12 or JKS; without it the content tells."),
		secret("ssl.keystore.password", "Password of the key store."),
		secret("ssl.key.password", "Password of the key, when it is not that of the key store."),
		secret("ssl.keystore.certificate.chain", "The client's certificate, in PEM."),
		secret("ssl.keystore.key", "The client's private key, in PEM, not encrypted."),
		algorithm,
	}
}

// transportSecurity reads the files that the properties name. Errors are ConfigExceptions and hold nothing of the content.
func transportSecurity(c tasks.Config) (*tls.Config, error) {
	config, err := javakeystore.Client(func(name string) (string, string) { return c.String(sslPrefix + name), sslPrefix + name })
	if e, ok := errors.AsType[*javakeystore.Error](err); ok {
		return nil, tasks.ConfigException("Invalid value for configuration %v", e)
	}
	if err != nil {
		return nil, err
	}
	switch algorithm := c.String(sslPrefix + "ssl.endpoint.identification.algorithm"); strings.ToLower(algorithm) {
	case "https":
	case "":
		javakeystore.ChainOnly(config, "schema registry")
	default:
		return nil, tasks.ConfigException("Invalid value %s for configuration %sssl.endpoint.identification.algorithm: it is neither https nor empty",
			algorithm, sslPrefix)
	}
	return config, nil
}
