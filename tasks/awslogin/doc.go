// Package awslogin finds AWS credentials where AWS's own tools look for them, in the order of the Java SDK: the environment, a
// web identity (IRSA), the shared configuration files, the container's endpoint (ECS, EKS Pod Identity), the instance's metadata
// (IMDSv2). It is here because AWS's SDK would cost an executor of a few megabytes several more.
//
// No error holds a secret.
package awslogin
