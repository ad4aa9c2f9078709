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

/* One line, whatever lines the text has. */
static void
show_masking(const struct schema_row *row, const void *from, struct buf *out)
{
	const struct mask_policy *const *p = from;
	struct err err = { "" };
	struct buf text;

	(void)row;
	buf_init(&text, MASK_POLICY_TEXT + 1);
	if (*p == NULL || mask_policy_text(*p, &text, &err) != RC_OK)
		buf_reset(&text);
	for (size_t i = 0; i < text.len; i++)
		buf_u8(out, text.p[i] == '\n' ? ' ' : text.p[i]);
	buf_clear(&text);
}

const struct schema_type config_masking = { "mapping", read_masking, show_masking };
