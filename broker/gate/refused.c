/* Refusals in AWS's forms; see refused.h.  Decides nothing. */
#include "broker/gate/refused.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum rc
fill(struct refused *why, enum rc rc, unsigned status, const char *code,
    const char *fmt, va_list ap)
{
	if (why == NULL)
		return rc;
	why->status = status;
	snprintf(why->code, sizeof why->code, "%s", code);
	vsnprintf(why->text, sizeof why->text, fmt, ap);
	return rc;
}

enum rc
refused_set(
    struct refused *why, unsigned status, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(why, RC_REFUSE, status, code, fmt, ap);
	va_end(ap);
	return RC_REFUSE;
}

enum rc
refused_bad(struct refused *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(why, RC_REFUSE, 400, "InvalidRequest", fmt, ap);
	va_end(ap);
	return RC_REFUSE;
}

enum rc
refused_denied(struct refused *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(why, RC_REFUSE, 403, "AccessDenied", fmt, ap);
	va_end(ap);
	return RC_REFUSE;
}

enum rc
refused_failed(struct refused *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(why, RC_FAIL, 500, "InternalError", fmt, ap);
	va_end(ap);
	return RC_FAIL;
}

static const char *
reason(unsigned status)
{
	static const struct {
		unsigned status;
		const char *text;
	} reasons[] = { { 400, "Bad Request" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 407, "Proxy Authentication Required" }, { 408, "Request Timeout" },
		{ 411, "Length Required" }, { 413, "Content Too Large" },
		{ 417, "Expectation Failed" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 502, "Bad Gateway" }, { 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" } };

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Refused";
}

/* The sentence's bytes are printable ASCII by contract; what is not becomes '?', so
 * that a slip elsewhere cannot end an element, a string or a header here. */
static void
put_xml(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '&')
			buf_text(b, "&amp;");
		else if (*s == '<')
			buf_text(b, "&lt;");
		else if (*s == '>')
			buf_text(b, "&gt;");
		else
			buf_u8(b, *s >= 0x20 && *s < 0x7F ? (uint8_t)*s : '?');
	}
}

static void
put_json(struct buf *b, const char *s)
{
	buf_u8(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_u8(b, '\\');
		buf_u8(b, *s >= 0x20 && *s < 0x7F ? (uint8_t)*s : '?');
	}
	buf_u8(b, '"');
}

static void
element(struct buf *b, const char *name, const char *text)
{
	buf_printf(b, "<%s>", name);
	put_xml(b, text);
	buf_printf(b, "</%s>", name);
}

static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

static void
body_plain(const struct refused *why, const char *code, const char *id, struct buf *b)
{
	(void)code;
	(void)id;
	for (const char *s = why->text; *s != '\0'; s++)
		buf_u8(b, *s >= 0x20 && *s < 0x7F ? (uint8_t)*s : '?');
	buf_u8(b, '\n');
}

static void
body_s3(const struct refused *why, const char *code, const char *id, struct buf *b)
{
	buf_printf(b, "%s<Error>", declaration);
	element(b, "Code", code);
	element(b, "Message", why->text);
	element(b, "RequestId", id);
	buf_text(b, "</Error>");
}

static void
body_xml(const struct refused *why, const char *code, const char *id, struct buf *b)
{
	buf_printf(b, "%s<ErrorResponse><Error>", declaration);
	element(b, "Type", why->status < 500 ? "Sender" : "Receiver");
	element(b, "Code", code);
	element(b, "Message", why->text);
	buf_text(b, "</Error>");
	element(b, "RequestId", id);
	buf_text(b, "</ErrorResponse>");
}

static void
body_ec2(const struct refused *why, const char *code, const char *id, struct buf *b)
{
	buf_printf(b, "%s<Response><Errors><Error>", declaration);
	element(b, "Code", code);
	element(b, "Message", why->text);
	buf_text(b, "</Error></Errors>");
	element(b, "RequestID", id);
	buf_text(b, "</Response>");
}

/* Some SDKs look for "message", some for "Message"; the type may stand in the body or
 * in a header. */
static void
body_json(const struct refused *why, const char *code, const char *id, struct buf *b)
{
	(void)id;
	buf_text(b, "{\"__type\":");
	put_json(b, code);
	buf_text(b, ",\"message\":");
	put_json(b, why->text);
	buf_text(b, ",\"Message\":");
	put_json(b, why->text);
	buf_text(b, "}");
}

static const struct form {
	const char *type;
	const char *id_header;
	const char *denied; /* how this protocol spells AccessDenied */
	void (*body)(
	    const struct refused *why, const char *code, const char *id, struct buf *b);
} forms[] = {
	[REFUSED_PLAIN] = { "text/plain", NULL, "AccessDenied", body_plain },
	[REFUSED_S3] = { "application/xml", "x-amz-request-id", "AccessDenied",
	    body_s3 },
	[REFUSED_XML] = { "text/xml", "x-amzn-RequestId", "AccessDenied", body_xml },
	[REFUSED_EC2] = { "text/xml", "x-amzn-RequestId", "UnauthorizedOperation",
	    body_ec2 },
	[REFUSED_JSON] = { "application/x-amz-json-1.1", "x-amzn-RequestId",
	    "AccessDeniedException", body_json },
	[REFUSED_REST_JSON] = { "application/json", "x-amzn-RequestId",
	    "AccessDeniedException", body_json },
};

static void
put_head(const struct refused *why, const struct form *f, const char *code,
    const char *id, unsigned how, size_t length, struct buf *out)
{
	buf_printf(out, "HTTP/1.1 %u %s\r\n", why->status, reason(why->status));
	if (why->status == 407)
		buf_text(out, "Proxy-Authenticate: Basic realm=\"broker\"\r\n");
	if (f->id_header != NULL && id[0] != '\0')
		buf_printf(out, "%s: %s\r\n", f->id_header, id);
	if (f == &forms[REFUSED_REST_JSON])
		buf_printf(out, "x-amzn-ErrorType: %s\r\n", code);
	buf_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", f->type, length);
	if (how & REFUSED_CLOSE)
		buf_text(out, "Connection: close\r\n");
	buf_text(out, "\r\n");
}

void
refused_answer(const struct refused *why, enum refused_form form, const char *id,
    unsigned how, struct buf *out)
{
	const struct form *f = &forms[form];
	const char *code = why->code;
	struct buf body;

	if (id == NULL)
		id = "";
	if (strcmp(code, "AccessDenied") == 0)
		code = f->denied;
	buf_init(&body, 16 * REFUSED_TEXT);
	f->body(why, code, id, &body);
	put_head(why, f, code, id, how, body.len, out);
	if (!(how & REFUSED_HEAD))
		buf_span_put(out, buf_span(&body));
	buf_clear(&body);
}
