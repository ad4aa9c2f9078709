/* How places for checkpoints are written; see outlet.h. */
#include "broker/monitor/outlet.h"

#include <string.h>

#include "broker/monitor/endpoint.h"
#include "broker/monitor/objectname.h"
#include "lib/model/profile.h"

/* Printable ASCII without what URLs may not hold as it is. */
static bool
plain(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' ||
		    memchr("\"<>\\^`{|}", s.p[i], 9) != NULL)
			return false;
	return true;
}

static struct span
behind(struct span s, size_t n)
{
	return span_make(s.p + n, s.len - n);
}

/* What stands before c, and *s becomes what stands behind it; all of it, and nothing,
 * without one. */
static struct span
cut_at(struct span *s, char c)
{
	const uint8_t *at = s->len > 0 ? memchr(s->p, c, s->len) : NULL;
	struct span head = *s;

	if (at == NULL) {
		*s = span_make(NULL, 0);
		return head;
	}
	head.len = (size_t)(at - s->p);
	*s = behind(*s, head.len + 1);
	return head;
}

/* An absolute path whose words are where it is. */
static bool
read_file(struct span rest, struct outlet *o, const char **why)
{
	(void)o;
	*why = "file:///DIR with an absolute path, without \"..\"";
	if (rest.len < 2 || rest.p[0] != '/' || memchr(rest.p, '%', rest.len) != NULL)
		return false;
	while (rest.len > 0)
		if (span_is(cut_at(&rest, '/'), ".."))
			return false;
	return true;
}

static bool
read_https(struct span rest, struct outlet *o, const char **why)
{
	char host[ENDPOINT_HOST], with_port[ENDPOINT_HOST + 16];
	struct span place = cut_at(&rest, '/');
	struct buf b;
	uint16_t port;

	(void)o;
	*why = "https://HOST/PATH or https://HOST:PORT/PATH";
	if (memchr(rest.len > 0 ? rest.p : (const uint8_t *)"", '#', rest.len) != NULL)
		return false;
	buf_over(&b, with_port, sizeof with_port);
	buf_span_put(&b, place);
	if (place.len == 0 || memchr(place.p, ':', place.len) == NULL)
		buf_text(&b, ":443");
	return buf_ok(&b) && endpoint_parse(buf_span(&b), host, &port);
}

static bool
read_s3(struct span rest, struct outlet *o, const char **why)
{
	struct span path = cut_at(&rest, '?'), bucket = cut_at(&path, '/');

	*why = "s3://BUCKET/PREFIX?region=REGION";
	while (path.len > 0 && path.p[path.len - 1] == '/')
		path.len--;
	if (!span_starts(rest, "region="))
		return false;
	rest = behind(rest, strlen("region="));
	return objectname_bucket(bucket) && objectname_key(path) &&
	       profile_region(rest) && span_copy(bucket, o->bucket, sizeof o->bucket) &&
	       span_copy(path, o->prefix, sizeof o->prefix) &&
	       span_copy(rest, o->region, sizeof o->region);
}

static bool
read_syslog(struct span rest, struct outlet *o, const char **why)
{
	(void)o;
	*why = "syslog: and nothing behind it";
	return rest.len == 0;
}

static const struct form {
	const char *scheme;
	enum outlet_kind kind;
	bool (*read)(struct span rest, struct outlet *o, const char **why);
} forms[] = {
	{ "file://", OUTLET_FILE, read_file },
	{ "https://", OUTLET_HTTPS, read_https },
	{ "s3://", OUTLET_S3, read_s3 },
	{ "syslog:", OUTLET_SYSLOG, read_syslog },
};

bool
outlet_parse(struct span s, struct outlet *ret, const char **why)
{
	struct outlet o = { 0 };

	*why = "file:///DIR, https://HOST/PATH, s3://BUCKET/PREFIX?region=REGION or "
	       "syslog:";
	if (!plain(s) || !span_copy(s, o.text, sizeof o.text))
		return false;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const struct form *f = &forms[i];

		if (!span_starts(s, f->scheme))
			continue;
		o.kind = f->kind;
		if (!f->read(behind(s, strlen(f->scheme)), &o, why))
			return false;
		*ret = o;
		return true;
	}
	return false;
}

const char *
outlet_folder(const struct outlet *o)
{
	return o->text + strlen("file://");
}

bool
outlet_answers(const struct outlet *o)
{
	return o->kind == OUTLET_HTTPS || o->kind == OUTLET_S3;
}
