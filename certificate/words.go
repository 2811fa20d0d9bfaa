package certificate

import (
	"slices"

	"github.com/riviera-ledger/riviera/verify"
)

// statement puts the contract into words.
func (c *Contract) statement() verify.Statement {
	s := verify.Statement{Contract: verify.ContractTitle{ID: c.ID, Version: verify.Count(c.Version), Title: verify.Bilingual(c.TitleZH, c.TitleEN)}}
	if c.WayZH != "" || c.WayEN != "" {
		way := verify.Bilingual(c.WayZH, c.WayEN)
		s.Transition = &way
	}
	cite(&s, c.Articles)
	return s
}

// cite adds the texts of articles, each once.
func cite(s *verify.Statement, articles []Article) (keys []string) {
	for _, a := range articles {
		keys = append(keys, a.Key)
		if !slices.ContainsFunc(s.Articles, func(t verify.ArticleText) bool { return t.Key == a.Key }) {
			s.Articles = append(s.Articles, verify.ArticleText{Key: a.Key, Text: verify.Bilingual(a.ZH, a.EN)})
		}
	}
	return keys
}

// addExits puts the ways out into words.
func addExits(s *verify.Statement, exits []Exit) {
	for _, x := range exits {
		e := verify.Exit{Title: verify.Bilingual(x.ZH, x.EN), How: x.How, Due: x.Due, Articles: cite(s, x.Articles)}
		for _, t := range x.Conditions {
			e.Conditions = append(e.Conditions, verify.Bilingual(t[0], t[1]))
		}
		s.Exits = append(s.Exits, e)
	}
}
