# Two commands on a fresh Debian or Ubuntu machine:
#   make demo   builds everything, starts the demo and prints its links
#   make test   runs every test
# Both install what is missing and say so. Each line below is one step and can be run by itself.

.DEFAULT_GOAL := help
.PHONY: help demo web test install fmt fmt-fix lint web-test integrations deny unit openapi e2e bench

help:
	@echo 'make demo      build everything and start the demo shop with its courses'
	@echo 'make test      install what is missing and run every test'
	@echo 'make web       build the web pages into web/dist'
	@echo 'make bench     run the measurements'
	@echo 'Single steps of make test: fmt lint web-test integrations deny unit openapi e2e; make fmt-fix formats'

demo:
	scripts/install demo
	scripts/web build
	scripts/run cargo build --release -p stoa
	scripts/run stoa release demo

web:
	scripts/web build

test:
	scripts/test

install:
	scripts/install test

fmt:
	scripts/run cargo fmt --all --check

fmt-fix:
	scripts/run cargo fmt --all

lint:
	scripts/run cargo clippy --workspace --all-targets --locked -- -D warnings

web-test:
	scripts/web test

integrations:
	scripts/integrations

deny:
	scripts/deny

unit:
	scripts/npm-ci crates/*/tests/peer
	scripts/with-postgres scripts/run cargo nextest run --workspace --locked
	scripts/run cargo test --doc --workspace --locked

openapi:
	scripts/openapi

e2e:
	scripts/e2e

bench:
	scripts/run cargo build --release -p stoa
	scripts/run cargo run --release -p benches --bin signing
	scripts/run cargo run --release -p benches --bin course
	scripts/run cargo run --release -p benches --bin rest
	scripts/run cargo run --release -p benches --bin acks
	scripts/with-postgres cargo run --release -p benches --bin session
	scripts/with-postgres cargo run --release -p benches --bin growth
	scripts/with-postgres cargo run --release -p benches --bin recompute -- postgres
	scripts/with-postgres cargo run --release -p benches --bin bulk
