/* Places for checkpoints, as a key of broker.yaml. */
#include "broker/monitor/config_read.h"

#include <string.h>

static enum rc
read_outlet(CONFIG_READER)
{
	const char *why;

	(void)run;
	(void)row;
	if (yaml_kind(n) == YAML_TEXT && outlet_parse(yaml_span(n), to, &why))
		return RC_OK;
	return yaml_expected(
	    n, err, "%s", yaml_kind(n) == YAML_TEXT ? why : "the URL of a place");
}

static bool
same_outlet(const void *a, const void *b)
{
	const struct outlet *x = a, *y = b;

	return strcmp(x->text, y->text) == 0;
}

static enum rc
read_outlets(CONFIG_READER)
{
	static const struct config_series how = { YAML_LIST, sizeof(struct outlet),
		read_outlet, same_outlet, "place" };
	struct config_outlets *all = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &all->n, err)) == RC_OK)
		all->v = v;
	return rc;
}

static void
show_outlets(const struct schema_row *row, const void *from, struct buf *out)
{
	const struct config_outlets *all = from;

	(void)row;
	for (size_t i = 0; i < all->n; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", all->v[i].text);
}

const struct schema_type config_outlets = { "places", read_outlets, show_outlets };
