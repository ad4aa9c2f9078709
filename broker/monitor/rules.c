/* Loading what a reload replaces; see rules.h. */
#include "broker/monitor/rules.h"

#include <stdlib.h>
#include <string.h>

#include "broker/monitor/noticekeys.h"
#include "broker/monitor/veil.h"
#include "lib/base/clock.h"
#include "lib/base/safepath.h"
#include "recorder/recipients.h"

static enum rc
load_recipients(const struct config *c, char **ret, uint8_t keyset[32], struct err *err)
{
	struct recipients *list = NULL;
	struct buf text;
	enum rc rc;

	buf_init(&text, RECIPIENTS_TEXT_MAX);
	if ((rc = safepath_read(
		 c->recording.recipients, RECIPIENTS_TEXT_MAX, &text, err)) == RC_OK &&
	    (rc = recipients_parse(buf_span(&text), c->recording.admin_key,
		 clock_wall_ms(), &list, err)) == RC_OK &&
	    (*ret = span_dup(buf_span(&text))) == NULL)
		rc = err_memory(err);
	if (rc == RC_OK)
		memcpy(keyset, recipients_digest(list), 32);
	else
		err_add(err, "%s", c->recording.recipients);
	recipients_free(list);
	buf_clear(&text);
	return rc;
}

static bool
knows_mask(const void *arg, struct span name)
{
	return mask_policy_knows(arg, name);
}

/* The rules are compiled without the gateway's credentials: veil_of() adds them. */
static enum rc
load_masking(struct rules *r, struct err *err)
{
	const struct mask_policy *p = r->config->masking;
	enum rc rc = pack_masks(r->policy, knows_mask, p, err);

	return rc != RC_OK ? rc : veil_new(p, span_make(NULL, 0), "", &r->veil, err);
}

enum rc
rules_load(const struct places *places, const uint32_t *service_uids,
    size_t service_uid_count, struct buf *report, struct rules *ret, struct err *err)
{
	struct config_env env = { .places = places,
		.service_uids = service_uids,
		.service_uid_count = service_uid_count,
		.report = report };
	struct rules r = { 0 };
	enum rc rc = config_load(places->config, &env, &r.config, err);

	if (rc == RC_OK)
		rc = pack_load(r.config->policies, &r.policy, err);
	if (rc == RC_OK)
		rc = load_recipients(r.config, &r.recipients, r.keyset, err);
	if (rc == RC_OK)
		rc = noticekeys_load(&r.config->notify, &r.notice_keys, err);
	if (rc == RC_OK)
		rc = load_masking(&r, err);
	if (rc != RC_OK) {
		rules_clear(&r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
rules_clear(struct rules *r)
{
	config_free(r->config);
	pack_free(r->policy);
	free(r->recipients);
	noticekeys_free(r->notice_keys);
	veil_free(r->veil);
	*r = (struct rules){ 0 };
}

/* Keys that are read once, when processes and sockets are made. */
static const char *const fixed[] = { "name", "listen", "recording.device_key",
	"recording.reserve", "recording.checkpoint_to", "limits.connections",
	"limits.connections_per_source", "limits.unauthenticated",
	"limits.channels_per_connection", "limits.login", "store", "sandbox" };

static bool
is_fixed(const char *line)
{
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (strncmp(line, fixed[i], strlen(fixed[i])) == 0)
			return true;
	return false;
}

enum rc
rules_can_replace(const struct rules *then, const struct rules *now, struct err *err)
{
	struct buf a, b;
	char *at_a, *at_b, *line_a, *line_b;
	enum rc rc = RC_OK;

	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	config_dump(then->config, &a);
	config_dump(now->config, &b);
	at_a = buf_ok(&a) ? (char *)(uintptr_t)buf_cstr(&a) : NULL;
	at_b = buf_ok(&b) ? (char *)(uintptr_t)buf_cstr(&b) : NULL;
	if (at_a == NULL || at_b == NULL)
		rc = err_memory(err);
	/* The table's order is the dumps' order: they differ line by line. */
	while (rc == RC_OK && (line_a = strsep(&at_a, "\n")) != NULL &&
	       (line_b = strsep(&at_b, "\n")) != NULL)
		if (strcmp(line_a, line_b) != 0 &&
		    (is_fixed(line_a) || is_fixed(line_b)))
			rc = err_set(err, RC_REFUSE,
			    "%.*s: a change of this key needs a new start",
			    (int)strcspn(line_b, ":"), line_b);
	buf_clear(&a);
	buf_clear(&b);
	return rc;
}
