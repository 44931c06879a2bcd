package s3

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/sinks/aiven"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	keyAivenBucket   = "aws.s3.bucket.name"
	keyAivenRegion   = "aws.s3.region"
	keyAivenEndpoint = "aws.s3.endpoint"
	keyAivenPartSize = "aws.s3.part.size.bytes"
	keyAivenSSE      = "aws.s3.sse.algorithm"
	keyAivenProvider = "aws.credentials.provider"
	keyAivenBackoff  = "aws.s3.backoff.delay.ms"
	keyAivenRetries  = "aws.s3.backoff.max.retries"
	keySTSRole       = "aws.sts.role.arn"
	keySTSSession    = "aws.sts.role.session.name"
	keySTSDuration   = "aws.sts.role.session.duration"
	keySTSExternal   = "aws.sts.role.external.id"
	keySTSEndpoint   = "aws.sts.config.endpoint"

	keyOldBucket   = "aws_s3_bucket"
	keyOldRegion   = "aws_s3_region"
	keyOldEndpoint = "aws_s3_endpoint"
	keyOldAccess   = "aws_access_key_id"
	keyOldSecret   = "aws_secret_access_key"
)

// AivenPlugin describes the sink that takes the configuration of Aiven's connector, and names and writes objects as it does.
func AivenPlugin() tasks.SinkPlugin {
	return tasks.SinkPlugin{
		Plugin: tasks.Plugin{
			Class:   "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector",
			Type:    tasks.SinkPluginType,
			Version: "3.4.2",
			Title:   "Objects in Amazon S3, named by a template",
			Config:  slices.Concat(aivenBucketKeys(), aivenCredentialKeys(), aivenRequestKeys(), aiven.S3.Keys(), aivenOldKeys()),
		},
		Family:   tasks.S3Family,
		Cut:      aiven.S3.Cut,
		Validate: validateAiven,
		New:      opener(newAivenConfig),
		Preview:  preview(newAivenConfig),
	}
}

func aivenBucketKeys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyAivenBucket, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "AWS",
			Doc: "The bucket that objects are written into. It must exist. Required, unless its old name is used."},
		{Name: keyAivenRegion, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "AWS",
			Doc: "The region of the bucket; us-east-1 without it."},
		{Name: keyAivenEndpoint, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: "AWS", Check: httpURL,
			Doc: "The endpoint of the storage service, where it is not the usual one. The bucket is named in the path of requests then."},
		{Name: keyAivenSSE, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "AWS", Check: tasks.NonEmpty,
			Recommended: []string{"AES256", "aws:kms"}, Doc: "Encryption at the service: AES256 or aws:kms."},
	}
}

func aivenCredentialKeys() tasks.ConfigDef {
	text := func(name, doc string) tasks.ConfigKey {
		return tasks.ConfigKey{Name: name, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "AWS STS", Doc: doc}
	}
	return tasks.ConfigDef{
		{Name: keyAccess, Type: tasks.TypePassword, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "AWS",
			Doc: "The access key. Without it and its secret: what the environment offers (variables, files, the role of the machine or function)."},
		{Name: keySecret, Type: tasks.TypePassword, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "AWS", Doc: "The secret of the access key."},
		{Name: keyAivenProvider, Type: tasks.TypeClass, Default: tasks.DefaultTo("com.amazonaws.auth.DefaultAWSCredentialsProviderChain"), Importance: tasks.Medium,
			Group: "AWS", Check: aivenProvider, Doc: "How credentials are found where no access key is set. Only the default chain is there."},
		text(keySTSRole, "A role to take, with the credentials above."),
		text(keySTSSession, "The name of the session under that role."),
		{Name: keySTSDuration, Type: tasks.TypeInt, Default: tasks.DefaultTo("3600"), Importance: tasks.Medium, Group: "AWS STS", Check: tasks.Between(900, 43200),
			Doc: "How long the session lasts, in seconds; it is renewed."},
		text(keySTSExternal, "The external id to take the role with."),
		text(keySTSEndpoint, "The endpoint of the token service, where it is not the usual one."),
	}
}

func aivenRequestKeys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyAivenPartSize, Type: tasks.TypeInt, Default: tasks.DefaultTo("5242880"), Importance: tasks.Medium, Group: "AWS", Check: tasks.Between(1, 2_000_000_000),
			Doc: "How many bytes of an object are held in memory before it is uploaded in parts; never less than 5 MiB, which the service asks for, or more than 8 MiB."},
		{Name: keyAivenBackoff, Type: tasks.TypeLong, Default: tasks.DefaultTo("100"), Importance: tasks.Medium, Group: "AWS", Check: tasks.AtLeast(1),
			Doc: "The first pause before a request is repeated, in milliseconds; it doubles."},
		{Name: "aws.s3.backoff.max.delay.ms", Type: tasks.TypeLong, Default: tasks.DefaultTo("20000"), Importance: tasks.Medium, Group: "AWS", Check: tasks.AtLeast(1),
			Doc: "Accepted for compatibility: pauses are at most 10 seconds."},
		{Name: keyAivenRetries, Type: tasks.TypeInt, Default: tasks.DefaultTo("3"), Importance: tasks.Medium, Group: "AWS", Check: tasks.Between(1, 30),
			Doc: "How often a request that failed is repeated at once. After that the slice is run again later."},
	}
}

func aivenOldKeys() tasks.ConfigDef {
	var def tasks.ConfigDef
	for _, k := range [...][2]string{{keyOldBucket, keyAivenBucket}, {keyOldRegion, keyAivenRegion}, {keyOldEndpoint, keyAivenEndpoint},
		{keyOldAccess, keyAccess}, {keyOldSecret, keySecret}} {
		key := tasks.ConfigKey{Name: k[0], Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "Deprecated",
			Doc: "The old name of " + k[1] + ", which wins."}
		if k[0] == keyOldAccess || k[0] == keyOldSecret {
			key.Type = tasks.TypePassword
		}
		def = append(def, key)
	}
	return def
}

func httpURL(v any) string {
	if s, ok := v.(string); ok && !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return "should be valid URL"
	}
	return ""
}

func aivenProvider(v any) string {
	if s, _ := v.(string); s[strings.LastIndexByte(s, '.')+1:] != "DefaultAWSCredentialsProviderChain" {
		return "Class " + s + " could not be found. What is there: DefaultAWSCredentialsProviderChain"
	}
	return ""
}

func validateAiven(c tasks.Config) []tasks.ConfigError {
	errs := aiven.S3.Validate(c)
	if cmp.Or(c.String(keyAivenBucket), c.String(keyOldBucket)) == "" {
		errs = append(errs, tasks.ConfigError{Key: keyAivenBucket, Message: "Neither " + keyAivenBucket + " nor " + keyOldBucket + " properties have been set"})
	}
	if c.String(keySTSRole) != "" && c.String(keySTSSession) == "" {
		errs = append(errs, tasks.ConfigError{Key: keySTSSession, Message: "Missing required configuration \"" + keySTSSession + "\" with " + keySTSRole})
	}
	return errs
}

func newAivenConfig(c tasks.Config) (*config, error) {
	s, err := aiven.S3.Settings(c)
	if err != nil {
		return nil, err
	}
	if !s.Whole.Latest {
		s.PartSize = min(s.PartSize, max(minPartSize, int(c.Int(keyAivenPartSize))))
	}
	endpoint := cmp.Or(c.String(keyAivenEndpoint), c.String(keyOldEndpoint))
	return &config{
		connector: c.Props()["name"], bucket: cmp.Or(c.String(keyAivenBucket), c.String(keyOldBucket)), endpoint: endpoint,
		region:    cmp.Or(c.String(keyAivenRegion), c.String(keyOldRegion), "us-east-1"),
		pathStyle: endpoint != "", attempts: int(c.Int(keyAivenRetries)) + 1, backoff: time.Duration(c.Int(keyAivenBackoff)) * time.Millisecond,
		access: cmp.Or(c.String(keyAccess), c.String(keyOldAccess)), secret: cmp.Or(c.String(keySecret), c.String(keyOldSecret)),
		role: c.String(keySTSRole), roleSession: c.String(keySTSSession), roleID: c.String(keySTSExternal), roleEndpoint: c.String(keySTSEndpoint),
		roleTime: time.Duration(c.Int(keySTSDuration)) * time.Second, sse: c.String(keyAivenSSE),
		keyBucket: keyAivenBucket, keyRegion: keyAivenRegion, object: s,
	}, nil
}
