package provider

import (
	"context"

	"github.com/mayfly-connect/mayfly/tasks"
)

// The classes of the clouds' providers. The first of each kind is the one that its documentation leads to most.
const (
	SecretsManagerClass          = "com.amazonaws.kafka.config.providers.SecretsManagerConfigProvider"
	SecretsManagerClassConfluent = "io.confluent.csid.config.provider.aws.SecretsManagerConfigProvider"
	SecretsManagerClassBefore    = "com.github.jcustenborder.kafka.config.aws.SecretsManagerConfigProvider"
	ParameterStoreClass          = "com.amazonaws.kafka.config.providers.SsmParamStoreConfigProvider"
	SecretManagerClass           = "io.confluent.csid.config.provider.gcloud.SecretManagerConfigProvider"
	SecretManagerClassBefore     = "com.github.jcustenborder.kafka.config.gcloud.SecretManagerConfigProvider"
)

// elsewhere is which family's executors have a class built in.
var elsewhere = map[string]tasks.Family{
	SecretsManagerClass: tasks.S3Family, SecretsManagerClassConfluent: tasks.S3Family, SecretsManagerClassBefore: tasks.S3Family,
	ParameterStoreClass: tasks.S3Family, SecretManagerClass: tasks.GCSFamily, SecretManagerClassBefore: tasks.GCSFamily,
}

// absent stands for a provider that this binary does not have.
type absent struct {
	name, class string
	family      tasks.Family
}

// Get implements [Provider]: it says who has the class.
func (a absent) Get(context.Context, string, []string) (Data, error) {
	return Data{}, tasks.Fatal(tasks.ConfigException("config provider %s: this executor does not have %s built in, those of the family %s do; "+
		"use a file, directory or environment provider for this connector, or run it in process (mayfly.launcher=inproc)", a.name, a.class, a.family))
}
