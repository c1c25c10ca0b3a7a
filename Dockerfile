# syntax=docker/dockerfile:1

# --- Build: Rust, and Node for the GraphiQL page ---
FROM node:22-bookworm-slim AS node

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc g++ libc6-dev make \
 && rm -rf /var/lib/apt/lists/*
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked \
 && cp target/release/ordergraph /ordergraph

# --- Run: the program and nothing else ---
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home ordergraph \
 && install -d -o ordergraph -g ordergraph -m 0700 /data
COPY --from=build /ordergraph /usr/local/bin/ordergraph
USER ordergraph
ENV DATA_DIR=/data LISTEN=0.0.0.0:8000
VOLUME /data
EXPOSE 8000
# There is no HEALTHCHECK: the image has no HTTP client. Let the orchestrator ask GET /livez (restart when it fails) and
# GET /readyz (send no traffic while it fails).
ENTRYPOINT ["ordergraph"]
CMD ["serve"]
