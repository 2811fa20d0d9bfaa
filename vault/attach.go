package vault

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Attachment is something that belongs to a record and dies with it: the hash of its
// access code, who has asked about it, a sealed copy of its certificate. Name and value
// are both sealed. Names are for the caller to arrange, e.g. "query/" and a counter.
type Attachment struct {
	Record Record `cbor:"-"`
	Name   string `cbor:"1,keyasint"`
	Value  []byte `cbor:"2,keyasint"` // nil removes the attachment
}

// MaxAttachment is the longest value in bytes, MaxAttachmentName the longest name.
const (
	MaxAttachment     = 1 << 20
	MaxAttachmentName = 200
)

// Attach stores attachments together, or none, replacing those of the same name. With
// sync it returns once they would survive a power failure. The first attachment of a
// record makes its key and waits for the disk in any case: gather many into one call.
// It fails with fault.UnknownRecord if a record has been erased, with fault.TooLarge.
func (v *Vault) Attach(sync bool, attachments ...Attachment) error {
	v.write.Lock()
	defer v.write.Unlock()
	keys, err := v.attachmentKeys(attachments)
	if err != nil {
		return err
	}
	b := v.bodies.NewBatch()
	defer b.Close()
	for _, a := range attachments {
		secret := keys[a.Record]
		k := attachmentKey(a.Record, secret, a.Name)
		if a.Value == nil {
			b.Delete(k)
			continue
		}
		b.Set(k, randomNonce(wire.Hash(secret)).Seal(nil, nil, wire.Encode(a), k))
	}
	return b.Commit(sync)
}

// attachmentKeys returns the key of each record named, making those that are missing.
func (v *Vault) attachmentKeys(attachments []Attachment) (map[Record]proof.Secret, error) {
	keys := map[Record]proof.Secret{}
	var fresh []sealed
	for _, a := range attachments {
		if len(a.Name) > MaxAttachmentName || len(a.Value) > MaxAttachment {
			return nil, fault.New(fault.TooLarge, "attachment")
		}
		if _, ok := keys[a.Record]; ok {
			continue
		}
		if erased, err := v.Erased(a.Record); err != nil || erased {
			if err == nil {
				err = fault.Newf(fault.UnknownRecord, "attachment", "erased")
			}
			return nil, err
		}
		_, e, ok, err := v.ring.attachmentKey(a.Record)
		if err != nil {
			return nil, err
		}
		if !ok {
			e = entry{record: a.Record}
			rand.Read(e.secret[:]) // never fails
			fresh = append(fresh, sealed{e, v.ring.seal.seal(e)})
		}
		keys[a.Record] = e.secret
	}
	if len(fresh) == 0 {
		return keys, nil
	}
	taken, err := v.ring.take(len(fresh))
	if err != nil {
		return nil, err
	}
	return keys, v.ring.put(taken, fresh)
}

func attachmentKey(r Record, secret proof.Secret, name string) []byte {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte(name))
	return append(recordKey('a', r), mac.Sum(nil)[:16]...)
}

// Attached returns the value of one attachment; false if there is none.
func (v *Vault) Attached(record Record, name string) ([]byte, bool, error) {
	_, e, ok, err := v.ring.attachmentKey(record)
	if err != nil || !ok {
		return nil, false, err
	}
	k := attachmentKey(record, e.secret, name)
	sealed, err := v.bodies.Get(k)
	if err != nil || sealed == nil {
		return nil, false, err
	}
	a, err := openAttachment(e.secret, k, sealed)
	return a.Value, err == nil, err
}

// Attachments returns those attachments of a record whose names begin with prefix, in
// ascending order of name.
func (v *Vault) Attachments(record Record, prefix string) (found []Attachment, err error) {
	_, e, ok, err := v.ring.attachmentKey(record)
	if err != nil || !ok {
		return nil, err
	}
	var broken error
	from := recordKey('a', record)
	err = v.bodies.Scan(from, after(from), func(k, sealed []byte) bool {
		a, err := openAttachment(e.secret, k, sealed)
		if err != nil {
			broken = err
			return false
		}
		if strings.HasPrefix(a.Name, prefix) {
			a.Record = record
			found = append(found, a)
		}
		return true
	})
	if err == nil {
		err = broken
	}
	slices.SortFunc(found, func(a, b Attachment) int { return strings.Compare(a.Name, b.Name) })
	return found, err
}

func openAttachment(secret proof.Secret, key, sealed []byte) (a Attachment, err error) {
	plain, err := randomNonce(wire.Hash(secret)).Open(nil, nil, sealed, key)
	if err != nil {
		return a, fault.Newf(fault.NotFound, "attachment", "damaged on disk")
	}
	return a, wire.DecodeTrusted(plain, &a)
}
