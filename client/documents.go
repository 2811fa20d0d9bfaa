package client

import (
	"context"
	"net/http"
	"net/url"
)

// Kinds of document about a record.
const (
	DocumentCertificate = "certificate" // it has ended: exit certificate, or notice of correction
	DocumentNotice      = "notice"      // it was listed, or is about to be
)

// DocumentRequest asks for a document about a record, as its holder chooses.
type DocumentRequest struct {
	Kind      string   `json:"kind,omitempty" enum:"certificate,notice" doc:"certificate where absent"`
	Disclose  []string `json:"disclose,omitempty" maxItems:"20" doc:"units to disclose: subject_name, subject_code, case_no, deciding_office, basis, amount, dates, facts, measures; absent: name, code, case, office, basis and dates"`
	Languages string   `json:"languages,omitempty" maxLength:"16" doc:"of the page: zh-CN, en, or both in their order with a space between"`
	Recipient string   `json:"recipient,omitempty" maxLength:"200" doc:"for whom the holder asks for it"`
	Code      string   `json:"code,omitempty" maxLength:"64" doc:"access code: makes the letter for the post, which alone shows it, instead of a signed notice"`
}

// ClearRequest asks for a certificate of clear standing, which more than a third of the
// recorders attest.
type ClearRequest struct {
	Code      string `json:"code" maxLength:"18" doc:"unified social credit code or identity number"`
	Name      string `json:"name" maxLength:"600" doc:"name as registered"`
	Purpose   string `json:"purpose" maxLength:"200" doc:"why it is asked; logged by every recorder that attests"`
	Languages string `json:"languages,omitempty" maxLength:"16" doc:"of the page: zh-CN, en, or both in their order with a space between"`
	Recipient string `json:"recipient,omitempty" maxLength:"200"`
}

// SubjectDocument asks for a document with the record's access code.
type SubjectDocument struct {
	SubjectAccess
	DocumentRequest `json:"document"`
}

// SubjectDocument returns a PDF to the holder of the access code.
func (c *Client) SubjectDocument(ctx context.Context, q SubjectDocument) ([]byte, error) {
	return c.bytes(ctx, http.MethodPost, "/v1/subject/document", q)
}

// SubjectCopy returns the own copy, JSON, to the holder of the access code.
func (c *Client) SubjectCopy(ctx context.Context, q SubjectDocument) ([]byte, error) {
	return c.bytes(ctx, http.MethodPost, "/v1/subject/copy", q)
}

// Document returns a PDF about a record.
func (c *Client) Document(ctx context.Context, id string, q DocumentRequest) ([]byte, error) {
	return c.bytes(ctx, http.MethodPost, recordPath(id, "/document"), q)
}

// OwnCopy returns the holder's own copy, JSON, byte for byte.
func (c *Client) OwnCopy(ctx context.Context, id, kind string) ([]byte, error) {
	return c.bytes(ctx, http.MethodGet, recordPath(id, "/copy?kind="+url.QueryEscape(kind)), nil)
}

// Clear returns a certificate of clear standing, PDF. A party that is listed is
// fault.NotClear.
func (c *Client) Clear(ctx context.Context, q ClearRequest) ([]byte, error) {
	return c.bytes(ctx, http.MethodPost, "/v1/clear", q)
}
