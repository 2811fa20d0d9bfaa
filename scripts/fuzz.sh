#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME (default 20s).
set -eu
for file in $(git grep -lE '^func Fuzz' -- '*_test.go'); do
	dir=./$(dirname "$file")
	for target in $(grep -oE '^func Fuzz[A-Za-z0-9]+' "$file" | sed 's/func //'); do
		echo "$dir $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" "$dir"
	done
done
