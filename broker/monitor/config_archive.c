/* Retention classes and the archive: how they are written in broker.yaml, and what has to
 * stand together. */
#include "broker/monitor/config_read.h"

#include <string.h>

#include "broker/monitor/endpoint.h"
#include "broker/monitor/objectname.h"

#define PREFIX_CHARACTERS                                                              \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._=-"

static enum rc
read_yes(CONFIG_READER)
{
	static const char *const words[] = { "false", "true", NULL };
	size_t at;
	enum rc rc;

	(void)run;
	(void)row;
	if ((rc = yaml_choice(n, words, &at, err)) == RC_OK)
		*(bool *)to = at == 1;
	return rc;
}

static enum rc
read_bucket(CONFIG_READER)
{
	(void)run;
	(void)row;
	if (yaml_kind(n) != YAML_TEXT || !objectname_bucket(yaml_span(n)))
		return yaml_expected(
		    n, err, "a bucket's name: 3 to 63 characters out of a-z 0-9 .-");
	*(const char **)to = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_prefix(CONFIG_READER)
{
	(void)run;
	/* It stands in a session policy, too, where others would be patterns. */
	if (yaml_kind(n) != YAML_TEXT || yaml_span(n).len > row->most ||
	    !objectname_key(yaml_span(n)) ||
	    strspn(yaml_cstr(n), PREFIX_CHARACTERS) != yaml_span(n).len)
		return yaml_expected(n, err,
		    "the beginning of keys, like recordings/, out of A-Z a-z 0-9 "
		    "/._=-, without a slash in front or empty, \".\" or \"..\" parts");
	*(const char **)to = yaml_cstr(n);
	return RC_OK;
}

/* https://HOST[:PORT]; what stays is HOST[:PORT]. */
static enum rc
read_endpoint(CONFIG_READER)
{
	static const char scheme[] = "https://";
	char host[ENDPOINT_HOST];
	struct span s = yaml_span(n);
	struct buf with_port;
	uint16_t port;
	bool good = false;

	(void)run;
	(void)row;
	if (yaml_kind(n) == YAML_TEXT && span_starts(s, scheme)) {
		s = span_make(s.p + strlen(scheme), s.len - strlen(scheme));
		buf_init(&with_port, 512);
		buf_span_put(&with_port, s);
		if (s.len > 0 && memchr(s.p, ':', s.len) == NULL)
			buf_text(&with_port, ":443");
		good = s.len > 0 && s.p[0] != '[' && buf_ok(&with_port) &&
		       endpoint_parse(buf_span(&with_port), host, &port);
		buf_clear(&with_port);
	}
	if (!good)
		return yaml_expected(n, err, "https://HOST or https://HOST:PORT");
	*(const char **)to = yaml_cstr(n) + strlen(scheme);
	return RC_OK;
}

static enum rc
read_retention(CONFIG_READER)
{
	struct config_retention *r = to;
	struct err local = { "" };
	enum rc rc;

	if ((rc = config_class.read(run, row, yaml_key(n), &r->name, &local)) !=
		RC_OK ||
	    (rc = yaml_want(n, YAML_MAP, &local)) != RC_OK)
		return schema_report(run, rc, &local);
	return schema_read_map(run, "recording.classes{}.", n, n, r, err);
}

static enum rc
read_retentions(CONFIG_READER)
{
	static const struct config_series how = { YAML_MAP,
		sizeof(struct config_retention), read_retention, NULL, "class" };
	struct config_retentions *all = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &all->n, err)) == RC_OK)
		all->v = v;
	return rc;
}

static void
show_yes(const struct schema_row *row, const void *from, struct buf *out)
{
	(void)row;
	buf_text(out, *(const bool *)from ? "true" : "false");
}

static void
show_retentions(const struct schema_row *row, const void *from, struct buf *out)
{
	const struct config_retentions *all = from;

	(void)row;
	for (size_t i = 0; i < all->n; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", all->v[i].name);
}

/* ---- what has to stand together ---- */

/* A lock that is written and not made, or made without an end, would be believed. */
static enum rc
check_retention(const struct config *c, const struct config_retention *r,
    const struct yaml_node *n, struct err *err)
{
	const struct yaml_node *lock = yaml_find(n, "lock");

	if (r->lock != CONFIG_LOCK_NONE && r->keep == 0)
		return yaml_fail(
		    lock, err, "expected the key keep beside a lock: it needs an end");
	if (r->lock != CONFIG_LOCK_NONE && c->archive.bucket == NULL)
		return yaml_fail(lock, err,
		    "expected the key archive.bucket with a lock: objects are locked "
		    "there, and nothing else");
	return RC_OK;
}

static enum rc
check_classes(
    struct schema_run *run, const struct config *c, const struct yaml_node *recording)
{
	const struct yaml_node *n = yaml_find(recording, "classes"),
			       *class_ = yaml_find(recording, "class");
	struct err local = { "" };
	enum rc rc = RC_OK;

	if (n == NULL || c->recording.classes.n == 0)
		return RC_OK;
	if (config_retention(c, c->recording.class) == NULL)
		return schema_report(run,
		    yaml_fail(class_ != NULL ? class_ : yaml_key(n), &local,
			"expected the class %s in recording.classes, or another one "
			"in recording.class",
			c->recording.class),
		    &local);
	n = yaml_first(n);
	for (size_t i = 0; rc == RC_OK && n != NULL; i++, n = yaml_next(n))
		rc = schema_report(run,
		    check_retention(c, &c->recording.classes.v[i], n, &local), &local);
	return rc;
}

/* A profile's class is one of the listed, or stands for nothing. */
static enum rc
check_profiles(
    struct schema_run *run, const struct config *c, const struct yaml_node *profiles)
{
	const struct yaml_node *n = profiles != NULL ? yaml_first(profiles) : NULL;
	struct err local = { "" };
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && n != NULL; i++, n = yaml_next(n)) {
		const char *name = c->profiles.v[i].class_;

		if (name != NULL && config_retention(c, name) == NULL)
			rc = schema_report(run,
			    yaml_expected(yaml_find(n, "class"), &local,
				"the name of a class in recording.classes"),
			    &local);
	}
	return rc;
}

static enum rc
check_bucket(const struct config *c, const struct yaml_node *archive, struct err *err)
{
	if (c->archive.bucket == NULL)
		return yaml_fail(yaml_key(archive), err,
		    "expected the key archive.bucket in archive");
	if (c->archive.region == NULL)
		return yaml_fail(yaml_key(archive), err,
		    "expected the key archive.region in archive");
	return RC_OK;
}

enum rc
config_check_archive(
    struct schema_run *run, const struct config *c, const struct yaml_node *root)
{
	const struct yaml_node *archive = yaml_find(root, "archive");
	struct err local = { "" };
	enum rc rc = check_classes(run, c, yaml_find(root, "recording"));

	if (rc == RC_OK)
		rc = check_profiles(run, c, yaml_find(root, "profiles"));
	if (rc == RC_OK && archive != NULL)
		rc = schema_report(run, check_bucket(c, archive, &local), &local);
	return rc;
}

const struct schema_type config_yes = { "truth", read_yes, show_yes };
const struct schema_type config_bucket = { "bucket", read_bucket, config_show_text };
const struct schema_type config_prefix = { "prefix", read_prefix, config_show_text };
const struct schema_type config_endpoint = { "address", read_endpoint,
	config_show_text };
const struct schema_type config_retentions = { "mapping", read_retentions,
	show_retentions };
