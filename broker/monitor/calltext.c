/* An API call as text; see calltext.h. */
#include "broker/monitor/calltext.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "policies/iam.h"

/* One name's values stay in the order they came in: they lie in one array. */
static int
by_name(const void *a, const void *b)
{
	const struct apicall_param *x = *(const struct apicall_param *const *)a;
	const struct apicall_param *y = *(const struct apicall_param *const *)b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x > y) - (x < y);
}

static void
put_value(struct buf *out, struct span value)
{
	size_t from = 0;

	buf_u8(out, '\'');
	for (size_t i = 0; i <= value.len; i++) {
		if (i < value.len && value.p[i] != '\'')
			continue;
		text_show(out, span_make(value.p + from, i - from));
		if (i < value.len)
			buf_text(out, "\\x27");
		from = i + 1;
	}
	buf_u8(out, '\'');
}

static void
put_params(const struct apicall_param **v, size_t n, struct buf *out, bool *whole)
{
	qsort(v, n, sizeof *v, by_name);
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, " %s=", v[i]->name);
		if (v[i]->known)
			put_value(out, v[i]->value);
		else
			buf_u8(out, '?');
		*whole &= v[i]->known;
	}
}

enum rc
calltext_put(const struct apicall *c, struct buf *out, bool *whole, struct err *err)
{
	const char *service = apicall_service(c), *operation = apicall_operation(c);
	const struct apicall_param **v = calloc(apicall_count(c) + 1, sizeof(*v));
	size_t n = 0, before = out->len;

	if (v == NULL)
		return err_memory(err);
	for (size_t i = 0; i < apicall_count(c); i++)
		if (!iam_harmless(service, operation, apicall_at(c, i)->name))
			v[n++] = apicall_at(c, i);
	*whole = true;
	buf_printf(out, "%s:%s in %s%s", service, operation, apicall_region(c),
	    n > 0 ? ":" : "");
	put_params(v, n, out, whole);
	free(v);
	if (!buf_ok(out) || out->len - before > CALLTEXT_MAX)
		return err_set(err, RC_REFUSE, "a call too long to be shown");
	return RC_OK;
}
