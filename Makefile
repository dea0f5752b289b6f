# Barnabas. The two commands to know are `make dev` and `make test`; `make help` lists the others.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# What outlives a clone: tools that are not Debian's, and Kafka's jars.
export DEVELOPMENT_CACHE ?= $(HOME)/.cache/barnabas
export CARGO_TARGET_DIR ?= $(CURDIR)/target
export PATH := $(DEVELOPMENT_CACHE)/tools/bin:$(PATH)

# The origin that the browser test's page comes from; its port must be free.
PAGE_PORT ?= 18088
# The first port of the three brokers of `make test-kafka`, and of their controller, which has this + 100.
KAFKA_PORT ?= 19092
# The port of the Schema Registry of `make test-serdes`.
REGISTRY_PORT ?= 18081
# More flags for `make dev`.
ARGS ?=

## dev: install what is missing, build, run the embedded broker and the gateway
.PHONY: dev
dev: install-build build
	@exec "$(CARGO_TARGET_DIR)/debug/barnabas" dev $(ARGS)

## test: install what is missing, run everything, print a summary
.PHONY: test
test: install-test
	@scripts/stages lint test-rust test-codecs test-kafka test-serdes test-clients test-browser

## build: build the binary, unoptimized
.PHONY: build
build:
	cargo build --locked

# The binary with the tests' features, so that nothing is compiled for these targets that `test-rust` has compiled already.
.PHONY: build-tests
build-tests:
	cargo test --locked --no-run

## check: compile without making a binary
.PHONY: check
check:
	cargo check --locked --all-targets

## lint: formatting, clippy, rustdoc and the protos' rules; warnings are errors
.PHONY: lint
lint: proto-lint
	cargo fmt --check
	cargo clippy --locked --all-targets -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' cargo doc --locked --no-deps

## proto-lint: formatting and rules of the protos
.PHONY: proto-lint
proto-lint:
	buf format --diff --exit-code
	buf lint

## test-rust: Rust tests, on the embedded broker
.PHONY: test-rust
test-rust:
	cargo test --locked --no-fail-fast

## test-codecs: schemas' codecs beside independent ones in Python, with random schemas and values
.PHONY: test-codecs
test-codecs:
	tests/codecs/run

## test-kafka: black-box and fault tests on three brokers of Apache Kafka, security tests on one
.PHONY: test-kafka
test-kafka:
	tests/kafka/kafka run --brokers 3 --port $(KAFKA_PORT) --dir "$(CARGO_TARGET_DIR)/kafka" -- \
	  cargo test --locked --no-fail-fast --test blackbox --test kafka_faults
	tests/kafka/kafka run --brokers 1 --secure --port $(KAFKA_PORT) --dir "$(CARGO_TARGET_DIR)/kafka" -- \
	  cargo test --locked --no-fail-fast --test kafka_secure

## test-serdes: records with schemas against Java's own serializers, both ways, with a real Kafka and a real Schema Registry
.PHONY: test-serdes
test-serdes: build-tests
	tests/kafka/kafka run --brokers 1 --port $(KAFKA_PORT) --dir "$(CARGO_TARGET_DIR)/kafka" -- \
	  tests/registry/registry run --port $(REGISTRY_PORT) --dir "$(CARGO_TARGET_DIR)/registry" -- \
	  sh -c 'exec scripts/with-gateway --kafka "$$BARNABAS_TEST_BOOTSTRAP" --registry "$$BARNABAS_TEST_SCHEMA_REGISTRY" -- tests/serdes/run'

## test-clients: the examples in Go, Java, Node and Python, and clients made of the OpenAPI document, each against a gateway
.PHONY: test-clients
test-clients: build-tests
	scripts/with-gateway -- scripts/test-clients
	scripts/with-gateway -- tests/openapi/run

## test-browser: in headless Chromium, a page that speaks gRPC-Web, and the page of the API
.PHONY: test-browser
test-browser: build-tests
	cd tests/browser && npm ci --no-audit --no-fund --loglevel=error && PATH="node_modules/.bin:$$PATH" buf generate
	scripts/with-gateway --origin http://127.0.0.1:$(PAGE_PORT) -- tests/browser/run $(PAGE_PORT)

## bench: what the gateway costs beside librdkafka, on one broker of Apache Kafka; takes minutes to build
.PHONY: bench
bench:
	tests/kafka/kafka run --brokers 1 --port $(KAFKA_PORT) --dir "$(CARGO_TARGET_DIR)/kafka-bench" -- \
	  sh -c 'exec cargo bench --locked --bench load -- --bootstrap "$$BARNABAS_TEST_BOOTSTRAP"'

## bench-codecs: what schemas cost for each record beside plain JSON; needs no Kafka
.PHONY: bench-codecs
bench-codecs:
	cargo bench --locked --bench codecs

## bench-scale: administration of 5,000 partitions beside the native admin client, on three brokers; takes minutes to build
.PHONY: bench-scale
bench-scale:
	cargo build --locked --release
	python3 -m venv "$(DEVELOPMENT_CACHE)/scale" && "$(DEVELOPMENT_CACHE)/scale/bin/pip" install -q -r benches/scale/requirements.txt
	tests/kafka/kafka run --brokers 3 --port $(KAFKA_PORT) --dir "$(CARGO_TARGET_DIR)/kafka-bench" -- \
	  sh -c 'exec "$(DEVELOPMENT_CACHE)/scale/bin/python" benches/scale/scale.py --bootstrap "$$BARNABAS_TEST_BOOTSTRAP"'

## clean: delete what was built and generated here
.PHONY: clean
clean:
	cargo clean
	git clean -Xdfq examples tests

.PHONY: install-build install-test
install-build:
	@scripts/install build
install-test:
	@scripts/install test

.PHONY: help
help:
	@sed -n 's/^## \([a-z-]*\): /\1\t/p' Makefile | expand -t 16
