/* Redaction over any text: what is read is written within its bound, a second reading finds
 * nothing more to change, and where there is nothing to mask nothing changes.  The first byte says which operation and form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/gate/redaction.h"

#define TEXT_MOST (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *service, *operation;
} calls[] = {
	{ "x", "Y" },
	{ "secretsmanager", "GetSecretValue" },
	{ "dynamodb", "GetItem" },
	{ "sts", "AssumeRole" },
	{ "ssm", "GetParameters" },
};

static void
write(const struct redaction *r, struct span text, struct buf *out)
{
	buf_init(out, redaction_size(r, text));
	redaction_put(r, text, out);
	if (!buf_ok(out))
		abort();
	if (redaction_count(r) == 0 && !span_eq(buf_span(out), text))
		abort();
}

static void
judge(const struct redaction_how *how, struct span text)
{
	struct redaction *r = NULL, *again = NULL;
	struct err err = { "" };
	struct buf out, twice;

	if (redaction_new(how, text, &r, &err) != RC_OK)
		return;
	write(r, text, &out);
	/* It is as well-formed as it was. */
	if (redaction_new(how, buf_span(&out), &again, &err) != RC_OK)
		abort();
	if (redaction_count(again) > redaction_count(r))
		abort();
	write(again, buf_span(&out), &twice);
	if (!span_eq(buf_span(&out), buf_span(&twice)))
		abort();
	buf_clear(&out);
	buf_clear(&twice);
	redaction_free(r);
	redaction_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t n = sizeof calls / sizeof calls[0];
	struct redaction_how how = { .form = FIELDS_JSON };
	struct apicall *call = NULL;
	struct err err = { "" };

	if (size < 1 || size > TEXT_MOST)
		return 0;
	if (apicall_new(calls[data[0] % n].service, calls[data[0] % n].operation,
		"eu-west-1", &call, &err) != RC_OK)
		abort();
	how.call = call;
	judge(&how, span_make(data + 1, size - 1));
	how.form = FIELDS_XML;
	how.error = data[0] >= 128;
	judge(&how, span_make(data + 1, size - 1));
	apicall_free(call);
	return 0;
}
