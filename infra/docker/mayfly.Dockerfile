# syntax=docker/dockerfile:1.19
# The command mayfly with all executor processes beside it: a coordinator that starts executors of any kind, its own processes among them.
FROM --platform=$BUILDPLATFORM golang:1.26.0-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=unknown
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -tags disable_grpc_modules,grpcnotrace \
    -ldflags "-s -w -X main.version=$VERSION" -o /out/mayfly ./coordinator/mayfly && \
    for family in functions/process/*/; do \
      CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -tags disable_grpc_modules,grpcnotrace \
      -ldflags "-s -w -X main.version=$VERSION" -o "/out/mayfly-process-$(basename "$family")" "./$family" || exit 1; \
    done

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/ /usr/local/bin/
USER 65532:65532
EXPOSE 8083
ENTRYPOINT ["/usr/local/bin/mayfly"]
CMD ["help"]
