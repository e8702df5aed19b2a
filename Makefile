# make run and make test are all that a newcomer needs; the rest is for those who install or change Svertka.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
SWIFT ?= swift

.DEFAULT_GOAL := build
.PHONY: run test build check docs images install uninstall sanitize fuzz faults machines clean dependencies

dependencies:
	@scripts/install-dependencies

# Starts the service on the folder local/, shows it at work, and goes on until Ctrl-C.
run: dependencies
	@scripts/run-local

test: dependencies
	@SWIFT='$(SWIFT)' scripts/test

build: dependencies
	@scripts/build-release

# What can be checked without running tests: the form of the code, the shipped pipelines and configurations, the docs.
check: dependencies
	scripts/check-sources

# Writes the reference and the schemas anew, from the tables that the parser reads.
docs: dependencies
	scripts/generate-docs

# Draws the pictures in docs/images anew, and writes the cookbook.
images: dependencies
	scripts/draw-images
	scripts/draw-cookbook

install:
	DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' scripts/install

uninstall:
	DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' scripts/uninstall

# The tests under ThreadSanitizer and AddressSanitizer, each with a build folder of its own.
sanitize: dependencies
	scripts/sanitize

# Feeds damaged pictures, documents and models to the readers, a minute each.
fuzz: dependencies
	scripts/fuzz Picture
	scripts/fuzz Document
	scripts/fuzz Model

clean:
	$(SWIFT) package clean

# What a user can do to the service, and what the machine can: one script for each fault (scripts/faults), with a table
# of what was seen. FAULTS="05 15" runs some of them. Mounts and other users take root.
faults: build
	scripts/faults/all $(FAULTS)

# A batch on a Slurm cluster of three nodes, shards that are killed again and again, and the jobs that submit writes.
machines: build
	scripts/machines/repeats
	scripts/machines/kubernetes
	scripts/machines/slurm
