// Package web serves a node's pages for people: the state of the network, the lookup
// of an organisation's code with its name, a record's ways out and history, and what
// the kinds of problem mean. Chinese and English, chosen by ?lang=, then the cookie
// that it sets, then Accept-Language.
//
// It never does:
//   - put a code or a name into an address: the lookup is a POST and its answer is the
//     response itself, never a redirect (TestLookupLeavesNoTrace);
//   - load anything from elsewhere or run anything inline: one style sheet, one script,
//     both optional for reading, under a strict content security policy
//     (TestPolicy, TestPagesHoldNothingForeign);
//   - show a personal value: a record's page shows the ledger's side alone, and the
//     lookup takes organisations only (TestPersonsAreRefused, TestRecordPage).
//
// Invariants:
//  1. Every page renders whole in both languages, tags balanced, every text from the
//     catalogue (TestEveryPage).
//  2. "clear" is the same page for every reason (TestClearPageIsUniform).
//  3. Every page says on which height and time it stands and, on a training network,
//     that it is one (TestTrainingBanner).
//
// Sources: GB/T 37668 and WCAG 2.1 AA for contrast, labels and keyboard use.
package web
