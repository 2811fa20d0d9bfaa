// Package api is a node's HTTP interface: the open reads, the standing query of third
// parties, and what the institution's own operators submit and see. Its shapes are
// those of package client; GET /openapi.json describes them.
//
// Who asks (Caller)
//
//	Authorization: Bearer <operator token>   operator of this node's institution
//	Authorization: Bearer rvk_…              querier: a third party's API key
//	none                                     public: organisations only, small quota
//
// A credential that is not known is refused, never taken for the public.
//
// What an answer holds
//
//   - Every error is a problem document (RFC 9457) made from a fault code by one table
//     (client.HTTPStatus), in the caller's language, with the next step. It never repeats what
//     was sent.
//   - "clear" is the same bytes for the never listed, the released, the erased and a
//     name that does not agree, but for the clock fields.
//   - Nothing about a party is cached on the way: Cache-Control is no-store.
//
// It never logs a path, a query, a header, an address or a body: an access line is
// method, route pattern, status and duration.
//
// Files of the key store, both JSON, mode 0600, in the node's home
//
//	api-keys.json    {"version":1,"keys":[Key…]}: hashes, never a key
//	api-usage.json   {"day":D,"used":{"<key id>":N}}: the day's counts, written at
//	                 most every few seconds and on Close
//
// The first is read again when it changes, so that a key is added or disabled without
// a restart. A crash forgets the last seconds of counts, in the caller's favour. Days
// are real days of UTC+8, also on a training network.
//
// Invariants:
//  1. Every fault code reaches the caller as itself (TestEveryCodeCrossesTheWire), with
//     one status (client.TestEveryCodeHasAStatus).
//  2. No answer repeats a rejected input (TestNoEcho, FuzzStandingBody).
//  3. "clear" is uniform (TestClearIsUniform).
//  4. No identifier reaches the log (TestAccessLogHoldsNoIdentifier).
//  5. The public asks about organisations only (TestPublicAsksOrganisationsOnly).
//  6. What is the operator's is refused to all others (TestOperatorOnly).
//  7. A disabled or unknown key is refused at once (TestKeyFileIsReadAgain), and a
//     day's count survives a restart (TestQuotaSurvivesRestart).
//  8. The public's addresses are held for a day at most, hashed under a key that dies
//     with the day (TestPublicQuotaForgets).
//  9. Whoever does not hold an access code gets one answer (TestRefusedAccessIsUniform),
//     and an address as many tries as a person needs (TestDeskLimits).
//
// Sources: RFC 9457 (problem documents), RFC 9110 (HTTP), RFC 6750 (bearer tokens),
// PIPL art. 6 (minimum scope).
package api
