package network

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/riviera-ledger/riviera/fault"
)

// Place is where a node listens and whose it is.
type Place struct {
	Engine       string // host:port for peers
	API          string // host:port for the API and the pages
	NameZH       string
	NameEN       string
	Constituency string
	Superior     int // number of the place, from 1, that reviews a recorder's rulings; 0 is another recorder
	// Executes are the codes of the measures that the institution carries out.
	Executes []string
}

// exampleNames are evidently made-up institutions for networks without a host file.
var exampleNames = []Place{
	{NameZH: "示例省高级人民法院", NameEN: "Example Provincial High People's Court", Constituency: "court"},
	{NameZH: "示例市中级人民法院", NameEN: "Example City Intermediate People's Court", Constituency: "court-2", Executes: []string{"I-04", "I-05"}},
	{NameZH: "示例市市场监督管理局", NameEN: "Example City Administration for Market Regulation", Constituency: "market", Executes: []string{"I-02", "I-03", "I-07", "II-04", "II-08"}},
	{NameZH: "示例市税务局", NameEN: "Example City Tax Service", Constituency: "tax", Executes: []string{"II-03", "II-06"}},
}

func examplePlaces(recorders, contributors, basePort int) []Place {
	var places []Place
	for i := range recorders + contributors {
		p := Place{NameZH: fmt.Sprintf("示例记账机构%d", i+1), NameEN: fmt.Sprintf("Example Recorder %d", i+1), Constituency: fmt.Sprintf("c%d", i+1)}
		switch {
		case i >= recorders:
			p = Place{NameZH: fmt.Sprintf("示例征信机构%d", i-recorders+1), NameEN: fmt.Sprintf("Example Credit Bureau %d", i-recorders+1), Constituency: "contributors"}
			if i == recorders {
				p.Executes = []string{"I-01", "II-01"} // a contributor may carry out what others order
			}
		case i < len(exampleNames):
			p = exampleNames[i]
		}
		p.Engine = net.JoinHostPort("127.0.0.1", strconv.Itoa(basePort+2*i))
		p.API = net.JoinHostPort("127.0.0.1", strconv.Itoa(basePort+2*i+1))
		places = append(places, p)
	}
	return places
}

// ParsePlaces reads a host file: a line a node, recorders first, "#" starts a comment.
//
//	host[:engine port[:API port]]  Chinese name | English name | constituency | superior | measures
//
// Ports default to 27600 and 27601; what stands behind the Chinese name may be left out.
// The superior of a recorder is the number, from 1, of the recorder's line whose
// institution reviews its rulings; by default the first recorder, and the second for the
// first. Measures are the codes, separated by commas, of those that the institution carries
// out. An IPv6 address stands in brackets. No two nodes share an address.
func ParsePlaces(r io.Reader) ([]Place, error) {
	var places []Place
	taken := map[string]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		p, err := parsePlace(line)
		for _, address := range []string{p.Engine, p.API} {
			if err == nil && taken[address] {
				err = fmt.Errorf("%s stands here twice", address)
			}
			taken[address] = true
		}
		if err != nil {
			return nil, fault.Wrap(fault.Usage, fmt.Sprintf("host file, line %d", n), err)
		}
		places = append(places, p)
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Wrap(fault.Usage, "host file", err)
	}
	return places, nil
}

func parsePlace(line string) (Place, error) {
	line = strings.TrimSpace(line)
	end := strings.IndexFunc(line, unicode.IsSpace)
	if end < 0 {
		return Place{}, errors.New("an address and a name are needed")
	}
	host, ports := splitHost(line[:end])
	engine, api, _ := strings.Cut(ports, ":")
	if engine == "" {
		engine = strconv.Itoa(defaultBasePort)
	}
	if api == "" {
		api = strconv.Itoa(defaultBasePort + 1)
	}
	for _, port := range []string{engine, api} {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return Place{}, fmt.Errorf("port %q", port)
		}
	}
	parts := strings.Split(line[end:], "|")
	for len(parts) < 5 {
		parts = append(parts, "")
	}
	p := Place{Engine: net.JoinHostPort(host, engine), API: net.JoinHostPort(host, api),
		NameZH: strings.TrimSpace(parts[0]), NameEN: strings.TrimSpace(parts[1]), Constituency: strings.TrimSpace(parts[2])}
	if host == "" || p.NameZH == "" {
		return Place{}, errors.New("an address and a name are needed")
	}
	if p.NameEN == "" {
		p.NameEN = p.NameZH
	}
	for code := range strings.SplitSeq(parts[4], ",") {
		if code = strings.TrimSpace(code); code != "" {
			p.Executes = append(p.Executes, code)
		}
	}
	if superior := strings.TrimSpace(parts[3]); superior != "" {
		n, err := strconv.Atoi(superior)
		if err != nil || n < 1 {
			return Place{}, fmt.Errorf("superior %q: the number of a recorder's line", superior)
		}
		p.Superior = n
	}
	return p, nil
}

// splitHost takes a host apart from its ports; an IPv6 address stands in brackets.
func splitHost(address string) (host, ports string) {
	if v6, found := strings.CutPrefix(address, "["); found {
		host, ports, _ = strings.Cut(v6, "]")
		return host, strings.TrimPrefix(ports, ":")
	}
	host, ports, _ = strings.Cut(address, ":")
	return host, ports
}

// emptyDir makes a directory, or accepts one in which nothing is.
func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fault.Wrap(fault.BadConfig, dir, err)
		}
		return nil
	case err != nil:
		return fault.Wrap(fault.BadConfig, dir, err)
	case len(entries) > 0:
		return fault.Newf(fault.HomeExists, dir, "the directory is not empty")
	}
	return nil
}

func writeFile(path string, b []byte) error {
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fault.Wrap(fault.DiskFull, path, err)
	}
	return nil
}

// FreePorts looks below the range from which systems take the ports of outgoing
// connections: a port from there could go to a neighbour's call between now and its use,
// or while its node is down.
const (
	lowestFreePort  = 10_000
	highestFreePort = 32_000
)

// FreePorts finds n consecutive ports that are free on loopback now.
func FreePorts(n int) (base int, err error) {
	for range 200 {
		base := lowestFreePort + rand.IntN(highestFreePort-lowestFreePort)
		if base+n <= highestFreePort && allFree(base, n) {
			return base, nil
		}
	}
	return 0, fault.Newf(fault.PortInUse, "loopback", "no %d consecutive ports are free", n)
}

func allFree(base, n int) bool {
	for p := base; p < base+n; p++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p)))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}
