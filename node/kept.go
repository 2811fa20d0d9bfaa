package node

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/verify"
)

// A record's own institution makes the credential of each listing, exit and annulment as
// soon as the contract has decided it, and keeps it with the record: an attachment of the
// body, sealed and erased with it. So there is a certificate in time whatever happens to
// other nodes, and a notice also after the body has been replaced. Existing decisions
// that are entered in one step are left out: their notices were served elsewhere, a copy
// is made on request, and making it for each would cost more than entering the record.
const (
	keepAtOnce = 64
	keepPause  = 200 * time.Millisecond // between stretches, and
	keepRest   = 2                      // times as long as one took: mass release leaves room for blocks
	keepFile   = "documents"            // in data/: index of the next event to look at
)

func keptName(event []byte) string {
	id := proof.EventID(event)
	return "document/" + hex.EncodeToString(id[:])
}

// keptCopy is the copy that was kept of an event's document.
func (n *Node) keptCopy(id ledger.RecordID, event []byte) (*verify.Presentation, error) {
	b, ok, err := n.vault.Attached(vault.Record(id), keptName(event))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.BodyMissing, "body")
	}
	return verify.ParsePresentation(b)
}

// keepDocuments follows the ledger's events until ctx ends, and goes on after a restart
// where it stood.
func (n *Node) keepDocuments(ctx context.Context) {
	next, err := n.keptUpTo()
	if err != nil {
		n.log.Warn("documents", "error", err)
		return
	}
	for ctx.Err() == nil {
		begin := time.Now()
		view := n.engine.View()
		was := next
		if next, err = n.keepSome(ctx, view, next); err != nil && ctx.Err() == nil {
			n.log.Warn("documents", "code", fault.Of(err).String())
			pause(ctx, followRetry)
			continue
		}
		if next != was {
			if err := n.remember(keepFile, next); err != nil {
				n.log.Warn("documents", "error", err)
			}
		}
		if next < view.LogSize {
			rest(ctx, begin, keepRest)
			pause(ctx, keepPause)
			continue
		}
		select {
		case <-ctx.Done():
		case <-n.docs:
		case <-time.After(time.Minute):
		}
	}
}

// keepSome makes the documents of one stretch of events: until keepAtOnce are made or the
// log ends.
func (n *Node) keepSome(ctx context.Context, view *ledger.View, from uint64) (next uint64, err error) {
	var found []uint64
	next = from
	if err := view.Events(from, followAtOnce, func(i uint64, e *proof.Event) bool {
		if len(found) == keepAtOnce {
			return false
		}
		next = i + 1
		if e.Type != proof.TypeCreated && !e.Commitment.Zero() && e.Record != [16]byte{} && verify.TypeOf(*e) != "" {
			found = append(found, i)
		}
		return true
	}); err != nil {
		return from, err
	}
	var made []vault.Attachment
	for _, i := range found {
		a, err := n.keep(ctx, view, i)
		if err != nil {
			return from, err
		}
		if a != nil {
			made = append(made, *a)
		}
	}
	if len(made) == 0 {
		return next, nil
	}
	return next, n.attachAll(made)
}

// attachAll keeps documents; those of records that have been erased meanwhile are left
// out, one by one.
func (n *Node) attachAll(made []vault.Attachment) error {
	err := n.vault.Attach(false, made...)
	if !fault.Is(err, fault.UnknownRecord) {
		return err
	}
	for _, a := range made {
		if err := n.vault.Attach(false, a); err != nil && !fault.Is(err, fault.UnknownRecord) {
			return err
		}
	}
	return nil
}

// keep makes the document of one event, nil where it is not this institution's record or
// its body is gone.
func (n *Node) keep(ctx context.Context, view *ledger.View, index uint64) (*vault.Attachment, error) {
	event, raw, err := view.Event(index)
	if err != nil {
		return nil, err
	}
	r, err := view.Record(event.Record)
	if err != nil || r.Recorder != n.home.Member.ID {
		return nil, skip(err, fault.UnknownRecord)
	}
	packet, err := n.vault.Get(event.Commitment)
	if err != nil {
		return nil, skip(err, fault.BodyMissing)
	}
	proven, err := n.prove(ctx, view, index)
	if err != nil {
		return nil, err
	}
	own, err := n.makeCopy(view, r, event, raw, packet, proven)
	if err != nil {
		return nil, err
	}
	b, err := own.Canonical()
	return &vault.Attachment{Record: vault.Record(r.ID), Name: keptName(raw), Value: b}, err
}

// keptUpTo reads where the making of documents stands; a node that has never made any
// begins with what comes.
func (n *Node) keptUpTo() (uint64, error) {
	next, ok, err := n.reached(keepFile)
	if err == nil && !ok {
		next = n.engine.View().LogSize // also of a state that was taken back: what it lost is made on request
	}
	return next, err
}

// reached reads from a file in data/ the index of the next event that a task is to look at;
// false where there is none in this log.
func (n *Node) reached(file string) (next uint64, ok bool, err error) {
	b, err := os.ReadFile(n.home.Data(file))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fault.Wrap(fault.BadConfig, file, err)
	}
	next, err = strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	return next, err == nil && next <= n.engine.View().LogSize, nil
}

// remember writes what reached reads.
func (n *Node) remember(file string, next uint64) error {
	path := n.home.Data(file)
	temporary := filepath.Join(filepath.Dir(path), "."+file)
	if err := os.WriteFile(temporary, []byte(strconv.FormatUint(next, 10)+"\n"), 0o600); err != nil {
		return fault.Wrap(fault.DiskFull, file, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fault.Wrap(fault.DiskFull, file, err)
	}
	return nil
}

// SubjectDocument renders a document for the holder of the record's access code.
func (n *Node) SubjectDocument(ctx context.Context, q client.SubjectDocument) ([]byte, error) {
	view, r, _, err := n.holder(q.SubjectAccess)
	if err != nil {
		return nil, err
	}
	q.DocumentRequest.Code = "" // a letter is for the institution to send
	return n.document(ctx, view, r, q.DocumentRequest)
}

// SubjectCopy returns the holder's own copy to the holder of the access code.
func (n *Node) SubjectCopy(ctx context.Context, q client.SubjectDocument) (json.RawMessage, error) {
	view, r, _, err := n.holder(q.SubjectAccess)
	if err != nil {
		return nil, err
	}
	own, err := n.ownCopy(ctx, view, r, q.Kind)
	if err != nil {
		return nil, err
	}
	return own.Canonical()
}
