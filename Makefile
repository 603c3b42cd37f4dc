# Everything is one command; `make help` lists them.

# SQLite's FTS5, for the search index. Without it rosterd builds and works, and
# looks at every employee for a part of a name.
TAGS = sqlite_fts5

# Packages that are tested at the same time: they wait for disks and databases much
# of it.
PACKAGES = 4

.PHONY: help run demo build test test-postgres test-plain test-clients race soak bench bench-load bench-instructions lint generate graphiql

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build rosterd.key ## run the server on rosterd.db; a new one gets an account and something to refer to
	bin/rosterd serve --db rosterd.db --secret-key-file rosterd.key --seed examples/seed.json

rosterd.key: | build
	bin/rosterd key create $@

demo: build ## import examples/employees.csv into a new database, export it, import that, and compare
	examples/demo.sh bin/rosterd

build: ## build bin/rosterd
	go build -tags $(TAGS) -o bin/rosterd ./cmd/rosterd

test: ## run all tests, in about three minutes, and two more where nothing is built yet; those on PostgreSQL if it is installed
	go test -p $(PACKAGES) -tags $(TAGS) ./...
	@go run -tags $(TAGS) ./store/testdb/look

test-postgres: ## run all tests, and fail where PostgreSQL is not there; ROSTERD_TEST_POSTGRES may name a server
	ROSTERD_REQUIRE_POSTGRES=1 go test -p $(PACKAGES) -tags $(TAGS) ./...

test-plain: ## run what concerns SQLite's search index without FTS5, as a plain go build is
	go test -count=1 -run '^(TestContract|TestCopy|TestDumps|TestBackup|TestPlainProgram)$$/^sqlite$$' ./store

test-clients: build ## run the vendors' own clients against bin/rosterd; needs node 20 with npm, and their packages from the registries
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || { echo "make test-clients needs node 20 or newer"; exit 1; }
	@command -v npm >/dev/null || { echo "make test-clients needs npm"; exit 1; }
	cd clients/node && npm ci --no-audit --no-fund && npm test
	cd clients/golang && go vet ./... && go test -count=1 ./...

race: ## run all tests with the race detector, but the largest imports, which smaller ones stand for, and what is of other processes or of plans alone
	go test -p $(PACKAGES) -tags $(TAGS) -race -timeout 20m -skip '^(TestImportKill|TestDemo|TestFailover|TestPlansOfMany)$$' ./...

# A fuzzer each: package and name.
FUZZERS = ./schema:FuzzDecode ./jsquery:FuzzParse ./rpc:FuzzServe ./directory:FuzzHash ./dialect/rocketchat:FuzzRocketChat ./dialect/libraryh3lp:FuzzLibraryH3lp \
	./dialect/iadvize:FuzzIAdvizeREST ./dialect/iadvize:FuzzIAdvizeGraphQL ./dialect/iadvize:FuzzBrackets ./importer:FuzzCSV ./importer:FuzzNDJSON

soak: ## what is slow: 20 rounds of SIGKILL for a server and for an import, 60 s of fighting servers, 10 kills of a primary of PostgreSQL, copies of 100,000, a subscriber cut off 100 times, 100,000 users by GraphQL, files of 1,000,000 rows, each fuzzer for 30 s
	ROSTERD_SOAK=1 go test -tags $(TAGS) -count=1 -timeout 40m -v -run 'TestKill|TestImportKill|TestServers|TestCopy|TestSubscriber|TestFailover' ./cmd/rosterd
	ROSTERD_SOAK=1 go test -tags $(TAGS) -count=1 -v -run TestGraphQLPages ./dialect/iadvize
	ROSTERD_SOAK=1 go test -tags $(TAGS) -count=1 -v -run TestMemory ./importer
	@for f in $(FUZZERS); do \
		go test -tags $(TAGS) -run '^$$' -fuzz "^$${f#*:}$$" -fuzztime 30s -fuzzminimizetime 1s "$${f%:*}" || exit 1; \
	done

# The peers have modules of their own, whose packages come from the registries; go build
# gets them.
bench: ## rosterd against what the machine can do and what would be taken instead: one table, in about 12 minutes on a quiet machine; ROWS=2,3 are some of it, and ROSTER=/tmp/large.db keeps the large roster for the next time
	@cd bench && go run -tags $(TAGS) ./compare $(if $(ROWS),-rows $(ROWS)) $(if $(ROSTER),-roster $(ROSTER))

bench-load: ## how fast employees go in, against raw inserts of the same rows, and what that does to single creates
	cd bench && go run -tags $(TAGS) ./load && go run -tags $(TAGS) ./load -live -rounds 10 -n 50000

bench-instructions: ## count the instructions of decoding and rendering, and fail where they have become more; needs valgrind; UPDATE=1 writes the baselines
	@cd bench && go build -tags $(TAGS) -o ../bin/instructions ./instructions && ../bin/instructions $(if $(UPDATE),-update)

lint: ## gofmt, go vet, and golangci-lint where it is installed
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt these: $$unformatted"; exit 1; }
	go vet -tags $(TAGS) ./...
	cd bench && go vet -tags $(TAGS) ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run --build-tags $(TAGS); else echo "golangci-lint is not installed; left out"; fi

generate: ## write docs/methods.md, docs/errors.md, methods/examples.json and examples/employees.csv from the code
	go test -tags $(TAGS) ./methods -run TestExamples -update
	go run -tags $(TAGS) ./docs/generate
	go run ./examples/generate

graphiql: ## make web/graphiql/dist, the page of /graphql, from its sources; needs node 20 with npm, and the registry of its packages
	cd web/graphiql && npm ci --no-audit --no-fund && npm run build
