/* Keys with many values: a list, or a mapping from names, becomes an array. */
#include "broker/monitor/config_read.h"

/* As many entries as the row allows, of the kind that it is written in. */
static enum rc
want_entries(const struct yaml_node *n, const struct schema_row *row,
    enum yaml_kind kind, struct err *err)
{
	enum rc rc;

	if ((rc = yaml_want(n, kind, err)) != RC_OK)
		return rc;
	if (yaml_count(n) < row->least)
		return yaml_fail(n, err,
		    "expected at least %u entries in %s, found %zu",
		    (unsigned)row->least, row->path, yaml_count(n));
	if (yaml_count(n) > row->most)
		return yaml_fail(n, err, "expected at most %u entries in %s, found %zu",
		    (unsigned)row->most, row->path, yaml_count(n));
	return RC_OK;
}

/* Is the newest of count + 1 values among those before it? */
static bool
stands_before(const struct config_series *how, const char *v, size_t count)
{
	const void *newest = v + count * how->size;

	for (size_t i = 0; how->same != NULL && i < count; i++)
		if (how->same(v + i * how->size, newest))
			return true;
	return false;
}

enum rc
config_series(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, const struct config_series *how, void **ret,
    size_t *ret_count, struct err *err)
{
	size_t count = 0;
	enum rc rc;
	char *v;

	if ((rc = want_entries(n, row, how->kind, err)) != RC_OK)
		return rc;
	if ((v = schema_alloc(run, yaml_count(n), how->size)) == NULL)
		return err_memory(err);
	for (n = yaml_first(n); n != NULL; n = yaml_next(n), count++) {
		rc = how->read(run, row, n, v + count * how->size, err);
		if (rc != RC_OK)
			return rc;
		if (stands_before(how, v, count))
			return yaml_expected(yaml_key(n) != NULL ? yaml_key(n) : n, err,
			    "each %s once", how->noun);
	}
	*ret = v;
	*ret_count = count;
	return RC_OK;
}

void
config_show_text(const struct schema_row *row, const void *from, struct buf *out)
{
	schema_text.show(row, from, out);
}
