package message

import "embed"

// In a browser there is only the verifier, with its own texts.
//
//go:embed catalogue/verify*.json catalogue/certificate*.json
var files embed.FS
