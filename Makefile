SHELL := /bin/bash

# Tool versions, each in this one place.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

VERSION   := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# Google's storage is used by HTTP alone: without its gRPC side and the trace pages of gRPC, whose templates keep the linker
# from dropping methods, a program is a third smaller. HTTP/2 is a third of a megabyte that registries and S3 do not need.
TAGS      := disable_grpc_modules,grpcnotrace
TAGS_core := nethttpomithttp2
TAGS_s3   := nethttpomithttp2
GO_BUILD  := CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)"
SEEDS     ?= 300
BENCHTIME ?= 1s
RESULTS   ?= tests/bench/results/go.txt

# Packages with tests that need real parts.
REAL = $(shell grep -rl --include='*_test.go' '^//go:build real$$' . | xargs -n1 dirname | sort -u)

.PHONY: help
help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: bin/mayfly ## build and run the demo: real rows, an embedded broker, the GCS sink, a proof at the end
	bin/mayfly demo

.PHONY: build
build: bin/mayfly ## build bin/mayfly and an executor bin/mayfly-process-NAME for each plugin family
	@for package in $$(go list -f '{{if eq .Name "main"}}{{.ImportPath}}{{end}}' ./functions/process/...); do \
		$(MAKE) -s "bin/mayfly-process-$${package##*/}" || exit 1; \
	done

.PHONY: always
bin/mayfly-process-%: always
	@echo $@
	@$(GO_BUILD) -tags $(TAGS),$(TAGS_$*) -o $@ ./functions/process/$*

bin/mayfly-lambda-%: always
	@echo $@
	@$(GO_BUILD) -tags lambda.norpc,$(TAGS),$(TAGS_$*) -o $@ ./functions/lambda/$*

.PHONY: bin/mayfly
bin/mayfly:
	$(GO_BUILD) -tags $(TAGS) -o $@ ./coordinator/mayfly

.PHONY: zips
zips: ## build bin/lambda-NAME-ARCH.zip for each plugin family, arm64 and amd64, for AWS Lambda (needs zip)
	@for name in $$(go list -f '{{if eq .Name "main"}}{{.ImportPath}}{{end}}' ./functions/lambda/... | xargs -n1 basename); do for arch in arm64 amd64; do \
		$(MAKE) -s "bin/lambda-$$name-$$arch.zip" || exit 1; \
	done; done

# bootstrap is what the runtime provided.al2023 starts.
bin/lambda-%.zip: always
	@rm -rf "bin/lambda-$*" "$@"; mkdir -p "bin/lambda-$*"
	@$(eval FAMILY := $(word 1,$(subst -, ,$*)))GOOS=linux GOARCH=$(lastword $(subst -, ,$*)) $(GO_BUILD) -tags lambda.norpc,$(TAGS),$(TAGS_$(FAMILY)) -o "bin/lambda-$*/bootstrap" ./functions/lambda/$(FAMILY)
	@cd "bin/lambda-$*" && touch -d @0 bootstrap && zip -q -9 -X "../lambda-$*.zip" bootstrap
	@rm -r "bin/lambda-$*"; ls -l "$@" | awk '{ printf "%s %.1f MB\n", $$NF, $$5 / 1e6 }'

.PHONY: test
test: ## run the fast tests: no network, no Java (under 3 minutes on 2 cores)
	go test -timeout 3m ./...

.PHONY: check
check: lint generated race ## run every gate but the real tier: format, vet, lint, generated files, all tests with -race

.PHONY: lint
lint: ## check the format, go.mod, vet and lint
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "not formatted; run make fmt:"; echo "$$unformatted"; exit 1; }
	go vet -tags real ./...
	go mod tidy -diff
	go run $(GOLANGCI_LINT) run ./...

.PHONY: generated
generated: ## fail when a generated file is not what `make generate` writes
	@state() { git diff; git status --porcelain; }; before=$$(state | cksum); $(MAKE) -s generate && \
		[ "$$before" = "$$(state | cksum)" ] || { git status --short; echo "generated files were out of date; commit what make generate wrote"; exit 1; }

.PHONY: race
race: ## run the fast tests with the race detector
	go test -race -timeout 10m ./...

.PHONY: real
real: ## run the tests that need real parts: Apache Kafka and Connect (Java 17, Maven), a GCS emulator, Python's readers of Avro and Parquet
	localstack/real/fetch kafka gcs aws lambda clients python
	go test -tags real -count 1 -p 1 -timeout 20m $(REAL)

.PHONY: kubernetes
kubernetes: ## run the launcher of Kubernetes Jobs against a real API server (built in a quarter of an hour, once)
	dir=$$(mktemp -d); trap 'localstack/real/kubernetes stop "$$dir"; rm -rf "$$dir"' EXIT; \
	KUBERNETES_SERVER=$$(localstack/real/kubernetes start "$$dir") KUBERNETES_CA="$$dir/certs/apiserver.crt" \
		go test -tags kubernetes -count 1 -run TestAPIServer ./coordinator/launch/kubernetes

.PHONY: infra
infra: ## check infra/ and localstack/ with cfn-lint, terraform, helm, hadolint, shellcheck and others, which it gets
	infra/lint

.PHONY: stack stack-down
stack: ## start Kafka, registry, S3, GCS, SQS, Lambda, PostgreSQL and a coordinator with sample connectors
	localstack/up
stack-down: ## stop what `make stack` started
	localstack/down

REGISTRY ?= registry.example.com/mayfly
IMAGE     = docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=$(VERSION) --push
.PHONY: images
images: ## build and push the images for amd64 and arm64 (docker buildx); REGISTRY=registry.example.com/mayfly
	$(IMAGE) -f infra/docker/mayfly.Dockerfile -t $(REGISTRY)/mayfly:$(VERSION) .
	@set -e; for main in $$(git ls-files 'functions/*/*/main.go'); do \
		family=$$(basename $$(dirname $$main)); platform=$$(basename $$(dirname $$(dirname $$main))); \
		(set -x; $(IMAGE) -f infra/docker/function.Dockerfile --build-arg PLATFORM=$$platform --build-arg FAMILY=$$family -t $(REGISTRY)/$$platform-$$family:$(VERSION) .); \
	done

.PHONY: sim
sim: ## simulate lost, late, doubled and zombie executors; SEEDS=n
	go test -timeout 0 ./tests/sim -seeds $(SEEDS)

.PHONY: crash
crash: ## kill real processes at random and count at the destination; SEEDS=n
	go test -timeout 0 ./tests/crash -seeds $(SEEDS)

.PHONY: bench
bench: ## run the Go benchmarks into RESULTS, for benchstat (tests/bench/run measures against Kafka)
	@mkdir -p $(dir $(RESULTS))
	@set -o pipefail; go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./... | { grep -v '^?' || true; } | tee $(RESULTS)

.PHONY: generate
generate: ## write the generated files: the tables in the plugins' README files
	go test -count 1 -run README ./sinks ./sources ./tasks/transform ./coordinator/launch/platform -update

.PHONY: fmt
fmt: ## format the Go files
	gofmt -w .

.PHONY: clean
clean: ## remove what was built; .cache with the fetched parts stays
	rm -rf bin

