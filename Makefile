# make test is everything; the other targets are parts of it or beside it.

GO ?= go
STATICCHECK = $(CURDIR)/.cache/bin/staticcheck
MODULES = . examples bench
EXAMPLES = $(wildcard examples/*/*.yaml examples/actions/v*/*.yaml)
SPECS = $(EXAMPLES) $(wildcard bench/*/*.yaml)

.PHONY: test run gen gen-check lint unit vet fixtures vectors spark faults soak fuzz bench microbench examples tools kafka cutover review-demo vuln clean

## test: what CI runs: tools, lint, generated code in step, all tests of all modules, the examples' fixtures
test: tools lint gen-check unit fixtures

## run: the main job
run:
	$(GO) run ./cmd/seamflow run examples/online_orders/online_orders.yaml -- --available-now

## gen: write all generated code: the examples' and the golden packages'
gen:
	$(GO) run ./cmd/seamflow generate $(SPECS)
	$(GO) test ./gen/golden -run TestGolden -update

## gen-check: fail where generated code is not what the specs say
gen-check:
	$(GO) run ./cmd/seamflow generate --check $(SPECS)

## fixtures: the examples' pipelines on the rows of their fixtures
fixtures:
	$(GO) run ./cmd/seamflow test $(EXAMPLES)

## tools: what the tests read tables with (Python engines, Spark's jars), Kafka's broker and staticcheck, pinned, under .cache
tools: $(STATICCHECK)
	tools/python/install.sh
	tools/maven/install.sh tools/spark spark-jars
	tools/maven/install.sh tools/kafka kafka-jars

$(STATICCHECK): tools/go/go.sum
	cd tools/go && GOBIN=$(dir $@) $(GO) install honnef.co/go/tools/cmd/staticcheck

## lint: gofmt, vet and staticcheck over all modules
lint: $(STATICCHECK) vet
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt -w: $$unformatted"; exit 1; }
	@for m in $(MODULES); do (cd $$m && $(STATICCHECK) ./...) || exit 1; done

vet:
	@for m in $(MODULES); do (cd $$m && $(GO) vet ./...) || exit 1; done

## unit: all tests of all modules
unit:
	@for m in $(MODULES); do (cd $$m && $(GO) test -timeout 30m ./...) || exit 1; done

## faults: every fault at every place, in a table of what was lost, repeated and wrong; SEAMFLOW_SEED=n replays
faults:
	$(GO) run ./internal/faults/run

## vectors: the cases of AUTO CDC, each in several splits and orders; prints how many passed
vectors:
	$(GO) test -count=1 -v -run '^TestVectors$$' ./internal/vectors

## spark: random events, with what Spark's SQL makes of them beside our tables; SETS of them, some seconds each
SETS ?= 20
spark: tools
	$(GO) test -count=1 -v -timeout 60m -run '^TestSpark$$' ./internal/vectors -spark $(SETS)

## soak: SEEDS random trials against the reference model of the rules, then random operations for SOAK; SEAMFLOW_SEED=n begins the latter with run n
SEEDS ?= 100000
SOAK ?= 1h
soak:
	$(GO) test -count=1 -timeout 0 -v -run '^TestCampaign$$' ./internal/campaign -seeds $(SEEDS)
	SEAMFLOW_SOAK=$(SOAK) $(GO) test -count=1 -timeout 0 -v -run '^TestFaultMetamorphic$$' ./runtime/flow

## fuzz: each fuzz target for FUZZTIME
FUZZTIME ?= 30s
fuzz:
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep ^Fuzz); do \
	    $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

## bench: every contest, written to bench/RESULTS.md (half an hour and more, some 20 GB of data); ONLY=regexp some of them, DIR=folder keeps the data
ONLY ?=
DIR ?=
bench: tools
	cd bench && $(GO) run ./all -only '$(ONLY)' -dir '$(DIR)'

## microbench: the record path's micro-benchmarks by benchstat; BASE=revision beside those of a git revision, PATTERN=regexp some of them
BASE ?=
PATTERN ?= .
microbench:
	bench/micro.sh '$(BASE)' '$(PATTERN)'

## examples: run every example as its README says
examples:
	@for spec in $(wildcard examples/*/*.yaml); do $(GO) run ./cmd/seamflow run $$spec -- --available-now || exit 1; done
	$(GO) run ./cmd/seamflow run examples/actions/v1/actions.yaml -- --available-now --data ..

## cutover: weeks 10 to 14 of examples/actions in a minute, under load, on Apache Kafka's own broker: what was lost, repeated, how fresh; KILLS=n kills n times instead, REAL=m of them on that broker
KILLS ?= 0
REAL ?= $(shell expr $(KILLS) / 10)
cutover: tools
	$(GO) run ./internal/cutover/run -kills $(KILLS) -real $(REAL)

## review-demo: a git history of ten commits of a small project, and the comment that seamflow review makes of each
review-demo:
	@$(GO) run ./internal/evolve/demo

## kafka: Apache Kafka's own broker in the foreground, data under .cache/kafka; prints its address. PORT=n, otherwise a free one
PORT ?= 0
kafka:
	tools/maven/install.sh tools/kafka kafka-jars
	$(GO) run ./internal/broker/run -port $(PORT)

## vuln: known vulnerabilities of what we depend on (asks the Go vulnerability database)
vuln:
	cd tools/go && GOBIN=$(CURDIR)/.cache/bin $(GO) install golang.org/x/vuln/cmd/govulncheck
	.cache/bin/govulncheck ./...

clean:
	rm -rf .cache .seamflow examples/*/.seamflow examples/*/tables examples/actions/*/.seamflow
