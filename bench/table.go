package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
)

// Marks between which docs/performance.md holds the table that Table makes.
const (
	tableBegin = "<!-- table: make bench -->"
	tableEnd   = "<!-- end of table -->"
)

// rows are the figures of the table: of which command, under which key, what is asked of
// it, if anything.
var rows = []struct{ command, name, key, asked string }{
	{"write batch 100", "records a second, 100 an envelope", "records_per_second", ""},
	{"write batch 100", "CPU a record, four nodes, µs", "cpu_us_per_record", ""},
	{"write batch 100", "ruler's CPU a transaction, µs", "ruler_us_per_transaction", ""},
	{"write batch 100", "ruler's over ours", "ruler_ratio", "≥ 5"},
	{"write batch 100", "submit to commit, closed loop, p50 ms", "p50_ms", ""},
	{"write batch 100", "p99 ms", "p99_ms", ""},
	{"write batch 1", "records a second, one an envelope", "records_per_second", ""},
	{"write batch 1", "CPU a record, four nodes, µs", "cpu_us_per_record", ""},
	{"write batch 1", "ruler's over ours", "ruler_ratio", "≥ 1.5"},
	{"write rate", "offered a second", "offered_per_second", ""},
	{"write rate", "taken a second", "records_per_second", ""},
	{"write rate", "p50 ms", "p50_ms", "≤ 120 at 5,000/s"},
	{"write rate", "p99 ms", "p99_ms", "≤ 300 at 5,000/s"},
	{"write stop", "a recorder stopped: longest gap, ms", "longest_gap_ms", "≤ 2,000"},
	{"write overload", "twice the peak offered: share of the peak kept", "kept_of_peak", "≥ 0.8"},
	{"write overload", "refused within, p99 ms", "refusal_p99_ms", ""},
	{"write overload", "as before after, ms", "recovered_after_ms", "≤ 5,000"},
	{"exits", "records due in the same second", "records", "100,000"},
	{"exits", "still listed in an answer after that", "still_listed", "0"},
	{"exits", "all recorded on every node after, s", "recorded_after_seconds", "≤ 60"},
	{"exits", "longest block, ms", "longest_block_ms", "≤ 2,000"},
	{"erase", "records forgotten in the same second, beside 1,000 writes a second", "records", "100,000"},
	{"erase", "erased on every node after, s", "erased_after_seconds", ""},
	{"erase", "longest block, ms", "longest_block_ms", "≤ 2,000"},
	{"query", "answers a second beside 500 writes", "answers_per_second", ""},
	{"query", "over bare lookups", "share_of_lookup", "≥ 0.5"},
	{"query", "p99 ms", "p99_ms", "< 25"},
	{"verify", "certificates checked a second, one core", "certificates_per_second", ""},
	{"sync", "records in the ledger", "records", ""},
	{"sync", "restart to ready, s", "restart_seconds", "≤ 10"},
	{"sync", "fresh node, records a second", "fresh_records_per_second", ""},
	{"sync", "resident memory of the largest node, bytes", "resident_bytes", "≤ 1 GiB"},
	{"sync", "disk a record and node, bytes", "disk_bytes_per_record_and_node", "≤ 2,500"},
	{"limits", "floor a record, 100 an envelope, µs", "floor_batch_us_per_record", ""},
	{"limits", "floor a record, one an envelope, µs", "floor_single_us_per_record", ""},
}

// Table makes the table out of reports, one a line: a name, a tab and the object that
// the command printed. Of a name that comes more than once it gives median and spread.
func Table(reports io.Reader) (string, error) {
	figures := map[string]map[string][]float64{}
	b, err := io.ReadAll(reports)
	if err != nil {
		return "", fault.Wrap(fault.BadRequest, "reports", err)
	}
	var machine string
	for line := range strings.Lines(string(b)) {
		name, object, ok := strings.Cut(strings.TrimSpace(line), "\t")
		var report map[string]any
		if !ok || json.Unmarshal([]byte(object), &report) != nil {
			return "", fault.Newf(fault.BadRequest, "reports", "a line is a name, a tab and one object")
		}
		if figures[name] == nil {
			figures[name] = map[string][]float64{}
		}
		for k, v := range report {
			if f, number := v.(float64); number {
				figures[name][k] = append(figures[name][k], f)
			}
		}
		if name == "write batch 100" {
			machine = fmt.Sprintf("%v cores of %v, %v, %v, load average %v.", report["cores"], report["processor"], report["go"], report["engine"], report["load_average"])
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n| measured by | figure | value | spread | asked |\n|---|---|---|---|---|\n", machine)
	for _, r := range rows {
		all := figures[r.command][r.key]
		if len(all) == 0 {
			fmt.Fprintf(&out, "| %s | %s | not run | | %s |\n", r.command, r.name, r.asked)
			continue
		}
		low, mid, high := spread(all)
		between := ""
		if len(all) > 1 {
			between = fmt.Sprintf("%v to %v", low, high)
		}
		fmt.Fprintf(&out, "| %s | %s | %v | %s | %s |\n", r.command, r.name, mid, between, r.asked)
	}
	return out.String(), nil
}

// Insert puts a table into a document, between its marks.
func Insert(document, table string) (string, error) {
	before, rest, ok := strings.Cut(document, tableBegin)
	_, after, closed := strings.Cut(rest, tableEnd)
	if !ok || !closed {
		return "", fault.Newf(fault.BadRequest, "document", "%s and %s mark where the table goes", tableBegin, tableEnd)
	}
	return before + tableBegin + "\n\n" + table + "\n" + tableEnd + after, nil
}
