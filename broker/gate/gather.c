/* What the walks through bodies share; see gather.h.  One walk each is in
 * gather_json.c, gather_xml.c and gather_form.c. */
#include "broker/gate/gather.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/text.h"

/* Too many of them, or out of memory: apicall.h says no more. */
static enum rc
added(struct gather *g, enum rc rc, const struct err *err)
{
	if (rc == RC_REFUSE)
		return refused_bad(
		    g->why, "the request cannot be decided: %s", err->text);
	return rc == RC_OK ? rc : refused_failed(g->why, "out of memory");
}

enum rc
gather_enter(struct gather *g, const char *name, size_t *at)
{
	size_t len = strlen(g->path);
	int n;

	*at = len;
	n = snprintf(
	    g->path + len, sizeof g->path - len, "%s%s", len > 0 ? "." : "", name);
	if (n < 0 || (size_t)n >= sizeof g->path - len) {
		g->path[len] = '\0';
		return refused_bad(g->why, "the body is nested too deeply");
	}
	g->depth++;
	return RC_OK;
}

void
gather_leave(struct gather *g, size_t at)
{
	g->path[at] = '\0';
	g->depth--;
}

static bool
wanted(const struct gather *g, const char *tail)
{
	size_t n = strlen(g->path);

	for (size_t i = 0; g->paths != NULL && g->paths[i][0] != '\0'; i++)
		if (strncmp(g->paths[i], g->path, n) == 0 &&
		    strcmp(g->paths[i] + n, tail) == 0)
			return true;
	return false;
}

bool
gather_below(const struct gather *g)
{
	size_t n = strlen(g->path);

	for (size_t i = 0; g->paths != NULL && g->paths[i][0] != '\0'; i++)
		if (strncmp(g->paths[i], g->path, n) == 0 &&
		    (g->paths[i][n] == '.' || g->paths[i][n] == '{'))
			return true;
	return false;
}

enum rc
gather_value(struct gather *g, struct span value)
{
	struct err err = { "" };

	if (g->depth > 1 && !wanted(g, ""))
		return RC_OK;
	return added(g, apicall_value(g->call, g->path, value, &err), &err);
}

enum rc
gather_member(struct gather *g)
{
	struct err err = { "" };
	size_t at = 0;

	/* Once, however many fields of a form it is made of. */
	if ((g->depth > 1 && !wanted(g, "")) ||
	    apicall_next(g->call, g->path, &at) != NULL)
		return RC_OK;
	return added(g, apicall_member(g->call, g->path, &err), &err);
}

enum rc
gather_key(struct gather *g, struct span key)
{
	struct err err = { "" };
	char name[GATHER_PATH + 3];

	if (!wanted(g, "{}"))
		return RC_OK;
	snprintf(name, sizeof name, "%s{}", g->path);
	return added(g, apicall_value(g->call, name, key, &err), &err);
}

enum rc
gather_unknown(const struct gather *g, struct span name)
{
	char shown[128];
	struct buf b;

	buf_init(&b, 4096);
	text_escape(&b, span_make(name.p, name.len < 64 ? name.len : 64));
	snprintf(shown, sizeof shown, "%s", buf_cstr(&b));
	buf_clear(&b);
	return refused_denied(g->why, "%s has no parameter %s%s%s that is known",
	    g->op->name, g->path, g->depth > 0 ? "." : "", shown);
}

enum rc
gather_misfit(const struct gather *g)
{
	return refused_bad(
	    g->why, "the parameter %s is not of the type that it should be", g->path);
}

enum rc
gather_present(struct gather *g, const struct awsmodel_param *p)
{
	size_t at;
	enum rc rc;

	if ((rc = gather_enter(g, p->name, &at)) != RC_OK)
		return rc;
	rc = gather_member(g);
	gather_leave(g, at);
	return rc;
}

static bool
scalar(enum awsmodel_type type)
{
	return type == AWSMODEL_STRING || type == AWSMODEL_NUMBER ||
	       type == AWSMODEL_BOOLEAN || type == AWSMODEL_TIMESTAMP ||
	       type == AWSMODEL_TEXTS;
}

/* Some clients write True in headers, and AWS takes that too: judged is one spelling. */
static struct span
truth(struct span value)
{
	if (value.len == 4 && strncasecmp((const char *)value.p, "true", 4) == 0)
		return span_of("true");
	if (value.len == 5 && strncasecmp((const char *)value.p, "false", 5) == 0)
		return span_of("false");
	return value;
}

enum rc
gather_text(struct gather *g, const struct awsmodel_param *p, struct span value)
{
	size_t at;
	enum rc rc;

	if (!scalar(p->type))
		return gather_present(g, p);
	if ((rc = gather_enter(g, p->name, &at)) != RC_OK)
		return rc;
	if (p->type == AWSMODEL_BOOLEAN)
		value = truth(value);
	rc = gather_value(g, value);
	gather_leave(g, at);
	return rc;
}
