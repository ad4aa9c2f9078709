/* The wall against a monitor that was talked into something: whatever it asks for, only
 * the programs named at the start run, and no variable that steers the loader, Python
 * or the AWS CLI's configuration gets through. */
#include "broker/launch/request.h"

#include <string.h>

#include "lib/base/text.h"

#define ACCESS_KEY_ID "AWS_ACCESS_KEY_ID"
/* What a gate makes up: nothing that AWS gives out begins so. */
#define DUMMY "AKBROKER"
#define DUMMY_LEN 20

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----\n"
#define PEM_END "-----END CERTIFICATE-----\n"

/* NULL: any value.  What leads to the gate (HTTPS_PROXY, AWS_CA_BUNDLE) is not among
 * them: the launcher makes it. */
static const struct variable {
	const char *name, *value;
} variables[] = {
	{ ACCESS_KEY_ID, NULL }, /* looked at closer */
	{ "AWS_CLI_AUTO_PROMPT", "off" },
	/* The CLI reads commands and credentials from these. */
	{ "AWS_CONFIG_FILE", "/dev/null" },
	{ "AWS_DEFAULT_OUTPUT", NULL },
	{ "AWS_DEFAULT_REGION", NULL },
	{ "AWS_EC2_METADATA_DISABLED", "true" },
	{ "AWS_MAX_ATTEMPTS", NULL },
	/* Anything else is a program to start. */
	{ "AWS_PAGER", "" },
	{ "AWS_REGION", NULL },
	{ "AWS_RETRY_MODE", NULL },
	{ "AWS_SECRET_ACCESS_KEY", NULL },
	{ "AWS_SHARED_CREDENTIALS_FILE", "/dev/null" },
	{ "AWS_STS_REGIONAL_ENDPOINTS", NULL },
	{ "HOME", NULL }, /* compared with the rules' */
	{ "LANG", NULL },
	/* The CLI looks for lsb_release, groff, less, ssh …: none is to be found. */
	{ "PATH", "/nonexistent" },
};
#define NVARIABLES (sizeof variables / sizeof variables[0])

static bool
program_ok(const struct request_rules *rules, struct span program)
{
	if (!span_starts(program, "/"))
		return false;
	for (size_t i = 0; i < rules->nprograms; i++)
		if (span_is(program, rules->programs[i]))
			return true;
	return false;
}

/* Split at the first "=". */
static bool
split(struct span s, struct span *name, struct span *value)
{
	const uint8_t *eq = s.len == 0 ? NULL : memchr(s.p, '=', s.len);

	if (eq == NULL)
		return false;
	*name = span_make(s.p, (size_t)(eq - s.p));
	*value = span_make(eq + 1, s.len - name->len - 1);
	return true;
}

static const struct variable *
find_variable(struct span name)
{
	for (size_t i = 0; i < NVARIABLES; i++)
		if (span_is(name, variables[i].name))
			return &variables[i];
	return NULL;
}

static enum rc
refuse_variable(struct span name, const char *why, struct err *err)
{
	struct buf b;

	buf_init(&b, 4 * 64 + 1);
	text_escape(&b, span_make(name.p, name.len > 64 ? 64 : name.len));
	err_set(err, RC_REFUSE, "variable %s %s", buf_cstr(&b), why);
	buf_clear(&b);
	return RC_REFUSE;
}

/* A key that is worth something must not come near a command. */
static bool
dummy_id(struct span id)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

	if (id.len != DUMMY_LEN || !span_starts(id, DUMMY))
		return false;
	for (size_t i = strlen(DUMMY); i < id.len; i++)
		if (id.p[i] == '\0' || strchr(digits, id.p[i]) == NULL)
			return false;
	return true;
}

static enum rc
check_variable(
    const struct request_rules *rules, struct span entry, bool *seen, struct err *err)
{
	const struct variable *v;
	struct span name, value;
	const char *must;

	if (!split(entry, &name, &value))
		return err_set(err, RC_REFUSE, "a variable without a value");
	if ((v = find_variable(name)) == NULL)
		return refuse_variable(name, "is not in the list", err);
	if (seen[v - variables])
		return refuse_variable(name, "stands twice", err);
	seen[v - variables] = true;
	must = span_is(name, "HOME") ? rules->home : v->value;
	if ((must != NULL && !span_is(value, must)) ||
	    (span_is(name, ACCESS_KEY_ID) && !dummy_id(value)))
		return refuse_variable(name, "has a value that it may not have", err);
	return RC_OK;
}

/* One half of "user:password": it is to stand in a URL as it is. */
static bool
unreserved(struct span s)
{
	static const char more[] = "-._~";

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i], letter = c | 0x20;

		if ((letter < 'a' || letter > 'z') && (c < '0' || c > '9') &&
		    (c == '\0' || strchr(more, c) == NULL))
			return false;
	}
	return s.len > 0;
}

static bool
proxy_ok(struct span s)
{
	const uint8_t *colon = s.len == 0 ? NULL : memchr(s.p, ':', s.len);
	size_t at = colon == NULL ? 0 : (size_t)(colon - s.p);

	return colon != NULL && unreserved(span_make(s.p, at)) &&
	       unreserved(span_make(colon + 1, s.len - at - 1));
}

static bool
ca_ok(struct span s)
{
	size_t end = strlen(PEM_END);

	if (!span_starts(s, PEM_BEGIN) || s.len < strlen(PEM_BEGIN) + end ||
	    memcmp(s.p + s.len - end, PEM_END, end) != 0)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] != '\n' && (s.p[i] < ' ' || s.p[i] > '~'))
			return false;
	return true;
}

enum rc
request_check(
    const struct request_rules *rules, const struct msg_launch *m, struct err *err)
{
	bool seen[NVARIABLES] = { false };
	enum rc rc = RC_OK;

	if (m->argv.n == 0 || !program_ok(rules, m->argv.v[0]))
		return err_set(err, RC_REFUSE, "not a program that may be launched");
	if (!proxy_ok(m->proxy) || !ca_ok(m->ca))
		return err_set(err, RC_REFUSE, "no gate: proxy and CA must be named");
	if ((m->stage & ~(STAGE_IN | STAGE_OUT)) != 0)
		return err_set(err, RC_REFUSE, "files of an unknown kind");
	for (uint32_t i = 0; rc == RC_OK && i < m->env.n; i++)
		rc = check_variable(rules, m->env.v[i], seen, err);
	return rc;
}
