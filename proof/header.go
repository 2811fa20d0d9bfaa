package proof

import (
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/wire"
)

// Header is what a block header says, as far as a certificate needs it.
type Header struct {
	ChainID            string
	Height             int64
	Time               credit.Moment // real time, also under a training clock; whole seconds
	ValidatorsHash     wire.Hash     // set that decides this block
	NextValidatorsHash wire.Hash     // set that decides the next one
	AppHash            wire.Hash     // AppHash of the ledger after the block before
	Hash               wire.Hash     // of the whole header
}

func decodeHeader(b []byte) (Header, error) {
	m, err := readMessage(b, chunk, chunk, varint, chunk, chunk, chunk, chunk,
		chunk, chunk, chunk, chunk, chunk, chunk, chunk)
	if err != nil {
		return Header{}, err
	}
	h := Header{ChainID: string(m.bytes(2)), Height: int64(m.uint(3))}
	if h.Height < 1 {
		return Header{}, malformed("height")
	}
	stamp, err := readMessage(m.bytes(4), varint, varint)
	if err != nil {
		return Header{}, err
	}
	h.Time = credit.Moment(stamp.uint(1))
	for _, f := range []struct {
		number int
		to     *wire.Hash
	}{{8, &h.ValidatorsHash}, {9, &h.NextValidatorsHash}, {11, &h.AppHash}} {
		if len(m.bytes(f.number)) != len(f.to) {
			return Header{}, malformed("hash in header")
		}
		copy(f.to[:], m.bytes(f.number))
	}
	h.Hash = headerHash(m)
	return h, nil
}

// headerHash is the RFC 6962 tree over the fourteen fields in order. Scalars are
// wrapped in a message of one field; messages stand as they are.
func headerHash(m fields) wire.Hash {
	items := make([][]byte, 14)
	for i := range items {
		switch number := i + 1; number {
		case 1, 4, 5:
			items[i] = m.bytes(number)
		case 3:
			items[i] = appendUint(nil, 1, m.uint(number))
		default:
			items[i] = appendChunk(nil, 1, m.bytes(number))
		}
	}
	return merkle(items)
}
