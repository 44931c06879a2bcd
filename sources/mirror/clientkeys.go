package mirror

import "github.com/mayfly-connect/mayfly/tasks"

// clientKeys are the keys of Kafka's clients that the original defines at the top level. They count only behind the prefixes
// of a cluster (source.cluster.ssl.protocol); without one they are shown and have no effect, as in the original.
func clientKeys() tasks.ConfigDef {
	const (
		text, class, list, secret   = tasks.TypeString, tasks.TypeClass, tasks.TypeList, tasks.TypePassword
		short, whole, long, decimal = tasks.TypeShort, tasks.TypeInt, tasks.TypeLong, tasks.TypeDouble
		high, medium, low           = tasks.High, tasks.Medium, tasks.Low
	)
	to, null := tasks.DefaultTo, tasks.NullDefault
	return tasks.ConfigDef{
		key("metric.reporters", list, to("org.apache.kafka.common.metrics.JmxReporter"), low, "Accepted without effect: metrics are the coordinator's."),
		key("security.protocol", text, to("PLAINTEXT"), medium, "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."),
		key("config.providers", list, to(""), low, "Accepted without effect: the worker's providers serve connectors as well."),
		key("ssl.protocol", text, to("TLSv1.3"), medium, "The highest version of TLS."),
		key("ssl.provider", text, null, medium, "Accepted without effect: there is one implementation of TLS."),
		key("ssl.cipher.suites", list, to(""), low, "Accepted without effect: Go chooses the cipher suites."),
		key("ssl.enabled.protocols", list, to("TLSv1.2,TLSv1.3"), medium, "The versions of TLS that may be used."),
		key("ssl.keystore.type", text, to("JKS"), medium, "The format of ssl.keystore.location: JKS, PKCS12 or PEM."),
		key("ssl.keystore.location", text, null, high, "The file with the client's certificate and key."),
		key("ssl.keystore.password", secret, null, high, "The password of ssl.keystore.location."),
		key("ssl.key.password", secret, null, high, "The password of the client's key."),
		key("ssl.keystore.key", secret, null, high, "The client's key itself, in PEM."),
		key("ssl.keystore.certificate.chain", secret, null, high, "The client's certificates themselves, in PEM."),
		key("ssl.truststore.certificates", secret, null, high, "The certificates that are trusted, in PEM."),
		key("ssl.truststore.type", text, to("JKS"), medium, "The format of ssl.truststore.location: JKS, PKCS12 or PEM."),
		key("ssl.truststore.location", text, null, high, "The file with the certificates that are trusted."),
		key("ssl.truststore.password", secret, null, high, "The password of ssl.truststore.location."),
		key("ssl.keymanager.algorithm", text, to("SunX509"), low, "Accepted without effect: it is Java's."),
		key("ssl.trustmanager.algorithm", text, to("PKIX"), low, "Accepted without effect: it is Java's."),
		key("ssl.endpoint.identification.algorithm", text, to("https"), low, "https checks the broker's name against its certificate, an empty text does not."),
		key("ssl.secure.random.implementation", text, null, low, "Accepted without effect: it is Java's."),
		key("ssl.engine.factory.class", class, null, low, "Accepted without effect: it is Java's."),
		key("sasl.kerberos.service.name", text, null, medium, "The brokers' Kerberos name. Kerberos is not supported."),
		key("sasl.kerberos.kinit.cmd", text, to("/usr/bin/kinit"), low, "The path of kinit. Kerberos is not supported."),
		key("sasl.kerberos.ticket.renew.window.factor", decimal, to("0.8"), low, "When a ticket is renewed. Kerberos is not supported."),
		key("sasl.kerberos.ticket.renew.jitter", decimal, to("0.05"), low, "How that varies. Kerberos is not supported."),
		key("sasl.kerberos.min.time.before.relogin", long, to("60000"), low, "The least time between logins. Kerberos is not supported."),
		key("sasl.login.refresh.window.factor", decimal, to("0.8"), low, "Which part of a token's life passes before it is renewed."),
		key("sasl.login.refresh.window.jitter", decimal, to("0.05"), low, "How that varies."),
		key("sasl.login.refresh.min.period.seconds", short, to("60"), low, "How long a new token is kept at least."),
		key("sasl.login.refresh.buffer.seconds", short, to("300"), low, "How long before its end a token is renewed at the latest."),
		key("sasl.mechanism", text, to("GSSAPI"), medium, "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER."),
		key("sasl.jaas.config", secret, null, medium, "The login: a JAAS module with user name and password."),
		key("sasl.client.callback.handler.class", class, null, medium, "Accepted without effect: it is Java's."),
		key("sasl.login.callback.handler.class", class, null, medium, "The class that gets tokens, of those that are known."),
		key("sasl.login.class", class, null, medium, "Accepted without effect: it is Java's."),
		key("sasl.login.connect.timeout.ms", whole, null, low, "How long a connection to the token's issuer may take."),
		key("sasl.login.read.timeout.ms", whole, null, low, "How long the token's issuer may take to answer."),
		key("sasl.login.retry.backoff.max.ms", long, to("10000"), low, "The longest pause between tries to get a token."),
		key("sasl.login.retry.backoff.ms", long, to("100"), low, "The first pause between tries to get a token."),
		key("sasl.oauthbearer.jwt.retriever.class", class, to("org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever"), medium, "The class that gets tokens; the default alone is known."),
		key("sasl.oauthbearer.jwt.validator.class", class, to("org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator"), medium, "Accepted without effect: brokers check tokens."),
		key("sasl.oauthbearer.scope", text, null, medium, "The scope that a token is asked for."),
		key("sasl.oauthbearer.client.credentials.client.id", text, null, medium, "The client's id at the token's issuer."),
		key("sasl.oauthbearer.client.credentials.client.secret", secret, null, medium, "The client's secret at the token's issuer."),
		key("sasl.oauthbearer.assertion.algorithm", text, to("RS256"), medium, "How an assertion is signed."),
		key("sasl.oauthbearer.assertion.claim.aud", text, null, medium, "The audience of an assertion."),
		key("sasl.oauthbearer.assertion.claim.exp.seconds", whole, to("300"), low, "How long an assertion is valid."),
		key("sasl.oauthbearer.assertion.claim.iss", text, null, medium, "The issuer of an assertion."),
		key("sasl.oauthbearer.assertion.claim.jti.include", tasks.TypeBoolean, to("false"), medium, "Whether an assertion has an id of its own."),
		key("sasl.oauthbearer.assertion.claim.nbf.seconds", whole, to("60"), low, "How long before its making an assertion is valid."),
		key("sasl.oauthbearer.assertion.claim.sub", text, null, medium, "The subject of an assertion."),
		key("sasl.oauthbearer.assertion.file", text, null, medium, "A file with a finished assertion."),
		key("sasl.oauthbearer.assertion.private.key.file", text, null, medium, "The file with the key that signs assertions."),
		key("sasl.oauthbearer.assertion.private.key.passphrase", secret, null, medium, "The password of that key."),
		key("sasl.oauthbearer.assertion.template.file", text, null, medium, "A file with further claims of an assertion."),
		key("sasl.oauthbearer.scope.claim.name", text, to("scope"), low, "The name of the claim with the scope."),
		key("sasl.oauthbearer.sub.claim.name", text, to("sub"), low, "The name of the claim with the subject."),
		key("sasl.oauthbearer.token.endpoint.url", text, null, medium, "Where tokens are got."),
		key("sasl.oauthbearer.jwks.endpoint.url", text, null, medium, "Accepted without effect: it is a broker's."),
		key("sasl.oauthbearer.jwks.endpoint.refresh.ms", long, to("3600000"), low, "Accepted without effect: it is a broker's."),
		key("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", long, to("10000"), low, "Accepted without effect: it is a broker's."),
		key("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", long, to("100"), low, "Accepted without effect: it is a broker's."),
		key("sasl.oauthbearer.clock.skew.seconds", whole, to("30"), low, "Accepted without effect: it is a broker's."),
		key("sasl.oauthbearer.expected.audience", list, to(""), high, "Accepted without effect: it is a broker's."),
		key("sasl.oauthbearer.expected.issuer", text, null, high, "Accepted without effect: it is a broker's."),
		key("sasl.oauthbearer.header.urlencode", tasks.TypeBoolean, to("false"), low, "Whether id and secret are URL-encoded on their way to the token's issuer."),
	}
}
