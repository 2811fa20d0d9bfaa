//go:build !js

package message

import "embed"

//go:embed catalogue/*.json
var files embed.FS
