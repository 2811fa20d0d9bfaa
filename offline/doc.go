// Package offline is the verifier as one HTML file: package verify compiled to
// WebAssembly, a page around it, and nothing else. It is opened from a node, from a
// disk or from a mail; certificates are dropped on it and never leave the machine.
//
// The file forbids itself the network. Its content policy (a meta element, and the same
// header when a node serves it) names the hashes of its own script and style, and
// allows no connection, image, frame, form or font from anywhere. So "nothing is
// uploaded" is not a promise of the page but of the browser.
//
// The page is built (Build, "make verifier"), not committed: a binary that nobody can
// read does not belong among sources, and texts and rules change it daily. The build is
// reproducible: same sources and Go release, same bytes, whose digest "riviera verifier
// export" prints. A program that was built without it builds it from its sources when
// they are at hand, and says so when they are not.
//
// Invariants:
//  1. The WebAssembly gives the same reports as the package, to the byte, below two
//     megabytes compressed (TestSameReports).
//  2. The page loads nothing and connects nowhere (TestPageForbidsItselfTheNetwork).
//  3. The same sources build the same page (TestBuildIsReproducible, soak).
package offline
