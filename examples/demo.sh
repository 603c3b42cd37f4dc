#!/usr/bin/env bash
# Imports employees.csv into a new database and shows the report, exports what is
# there, imports that into a second one, and compares what the two export. Then
# mistakes.csv, of which some rows must fail. make demo calls it; $1 is the program.
# It ends with status 0 only if all came out so, and leaves nothing behind.
set -euo pipefail
program=${1:?give the program, such as bin/rosterd}
rosterd=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
cd "$(dirname "$0")"
unset "${!ROSTERD_@}" # what is set for another server
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '\n== %s\n' "$*"; }
fail() { echo "demo: $*" >&2; exit 1; }

# fresh makes a database with what the rows refer to, and nobody but an administrator.
fresh() {
	echo 'a demo password' | "$rosterd" init --db "$1" --login admin --password-stdin >"$work/credentials"
	"$rosterd" seed --db "$1" seed.json >"$work/seeded"
	"$rosterd" seed --db "$1" employees.seed.json >>"$work/seeded"
	for status in 'Business trip' 'В отпуске'; do
		"$rosterd" call --db "$1" create.statuses "name=$status" >>"$work/seeded"
	done
}

say 'import of employees.csv into a new database'
fresh "$work/first.db"
"$rosterd" import employees.csv --db "$work/first.db" --report "$work/report.csv"
head -n 4 "$work/report.csv"
created=$(grep -c '^[0-9]*,created,' "$work/report.csv" || true)
[ "$created" = 1000 ] || fail "the report tells of $created employees who were created, not of 1000"

say 'export, import of that into a second database, export'
"$rosterd" export --db "$work/first.db" --password-hashes --output "$work/first.csv"
fresh "$work/second.db"
"$rosterd" import "$work/first.csv" --upsert handle --db "$work/second.db"
"$rosterd" export --db "$work/second.db" --password-hashes --output "$work/second.csv"
for export in first second; do # whose rows are in the order of ids, which are new
	LC_ALL=C sort "$work/$export.csv" >"$work/$export.sorted"
done
cmp "$work/first.sorted" "$work/second.sorted" || fail 'the two exports are not the same'
echo "both exports have the same rows, byte by byte: $(wc -c <"$work/first.csv") bytes"

say 'import of mistakes.csv, four rows of which must fail'
status=0
"$rosterd" import mistakes.csv --db "$work/first.db" --report "$work/mistakes.csv" || status=$?
[ "$status" = 1 ] || fail "the exit status was $status, not 1"
cat "$work/mistakes.csv"
failed=$(awk -F , '$2 == "failed" && !told[$1]++ { print $1 }' "$work/mistakes.csv" | sort | paste -s -d ' ' -)
[ "$failed" = '3 4 5 6' ] || fail "lines $failed failed, not 3 4 5 6"

say 'the databases are sound'
for database in first second; do
	"$rosterd" verify --db "$work/$database.db"
done

say 'all of this came out as it should'
