/* The command's environment; see childenv.h.
 *
 * Configuration files are named /dev/null and HOME is an empty folder, since a profile or
 * alias found there would beat what we give.  The metadata service is off: the gateway's
 * own role must not be reachable.  PATH leads nowhere: the CLI starts other programs when
 * it finds them. */
#include "broker/monitor/childenv.h"

#include "broker/monitor/monitor.h"

static const char *const fixed[] = {
	"PATH=/nonexistent",
	"LANG=C.UTF-8",
	"AWS_CONFIG_FILE=/dev/null",
	"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	"AWS_EC2_METADATA_DISABLED=true",
	"AWS_PAGER=",
};

struct entry {
	size_t at, len;
};

static void
add(struct childenv *e, struct entry *entries, const char *name, struct span value)
{
	struct entry *x = &entries[e->list.n++];

	x->at = e->text.len;
	buf_text(&e->text, name);
	buf_span_put(&e->text, value);
	x->len = e->text.len - x->at;
}

enum rc
childenv_make(const struct monitor *m, struct span access_key_id, struct span secret,
    const char *region, struct childenv *ret, struct err *err)
{
	struct entry entries[32];
	struct childenv e = { .list = { .n = 0 } };

	buf_init(&e.text, 65536);
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		add(&e, entries, fixed[i], span_of(""));
	add(&e, entries, "HOME=", span_of(m->places->home));
	add(&e, entries, "AWS_REGION=", span_of(region));
	add(&e, entries, "AWS_DEFAULT_REGION=", span_of(region));
	add(&e, entries, "AWS_ACCESS_KEY_ID=", access_key_id);
	add(&e, entries, "AWS_SECRET_ACCESS_KEY=", secret);
	if (!buf_ok(&e.text)) {
		buf_clear(&e.text);
		return err_memory(err);
	}
	/* Only now does the text stand still. */
	for (uint32_t i = 0; i < e.list.n; i++)
		e.list.v[i] = span_make(e.text.p + entries[i].at, entries[i].len);
	*ret = e;
	return RC_OK;
}

void
childenv_clear(struct childenv *e)
{
	buf_clear(&e->text);
}
