package s3

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mayfly-connect/mayfly/sinks/object"
)

// store is a bucket. An object's generation is its ETag.
type store struct {
	config *config
	client *s3.Client
}

var _ object.Store = (*store)(nil)

// metaChecksum keeps an object's CRC32C, for services that do not know that checksum.
const metaChecksum = "mayfly-crc32c"

func (s *store) Stat(ctx context.Context, name string) (object.Info, error) {
	h, err := s.head(ctx, name)
	if status(err) == http.StatusNotFound {
		return object.Info{}, nil
	}
	if err != nil {
		return object.Info{}, s.config.failure(ctx, "look up object "+name, err)
	}
	i := object.Info{Exists: true, Size: aws.ToInt64(h.ContentLength), Generation: aws.ToString(h.ETag), Meta: h.Metadata}
	i.CRC32C, i.Unchecked = checksumOf(h)
	return i, nil
}

func (s *store) head(ctx context.Context, name string) (*s3.HeadObjectOutput, error) {
	in := &s3.HeadObjectInput{Bucket: &s.config.bucket, Key: &name, ChecksumMode: types.ChecksumModeEnabled}
	in.SSECustomerAlgorithm, in.SSECustomerKey = s.config.customer()
	return s.client.HeadObject(ctx, in)
}

// checksumOf returns the checksum of the whole object, by the service or by our metadata.
func checksumOf(h *s3.HeadObjectOutput) (sum uint32, unknown bool) {
	if h.ChecksumCRC32C != nil && h.ChecksumType != types.ChecksumTypeComposite {
		if b, err := base64.StdEncoding.DecodeString(*h.ChecksumCRC32C); err == nil && len(b) == 4 {
			return binary.BigEndian.Uint32(b), false
		}
	}
	n, err := strconv.ParseUint(h.Metadata[metaChecksum], 16, 32)
	return uint32(n), err != nil
}

func checksumText(sum uint32) *string {
	return aws.String(base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum)))
}

// Describe changes metadata by copying the object onto itself, which the service does without sending the content.
func (s *store) Describe(ctx context.Context, name, generation string, d object.Description) error {
	if d.Meta != nil {
		if gone, err := s.remark(ctx, name, generation, d.Meta); gone || err != nil {
			return err
		}
	}
	if d.Tags == nil {
		return nil
	}
	var tags []types.Tag
	for _, k := range slices.Sorted(maps.Keys(d.Tags)) {
		tags = append(tags, types.Tag{Key: aws.String(k), Value: aws.String(d.Tags[k])})
	}
	_, err := s.client.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: &s.config.bucket, Key: &name, Tagging: &types.Tagging{TagSet: tags}})
	if err != nil && !s.config.tagErrorsFail && ctx.Err() == nil {
		return nil // s3.object.behavior.on.tagging.error=ignore
	}
	return s.config.failure(ctx, "tag object "+name, err)
}

// remark adds to an object's metadata; gone says that it has been replaced or removed since, and is not this writer's any more.
func (s *store) remark(ctx context.Context, name, generation string, meta map[string]string) (gone bool, err error) {
	h, err := s.head(ctx, name)
	if status(err) == http.StatusNotFound || err == nil && aws.ToString(h.ETag) != generation {
		return true, nil
	}
	if err != nil {
		return false, s.config.failure(ctx, "look up object "+name, err)
	}
	all := maps.Clone(h.Metadata)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, meta)
	in := &s3.CopyObjectInput{Bucket: &s.config.bucket, Key: &name, CopySource: aws.String(s.config.bucket + "/" + url.PathEscape(name)),
		CopySourceIfMatch: &generation, MetadataDirective: types.MetadataDirectiveReplace, Metadata: all, ContentType: h.ContentType,
		ACL: types.ObjectCannedACL(s.config.acl), StorageClass: types.StorageClass(s.config.storageClass),
		ServerSideEncryption: s.config.encryption(), SSEKMSKeyId: s.config.kms(), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32c}
	in.SSECustomerAlgorithm, in.SSECustomerKey = s.config.customer()
	in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey = s.config.customer()
	_, err = s.client.CopyObject(ctx, in)
	if status(err) == http.StatusPreconditionFailed || status(err) == http.StatusNotFound {
		return true, nil
	}
	return false, s.config.failure(ctx, "describe object "+name, err)
}

// customer is the algorithm and key of SSE-C, or nils.
func (c *config) customer() (algorithm, key *string) {
	if c.customerKey == "" {
		return nil, nil
	}
	return aws.String("AES256"), &c.customerKey
}

// encryption is the one at the service, unless the key is the user's own.
func (c *config) encryption() types.ServerSideEncryption {
	if c.customerKey != "" {
		return ""
	}
	return types.ServerSideEncryption(c.sse)
}

func (c *config) kms() *string {
	if c.kmsKey == "" || c.customerKey != "" {
		return nil
	}
	return &c.kmsKey
}
