package gcs

import (
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	keyBucket          = "gcs.bucket.name"
	keyPartSize        = "gcs.part.size"
	keyPartRetries     = "gcs.part.retries"
	keyBackoff         = "gcs.retry.backoff.ms"
	keyCredentialsPath = "gcs.credentials.path"
	keyCredentialsJSON = "gcs.credentials.json"
	keyProxy           = "gcs.proxy.url"
	keyProxyUser       = "gcs.proxy.user"
	keyProxyPassword   = "gcs.proxy.password"
	keyEndpoint        = "store.url"
)

// kin is what the Java connector calls its own.
var kin = object.Kin{Package: "io.confluent.connect.gcs", Storage: "io.confluent.connect.gcs.storage.GcsStorage", Prefix: "gcs"}

func configDef() tasks.ConfigDef {
	own := tasks.ConfigDef{
		{Name: keyBucket, Type: tasks.TypeString, Importance: tasks.High, Group: "GCS", Check: tasks.NonEmpty,
			Doc: "The bucket that objects are written into. It must exist."},
		{Name: keyPartSize, Type: tasks.TypeInt, Default: tasks.DefaultTo("26214400"), Importance: tasks.High, Group: "GCS",
			Check: tasks.Between(5<<20, 1<<31-1), Doc: "How many bytes of an object are held in memory before it is uploaded in parts. At most 8 MiB are held, however much is asked for."},
		{Name: keyPartRetries, Type: tasks.TypeInt, Default: tasks.DefaultTo("3"), Importance: tasks.Medium, Group: "GCS", Check: tasks.AtLeast(0),
			Doc: "How often a request that failed is repeated at once. After that the slice is run again later."},
		{Name: keyBackoff, Type: tasks.TypeLong, Default: tasks.DefaultTo("200"), Importance: tasks.Low, Group: "GCS", Check: tasks.AtLeast(0),
			Doc: "The first pause before a request is repeated, in milliseconds; it doubles."},
		{Name: keyCredentialsPath, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.High, Group: "GCS",
			Doc: "The file with the credentials. Without it and " + keyCredentialsJSON + ": what the environment offers (GOOGLE_APPLICATION_CREDENTIALS, the machine's account)."},
		{Name: keyCredentialsJSON, Type: tasks.TypePassword, Default: tasks.NullDefault, Importance: tasks.High, Group: "GCS",
			Doc: "The credentials themselves, as JSON."},
		{Name: keyProxy, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Low, Group: "GCS", Check: noProxy,
			Doc: "Not there; set HTTPS_PROXY in the executor's environment instead."},
		{Name: keyProxyUser, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: "GCS", Doc: "Goes with " + keyProxy + "."},
		{Name: keyProxyPassword, Type: tasks.TypePassword, Default: tasks.NullDefault, Importance: tasks.Low, Group: "GCS", Doc: "Goes with " + keyProxy + "."},
		{Name: "gcs.parts.prefix", Type: tasks.TypeString, Default: tasks.DefaultTo("parts"), Importance: tasks.Low, Group: "GCS",
			Doc: "Accepted for compatibility; no parts are kept under names of their own."},
	}
	return slices.Concat(own, kin.Keys())
}

func noProxy(v any) string {
	if s, _ := v.(string); s != "" {
		return "not there; set HTTPS_PROXY in the executor's environment instead"
	}
	return ""
}

// config is the parsed configuration.
type config struct {
	connector                                          string
	bucket, credentialsPath, credentialsJSON, endpoint string
	attempts, partSize                                 int
	// anonymous requests have no credentials unless some are set.
	anonymous                  bool
	contentEncoding, userAgent string
	backoff                    time.Duration
	object                     *object.Settings
}

func newConfig(c tasks.Config) (config, error) {
	s, err := kin.Settings(c)
	if err != nil {
		return config{}, err
	}
	s.PartSize = min(int(c.Int(keyPartSize)), object.MaxPartSize)
	s.ContentType = "application/octet-stream"
	return config{
		connector: c.Props()["name"], bucket: c.String(keyBucket), credentialsPath: c.String(keyCredentialsPath),
		credentialsJSON: c.String(keyCredentialsJSON), endpoint: c.String(keyEndpoint), attempts: int(c.Int(keyPartRetries)) + 1,
		backoff: time.Duration(c.Int(keyBackoff)) * time.Millisecond, partSize: s.PartSize, object: s,
	}, nil
}
