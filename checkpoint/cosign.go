package checkpoint

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"github.com/riviera-ledger/riviera/fault"
)

// maxName bounds a witness's name, in bytes.
const maxName = 100

// stampBytes is the time before a cosignature's signature: Unix seconds, big-endian.
const stampBytes = 8

// Witness is who cosigns: a name, by convention an address without a scheme that it need not
// be reached at, and an Ed25519 key.
type Witness struct {
	Witness string
	Public  ed25519.PublicKey
}

// ParseWitness reads a vkey, NAME+ID+BASE64 with algorithm 0x04; anything else is
// fault.CheckpointInvalid.
func ParseWitness(vkey string) (Witness, error) {
	fields := strings.SplitN(vkey, "+", 3)
	if len(fields) != 3 {
		return Witness{}, badKey("not NAME+ID+KEY")
	}
	b, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil || len(b) != 1+ed25519.PublicKeySize || b[0] != algorithmCosigner {
		return Witness{}, badKey("no key of cosignature/v1")
	}
	w := Witness{fields[0], b[1:]}
	if err := CheckName(w.Witness); err != nil {
		return Witness{}, err
	}
	if w.String() != vkey {
		return Witness{}, badKey("the id is not the key's")
	}
	return w, nil
}

func badKey(detail string) error { return fault.Newf(fault.CheckpointInvalid, "witness", "%s", detail) }

// CheckName refuses a name that could not stand in a note: without a space or a plus sign,
// from 1 to 100 bytes.
func CheckName(name string) error {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) || strings.Contains(name, "+") || strings.ContainsFunc(name, unicode.IsSpace) {
		return badKey("a name without spaces and plus signs, from 1 to 100 bytes")
	}
	return nil
}

// String is the witness's vkey.
func (w Witness) String() string {
	return fmt.Sprintf("%s+%08x+%s", w.Witness, w.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{algorithmCosigner}, w.Public...)))
}

// Name, KeyHash and Verify make the witness a note.Verifier.
func (w Witness) Name() string    { return w.Witness }
func (w Witness) KeyHash() uint32 { return keyID(w.Witness, algorithmCosigner, w.Public) }

// Verify checks a timestamped signature over a note's text.
func (w Witness) Verify(msg, sig []byte) bool {
	at, ok := stamped(sig)
	return ok && ed25519.Verify(w.Public, cosigned(msg, at), sig[stampBytes:])
}

// stamped reads the time of a cosignature.
func stamped(sig []byte) (at uint64, ok bool) {
	if len(sig) != stampBytes+ed25519.SignatureSize {
		return 0, false
	}
	at = binary.BigEndian.Uint64(sig)
	return at, at < 1<<62
}

// cosigned is what a witness signs.
func cosigned(text []byte, at uint64) []byte {
	return append([]byte("cosignature/v1\ntime "+strconv.FormatUint(at, 10)+"\n"), text...)
}

// cosigner signs as a witness at a time.
type cosigner struct {
	Witness
	key crypto.Signer
	at  time.Time
}

func (s cosigner) Sign(msg []byte) ([]byte, error) {
	at := uint64(s.at.Unix())
	sig, err := s.key.Sign(nil, cosigned(msg, at), crypto.Hash(0))
	return append(binary.BigEndian.AppendUint64(nil, at), sig...), err
}

// Cosign adds a witness's signature to a note whose signatures it leaves as they are. The
// caller has held the checkpoint to what the witness has seen.
func Cosign(b []byte, name string, key crypto.Signer, at time.Time) ([]byte, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, badKey("a witness signs with Ed25519")
	}
	n, err := read(b, nil)
	if err == nil {
		err = CheckName(name)
	}
	if err != nil {
		return nil, err
	}
	out, err := note.Sign(n, cosigner{Witness{name, public}, key, at})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "checkpoint", err)
	}
	return out, nil
}
