# syntax=docker/dockerfile:1.19
# One function with the plugins of one family. PLATFORM is a folder of functions (lambda, cloudrun, process), FAMILY a folder of that.
# Lambda runs any image whose entry point speaks its runtime API, so this one serves there too.
FROM --platform=$BUILDPLATFORM golang:1.26.0-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=unknown PLATFORM FAMILY
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -tags disable_grpc_modules,grpcnotrace,lambda.norpc \
    -ldflags "-s -w -X main.version=$VERSION" -o /out/function "./functions/$PLATFORM/$FAMILY"

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/function /function
USER 65532:65532
ENTRYPOINT ["/function"]
