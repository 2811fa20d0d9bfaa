package vault

import "github.com/riviera-ledger/riviera/wire"

// AskedAlike is the least number of entries that Ask reads.
const AskedAlike = 2

// Match is a body that Ask has read of.
type Match struct {
	Record     Record
	Commitment wire.Hash
	Named      bool // the name agrees, too; compare it with the body's before acting on it
	Decoy      bool // about somebody else: to be treated alike until the answer is known
}

// Ask is Find for questions that must not tell what it found: what it reads is the same
// whether there are records about the subject or not, and whatever the name. Bodies about
// somebody else, or nothing where the vault is empty, stand for those that are not there.
// It returns AskedAlike matches; where there are more about the subject, the next power of
// two.
func (v *Vault) Ask(s Subject, name string) ([]Match, error) {
	t := v.ring.seal.subject(s, name)
	entries, found, err := v.ring.alike(t, AskedAlike)
	if err != nil {
		return nil, err
	}
	matches := make([]Match, len(entries))
	for i := range entries {
		e := &entries[i]
		matches[i] = Match{Record: e.record, Commitment: e.commitment, Named: e.subject == t, Decoy: i >= found}
	}
	return matches, nil
}
