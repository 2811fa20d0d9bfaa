package bench

import (
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cpu is the processor time that the nodes have used, user and system together: this
// process' where they run in it, else that of their processes.
func (s *site) cpu() time.Duration {
	pids := s.Processes()
	if len(pids) == 0 {
		return ownCPU()
	}
	var all time.Duration
	for _, pid := range pids {
		all += processCPU(pid)
	}
	return all
}

// ownCPU is this process' processor time.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ticks a second of /proc/PID/stat; 100 on every Linux that Go runs on.
const ticks = 100

// processCPU reads another process' processor time; 0 where there is no /proc.
func processCPU(pid int) time.Duration {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(f[11], 10, 64) // the kernel writes numbers
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * (time.Second / ticks)
}

// resident is the largest resident memory of one node in bytes now, or of this process
// where all nodes run in it; 0 where there is no /proc.
func (s *site) resident() int64 {
	pids := s.Processes()
	if len(pids) == 0 {
		pids = []int{os.Getpid()}
	}
	var most int64
	for _, pid := range pids {
		most = max(most, statusBytes(pid, "VmRSS:"))
	}
	return most
}

func statusBytes(pid int, name string) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if v, found := strings.CutPrefix(line, name); found {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// disk is what a node's data take on disk, by part.
type disk struct{ engine, ledger, vault, rest int64 }

func (d disk) all() int64 { return d.engine + d.ledger + d.vault + d.rest }

func (s *site) disk(node int) (d disk) {
	root := s.Home(node).Data("")
	filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil // a file that a compaction has removed meanwhile
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		n := allocated(info)
		switch part, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, root), "/"), "/"); part {
		case "engine":
			d.engine += n
		case "ledger":
			d.ledger += n
		case "vault":
			d.vault += n
		default:
			d.rest += n
		}
		return nil
	})
	return d
}

// allocated is what a file takes on disk, holes not counted.
func allocated(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Blocks * 512
	}
	return info.Size()
}

// machine names the machine that a figure holds for.
func machine() (model string, load float64) {
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, v, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(v)
				break
			}
		}
	}
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(b), " ")
		load, _ = strconv.ParseFloat(first, 64)
	}
	if model == "" {
		model = runtime.GOARCH
	}
	return model, load
}

func round(x float64, digits int) float64 {
	f := math.Pow10(digits)
	return math.Round(x*f) / f
}
