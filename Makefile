# Two commands do everything on a fresh Debian machine: `make lab` and `make test`.
PY ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# How many damaged inputs `make fuzz` tries.
N ?= 100000
# Idle workers take tests from busy ones; what they share is made once (tests/shared.py). Tests of servers and terminals wait
# about as long as they compute: all tests have half as many workers again as there are cores.
SPREAD := --dist worksteal
WORKERS := -n $(shell echo $$(( ($$(nproc) * 3 + 1) / 2 ))) $(SPREAD)
# Without compiled files, each program that a test starts would compile the whole wizard anew.
unexport PYTHONDONTWRITEBYTECODE
QUICK := not sshd and not mariadb and not slow and not netns and not lab

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed 's/:.*## /\t/' | expand -t 20

.PHONY: help play record lab test quick test-loaded house check format lint types imports smoke acceptance acceptance-node acceptance-apply canary test-netns dist
.PHONY: drill drills failures acceptance-line acceptance-export acceptance-archive acceptance-bacula acceptance-bond setup apt-lab apt-test clean screenshots bench bench-noop fuzz

lab: $(VENV)/.ready apt-lab ## boot two blank nodes and a backup host, and start the wizard on them
	$(BIN)/ganeti-wizard lab up --backup || $(BIN)/ganeti-wizard lab status
	$(BIN)/ganeti-wizard --lab

test: $(VENV)/.ready apt-test ## all tests that need no virtual machine
	$(BIN)/python -m pytest $(WORKERS) $(ARGS)
	@echo "not run here: tests marked netns (make test-netns), tests marked lab (make smoke, make acceptance)"

quick: $(VENV)/.ready ## the tests but those of servers, terminals, whole screens, programs and runbooks, all words of all steps: within a minute
	$(BIN)/python -m pytest -n auto $(SPREAD) -m "$(QUICK)" $(ARGS)
	@echo "not run here: tests marked sshd, mariadb or slow (make test), netns (make test-netns), lab (make smoke, make acceptance)"

test-loaded: $(VENV)/.ready apt-test ## the same as make test, at the lowest priority beside a process that keeps all cores busy
	$(BIN)/python -m tests.loaded $(BIN)/python -m pytest $(WORKERS) $(ARGS)

# No test is ended as hung: each tries its share of the inputs in one go.
fuzz: $(VENV)/.ready ## 100,000 damaged inputs (N= others) for parsers, steps, health, diagnosis and answers, on one core
	GW_FUZZ=$(N) $(BIN)/python -m pytest -o faulthandler_timeout=0 tests/steps/test_damaged_words.py \
	    tests/steps/recover/planned/test_planned_words.py tests/answers/test_schema.py $(ARGS)

house: $(VENV)/.ready ## figures: files a folder, imports against the layers, lines, syntax nodes a line; ARGS=--files
	$(BIN)/python -m tests.house $(ARGS)

check: format lint types imports test ## what every change must pass

format: $(VENV)/.ready ## is everything laid out as ruff does it?
	$(BIN)/ruff format --check .

lint: $(VENV)/.ready ## ruff
	$(BIN)/ruff check .

types: $(VENV)/.ready ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.ready ## who may import whom: import-linter
	$(BIN)/lint-imports

test-netns: $(VENV)/.ready apt-test ## needs root: dead links, and the switch to the bridge with the real ifupdown, in network namespaces
	$(BIN)/python -m pytest -m netns

smoke: $(VENV)/.ready apt-lab ## a real lab pair: partition, raid, power cut, verify
	$(BIN)/python -m tests.acceptance.smoke

acceptance: $(VENV)/.ready apt-lab ## from blank disks to an encrypted, backed-up instance by keys alone
	$(BIN)/python -m tests.acceptance.build $(ARGS)

acceptance-node: $(VENV)/.ready apt-lab dist ## the same on the first node itself, from the one file, with other names
	$(BIN)/python -m tests.acceptance.on_node

acceptance-bond: $(VENV)/.ready apt-lab ## to the second node over a VLAN on a bond of two cards, each then cut; ARGS="--cards vlan --backup"
	$(BIN)/python -m tests.acceptance.bond $(ARGS)

acceptance-bacula: $(VENV)/.ready ## on the lab that is up, after the build: Bacula beside restic, and restored
	$(BIN)/python -m tests.acceptance.bacula

acceptance-export: $(VENV)/.ready ## on the lab that is up, after the build: gnt-backup export with all disks, and import
	$(BIN)/python -m tests.acceptance.export

acceptance-line: $(VENV)/.ready apt-lab ## line mode in both dialogues, from the login to the mirror; ARGS=--play: no machine
	$(BIN)/python -m tests.acceptance.line $(ARGS)

failures: $(VENV)/.ready ## on the lab that is up, after the build: full disk, dead backup host, no mirror, instance down
	$(BIN)/python -m tests.acceptance.failures

drill: $(VENV)/.ready ## accidents on the lab in LAB=DIR (make acceptance ARGS=--keep): NAME=save first, then NAME="node-dead takeover …", "--keys node-dead" on the screens; NAME= lists them
	$(BIN)/python -m tests.drills $(LAB) $(NAME)

drills: $(VENV)/.ready ## all accidents, hours of them, on the lab in LAB=DIR, saved before by make drill NAME=save; tables in DIR/drills
	$(BIN)/python -m tests.drills $(LAB) all

acceptance-apply: $(VENV)/.ready apt-lab ## the same without a screen, killed and cut off in every step
	$(BIN)/python -m tests.acceptance.headless

acceptance-archive: $(VENV)/.ready ## archive tables on a real MariaDB server: 200,000 rows, crashes, undo; no virtual machine
	.ci/apt mariadb-server-core mariadb-client openssh-server openssh-client strace
	$(BIN)/python -m tests.acceptance.archive

canary: $(VENV)/.ready ## on the lab that is up: a typed password is found nowhere
	$(BIN)/python -m tests.acceptance.canary

dist: $(VENV)/.ready ## one file that runs on a bare Debian 12 server
	.ci/dist

play: $(VENV)/.ready ## the whole wizard without any machine: real steps on recorded facts; ARGS=--help
	$(BIN)/python -m tests.play $(ARGS)

record: $(VENV)/.ready ## store what real hosts say as a case, without secrets and serials; ARGS=--help
	$(BIN)/python -m tests.record $(ARGS)

screenshots: $(VENV)/.ready ## take the README's pictures anew, from the play
	$(BIN)/python -m tests.play.shoot assets/screenshots

bench: $(VENV)/.ready ## measure the start: --version and the first paint
	$(BIN)/python -m tests.bench.startup

bench-noop: $(VENV)/.ready ## on the lab in LAB=DIR, or LAB=--loopback: the check that finds nothing to do, beside pyinfra and Ansible
	$(BIN)/python -m tests.bench.noop $(LAB) $(ARGS)

setup: $(VENV)/.ready ## the environment in .venv, and nothing else

$(VENV)/.ready: requirements.lock pyproject.toml
	.ci/apt python3-venv python3-dev
	$(PY) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-index --no-build-isolation -e .
	touch $@

apt-lab:
	.ci/apt qemu-system-x86 qemu-utils mmdebstrap openssh-client fdisk e2fsprogs fakeroot uidmap vde2

apt-test:
	.ci/apt openssh-server openssh-client openssl iproute2 iputils-ping procps util-linux sudo cryptsetup-bin mariadb-server-core mariadb-client vde2 \
	    fish tcsh csh zsh ksh mksh

clean: ## remove the environment and everything made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
