// Package client holds the JSON shapes of the HTTP API and a Go client for it. The
// server (package api) and every program that calls it share these types, so the
// OpenAPI document, the server and the client cannot drift apart.
//
// A refusal by the node comes back as a *fault.Error with the code that the node
// gave, so that a caller on the other side of the wire tests errors the way the
// ledger does; what HTTP added stands in its cause, a *Refused. A node that cannot
// be reached is fault.NotReady, an answer that is no answer of this API
// fault.Internal.
//
// It never does:
//   - put a subject's code or name into a URL: they travel in a request body only
//     (TestNothingPersonalInAddresses);
//   - follow a redirect, which could carry the token or a body elsewhere
//     (TestNoRedirect);
//   - retry by itself: Retry says whether and when the caller may.
//
// Sources: RFC 9457 (problem documents), RFC 6750 (bearer tokens), RFC 9110
// (Retry-After).
package client
