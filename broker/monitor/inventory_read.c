/* What EC2 and Systems Manager answer about instances, as values that are bounded and
 * printable.  A stranger wrote the tags; and the answer, for all that is known here. */
#include "broker/monitor/inventory_parts.h"

#include <stdlib.h>
#include <string.h>

#include "broker/monitor/answertree.h"
#include "lib/base/text.h"

#define TAG_KEY 513 /* 128 characters of UTF-8, with the NUL */
#define TAG_VALUE 1025

static bool
all_plain(struct span s)
{
	while (s.len > 0) {
		uint32_t cp;
		unsigned n = text_char(s, &cp);

		if (n == 0 || !text_plain(cp))
			return false;
		s = span_make(s.p + n, s.len - n);
	}
	return true;
}

void
inventory_value(char *out, size_t size, struct span s)
{
	struct buf b;

	out[0] = '\0';
	if (all_plain(s)) {
		if (!span_copy(s, out, size))
			out[0] = '\0';
		return;
	}
	if (s.len > TAG_VALUE)
		return;
	buf_init(&b, 4 * TAG_VALUE + 1);
	text_show(&b, s);
	if (!buf_ok(&b) || !span_copy(buf_span(&b), out, size))
		out[0] = '\0';
	buf_clear(&b);
}

/* The text at a path below node, or nothing. */
static void
put_text(const json_t *node, const char *path, char *out, size_t size)
{
	const json_t *v = answertree_first(node, path);

	out[0] = '\0';
	if (json_is_string(v))
		inventory_value(
		    out, size, span_make(json_string_value(v), json_string_length(v)));
}

static bool
id_of(const json_t *node, const char *path, char out[INSTANCE_ID])
{
	enum target_kind kind;

	put_text(node, path, out, INSTANCE_ID);
	kind = target_kind(span_of(out));
	return kind == TARGET_INSTANCE || kind == TARGET_MANAGED;
}

struct instance *
instances_add(struct instances *all, const char *id)
{
	size_t room = all->room > 0 ? 2 * all->room : 4;
	struct instance *v;

	all->cut = all->cut || all->n >= INVENTORY_INSTANCES;
	if (all->n >= INVENTORY_INSTANCES)
		return NULL;
	if (all->n == all->room) {
		if ((v = realloc(all->v, room * sizeof *v)) == NULL)
			return NULL;
		all->v = v;
		all->room = room;
	}
	v = &all->v[all->n++];
	memset(v, 0, sizeof *v);
	(void)span_copy(span_of(id), v->id, sizeof v->id);
	v->online = true;
	return v;
}

/* ---- EC2 ---- */

struct reading {
	struct instances *all;
	struct instance *one;
	const char *env_tag;
	bool add, failed;
};

static void
add_tag(struct reading *r, const char *key, const char *value)
{
	struct instance *i = r->one;
	struct facts_pair *t = &i->tags[i->n_tags];

	t->name = strdup(key);
	t->value = strdup(value);
	if (t->name == NULL || t->value == NULL) {
		free((char *)t->name);
		free((char *)t->value);
		r->failed = true;
		return;
	}
	i->n_tags++;
}

/* A tag without room for its value is not known: rules that allow by it do not, and those
 * that deny may mean it. */
static bool
see_tag(void *arg, const json_t *node)
{
	struct reading *r = arg;
	const json_t *v = answertree_first(node, "value");
	char key[TAG_KEY], value[TAG_VALUE];

	put_text(node, "key", key, sizeof key);
	put_text(node, "value", value, sizeof value);
	if (key[0] == '\0' || !json_is_string(v) ||
	    (value[0] == '\0' && json_string_length(v) > 0))
		return true;
	if (strcmp(key, "Name") == 0)
		inventory_value(
		    r->one->tag_name, sizeof r->one->tag_name, span_of(value));
	if (strcmp(key, r->env_tag) == 0)
		inventory_value(r->one->env, sizeof r->one->env, span_of(value));
	if (r->one->n_tags < INSTANCE_TAGS)
		add_tag(r, key, value);
	return !r->failed;
}

static bool
see_instance(void *arg, const json_t *node)
{
	struct reading *r = arg;
	char id[INSTANCE_ID];
	struct instance *i;

	if (!id_of(node, "instanceId", id) || instances_find(r->all, id) != NULL)
		return true;
	if ((i = r->one = instances_add(r->all, id)) == NULL) {
		r->failed = !r->all->cut;
		return false;
	}
	put_text(node, "instanceState.name", i->state, sizeof i->state);
	put_text(node, "placement.availabilityZone", i->zone, sizeof i->zone);
	i->tagged = true;
	i->online = strcmp(i->state, "running") == 0 || i->state[0] == '\0';
	answertree_walk(node, "tagSet.item", see_tag, r);
	return !r->failed;
}

enum rc
inventory_read_ec2(
    const json_t *tree, const char *env_tag, struct instances *all, struct err *err)
{
	struct reading r = { .all = all, .env_tag = env_tag };

	answertree_walk(
	    tree, "reservationSet.item.instancesSet.item", see_instance, &r);
	return r.failed ? err_memory(err) : RC_OK;
}

/* ---- Systems Manager ---- */

static bool
see_information(void *arg, const json_t *node)
{
	struct reading *r = arg;
	char id[INSTANCE_ID], ping[33];
	struct instance *i;

	if (!id_of(node, "InstanceId", id))
		return true;
	put_text(node, "PingStatus", ping, sizeof ping);
	if ((i = instances_find(r->all, id)) == NULL) {
		if (!r->add || strcmp(ping, "Online") != 0)
			return true;
		if ((i = instances_add(r->all, id)) == NULL) {
			r->failed = !r->all->cut;
			return false;
		}
	}
	i->online = i->online && strcmp(ping, "Online") == 0;
	put_text(node, "PlatformType", i->platform, sizeof i->platform);
	put_text(node, "AgentVersion", i->agent, sizeof i->agent);
	/* Of machines that are not EC2's; their tags are Systems Manager's and are not
	 * asked for. */
	if (target_kind(span_of(id)) == TARGET_MANAGED && i->tag_name[0] == '\0')
		put_text(node, "Name", i->tag_name, sizeof i->tag_name);
	i->heard = true;
	return true;
}

enum rc
inventory_read_ssm(const json_t *tree, bool add, struct instances *all, struct err *err)
{
	struct reading r = { .all = all, .add = add };

	answertree_walk(tree, "InstanceInformationList", see_information, &r);
	return r.failed ? err_memory(err) : RC_OK;
}

/* ---- pages ---- */

bool
inventory_token(const json_t *tree, const char *name, struct buf *token, bool *bad)
{
	const json_t *v = answertree_first(tree, name);

	*bad = false;
	buf_reset(token);
	if (v == NULL || json_is_null(v) ||
	    (json_is_string(v) && json_string_length(v) == 0))
		return false;
	*bad = !json_is_string(v) || json_string_length(v) >= INVENTORY_TOKEN ||
	       !text_utf8(span_make(json_string_value(v), json_string_length(v)));
	if (!*bad)
		buf_put(token, json_string_value(v), json_string_length(v));
	return !*bad && buf_ok(token);
}
