/* Which veil is in force; see veiling.h. */
#include "broker/monitor/veiling.h"

#include <sodium.h>
#include <string.h>

#include "broker/monitor/monitor.h"
#include "lib/base/log.h"

/* The gateway's credentials come and change on their own. */
static void
renew(struct monitor *m, const char *key_id)
{
	uint8_t salt[16];
	struct veil *v = NULL;
	struct err err = { "" };
	struct buf seeds;
	enum rc rc;

	buf_init(&seeds, VAULT_SEEDS);
	randombytes_buf(salt, sizeof salt);
	if ((rc = vault_seeds(m->vault, salt, &seeds, &err)) == RC_OK)
		rc = veil_new(
		    m->rules.config->masking, buf_span(&seeds), key_id, &v, &err);
	buf_clear(&seeds);
	if (rc != RC_OK) {
		log_line(LOG_ERROR,
		    "masks are without the gateway's own credentials: %s", err.text);
		return;
	}
	veil_free(m->rules.veil);
	m->rules.veil = v;
}

const struct veil *
veil_of(struct monitor *m)
{
	const char *id = m->vault == NULL ? "" : vault_key_id(m->vault);

	if (m->rules.veil != NULL && id[0] != '\0' &&
	    strcmp(id, veil_key_id(m->rules.veil)) != 0)
		renew(m, id);
	return m->rules.veil;
}
