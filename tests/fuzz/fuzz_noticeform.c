/* Notices of holds whose words are anybody's: a line of the input is the command, the rest
 * what its asker says. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/noticeform.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(int good)
{
	if (!good)
		abort();
}

/* Each text that stands at a member of that name, however deep. */
static void
each(const json_t *o, const char *name, void (*look)(const char *s))
{
	const char *key;
	json_t *v;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)o, key, v)
	{
		if (strcmp(key, name) == 0 && json_is_string(v))
			look(json_string_value(v));
		each(v, name, look);
	}
	json_array_foreach(o, i, v) each(v, name, look);
}

static void
look_slack(const char *s)
{
	demand(strlen(s) <= NOTICEFORM_BLOCK && strpbrk(s, "<>") == NULL);
	for (; (s = strchr(s, '&')) != NULL; s++)
		demand(strncmp(s, "&amp;", 5) == 0 || strncmp(s, "&lt;", 4) == 0 ||
		       strncmp(s, "&gt;", 4) == 0);
}

static void
look_teams(const char *s)
{
	demand(strpbrk(s, "\r\n") == NULL && strstr(s, "http://") == NULL);
}

static void
form(enum config_format format, const struct noticeform *f)
{
	char *s = noticeform_body(format, f);
	json_t *o;

	demand(s != NULL && strlen(s) <= NOTICEFORM_MOST);
	for (const char *c = s; *c != '\0'; c++)
		demand(*c >= ' ' && *c <= '~');
	demand((o = json_loads(s, JSON_REJECT_DUPLICATES, NULL)) != NULL);
	if (format == CONFIG_FORMAT_SLACK)
		each(o, "text", look_slack);
	if (format == CONFIG_FORMAT_TEAMS) {
		demand(strlen(s) < 28 * 1024);
		each(o, "text", look_teams);
	}
	json_decref(o);
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t n = end == NULL ? size : (size_t)(end - data);
	size_t more = end == NULL ? 0 : size - n - 1;
	struct noticeform f = { .notice = "0193a5c0f00d0123456789",
		.broker = "gw",
		.event = "pending",
		.by = "",
		.reason = "",
		.needs = "1 of group sre" };
	json_t *hold;

	/* Holds have no other words. */
	if (!text_utf8(span_make(data, size)) || size > 100000)
		return 0;
	if (more > 256)
		more = 0;
	hold = json_pack("{s:s, s:s%, s:s%}", "id", "7F3K-Q2MX", "command",
	    size > 0 ? (const char *)data : "", n, "asker_says",
	    more > 0 ? (const char *)end + 1 : "", more);
	if (hold == NULL) /* a NUL, or a character cut in two */
		return 0;
	f.hold = hold;
	for (int format = 0; format <= CONFIG_FORMAT_TEAMS; format++)
		form((enum config_format)format, &f);
	json_decref(hold);
	return 0;
}
