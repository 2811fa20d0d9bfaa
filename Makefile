# The habits of the project. Everything runs on a machine with Go; what a test needs
# beyond that is installed by "make tools" where it may be, and named where it may not.

GO ?= go
PACKAGES ?= ./...
# Packages that start no goroutine and share nothing that changes, in which there is no race
# to find (TestUnracedHaveNoRaces), and the scripts, whose processes of up to six nodes run
# what the packages' tests run with the race detector in one process.
UNRACED = audit backup certificate contract credit fault law ledger message offline proof sample sheet signature sm2 verify wire
# The longest first, so that none is left over at the end.
FIRST = network consensus node
SPACE = $(subst ,, )
OTHERS = riviera$$|riviera/($(subst $(SPACE),|,$(strip cmd $(UNRACED) $(FIRST))))

.PHONY: demo test check bench soak tools build verifier fuzz

demo: ## a record's whole life on a four-recorder network
	$(GO) run ./cmd/riviera demo

build: verifier ## the program, in bin/
	$(GO) build -trimpath -o bin/riviera ./cmd/riviera

verifier: ## the offline verifier's page, for the next build to take in
	$(GO) run ./offline/make

test: tools check ## every promise once, races on where there can be any, within 15 minutes on two cores
	$(GO) test -timeout 30m -parallel 5 ./cmd/... $(UNRACED:%=./%/...)
	$(GO) test -race -timeout 30m $(FIRST:%=./%) $$($(GO) list $(PACKAGES) | grep -vwE '$(OTHERS)')
	$(GO) test -race -tags pkcs11 -run Token ./custody ./certificate

check: ## form, vet and the house rules (house_test.go)
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not gofmt-clean:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet $(PACKAGES)
	$(GO) test -count=1 .

bench: ## what it costs: runs everything and writes the table of docs/performance.md
	$(MAKE) build
	scripts/bench.sh
	$(GO) test -run '^$$' -bench . -benchtime 200ms ./contract ./signature ./store

soak: ## the long, the large and the random
	@scripts/tools.sh soak
	$(GO) test -tags soak -timeout 80m -run Soak -v ./network
	$(GO) test -tags soak -timeout 120m -run Soak -v ./bench
	$(GO) test -tags soak -timeout 20m ./certificate
	$(GO) test -tags soak -timeout 20m -v ./offline
	$(GO) test -timeout 20m ./ledger -run TestReplicasAgree -rapid.checks 500

fuzz: ## each decoder for a short while
	scripts/fuzz.sh

tools:
	@scripts/tools.sh
