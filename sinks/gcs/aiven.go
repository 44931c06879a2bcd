package gcs

import (
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/sinks/aiven"
	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	keyAivenEndpoint   = "gcs.endpoint"
	keyDefault         = "gcs.credentials.default"
	keyContentEncoding = "gcs.object.content.encoding"
	keyUserAgent       = "gcs.user.agent"
	keyInitialDelay    = "gcs.retry.backoff.initial.delay.ms"
	keyMaxAttempts     = "gcs.retry.backoff.max.attempts"
)

// AivenPlugin describes the sink that takes the configuration of Aiven's connector, and names and writes objects as it does.
func AivenPlugin() tasks.SinkPlugin {
	return tasks.SinkPlugin{
		Plugin: tasks.Plugin{
			Class:   "io.aiven.kafka.connect.gcs.GcsSinkConnector",
			Type:    tasks.SinkPluginType,
			Version: "3.4.2",
			Title:   "Objects in Google Cloud Storage, named by a template",
			Config:  slices.Concat(aivenKeys(), aiven.GCS.Keys()),
		},
		Family:   tasks.GCSFamily,
		Cut:      aiven.GCS.Cut,
		Validate: validateAiven,
		New:      opener(newAivenConfig),
		Preview:  preview(newAivenConfig),
	}
}

func aivenKeys() tasks.ConfigDef {
	accepted := func(name string, t tasks.ConfigType, def, doc string) tasks.ConfigKey {
		return tasks.ConfigKey{Name: name, Type: t, Default: tasks.DefaultTo(def), Importance: tasks.Medium, Group: "GCS", Doc: "Accepted for compatibility: " + doc}
	}
	return tasks.ConfigDef{
		{Name: keyBucket, Type: tasks.TypeString, Importance: tasks.High, Group: "GCS", Check: tasks.NonEmpty,
			Doc: "The bucket that objects are written into. It must exist."},
		{Name: keyAivenEndpoint, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: "GCS",
			Doc: "The endpoint of the storage service, where it is not the usual one."},
		{Name: keyCredentialsPath, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: "GCS", Doc: "The file with the credentials."},
		{Name: keyCredentialsJSON, Type: tasks.TypePassword, Default: tasks.NullDefault, Importance: tasks.Low, Group: "GCS", Doc: "The credentials themselves, as JSON."},
		{Name: keyDefault, Type: tasks.TypeBoolean, Default: tasks.NullDefault, Importance: tasks.Low, Group: "GCS",
			Doc: "true: the credentials that the environment offers. At most one of the three is set; with none of them requests are anonymous, as in the original."},
		{Name: keyContentEncoding, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: "GCS", Check: tasks.NonEmpty,
			Doc: "The Content-Encoding of objects, such as gzip."},
		{Name: keyUserAgent, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: "GCS", Doc: "The User-Agent of requests."},
		{Name: keyInitialDelay, Type: tasks.TypeLong, Default: tasks.DefaultTo("1000"), Importance: tasks.Medium, Group: "GCS", Check: tasks.AtLeast(0),
			Doc: "The first pause before a request is repeated, in milliseconds; it doubles."},
		{Name: keyMaxAttempts, Type: tasks.TypeInt, Default: tasks.DefaultTo("6"), Importance: tasks.Medium, Group: "GCS", Check: tasks.AtLeast(0),
			Doc: "How often a request is tried at once. After that the slice is run again later."},
		accepted("gcs.retry.backoff.max.delay.ms", tasks.TypeLong, "32000", "pauses are at most 10 seconds."),
		accepted("gcs.retry.backoff.delay.multiplier", tasks.TypeDouble, "2.0", "pauses double."),
		accepted("gcs.retry.backoff.total.timeout.ms", tasks.TypeLong, "50000", "a request is given up after 30 seconds, and the slice run again later."),
		accepted("file.max.bytes", tasks.TypeLong, "0", "a slice bounds the size of an object."),
	}
}

func validateAiven(c tasks.Config) []tasks.ConfigError {
	errs := aiven.GCS.Validate(c)
	set := 0
	for _, key := range []string{keyCredentialsPath, keyCredentialsJSON, keyDefault} {
		if c.IsSet(key) {
			set++
		}
	}
	if set > 1 {
		message := "Only one of " + keyCredentialsPath + ", " + keyCredentialsJSON + ", and " + keyDefault + " can be non-null."
		errs = append(errs, tasks.ConfigError{Key: keyDefault, Message: message})
	}
	return errs
}

func newAivenConfig(c tasks.Config) (config, error) {
	s, err := aiven.GCS.Settings(c)
	if err != nil {
		return config{}, err
	}
	return config{
		connector: c.Props()["name"], bucket: c.String(keyBucket), credentialsPath: c.String(keyCredentialsPath),
		credentialsJSON: c.String(keyCredentialsJSON), endpoint: c.String(keyAivenEndpoint), attempts: max(1, int(c.Int(keyMaxAttempts))),
		anonymous: !c.Bool(keyDefault), contentEncoding: c.String(keyContentEncoding), userAgent: c.String(keyUserAgent),
		backoff: time.Duration(c.Int(keyInitialDelay)) * time.Millisecond, partSize: min(s.PartSize, object.MaxPartSize), object: s,
	}, nil
}
