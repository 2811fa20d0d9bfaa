package credit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLookupRegion(t *testing.T) {
	for _, want := range []Region{
		{Code: "440000", Province: "广东省", First: 1980, Last: 2019},
		{Code: "440300", Province: "广东省", Prefecture: "深圳市", First: 1980, Last: 2019},
		{Code: "440305", Province: "广东省", Prefecture: "深圳市", County: "南山区", First: 1990, Last: 2019},
		{Code: "110103", Province: "北京市", County: "崇文区", First: 1980, Last: 2009},
		{Code: "820000", Province: "澳门特别行政区", First: 2011, Last: 2019},
	} {
		got, ok := LookupRegion(want.Code)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: %v\n%s", want.Code, ok, diff)
		}
	}
	for _, code := range []string{"", "44", "440399", "000000", "999999", "44030", "4403051", "深圳"} {
		if r, ok := LookupRegion(code); ok {
			t.Errorf("%q is %v", code, r)
		}
	}
}

// TestRegionsAscend holds what the search relies on, and that every row is whole.
func TestRegionsAscend(t *testing.T) {
	last, n := "", 0
	for r := range Regions() {
		n++
		if r.Code <= last {
			t.Fatalf("%s after %s", r.Code, last)
		}
		last = r.Code
		if r.Province == "" || r.First < 1980 || r.Last < r.First || r.Code[4:] != "00" && r.County == "" {
			t.Errorf("row %+v", r)
		}
		if got, ok := LookupRegion(r.Code); !ok || got != r {
			t.Errorf("%s found as %+v", r.Code, got)
		}
	}
	if n != 6576 {
		t.Errorf("%d divisions, want 6576", n)
	}
}
