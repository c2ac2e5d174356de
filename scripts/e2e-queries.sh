#!/usr/bin/env bash
# Runs the queries of deploy/queries over a report of several repositories, in DuckDB and in
# ClickHouse, which npm has. Two mirrors share the keys of the demo.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/not_run.sh
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/qasleaks" .
cd "$work"
./qasleaks demo --keep demo --quiet >/dev/null
git clone -q --mirror demo a.git
git clone -q --mirror demo b.git
./qasleaks scan a.git b.git --reports reports --quiet --format json --output /dev/null --fail-on never
./qasleaks merge reports --format jsonl --output all.jsonl --quiet --fail-on never
keys=$(grep -c '"key":{' all.jsonl)
# As if a host had said that the first key is live.
sed -i '0,/"state":"unchecked"/s//"state":"live"/' all.jsonl

# expect NAME FILE checks what both queries print: a line a row, with tabs.
expect() {
	grep -qx $'a.git\t1' "$2" && grep -qx $'b.git\t1' "$2" || { echo "$1: no live key by repository" >&2; cat "$2" >&2; exit 1; }
	[ "$(grep -c $'\t2\ta.git b.git$' "$2")" = "$keys" ] || { echo "$1: not $keys keys in two repositories" >&2; cat "$2" >&2; exit 1; }
}

# run NAME PACKAGE runs the queries in an engine from npm, by the program on standard input.
run() {
	if ! npm install --silent --no-audit --no-fund --ignore-scripts "$2" >/dev/null; then
		not_run "the queries in $1: npm cannot install it"
		return
	fi
	cat >"$1.mjs"
	node "$1.mjs" "$root/deploy/queries/$1.sql" >"$1.txt"
	expect "$1" "$1.txt"
}

run duckdb @duckdb/node-api@1.5.6-r.1 <<'JS'
import { DuckDBInstance } from "@duckdb/node-api";
import { readFileSync } from "node:fs";
const connection = await (await DuckDBInstance.create()).connect();
for (const statement of readFileSync(process.argv[2], "utf8").split(/;\s*$/m)) {
  if (!statement.replace(/^--.*$/gm, "").trim()) continue;
  const reader = await connection.runAndReadAll(statement);
  for (const row of reader.getRows()) console.log(row.join("\t"));
}
JS

# chDB is ClickHouse as a library.
run clickhouse chdb@3.4.0 <<'JS'
import { query } from "chdb";
import { readFileSync } from "node:fs";
for (const statement of readFileSync(process.argv[2], "utf8").split(/;\s*$/m)) {
  if (statement.replace(/^--.*$/gm, "").trim()) process.stdout.write(query(statement, "TSV"));
}
JS
