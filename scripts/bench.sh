#!/bin/sh
# Runs every measurement and writes the table of docs/performance.md. Under fifteen
# minutes on two cores. RUNS=3 repeats the write measurements for a median.
set -eu
riviera=${RIVIERA:-bin/riviera}
runs=${RUNS:-3}
reports=$(mktemp)
trap 'rm -f "$reports"' EXIT

report() { # name, then the command's arguments
	name=$1
	shift
	echo "== riviera bench $*" >&2
	printf '%s\t%s\n' "$name" "$("$riviera" bench "$@" --json | tail -n 1)" >> "$reports"
}

report limits limits
i=0
while [ "$i" -lt "$runs" ]; do
	report "write batch 100" write --batch 100 --duration 12s --slice 4s --ruler
	report "write batch 1" write --batch 1 --duration 12s --slice 4s --window 4000 --ruler
	i=$((i + 1))
done
report "write rate" write --rate "${RATE:-5000}" --duration 20s --slice 20s
report "write stop" write --trial stop --duration 20s --rate "${STOPRATE:-1000}"
report "write overload" write --trial overload --duration 10s
report exits exits --records "${EXITS:-20000}"
report erase erase --records "${ERASURES:-10000}"
report query query --duration 20s --slice 2s
report verify verify --duration 5s
report sync sync --records "${RECORDS:-40000}" --nodes-as processes
"$riviera" bench table --into docs/performance.md < "$reports"
