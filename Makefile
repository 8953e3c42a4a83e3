# The front door: `make` alone says what there is.
#
# SLUICE_BUILD_DIR  where debug builds go (default .build); release builds go beside it, with `-release` appended
# DEMO_FLAGS        passed to `sluice demo`
# TEST_FLAGS        passed to `swift test`, such as `--filter Gate`
# BENCH_FLAGS       passed to Benchmarks/run, such as `--quick`
# DIFFERENTIAL_FLAGS  passed to scripts/differential, such as `--seed 7 --count 5000`
# SEEDS             how many seeds `make sim` runs (default 10000)
# SIM_FLAGS         passed to `sluice-sim`, such as `--profile storm`
# SECONDS           how long `make fuzz` feeds each reader (default 20)
# ROUNDS            how many rounds `make torture` plays, half of them on each store (default 200)
# FUZZ_FLAGS        passed to scripts/fuzz, such as `zip yaml`
# PREFIX, DESTDIR   where `make install` puts the programs (default /usr/local)

PREFIX ?= /usr/local
SECONDS ?= 20
ROUNDS ?= 200
SEEDS ?= 10000
DEBUG_DIR := $(if $(SLUICE_BUILD_DIR),$(SLUICE_BUILD_DIR),.build)
RELEASE_DIR := $(DEBUG_DIR)-release

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup build pack quartz-gate demo test sim mutants bench fuzz lint format install clean

help: ## say what there is
	@echo 'Usage: make TARGET'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | expand -t 12 | sed 's/^/  /'

setup: ## install the system packages that are missing; says which
	@scripts/setup

build: setup ## build the release programs `sluice` and `sluice-sandbox`
	swift build -c release --scratch-path $(RELEASE_DIR) --product sluice
	swift build -c release --scratch-path $(RELEASE_DIR) --product sluice-sandbox

pack: setup ## build the gate's content pack, .build/sluice-gate-1.0.0.jar
	swift build --scratch-path $(DEBUG_DIR) --product sluice
	$(DEBUG_DIR)/debug/sluice pack build ContentPack --out $(DEBUG_DIR)/sluice-gate-1.0.0.jar

quartz-gate: setup ## build the Quartz plugin, .build/quartz-gate/sluice-quartz-gate-1.0.0.jar
	scripts/quartz-gate $(DEBUG_DIR)/quartz-gate

demo: setup ## play a maintenance in a busy quarter of an hour: 200 launches held, released, counted
	swift build --scratch-path $(DEBUG_DIR) --product sluice
	$(DEBUG_DIR)/debug/sluice demo $(DEMO_FLAGS)

test: setup lint ## lint, build optimised and run every test; with TEST_FLAGS a debug build
	@scripts/test --scratch-path $(DEBUG_DIR) $(TEST_FLAGS)

sim: ## run seeds of the simulator: SEEDS=100000 for the long run (docs/simulator.md)
	SLUICE_ROOMS=core swift build -c release --scratch-path $(RELEASE_DIR)-sim --product sluice-sim
	$(RELEASE_DIR)-sim/release/sluice-sim --seeds $(SEEDS) --threads $(shell nproc) $(SIM_FLAGS)

mutants: ## plant each known bug in the machines: the simulator must see it
	SLUICE_MUTANTS=1 SLUICE_ROOMS=core swift build -c release --scratch-path $(RELEASE_DIR)-mutants --product sluice-sim
	$(RELEASE_DIR)-mutants/release/sluice-sim mutants --threads $(shell nproc) $(SIM_FLAGS)

torture: setup ## kill real services at random while 64 callers ask; ROUNDS=200
	swift build --build-tests --scratch-path $(DEBUG_DIR) --explicit-target-dependency-import-check error
	SLUICE_TORTURE_ROUNDS=$(ROUNDS) swift test --skip-build --scratch-path $(DEBUG_DIR) \
		--explicit-target-dependency-import-check error --filter TortureTests

bench: ## measure against nginx, bare SwiftNIO and bare fdatasync; writes docs/performance.md
	@scripts/setup --bench
	swift build -c release --scratch-path $(RELEASE_DIR) --product sluice
	swift build -c release --scratch-path $(RELEASE_DIR) --product sluice-bench
	swift build -c release --scratch-path $(RELEASE_DIR) --product schedule-peer
	Benchmarks/run --binaries $(RELEASE_DIR)/release $(BENCH_FLAGS)

differential: ## compare next times with the real Quartz on 100,000 random triggers and every zone
	@scripts/setup
	SLUICE_ROOMS=content swift build -c release --scratch-path $(RELEASE_DIR)-rooms --product schedule-peer
	scripts/differential --peer $(RELEASE_DIR)-rooms/release/schedule-peer $(DIFFERENTIAL_FLAGS)

fuzz: setup ## feed the readers of content packs with libFuzzer; findings go to .build-fuzz/findings
	@scripts/fuzz --seconds $(SECONDS) $(FUZZ_FLAGS)

lint: ## check format, purity, imports, lengths, comments and the docs; then check the checks
	@scripts/lint
	@scripts/lint_selftest

format: ## put the code into the one format that lint accepts
	swift format -i --parallel -r $(wildcard Sources Tests Plugins Benchmarks Examples Fuzz)

install: build ## put the programs into PREFIX/bin
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(RELEASE_DIR)/release/sluice $(RELEASE_DIR)/release/sluice-sandbox $(DESTDIR)$(PREFIX)/bin/

clean: ## remove what was built, but not what the fuzzer found
	rm -rf $(DEBUG_DIR) $(DEBUG_DIR)-optimized $(RELEASE_DIR) $(RELEASE_DIR)-sim $(RELEASE_DIR)-mutants
	if [ -d .build-fuzz ]; then find .build-fuzz -mindepth 1 -maxdepth 1 ! -name findings -exec rm -rf {} +; fi
