# The front door. Everything below is also a line in README.md.
#
# SLUICE_BUILD_DIR  where debug builds go (default .build); release builds go beside it, with `-release` appended
# DEMO_FLAGS        passed to `sluice demo`
# TEST_FLAGS        passed to `swift test`, such as `--filter Gate`
# BENCH_FLAGS       passed to Benchmarks/run, such as `--quick`
# PREFIX, DESTDIR   where `make install` puts the programs (default /usr/local)

PREFIX ?= /usr/local
DEBUG_DIR := $(if $(SLUICE_BUILD_DIR),$(SLUICE_BUILD_DIR),.build)
RELEASE_DIR := $(DEBUG_DIR)-release

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup build pack demo test bench lint format install clean

help: ## say what there is
	@echo 'Usage: make TARGET'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1	\2/p' Makefile | expand -t 12 | sed 's/^/  /'

setup: ## install the system packages that are missing; says which
	@scripts/setup

build: setup ## build the release programs `sluice` and `sluice-sandbox`
	swift build -c release --scratch-path $(RELEASE_DIR) --product sluice
	swift build -c release --scratch-path $(RELEASE_DIR) --product sluice-sandbox

pack: setup ## build the gate's content pack, .build/sluice-gate-1.0.0.jar
	swift build --product sluice
	.build/debug/sluice pack build ContentPack --out .build/sluice-gate-1.0.0.jar

demo: setup ## play a maintenance in a busy quarter of an hour: 200 launches held, released, counted
	swift build --scratch-path $(DEBUG_DIR) --product sluice
	$(DEBUG_DIR)/debug/sluice demo $(DEMO_FLAGS)

test: setup lint ## lint, build and run every test
	@scripts/test --scratch-path $(DEBUG_DIR) $(TEST_FLAGS)

bench: ## measure against nginx, bare SwiftNIO and bare fdatasync; writes docs/performance.md
	@scripts/setup --bench
	swift build -c release --scratch-path $(RELEASE_DIR) --product sluice
	swift build -c release --scratch-path $(RELEASE_DIR) --product sluice-bench
	Benchmarks/run --binaries $(RELEASE_DIR)/release $(BENCH_FLAGS)

lint: ## check format, purity, imports, lengths, comments and the docs; then check the checks
	@scripts/lint
	@scripts/lint_selftest

format: ## put the code into the one format that lint accepts
	swift format -i --parallel -r $(wildcard Sources Tests Plugins Benchmarks Examples)

install: build ## put the programs into PREFIX/bin
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(RELEASE_DIR)/release/sluice $(RELEASE_DIR)/release/sluice-sandbox $(DESTDIR)$(PREFIX)/bin/

clean: ## remove what was built
	rm -rf $(DEBUG_DIR) $(RELEASE_DIR)
