/* What the gate makes of requests that another program wrote: for each record of stdin,
 * "HEAD-BYTES BODY-BYTES\n" and those bytes, a line on stdout: the call
 * with tabs between its parts, or "refused CODE: sentence". */
#include "tests/support/unit.h"

#include "broker/gate/onward.h"
#include "broker/gate/resolve.h"
#include "lib/base/text.h"

#define BODY_MAX (1u << 20)

static void
show(const struct apicall *c)
{
	struct buf b;

	buf_init(&b, 4 * APICALL_BYTES);
	buf_printf(&b, "%s:%s\t%s", apicall_service(c), apicall_operation(c),
	    apicall_region(c));
	for (size_t i = 0; i < apicall_count(c); i++) {
		const struct apicall_param *p = apicall_at(c, i);

		buf_printf(&b, "\t%s", p->name);
		if (!p->known)
			continue;
		buf_u8(&b, '=');
		text_escape(&b, p->value);
	}
	puts(buf_cstr(&b));
	buf_clear(&b);
}

static enum rc
resolve(const struct head *h, struct authz *a, struct span body, struct refused *why)
{
	struct apicall *call = NULL;
	struct resolve_plan plan;
	struct onward o = { 0 };
	struct place p;
	enum rc rc;

	if ((rc = authz_read(h, a, why)) != RC_OK ||
	    (rc = place_proxy(head_host(h), head_host(h), h, a, &p, why)) != RC_OK ||
	    (rc = resolve_plan(h, a, &p, &plan, why)) != RC_OK)
		return rc;
	if (plan.streamed)
		body.len = 0;
	if ((rc = resolve_call(h, a, &p, body, &call, why)) == RC_OK &&
	    (rc = onward_new(h, a, &p, false, &o, why)) == RC_OK)
		show(call);
	onward_clear(&o);
	apicall_free(call);
	return rc;
}

static void
one(struct span head, struct span body)
{
	struct refused why = { 0 };
	struct err err = { "" };
	struct head *h = NULL;
	struct authz a;
	size_t used;

	if (head_read(head, &h, &used, &err) != RC_OK)
		printf("refused head: %s\n", err.text);
	else if (resolve(h, &a, body, &why) != RC_OK)
		printf("refused %s: %s\n", why.code, why.text);
	head_free(h);
}

int
main(void)
{
	static uint8_t head[HEAD_BYTES], body[BODY_MAX];
	unsigned n, m;

	while (scanf("%u %u", &n, &m) == 2 && getchar() == '\n') {
		if (n > sizeof head || m > sizeof body ||
		    fread(head, 1, n, stdin) != n || fread(body, 1, m, stdin) != m)
			return 1;
		one(span_make(head, n), span_make(body, m));
	}
	return feof(stdin) ? 0 : 1;
}
