package clerk

import (
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// Book is the law of a network as its members apply it: the contract documents by kind
// of record and the numbers of the measure catalogue. It never changes.
type Book struct {
	entries  []bookEntry
	measures map[string]uint16
}

type bookEntry struct {
	number   uint32
	contract *contract.Contract
}

// OpenBook compiles the contracts of a genesis document. It is fault.BadConfig where
// one does not compile, which Genesis.Check of the network's founder would have found.
func OpenBook(g *ledger.Genesis) (*Book, error) {
	b := &Book{measures: map[string]uint16{}}
	for _, s := range g.Contracts {
		if err := b.add(s.Number, []byte(s.Source)); err != nil {
			return nil, fault.Wrap(fault.BadConfig, "genesis: "+s.File, err)
		}
	}
	for _, m := range g.Measures {
		b.measures[m.Code] = m.Number
	}
	return b, nil
}

// add compiles a document into the book.
func (b *Book) add(number uint32, source []byte) error {
	c, problems := contract.Compile("contract", source)
	if len(problems) > 0 {
		return fault.Newf(fault.BadConfig, "contract", "number %d, line %d: %s", number, problems[0].Line, problems[0].Message)
	}
	b.entries = append(b.entries, bookEntry{number, c})
	return nil
}

// clone returns a book to which documents can be added.
func (b *Book) clone() *Book { return &Book{entries: slices.Clone(b.entries), measures: b.measures} }

// newest is the highest number in the book.
func (b *Book) newest() (n uint32) {
	for _, e := range b.entries {
		n = max(n, e.number)
	}
	return n
}

// versions counts the documents for a kind of record.
func (b *Book) versions(k credit.Kind) (n int) {
	for _, e := range b.entries {
		if e.contract.Kind() == k {
			n++
		}
	}
	return n
}

// Document returns the contract document with a number, or nil.
func (b *Book) Document(number uint32) *contract.Contract {
	for _, e := range b.entries {
		if e.number == number {
			return e.contract
		}
	}
	return nil
}

// Contract returns the newest contract document for a kind of record and its number on
// the ledger.
func (b *Book) Contract(k credit.Kind) (*contract.Contract, uint32, error) {
	for i := len(b.entries) - 1; i >= 0; i-- {
		if e := b.entries[i]; e.contract.Kind() == k {
			return e.contract, e.number, nil
		}
	}
	return nil, 0, fault.New(fault.UnknownContract, credit.ColKind)
}

// Kinds lists the kinds of record that the network has a contract for, in the order of
// its genesis document.
func (b *Book) Kinds() []credit.Kind {
	var ks []credit.Kind
	for _, e := range b.entries {
		if k := e.contract.Kind(); !slices.Contains(ks, k) {
			ks = append(ks, k)
		}
	}
	return ks
}

// Events lists the names of every event that some contract takes after the creation of
// a record, ascending.
func (b *Book) Events() []string {
	var names []string
	for _, e := range b.entries {
		for _, s := range e.contract.Events() {
			if !s.Creates {
				names = append(names, s.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Measures turns codes of the catalogue into their numbers, ascending. A code that the
// network does not know is fault.UnknownMeasure, none at all fault.FieldMissing.
func (b *Book) Measures(codes []string) ([]uint16, error) {
	if len(codes) == 0 {
		return nil, fault.New(fault.FieldMissing, credit.ColMeasures)
	}
	numbers := make([]uint16, 0, len(codes))
	for _, code := range codes {
		n, ok := b.measures[code]
		if !ok {
			return nil, fault.New(fault.UnknownMeasure, credit.ColMeasures)
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}
