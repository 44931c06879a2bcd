package s3

import (
	"slices"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	keyBucket       = "s3.bucket.name"
	keyRegion       = "s3.region"
	keyEndpoint     = "store.url"
	keyPartSize     = "s3.part.size"
	keyRetries      = "s3.part.retries"
	keyBackoff      = "s3.retry.backoff.ms"
	keyPathStyle    = "s3.path.style.access.enabled"
	keyWAN          = "s3.wan.mode"
	keySSE          = "s3.ssea.name"
	keySSECustomer  = "s3.sse.customer.key"
	keySSEKMS       = "s3.sse.kms.key.id"
	keyACL          = "s3.acl.canned"
	keyStorageClass = "s3.storage.class"
	keyTagging      = "s3.object.tagging"
	keyTagPairs     = "s3.object.tagging.key.value.pairs"
	keyTagErrors    = "s3.object.behavior.on.tagging.error"
	keyProvider     = "s3.credentials.provider.class"
	keyAccess       = "aws.access.key.id"
	keySecret       = "aws.secret.access.key"
	keyProxy        = "s3.proxy.url"
	keyProxyUser    = "s3.proxy.user"
	keyProxyPass    = "s3.proxy.password"
	keyAffix        = "s3.schema.partition.affix.type"
)

// What the assume role provider reads behind the prefix of its class's key.
const (
	providerPrefix  = "s3.credentials.provider."
	keyRole         = "sts.role.arn"
	keyRoleSession  = "sts.role.session.name"
	keyRoleExternal = "sts.role.external.id"
	keyRoleRegion   = "sts.region"
)

// kin is what the Java connector calls its own.
var kin = object.Kin{Package: "io.confluent.connect.s3", Storage: "io.confluent.connect.s3.storage.S3Storage", Prefix: "s3"}

func configDef() tasks.ConfigDef {
	return slices.Concat(bucketKeys(), requestKeys(), objectKeys(), credentialKeys(), acceptedKeys(), kin.Keys())
}

func bucketKeys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyBucket, Type: tasks.TypeString, Importance: tasks.High, Group: "S3", Check: tasks.NonEmpty,
			Doc: "The bucket that objects are written into. It must exist."},
		{Name: keyRegion, Type: tasks.TypeString, Default: tasks.DefaultTo("us-west-2"), Importance: tasks.Medium, Group: "S3",
			Doc: "The region of the bucket."},
		{Name: keyPathStyle, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: "S3",
			Doc: "Names the bucket in the path of a request instead of in the host's name."},
		{Name: keyWAN, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Medium, Group: "S3",
			Doc: "Uses the bucket's accelerated endpoint. It cannot be used with s3.path.style.access.enabled."},
	}
}

func requestKeys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyPartSize, Type: tasks.TypeInt, Default: tasks.DefaultTo("26214400"), Importance: tasks.High, Group: "S3", Check: partSize,
			Doc: "How many bytes of an object are held in memory before it is uploaded in parts. At most 8 MiB are held, however much is asked for."},
		{Name: keyRetries, Type: tasks.TypeInt, Default: tasks.DefaultTo("3"), Importance: tasks.Medium, Group: "S3", Check: tasks.AtLeast(0),
			Doc: "How often a request that failed is repeated at once. After that the slice is run again later."},
		{Name: keyBackoff, Type: tasks.TypeLong, Default: tasks.DefaultTo("200"), Importance: tasks.Low, Group: "S3", Check: tasks.AtLeast(0),
			Doc: "The first pause before a request is repeated, in milliseconds; it doubles."},
		{Name: keyProxy, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Low, Group: "S3",
			Doc: "The proxy for requests, a URL. Without it: HTTPS_PROXY of the executor's environment."},
		{Name: keyProxyUser, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: "S3", Doc: "The user at s3.proxy.url."},
		{Name: keyProxyPass, Type: tasks.TypePassword, Default: tasks.DefaultTo(""), Importance: tasks.Low, Group: "S3", Doc: "The password at s3.proxy.url."},
	}
}

func objectKeys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keySSE, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Low, Group: "S3", Recommended: []string{"AES256", "aws:kms"},
			Doc: "Encryption at the service: AES256, or aws:kms with s3.sse.kms.key.id."},
		{Name: keySSECustomer, Type: tasks.TypePassword, Default: tasks.DefaultTo(""), Importance: tasks.Low, Group: "S3",
			Doc: "A key of your own for the encryption at the service (SSE-C), base64 of its 32 bytes."},
		{Name: keySSEKMS, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Low, Group: "S3",
			Doc: "The id of the KMS key, with s3.ssea.name=aws:kms; the account's default key without it."},
		{Name: keyACL, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: "S3",
			Check: tasks.OneOf("private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write", "bucket-owner-read",
				"bucket-owner-full-control", "aws-exec-read"), Doc: "The canned access control list that objects get."},
		{Name: keyStorageClass, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: "S3",
			Doc: "The storage class of objects, such as STANDARD_IA; the bucket's without it. The Java connector has no such key."},
		{Name: keyTagging, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Low, Group: "S3",
			Doc: "Tags objects with values: startOffset, endOffset and recordCount."},
		{Name: keyTagPairs, Type: tasks.TypeList, Default: tasks.DefaultTo(""), Importance: tasks.Low, Group: "S3", Check: pairs,
			Doc: "With s3.object.tagging: further tags, as name:value."},
		{Name: keyTagErrors, Type: tasks.TypeString, Default: tasks.DefaultTo("ignore"), Importance: tasks.Low, Group: "S3",
			Check: tasks.OneOfFold("ignore", "fail"), Recommended: []string{"ignore", "fail"}, Doc: "What becomes of a slice whose objects cannot be tagged."},
		{Name: keyAffix, Type: tasks.TypeString, Default: tasks.DefaultTo("NONE"), Importance: tasks.Low, Group: "Partitioner",
			Check: tasks.OneOfFold("NONE", "PREFIX", "SUFFIX"), Recommended: []string{"NONE", "PREFIX", "SUFFIX"},
			Doc: "A directory schema_name=NAME for the value's schema, before the partitioner's directories or behind them."},
	}
}

func credentialKeys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyAccess, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.High, Group: "S3",
			Doc: "The access key. Without it and its secret: what the environment offers (variables, files, the role of the machine or function)."},
		{Name: keySecret, Type: tasks.TypePassword, Default: tasks.DefaultTo(""), Importance: tasks.High, Group: "S3", Doc: "The secret of the access key."},
		{Name: keyProvider, Type: tasks.TypeClass, Default: tasks.DefaultTo("com.amazonaws.auth.DefaultAWSCredentialsProviderChain"), Importance: tasks.Low,
			Group: "S3", Check: provider, Doc: "How credentials are found: the default chain, or AwsAssumeRoleCredentialsProvider, which takes a role by s3.credentials.provider.sts.role.arn, .sts.role.session.name, .sts.role.external.id and .sts.region."},
	}
}

// acceptedKeys are those of the Java connector that have nothing to steer here.
func acceptedKeys() tasks.ConfigDef {
	accepted := func(name string, t tasks.ConfigType, def, doc string) tasks.ConfigKey {
		return tasks.ConfigKey{Name: name, Type: t, Default: tasks.DefaultTo(def), Importance: tasks.Low, Group: "S3", Doc: "Accepted for compatibility: " + doc}
	}
	return tasks.ConfigDef{
		accepted("s3.elastic.buffer.enable", tasks.TypeBoolean, "false", "buffers always grow."),
		accepted("s3.elastic.buffer.init.capacity", tasks.TypeInt, "131072", "buffers always grow."),
		accepted("s3.http.send.expect.continue", tasks.TypeBoolean, "true", "requests are small enough to be sent at once."),
		accepted("s3.send.digest", tasks.TypeBoolean, "false", "a checksum is always sent."),
		accepted("enable.conditional.writes", tasks.TypeBoolean, "true", "objects are always created only where there is none."),
		accepted("max.write.duration.ms", tasks.TypeLong, "9223372036854775807", "a lease has its own deadline."),
		accepted("max.files.scan.limit", tasks.TypeInt, "100", "an object that exists says where it ends."),
	}
}
