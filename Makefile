# The habits of the project. Everything runs on a machine with Go; what a test needs
# beyond that is installed by "make tools" where it may be, and named where it may not.

GO ?= go
PACKAGES ?= ./...

.PHONY: demo test check bench soak tools build verifier fuzz

demo: ## a record's whole life on a four-recorder network
	$(GO) run ./cmd/riviera demo

build: verifier ## the program, in bin/
	$(GO) build -trimpath -o bin/riviera ./cmd/riviera

verifier: ## the offline verifier's page, for the next build to take in
	$(GO) run ./offline/make

test: tools check ## every promise once, races on, within 15 minutes on two cores
	$(GO) test -race -timeout 30m $(PACKAGES)

check: ## form, vet and the house rules (house_test.go)
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not gofmt-clean:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet $(PACKAGES)
	$(GO) test -count=1 .

bench: ## what it costs: runs everything and writes the table of docs/performance.md
	$(MAKE) build
	scripts/bench.sh
	$(GO) test -run '^$$' -bench . -benchtime 200ms ./contract ./signature ./store

soak: tools ## the long, the large and the random
	$(GO) test -tags soak -timeout 80m -run Soak -v ./network
	$(GO) test -tags soak -timeout 20m ./certificate
	$(GO) test -tags soak -timeout 20m -v ./offline
	$(GO) test -timeout 20m ./ledger -run TestReplicasAgree -rapid.checks 500

fuzz: ## each decoder for a short while
	scripts/fuzz.sh

tools:
	@scripts/tools.sh
