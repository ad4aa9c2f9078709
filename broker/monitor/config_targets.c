/* Targets that have a name in broker.yaml, and how sessions on targets are made: how both
 * are written, and what has to stand together. */
#include "broker/monitor/config_read.h"

#include <string.h>

#include "lib/base/quantity.h"
#include "lib/model/name.h"
#include "lib/model/target.h"

/* The first version of a client that is asked for separate stderr and exit statuses. */
static const uint64_t after_version[4] = { 1, 2, 331, 0 };

#define DOCUMENT_CHARACTERS                                                            \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/-"

static enum rc
read_target_id(CONFIG_READER)
{
	(void)run;
	(void)row;
	if (yaml_kind(n) != YAML_TEXT || target_kind(yaml_span(n)) == TARGET_NONE)
		return yaml_expected(n, err,
		    "the id of a target: i-HEX, mi-HEX or ecs:CLUSTER_TASK_RUNTIME");
	*(const char **)to = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_os_user(CONFIG_READER)
{
	(void)run;
	(void)row;
	if (yaml_kind(n) != YAML_TEXT || !name_os_user(yaml_span(n)))
		return yaml_expected(n, err,
		    "a user's name: 1 to 32 characters out of A-Z a-z 0-9 ._-, a "
		    "letter or _ first");
	*(const char **)to = yaml_cstr(n);
	return RC_OK;
}

/* What AWS takes as a document's name or ARN. */
static enum rc
read_document(CONFIG_READER)
{
	struct span s = yaml_span(n);

	(void)run;
	if (yaml_kind(n) != YAML_TEXT || s.len < row->least || s.len > row->most ||
	    strspn(yaml_cstr(n), DOCUMENT_CHARACTERS) != s.len)
		return yaml_expected(n, err,
		    "a document's name: 3 to 128 characters out of A-Z a-z 0-9 _.:/-");
	*(const char **)to = yaml_cstr(n);
	return RC_OK;
}

/* Four numbers with dots between them. */
static bool
version_parse(struct span s, uint64_t out[4])
{
	for (int i = 0; i < 4; i++) {
		const uint8_t *dot = s.len > 0 ? memchr(s.p, '.', s.len) : NULL;
		size_t len = dot != NULL && i < 3 ? (size_t)(dot - s.p) : s.len;

		if ((dot == NULL && i < 3) ||
		    !quantity_uint(span_make(s.p, len), &out[i]) || out[i] > UINT32_MAX)
			return false;
		if (i < 3)
			s = span_make(s.p + len + 1, s.len - len - 1);
	}
	return true;
}

static bool
version_later(const uint64_t a[4], const uint64_t b[4])
{
	for (int i = 0; i < 4; i++)
		if (a[i] != b[i])
			return a[i] > b[i];
	return false;
}

static enum rc
read_version(CONFIG_READER)
{
	uint64_t v[4];

	(void)run;
	(void)row;
	if (yaml_kind(n) != YAML_TEXT || !version_parse(yaml_span(n), v) ||
	    !version_later(v, after_version))
		return yaml_expected(
		    n, err, "four numbers like 1.2.677.0, later than 1.2.331.0");
	*(const char **)to = yaml_cstr(n);
	return RC_OK;
}

/* NAME: ID, or NAME: a mapping. */
static enum rc
read_target(CONFIG_READER)
{
	struct config_target *t = to;
	const struct yaml_node *key = yaml_key(n);
	struct err local = { "" };

	if (!target_alias(yaml_span(key)))
		return schema_report(run,
		    yaml_expected(key, &local,
			"a name of 1 to 64 characters out of A-Z a-z 0-9 ._-, a "
			"letter, "
			"digit or _ first, that is no id and not \"aws\""),
		    &local);
	t->name = yaml_cstr(key);
	if (yaml_kind(n) == YAML_MAP)
		return schema_read_map(run, "targets{}.", n, n, t, err);
	return schema_report(run, read_target_id(run, row, n, &t->id, &local), &local);
}

/* The reader of YAML refuses a key that stands twice. */
static enum rc
read_targets(CONFIG_READER)
{
	static const struct config_series how = { YAML_MAP,
		sizeof(struct config_target), read_target, NULL, "target" };
	struct config_targets *all = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &all->n, err)) == RC_OK)
		all->v = v;
	return rc;
}

static void
show_targets(const struct schema_row *row, const void *from, struct buf *out)
{
	const struct config_targets *all = from;

	(void)row;
	for (size_t i = 0; i < all->n; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", all->v[i].name);
}

/* ---- what has to stand together ---- */

static enum rc
check_target(const struct config *c, const struct config_target *t,
    const struct yaml_node *n, struct err *err)
{
	if (t->profile != NULL && config_profile(c, span_of(t->profile)) == NULL)
		return yaml_expected(
		    yaml_find(n, "profile"), err, "the name of a profile in profiles");
	/* Run Command knows machines, no containers; and has no user to run as. */
	if (t->run && target_kind(span_of(t->id)) == TARGET_CONTAINER)
		return yaml_fail(yaml_find(n, "run"), err,
		    "expected run only with i-… or mi-…: Run Command has no "
		    "containers");
	if (t->run && t->os_user != NULL)
		return yaml_fail(yaml_find(n, "os_user"), err,
		    "expected no os_user beside run: Run Command runs as root");
	return RC_OK;
}

enum rc
config_check_targets(
    struct schema_run *run, const struct config *c, const struct yaml_node *root)
{
	const struct yaml_node *n = yaml_find(root, "targets");
	struct err local = { "" };
	enum rc rc = RC_OK;

	n = n != NULL ? yaml_first(n) : NULL;
	for (size_t i = 0; rc == RC_OK && n != NULL; i++, n = yaml_next(n))
		rc = schema_report(
		    run, check_target(c, &c->targets.v[i], n, &local), &local);
	return rc;
}

const struct schema_type config_targets = { "mapping", read_targets, show_targets };
const struct schema_type config_target_id = { "id", read_target_id, NULL };
const struct schema_type config_os_user = { "user", read_os_user, NULL };
const struct schema_type config_document = { "document", read_document,
	config_show_text };
const struct schema_type config_version = { "version", read_version, config_show_text };
