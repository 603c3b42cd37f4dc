# Everything is one command; `make help` lists them.

.PHONY: help run build test test-postgres test-clients race soak lint generate graphiql

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build rosterd.key ## run the server on rosterd.db; a new one gets an account and something to refer to
	bin/rosterd serve --db rosterd.db --secret-key-file rosterd.key --seed examples/seed.json

rosterd.key: | build
	bin/rosterd key create $@

build: ## build bin/rosterd
	go build -o bin/rosterd ./cmd/rosterd

test: ## run all tests, under four minutes; those on PostgreSQL if it is installed
	go test ./...
	@go run ./store/testdb/look

test-postgres: ## run all tests, and fail where PostgreSQL is not there; ROSTERD_TEST_POSTGRES may name a server
	ROSTERD_REQUIRE_POSTGRES=1 go test ./...

test-clients: build ## run the vendors' own clients against bin/rosterd; needs node 20 with npm, and their packages from the registries
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || { echo "make test-clients needs node 20 or newer"; exit 1; }
	@command -v npm >/dev/null || { echo "make test-clients needs npm"; exit 1; }
	cd clients/node && npm ci --no-audit --no-fund && npm test
	cd clients/golang && go vet ./... && go test -count=1 ./...

race: ## run all tests with the race detector
	go test -race -timeout 20m ./...

# A fuzzer each: package and name.
FUZZERS = ./schema:FuzzDecode ./jsquery:FuzzParse ./rpc:FuzzServe ./dialect/rocketchat:FuzzRocketChat ./dialect/libraryh3lp:FuzzLibraryH3lp \
	./dialect/iadvize:FuzzIAdvizeREST ./dialect/iadvize:FuzzIAdvizeGraphQL ./dialect/iadvize:FuzzBrackets

soak: ## what is slow: 20 rounds of SIGKILL, 60 s of fighting servers, copies of 100,000, a subscriber cut off 100 times, 100,000 users by GraphQL, each fuzzer for 30 s
	ROSTERD_SOAK=1 go test -count=1 -timeout 40m -v -run 'TestKill|TestServers|TestCopy|TestSubscriber' ./cmd/rosterd
	ROSTERD_SOAK=1 go test -count=1 -v -run TestGraphQLPages ./dialect/iadvize
	@for f in $(FUZZERS); do \
		go test -run '^$$' -fuzz "^$${f#*:}$$" -fuzztime 30s "$${f%:*}" || exit 1; \
	done

lint: ## gofmt, go vet, and golangci-lint where it is installed
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt these: $$unformatted"; exit 1; }
	go vet ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run; else echo "golangci-lint is not installed; left out"; fi

generate: ## write docs/methods.md, docs/errors.md and methods/examples.json from the code
	go test ./methods -run TestExamples -update
	go run ./docs/generate

graphiql: ## make web/graphiql/dist, the page of /graphql, from its sources; needs node 20 with npm, and the registry of its packages
	cd web/graphiql && npm ci --no-audit --no-fund && npm run build
