package awslogin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// shared looks at the profile that the environment names, or the default one, which need not exist.
func (c *Chain) shared(ctx context.Context) (Credentials, error) {
	if name := c.first("AWS_PROFILE", "AWS_DEFAULT_PROFILE"); name != "" {
		return c.profile(ctx, name)
	}
	profiles, err := c.profiles()
	if err != nil {
		return Credentials{}, err
	}
	if profiles["default"] == nil {
		return Credentials{}, errNone
	}
	found, err := c.of(ctx, profiles, "default", map[string]bool{})
	if errors.Is(err, errEmpty) {
		err = errNone
	}
	return found, err
}

// profile looks at a profile that somebody has asked for.
func (c *Chain) profile(ctx context.Context, name string) (Credentials, error) {
	profiles, err := c.profiles()
	if err != nil {
		return Credentials{}, err
	}
	return c.of(ctx, profiles, name, map[string]bool{})
}

// errEmpty says that a profile has settings, and no credentials among them.
var errEmpty = errors.New("it has no credentials that are known here: aws_access_key_id, role_arn or credential_process")

// of returns the credentials of a profile; passed are those that lead to it.
func (c *Chain) of(ctx context.Context, profiles map[string]section, name string, passed map[string]bool) (found Credentials, err error) {
	p, ok := profiles[name]
	switch {
	case !ok:
		return found, fmt.Errorf("there is no AWS profile %q in %s and %s", name, c.file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), c.file("AWS_CONFIG_FILE", "config"))
	case passed[name]:
		return found, fmt.Errorf("AWS profile %q: its source_profile leads back to it", name)
	}
	passed[name] = true
	own := Credentials{AccessKey: p["aws_access_key_id"], SecretKey: p["aws_secret_access_key"], SessionToken: p["aws_session_token"]}
	role := Role{ARN: p["role_arn"], ExternalID: p["external_id"], SessionName: p["role_session_name"], Region: p["region"]}
	switch source := p["source_profile"]; {
	case role.ARN == "" && own.complete():
		return own, nil
	case role.ARN == "" && p["credential_process"] != "":
		found, err = process(ctx, p["credential_process"])
	case role.ARN == "":
		err = errEmpty
	case p["web_identity_token_file"] != "":
		found, err = c.assumeWithToken(ctx, p["web_identity_token_file"], role)
	case p["credential_source"] != "":
		if found, err = c.named(ctx, p["credential_source"]); err == nil {
			found, err = c.assume(ctx, found, role)
		}
	case source == name && own.complete():
		found, err = c.assume(ctx, own, role)
	case source != "":
		if found, err = c.of(ctx, profiles, source, passed); err == nil {
			found, err = c.assume(ctx, found, role)
		}
	default:
		err = errors.New("role_arn needs source_profile, credential_source or web_identity_token_file")
	}
	if err != nil {
		err = fmt.Errorf("AWS profile %q: %w", name, err)
	}
	return found, err
}

// named is credential_source.
func (c *Chain) named(ctx context.Context, source string) (Credentials, error) {
	look, ok := map[string]func(context.Context) (Credentials, error){"Environment": c.environment, "EcsContainer": c.container, "Ec2InstanceMetadata": c.instance}[source]
	if !ok {
		return Credentials{}, fmt.Errorf("credential_source is %q, it can be Environment, EcsContainer or Ec2InstanceMetadata", source)
	}
	return look(ctx)
}

// process runs the command of credential_process.
func process(ctx context.Context, command string) (Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "sh", "-c", command).Output()
	if err != nil { // what it says may be secret
		return Credentials{}, fmt.Errorf("run credential_process: %w", err)
	}
	return decode(out, "credential_process")
}

// section is one profile's settings.
type section map[string]string

// profiles reads the shared files; settings of the credentials file win.
func (c *Chain) profiles() (map[string]section, error) {
	all := map[string]section{}
	for _, at := range []struct{ variable, name string }{{"AWS_CONFIG_FILE", "config"}, {"AWS_SHARED_CREDENTIALS_FILE", "credentials"}} {
		b, err := os.ReadFile(c.file(at.variable, at.name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the AWS profiles: %w", err)
		}
		for name, s := range parse(string(b), at.name == "config") {
			if all[name] == nil {
				all[name] = section{}
			}
			maps.Copy(all[name], s)
		}
	}
	return all, nil
}

func (c *Chain) file(variable, name string) string {
	if path := c.getenv(variable); path != "" {
		return path
	}
	return filepath.Join(c.first("HOME", "USERPROFILE"), ".aws", name)
}

// parse reads the sections of a file. In the config file profiles but the default one are called "profile NAME"; the others are
// something else.
func parse(text string, config bool) map[string]section {
	all := map[string]section{}
	var now section
	for line := range strings.Lines(text) {
		bare := strings.TrimSpace(line)
		if bare == "" || bare[0] == '#' || bare[0] == ';' {
			continue
		}
		if head, ok := strings.CutPrefix(bare, "["); ok {
			head, _, _ = strings.Cut(head, "]")
			name, isProfile := strings.CutPrefix(strings.TrimSpace(head), "profile ")
			if now = nil; isProfile || !config || name == "default" {
				name = strings.TrimSpace(name)
				if now = all[name]; now == nil {
					now = section{}
					all[name] = now
				}
			}
			continue
		}
		key, value, ok := strings.Cut(bare, "=")
		if now == nil || !ok || line[0] == ' ' || line[0] == '\t' { // nested settings are of services
			continue
		}
		value, _, _ = strings.Cut(value, " #")
		now[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return all
}
