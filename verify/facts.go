package verify

import (
	"time"

	"github.com/riviera-ledger/riviera/message"
)

// Fact is a line of what a certificate says, for a reader who has no time for the rest.
type Fact struct {
	Key   string `json:"key"` // of the label: stable
	Label Texts  `json:"label"`
	Value Texts  `json:"value"`
}

// Facts lists what the certificate says, taken from the credential and never from a
// page; none before its integrity has passed. Of a person's number only the region is
// shown, as on the page.
func (r *Report) Facts() []Fact {
	c := r.Credential
	if c == nil {
		return nil
	}
	var out []Fact
	add := func(key string, v Texts) {
		if v.ZH != "" || v.EN != "" {
			out = append(out, Fact{key, texts("verify.fact." + key), v})
		}
	}
	plain := func(s string) Texts { return Texts{s, s} }
	d := c.Subject.Disclosed
	add("outcome", texts("verify.fact.outcome."+c.Subject.Outcome))
	if d.Name != nil {
		add("name", plain(*d.Name))
	}
	if d.Code != nil {
		add("code", plain(maskCode(d.Code)))
	}
	add("list", pair(c.Statement.Contract.Title))
	if d.Case != nil {
		add("case", plain(*d.Case))
	}
	if d.Office != nil {
		add("office", plain(*d.Office))
	}
	add("effective", Texts{when(message.Chinese, c.Subject.Effective), when(message.English, c.Subject.Effective)})
	if c.Statement.Transition != nil {
		add("how", pair(*c.Statement.Transition))
	}
	add("record", plain(c.Subject.Record))
	add("issuer", pair(c.Issuer.Name))
	if issued, err := c.issued(); err == nil {
		local := issued.In(time.FixedZone("", 8*60*60)).Format(time.RFC3339)
		add("issued", Texts{when(message.Chinese, local), when(message.English, local)})
	}
	add("network", plain(c.Evidence.Network))
	add("number", plain(c.ID))
	return out
}

func pair(t [2]LangTag) Texts { return Texts{t[0].Value, t[1].Value} }
