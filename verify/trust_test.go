package verify

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
)

func TestTrustSurvives(t *testing.T) {
	b := golden(t, "trust.json")
	trust := goldenTrust(t)
	again, err := trust.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(b), string(again)); d != "" {
		t.Errorf("(-file +encoded):\n%s", d)
	}
}

func TestTrustRefusals(t *testing.T) {
	good := string(golden(t, "trust.json"))
	for name, c := range map[string]struct {
		old, new string
		want     fault.Code
	}{
		"another version":      {`"version": 1`, `"version": 2`, fault.UnknownVersion},
		"unknown member":       {`"version": 1`, `"version": 1, "note": "x"`, fault.Malformed},
		"member twice":         {`"version": 1`, `"version": 1, "version": 1`, fault.Malformed},
		"member in capitals":   {`"network"`, `"Network"`, fault.Malformed},
		"no height":            {`"height": 600`, `"height": 0`, fault.Malformed},
		"fraction of a height": {`"height": 600`, `"height": 600.5`, fault.Malformed},
		"genesis too short":    {`"genesis": "8b`, `"genesis": "`, fault.Malformed},
		"genesis in capitals":  {`"genesis": "8b`, `"genesis": "8B`, fault.Malformed},
		"no chain":             {`"chain_id": "riviera-lianyungang-1"`, `"chain_id": ""`, fault.Malformed},
		"training clock":       {`"height": 600`, `"training_day": "1000ms", "height": 600`, fault.Malformed},
		"time with an offset":  {`T09:15:30Z"`, `T17:15:30+08:00"`, fault.Malformed},
		"time in fractions":    {`T09:15:30Z"`, `T09:15:30.5Z"`, fault.Malformed},
		"power of nobody":      {`"power": 1`, `"power": 0`, fault.Malformed},
		"another power":        {`"power": 1`, `"power": 2`, fault.Malformed},
		"another set's hash":   {`"hash": "`, `"hash": "00`, fault.Malformed},
		"another algorithm":    {`"algorithm": "Ed25519"`, `"algorithm": "P-256"`, fault.Malformed},
		"key of nobody":        {`"member": 3`, `"member": 0`, fault.Malformed},
		"period turned round":  {`"from_height": 1`, `"from_height": 1, "to_height": -1`, fault.Malformed},
		"another certificate":  {`-----BEGIN CERTIFICATE-----\nMII`, `-----BEGIN CERTIFICATE-----\nMIJ`, fault.Malformed},
		"certificate and key":  {`"public_key": "zDn`, `"public_key": "zDo`, fault.Malformed},
		"data behind":          {"\n}\n", "\n}\n{}", fault.Malformed},
	} {
		changed := strings.Replace(good, c.old, c.new, 1)
		if changed == good {
			t.Errorf("%s: nothing to change", name)
		}
		if _, err := ParseTrust([]byte(changed)); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := ParseTrust(make([]byte, MaxTrust+1)); !fault.Is(err, fault.TooLarge) {
		t.Error("takes a file above the bound")
	}
}

func TestTrustMustBeWhole(t *testing.T) {
	for name, change := range map[string]func(*Trust){
		"no epoch":               func(x *Trust) { x.Epochs = nil },
		"epochs out of order":    func(x *Trust) { x.Epochs = append(x.Epochs, x.Epochs[0]) },
		"epoch at height 0":      func(x *Trust) { x.Epochs[0].FromHeight = 0 },
		"a validator twice":      func(x *Trust) { x.Epochs[0].Validators = append(x.Epochs[0].Validators, x.Epochs[0].Validators[0]) },
		"a key that is no key":   func(x *Trust) { x.Epochs[0].Validators[0].PubKey = "AAAA" },
		"roots out of order":     func(x *Trust) { x.Roots = []DailyRoot{{Day: "2026-02-01", Size: 9}, {Day: "2026-01-01", Size: 9}} },
		"a root of today":        func(x *Trust) { x.Roots[0].Day = x.IssuedAt.Format("2006-01-02") },
		"a root of no day":       func(x *Trust) { x.Roots[0].Day = "2026-02-30" },
		"a root of nothing":      func(x *Trust) { x.Roots[0].Size = 0 },
		"a log that shrinks":     func(x *Trust) { x.Roots = []DailyRoot{{Day: "2026-01-01", Size: 9}, {Day: "2026-02-01", Size: 8}} },
		"issued in another zone": func(x *Trust) { x.IssuedAt = x.IssuedAt.In(time.FixedZone("", 3600)) },
		"a reversal by nobody": func(x *Trust) {
			x.Reversals = []Reversal{{Certificate: idPrefix + x.Genesis.String(), Height: 5, DecidedOn: "2026-11-20"}}
		},
		"a negative day": func(x *Trust) { x.TrainingDay = "-1s" },
	} {
		trust := goldenTrust(t)
		change(trust)
		if _, err := trust.Encode(); !fault.Is(err, fault.Malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefreshRefusals(t *testing.T) {
	const good = `{"type":"RivieraRefresh1","id":"x","day":"2026-11-21","index":"3","size":"12","path":[]}`
	for name, change := range map[string][2]string{
		"empty": {good, ""}, "number": {`"12"`, `12`}, "unknown": {`[]`, `[],"x":""`}, "hash": {`[]`, `["00"]`}, "sign": {`"12"`, `"+12"`},
		"zero first": {`"12"`, `"012"`}, "another type": {"Refresh1", "Refresh2"}, "no day": {"11-21", "11-31"}, "missing": {`"index":"3",`, ``},
		"twice": {`"id":"x"`, `"id":"x","id":"x"`}, "capitals": {`"id"`, `"ID"`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if _, err := ParseRefresh([]byte(bad)); bad == good || !fault.Is(err, fault.Malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := ParseRefresh([]byte(good))
	if err != nil || r.Size != 12 {
		t.Fatalf("%v %v", r, err)
	}
	again, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseRefresh(again); err != nil || back.ID != r.ID || back.Day != r.Day {
		t.Errorf("%v (%v)", back, err)
	}
}

func TestStrictJSON(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		numbers bool
		ok      bool
	}{
		"plain":         {`{"a":["b",true,null]}`, false, true},
		"number":        {`{"a":1}`, false, false},
		"number taken":  {`{"a":1}`, true, true},
		"twice":         {`{"a":"1","a":"1"}`, true, false},
		"twice, deeper": {`[{"x":{"a":"1","\u0061":"1"}}]`, true, false},
		"bad UTF-8":     {"{\"a\":\"\xff\"}", true, false},
		"behind":        {`{} {}`, true, false},
		"open":          {`{"a":`, true, false},
		"deep":          {strings.Repeat("[", 40) + strings.Repeat("]", 40), true, false},
	} {
		if err := checkJSON([]byte(c.text), c.numbers); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	var n Count
	if json.Unmarshal([]byte(`"18446744073709551616"`), &n) == nil {
		t.Error("a count beyond 64 bits")
	}
}
