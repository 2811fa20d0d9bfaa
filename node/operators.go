package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// OperatorsFile holds the names of the people behind the institution's keys. The ledger
// knows numbers of keys alone: a name on it could never be erased. The file is in no backup,
// for the same reason.
const OperatorsFile = "operators.json"

const (
	operatorsFormat = "riviera/operators/1"
	maxOperators    = 64 << 10 // bytes of the file
	maxPersonName   = 100      // bytes
)

type operatorsDirectory struct {
	Format string           `json:"format"`
	People []OperatorPerson `json:"people"`
}

// OperatorPerson is who signs with a key.
type OperatorPerson struct {
	Key  ledger.KeyID `json:"key"`
	Name string       `json:"name"`
}

// Operators reads who signs with which of the institution's keys; none where nobody has been
// named. A file that cannot be read is fault.BadConfig, without a word of what it says.
func (h *Home) Operators() (map[ledger.KeyID]string, error) {
	f, err := os.Open(h.path(OperatorsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return map[ledger.KeyID]string{}, nil
	}
	if err != nil {
		return nil, fault.New(fault.BadConfig, OperatorsFile)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxOperators+1))
	var d operatorsDirectory
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err != nil || len(b) > maxOperators || decoder.Decode(&d) != nil || d.Format != operatorsFormat {
		return nil, fault.Newf(fault.BadConfig, OperatorsFile, "not of form %s", operatorsFormat)
	}
	names := map[ledger.KeyID]string{}
	for _, p := range d.People {
		if p.Key == 0 || names[p.Key] != "" || checkPersonName(p.Name) != nil {
			return nil, fault.Newf(fault.BadConfig, OperatorsFile, "key %d", p.Key)
		}
		names[p.Key] = p.Name
	}
	return names, nil
}

// NameOperator notes who signs with a key, in the place of whoever has been named for it.
func (h *Home) NameOperator(key ledger.KeyID, name string) error {
	if key == 0 {
		return fault.New(fault.UnknownKey, "key")
	}
	if err := checkPersonName(name); err != nil {
		return err
	}
	names, err := h.Operators()
	if err != nil {
		return err
	}
	names[key] = name
	return h.writeOperators(names)
}

// EraseOperators forgets who signs with keys. What stood in the file is overwritten on the
// disk. A key for which nobody is named is fault.UnknownKey, and nothing is forgotten.
func (h *Home) EraseOperators(keys ...ledger.KeyID) error {
	names, err := h.Operators()
	if err != nil {
		return err
	}
	for _, key := range keys {
		if names[key] == "" {
			return fault.Newf(fault.UnknownKey, "key", "nobody is named for key %d", key)
		}
	}
	for _, key := range keys {
		delete(names, key)
	}
	return h.writeOperators(names)
}

func (h *Home) writeOperators(names map[ledger.KeyID]string) error {
	if len(names) == 0 {
		return custody.Remove(h.path(OperatorsFile))
	}
	d := operatorsDirectory{Format: operatorsFormat}
	for _, key := range slices.Sorted(maps.Keys(names)) {
		d.People = append(d.People, OperatorPerson{key, names[key]})
	}
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil || len(b) >= maxOperators {
		return fault.New(fault.TooLarge, OperatorsFile)
	}
	return custody.Replace(h.path(OperatorsFile), append(b, '\n'))
}

// checkPersonName takes what can be read on one line. The error does not repeat it.
func checkPersonName(name string) error {
	if name == "" || len(name) > maxPersonName || !utf8.ValidString(name) {
		return fault.Newf(fault.NameInvalid, "name", "from 1 to %d bytes", maxPersonName)
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return fault.Newf(fault.NameInvalid, "name", "a character that cannot be seen")
		}
	}
	return nil
}
