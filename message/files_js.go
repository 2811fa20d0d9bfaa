package message

import "embed"

// In a browser there is only the verifier, with its own texts and those of the pages
// that it draws anew.
//
//go:embed catalogue/verify*.json catalogue/certificate*.json catalogue/page*.json
var files embed.FS
