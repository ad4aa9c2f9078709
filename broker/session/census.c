/* Calls by service; see census.h. */
#include "broker/session/census.h"

#include <stdio.h>
#include <string.h>

#define MADE "aws.call"
#define REFUSED "aws.refused"

static unsigned
place_of(struct census *c, const char *name)
{
	unsigned i = 0;

	if (name == NULL || name[0] == '\0' || strlen(name) >= CENSUS_NAME)
		name = "unknown";
	while (i < c->n && strcmp(c->v[i].name, name) != 0)
		i++;
	if (i == c->n && c->n >= CENSUS_SERVICES) {
		i = CENSUS_SERVICES;
		name = "other";
	}
	if (i >= c->n) {
		snprintf(c->v[i].name, CENSUS_NAME, "%s", name);
		c->n = i + 1;
	}
	return i;
}

/* Bodies are events, too, and long: only what can count is read as JSON. */
static bool
may_count(const char *event)
{
	return strstr(event, "\"" MADE "\"") != NULL ||
	       strstr(event, "\"" REFUSED "\"") != NULL;
}

void
census_add(struct census *c, const char *event)
{
	json_t *j = may_count(event) ? json_loads(event, 0, NULL) : NULL;
	const char *type = json_string_value(json_object_get(j, "t"));
	bool made = type != NULL && strcmp(type, MADE) == 0;
	unsigned i;

	if (made || (type != NULL && strcmp(type, REFUSED) == 0)) {
		i = place_of(c, json_string_value(json_object_get(j, "service")));
		c->v[i].made += made;
		c->v[i].refused += !made;
	}
	json_decref(j);
}

json_t *
census_json(const struct census *c, bool made)
{
	json_t *j = json_object();

	for (unsigned i = 0; i < c->n; i++) {
		uint64_t n = made ? c->v[i].made : c->v[i].refused;

		if (n > 0)
			json_object_set_new(
			    j, c->v[i].name, json_integer((json_int_t)n));
	}
	return j;
}
