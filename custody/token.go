package custody

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
)

// Token is a security token (PKCS#11) that holds private keys which never leave it.
type Token struct {
	Module string // path of the token's library
	Label  string // of the token
	PIN    []byte
}

// uriScheme begins a key file that names an object of the token instead of holding a key
// (RFC 7512).
const uriScheme = "pkcs11:"

// OnToken returns the label of the object that a key file names on a token, "" where the
// file holds the key itself.
func OnToken(file []byte) (object string, err error) {
	line := strings.TrimSpace(string(file))
	path, found := strings.CutPrefix(line, uriScheme)
	if !found {
		return "", nil
	}
	bad := fault.Newf(fault.BadConfig, "", "not of the form pkcs11:object=LABEL")
	if strings.ContainsAny(path, "\n\r") {
		return "", bad
	}
	for _, attribute := range strings.Split(path, ";") {
		name, value, _ := strings.Cut(attribute, "=")
		if value, err = url.PathUnescape(value); err != nil {
			return "", bad
		}
		if name == "object" {
			object = value
		}
	}
	if object == "" {
		return "", bad
	}
	return object, nil
}

// TokenFile is the key file that names an object of the token.
func TokenFile(object string) []byte {
	var b bytes.Buffer
	b.WriteString(uriScheme + "object=" + url.PathEscape(object) + "\n")
	return b.Bytes()
}
