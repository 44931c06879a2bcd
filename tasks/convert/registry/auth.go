package registry

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/bearer"
)

func authKeys() tasks.ConfigDef {
	text := func(name, doc string) tasks.ConfigKey { return key(name, tasks.TypeString, "", doc) }
	secret := func(name, doc string) tasks.ConfigKey { return key(name, tasks.TypePassword, "", doc) }
	return tasks.ConfigDef{
		key("basic.auth.credentials.source", tasks.TypeString, "URL", "URL, USER_INFO or SASL_INHERIT."),
		secret("basic.auth.user.info", "User and password for USER_INFO, separated by a colon."),
		secret("schema.registry.basic.auth.user.info", "The older name of basic.auth.user.info."),
		text("bearer.auth.credentials.source", "STATIC_TOKEN, OAUTHBEARER or SASL_OAUTHBEARER_INHERIT; empty for no bearer token."),
		secret("bearer.auth.token", "The token for STATIC_TOKEN."),
		text("bearer.auth.issuer.endpoint.url", "Where OAUTHBEARER gets its tokens."),
		text("bearer.auth.client.id", "The client's name for OAUTHBEARER."),
		secret("bearer.auth.client.secret", "The client's secret for OAUTHBEARER."),
		text("bearer.auth.scope", "The scope that OAUTHBEARER asks for."),
		text("bearer.auth.logical.cluster", "Sent as the header target-sr-cluster with a bearer token."),
		text("bearer.auth.identity.pool.id", "Sent as the header Confluent-Identity-Pool-Id with a bearer token."),
		secret("sasl.jaas.config", "The login of SASL_INHERIT and SASL_OAUTHBEARER_INHERIT."),
		text("sasl.oauthbearer.token.endpoint.url", "Where SASL_OAUTHBEARER_INHERIT gets its tokens."),
	}
}

// authorize prepares the credentials: a header that stays the same, or tokens that are got when they are needed.
func (r *Client) authorize(c tasks.Config) error {
	source := strings.ToUpper(c.String("bearer.auth.credentials.source"))
	if source != "" {
		for header, name := range map[string]string{"target-sr-cluster": "bearer.auth.logical.cluster",
			"Confluent-Identity-Pool-Id": "bearer.auth.identity.pool.id"} {
			if v := c.String(name); v != "" {
				r.header.Set(header, v)
			}
		}
	}
	jaas := jaasOptions(c.String("sasl.jaas.config"))
	switch source {
	case "":
		return r.basic(c, jaas)
	case "STATIC_TOKEN":
		r.header.Set("Authorization", "Bearer "+c.String("bearer.auth.token"))
		return nil
	case "OAUTHBEARER":
		r.tokens = &bearer.Tokens{Endpoint: c.String("bearer.auth.issuer.endpoint.url"), ID: c.String("bearer.auth.client.id"),
			Secret: c.String("bearer.auth.client.secret"), Scope: c.String("bearer.auth.scope")}
		return r.tokens.Check("bearer.auth.issuer.endpoint.url, bearer.auth.client.id and bearer.auth.client.secret")
	case "SASL_OAUTHBEARER_INHERIT":
		r.tokens = &bearer.Tokens{Endpoint: c.String("sasl.oauthbearer.token.endpoint.url"), ID: jaas["clientId"], Secret: jaas["clientSecret"], Scope: jaas["scope"]}
		return r.tokens.Check("sasl.oauthbearer.token.endpoint.url, and clientId and clientSecret in sasl.jaas.config")
	}
	return tasks.ConfigException("Invalid value %s for configuration bearer.auth.credentials.source: "+
		"only STATIC_TOKEN, OAUTHBEARER and SASL_OAUTHBEARER_INHERIT are supported", source)
}

func (r *Client) basic(c tasks.Config, jaas map[string]string) error {
	req := http.Request{Header: r.header}
	switch source := strings.ToUpper(c.String("basic.auth.credentials.source")); source {
	case "URL":
	case "USER_INFO":
		info := c.String("basic.auth.user.info")
		if info == "" {
			info = c.String("schema.registry.basic.auth.user.info")
		}
		user, password, ok := strings.Cut(info, ":")
		if !ok {
			return tasks.ConfigException("UserInfo must be provided when basic.auth.credentials.source is set to USER_INFO: set basic.auth.user.info to user:password")
		}
		req.SetBasicAuth(user, password)
	case "SASL_INHERIT":
		if jaas["username"] == "" {
			return tasks.ConfigException("sasl.jaas.config has no username, which basic.auth.credentials.source SASL_INHERIT takes from there")
		}
		req.SetBasicAuth(jaas["username"], jaas["password"])
	default:
		return tasks.ConfigException("Invalid value %s for configuration basic.auth.credentials.source: only URL, USER_INFO and SASL_INHERIT are supported", source)
	}
	return nil
}

var jaasOption = regexp.MustCompile(`(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;"']+))`)

// jaasOptions reads the options of a login module's line.
func jaasOptions(text string) map[string]string {
	out := map[string]string{}
	for _, m := range jaasOption.FindAllStringSubmatch(text, -1) {
		out[m[1]] = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(m[2]) + m[3] + m[4]
	}
	return out
}
