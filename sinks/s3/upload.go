package s3

import (
	"bytes"
	"context"
	"hash/crc32"
	"maps"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mayfly-connect/mayfly/sinks/object"
)

// Create returns an upload; the first request is that of its first Write.
func (s *store) Create(_ context.Context, name string, o object.Options) (object.Upload, error) {
	c := conditions{}
	if o.Replace == "" {
		c.ifNoneMatch = aws.String("*")
	} else {
		c.ifMatch = &o.Replace
	}
	if o.Size > 0 {
		return &whole{store: s, name: name, options: o, conditions: c}, nil
	}
	return &parts{store: s, name: name, options: o, conditions: c}, nil
}

// conditions are those under which an object comes to be.
type conditions struct{ ifMatch, ifNoneMatch *string }

// whole is an object that is sent in one request.
type whole struct {
	*store
	conditions
	name    string
	options object.Options
	etag    string
}

// Write sends the object, so that it is there before Commit.
func (u *whole) Write(ctx context.Context, p []byte) error {
	meta := maps.Clone(u.options.Meta)
	meta[metaChecksum] = strconv.FormatUint(uint64(u.options.CRC32C), 16)
	in := &s3.PutObjectInput{Bucket: &u.config.bucket, Key: &u.name, Body: bytes.NewReader(p), ContentLength: aws.Int64(int64(len(p))),
		ContentType: &u.options.ContentType, Metadata: meta, IfMatch: u.ifMatch, IfNoneMatch: u.ifNoneMatch,
		ChecksumCRC32C: checksumText(u.options.CRC32C), ACL: types.ObjectCannedACL(u.config.acl),
		StorageClass:         types.StorageClass(u.config.storageClass),
		ServerSideEncryption: u.config.encryption(), SSEKMSKeyId: u.config.kms()}
	in.SSECustomerAlgorithm, in.SSECustomerKey = u.config.customer()
	out, err := u.client.PutObject(ctx, in)
	if err != nil {
		return u.config.failure(ctx, "write object "+u.name, err)
	}
	u.etag = aws.ToString(out.ETag)
	return nil
}

// Commit has nothing left to do.
func (u *whole) Commit(context.Context, uint32) (string, error) { return u.etag, nil }

// Abort has nothing to give up.
func (u *whole) Abort() {}

// parts is an object that is sent in parts; until Commit there is nothing under its name.
type parts struct {
	*store
	conditions
	name    string
	options object.Options
	id      string
	done    []types.CompletedPart
	ended   bool
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (u *parts) Write(ctx context.Context, p []byte) error {
	if len(p) == 0 && len(u.done) > 0 {
		return nil
	}
	if u.id == "" {
		if err := u.begin(ctx); err != nil {
			return err
		}
	}
	number := aws.Int32(int32(len(u.done)) + 1)
	sum := checksumText(crc32.Checksum(p, castagnoli))
	in := &s3.UploadPartInput{Bucket: &u.config.bucket, Key: &u.name, UploadId: &u.id, PartNumber: number, Body: bytes.NewReader(p),
		ContentLength: aws.Int64(int64(len(p))), ChecksumCRC32C: sum}
	in.SSECustomerAlgorithm, in.SSECustomerKey = u.config.customer()
	out, err := u.client.UploadPart(ctx, in)
	if err != nil {
		return u.config.failure(ctx, "write part "+strconv.Itoa(int(*number))+" of object "+u.name, err)
	}
	u.done = append(u.done, types.CompletedPart{ETag: out.ETag, PartNumber: number, ChecksumCRC32C: sum})
	return nil
}

func (u *parts) begin(ctx context.Context) error {
	in := &s3.CreateMultipartUploadInput{Bucket: &u.config.bucket, Key: &u.name, ContentType: &u.options.ContentType, Metadata: u.options.Meta,
		ACL: types.ObjectCannedACL(u.config.acl), StorageClass: types.StorageClass(u.config.storageClass),
		ServerSideEncryption: u.config.encryption(), SSEKMSKeyId: u.config.kms(),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc32c, ChecksumType: types.ChecksumTypeFullObject}
	in.SSECustomerAlgorithm, in.SSECustomerKey = u.config.customer()
	out, err := u.client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return u.config.failure(ctx, "begin object "+u.name, err)
	}
	u.id = aws.ToString(out.UploadId)
	return nil
}

func (u *parts) Commit(ctx context.Context, sum uint32) (string, error) {
	in := &s3.CompleteMultipartUploadInput{Bucket: &u.config.bucket, Key: &u.name, UploadId: &u.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: u.done},
		IfMatch: u.ifMatch, IfNoneMatch: u.ifNoneMatch, ChecksumCRC32C: checksumText(sum), ChecksumType: types.ChecksumTypeFullObject}
	in.SSECustomerAlgorithm, in.SSECustomerKey = u.config.customer()
	out, err := u.client.CompleteMultipartUpload(ctx, in)
	if status(err) == 404 { // ended by an attempt whose answer was lost
		u.ended = true
		return "", object.ErrExists
	}
	if err != nil {
		return "", u.config.failure(ctx, "complete object "+u.name, err)
	}
	u.ended = true
	return aws.ToString(out.ETag), nil
}

// abortLimit bounds the wait for the end of an upload that is given up. What stays behind, the bucket's own rules remove.
const abortLimit = 5 * time.Second

func (u *parts) Abort() {
	if u.id == "" || u.ended {
		return
	}
	u.ended = true
	ctx, cancel := context.WithTimeout(context.Background(), abortLimit) //nolint:forbidigo // the caller's time may be over
	defer cancel()
	_, _ = u.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &u.config.bucket, Key: &u.name, UploadId: &u.id})
}
