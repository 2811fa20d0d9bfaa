// Package sheet reads and writes the import format: a CSV file with one record a row.
//
// # Format
//
// RFC 4180 with LF or CRLF, in UTF-8 with or without a byte order mark or in GB18030,
// told apart by the whole content. The first row that is not blank holds the headings,
// in any order, in English or Chinese (see columns for the other names that are
// understood). Unknown columns are reported and not read.
//
//	kind             类别          required  judgment-defaulter, general-minor, … or the Chinese term
//	subject_type     主体类型      required  org, person, 法人或其他组织, 自然人, 单位, 个人
//	subject_name     名称 姓名     required
//	subject_code     统一社会信用代码 身份证号码  required
//	case_no          案号 文书号   required
//	deciding_office  执行法院 认定机关  required
//	judgment_no      执行依据文号
//	legal_basis      法律依据      required
//	grounds          失信行为情形  1 to 6, several with ";", or the sentences of 法释〔2017〕7号 art. 1
//	amount           金额          yuan, at most two decimals
//	filed_on         立案时间      2026-11-22 or 2026年11月22日
//	decided_on       认定日期      required
//	published_on     发布时间
//	performance      履行情况
//	facts            义务 事实
//	measures         惩戒措施      required  catalogue codes with ";", at least one
//
// "required" is the column; of its cells, measures may be empty for this package, since
// a body is read without them too, and is refused by whoever makes a record of it: the
// ledger takes none without a measure.
//
// Two columns may stand for one field where each serves a kind of subject (名称 beside
// 姓名): a row fills one of them. Cells are trimmed, brought to NFC, and line breaks
// inside them become spaces.
//
// Invariants:
//  1. Reading is streaming: what is kept grows by 20 bytes a row (the tags that find
//     duplicates), whatever the rows hold (TestMemoryIsBounded).
//  2. A bad row never stops the reading and never hides a good one, an unclosed quote
//     included (TestBadRowsAreStepped, TestUnclosedQuote).
//  3. A row without problems passes credit's Check, and what Writer writes reads back
//     the same (FuzzSheet).
//  4. The encoding does not depend on where the first telling byte stands
//     (TestEncodingLate).
//  5. An error names line and column, never a value (TestProblemsHoldNoValue).
//  6. A rejects file reads again after correction (TestRejectsRoundTrip).
package sheet
