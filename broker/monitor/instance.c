/* One target as a value: copied, freed, and as the facts that rules look at. */
#include "broker/monitor/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "broker/monitor/inventory_parts.h"

static void
clear_tags(struct instance *i)
{
	for (size_t k = 0; k < i->n_tags; k++) {
		free((char *)i->tags[k].name);
		free((char *)i->tags[k].value);
	}
	i->n_tags = 0;
}

void
instance_free(struct instance *i)
{
	if (i == NULL)
		return;
	clear_tags(i);
	free(i);
}

struct instance *
instance_copy(const struct instance *i)
{
	struct instance *c = malloc(sizeof *c);

	if (c == NULL)
		return NULL;
	*c = *i;
	for (c->n_tags = 0; c->n_tags < i->n_tags; c->n_tags++) {
		struct facts_pair *to = &c->tags[c->n_tags];

		to->name = strdup(i->tags[c->n_tags].name);
		to->value = strdup(i->tags[c->n_tags].value);
		if (to->name == NULL || to->value == NULL) {
			c->n_tags++;
			instance_free(c);
			return NULL;
		}
	}
	return c;
}

static const char *
or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

void
instance_facts(const struct instance *i, struct facts *f)
{
	/* Where the name is not known, none is made up: rules that deny one may mean
	 * it. */
	if (i->alias[0] != '\0')
		f->target = i->alias;
	else if (i->tag_name[0] != '\0')
		f->target = i->tag_name;
	else
		f->target = i->tagged ? i->id : NULL;
	f->target_id = i->id;
	f->env = or_null(i->env);
	f->os_user = or_null(i->os_user);
	f->tags = i->tags;
	f->n_tags = i->n_tags;
}

void
instances_clear(struct instances *all)
{
	for (size_t i = 0; i < all->n; i++)
		clear_tags(&all->v[i]);
	free(all->v);
	*all = (struct instances){ .v = NULL };
}

void
instances_remove(struct instances *all, size_t i)
{
	clear_tags(&all->v[i]);
	memmove(&all->v[i], &all->v[i + 1], (--all->n - i) * sizeof all->v[0]);
}

struct instance *
instances_find(const struct instances *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].id, id) == 0)
			return &all->v[i];
	return NULL;
}
