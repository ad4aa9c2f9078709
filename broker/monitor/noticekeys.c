/* Reading the secrets of webhooks; see noticekeys.h. */
#include "broker/monitor/noticekeys.h"

#include <stdlib.h>

#include "broker/vault/secretfile.h"

struct noticekeys {
	size_t n;
	struct secret *v[CONFIG_NOTIFY_MOST];
};

/* As an editor or echo leaves it. */
static struct span
without_end(struct span s)
{
	if (s.len > 0 && s.p[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.p[s.len - 1] == '\r')
		s.len--;
	return s;
}

static enum rc
load_one(const char *path, struct secret **ret, struct err *err)
{
	struct span s;
	struct buf b;
	enum rc rc;

	buf_init(&b, NOTICEKEYS_MOST + SECRETFILE_PAGE);
	if ((rc = secretfile_read(path, NOTICEKEYS_MOST, &b, err)) == RC_OK) {
		s = without_end(buf_span(&b));
		rc = s.len < NOTICEKEYS_LEAST
			 ? err_set(err, RC_REFUSE, "expected at least %u bytes",
			       NOTICEKEYS_LEAST)
			 : secret_copy(s, ret, err);
	}
	if (rc != RC_OK)
		err_add(err, "%s", path);
	buf_clear(&b);
	return rc;
}

enum rc
noticekeys_load(
    const struct config_notifies *all, struct noticekeys **ret, struct err *err)
{
	struct noticekeys *k = calloc(1, sizeof *k);
	enum rc rc = RC_OK;

	if (k == NULL)
		return err_memory(err);
	for (; rc == RC_OK && k->n < all->n && k->n < CONFIG_NOTIFY_MOST; k->n++) {
		rc = load_one(all->v[k->n].secret_file, &k->v[k->n], err);
		if (rc != RC_OK)
			err_add(err, "notify %s: secret_file", all->v[k->n].name);
	}
	if (rc != RC_OK) {
		noticekeys_free(k);
		return rc;
	}
	*ret = k;
	return RC_OK;
}

void
noticekeys_free(struct noticekeys *k)
{
	for (size_t i = 0; k != NULL && i < k->n; i++)
		secret_free(k->v[i]);
	free(k);
}

struct span
noticekeys_at(const struct noticekeys *k, size_t i)
{
	if (k == NULL || i >= k->n)
		return span_make(NULL, 0);
	return secret_span(k->v[i]);
}
