/* Masking, as a key of broker.yaml: recorder/mask reads what stands below it. */
#include "broker/monitor/config_read.h"

static void
release(void *p)
{
	mask_policy_free(p);
}

static enum rc
read_masking(CONFIG_READER)
{
	struct mask_policy *p = NULL;
	enum rc rc = mask_policy_read(n, &p, err);

	(void)row;
	if (rc != RC_OK)
		return rc;
	if (schema_keep(run, p, release) == NULL)
		return err_memory(err);
	*(const struct mask_policy **)to = p;
	return RC_OK;
}

static void
show_masking(const struct schema_row *row, const void *from, struct buf *out)
{
	const struct mask_policy *const *p = from;

	(void)row;
	if (*p != NULL)
		buf_text(out, mask_policy_counts_only(*p) ? "count-only" : "enforce");
}

const struct schema_type config_masking = { "mapping", read_masking, show_masking };
