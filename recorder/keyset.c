/* The keys of a new broker; see keyset.h.  All texts are made in memory first, so that
 * a bad value leaves nothing behind. */
#include "recorder/keyset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "recorder/b64.h"
#include "recorder/keyfile.h"
#include "recorder/recipients.h"
#include "recorder/textfile.h"
#include "recorder/trust.h"

#define DAY_MS 86400000ULL
#define VALID_DAYS 400

enum item {
	ITEM_DEVICE,
	ITEM_AUDITOR,
	ITEM_BREAK_GLASS,
	ITEM_ADMIN,
	ITEM_ADMIN_PUBLIC,
	ITEM_RECIPIENTS,
	ITEM_TRUST,
	ITEMS
};

static const struct {
	const char *name;
	unsigned mode;
} items[ITEMS] = {
	[ITEM_DEVICE] = { KEYSET_DEVICE, 0600 },
	[ITEM_AUDITOR] = { KEYSET_AUDITOR, 0600 },
	[ITEM_BREAK_GLASS] = { KEYSET_BREAK_GLASS, 0600 },
	[ITEM_ADMIN] = { KEYSET_ADMIN, 0600 },
	[ITEM_ADMIN_PUBLIC] = { KEYSET_ADMIN_PUBLIC, 0644 },
	[ITEM_RECIPIENTS] = { KEYSET_RECIPIENTS, 0644 },
	[ITEM_TRUST] = { KEYSET_TRUST, 0644 },
};

/* The first four are keys. */
#define KEYS 4

static const struct {
	enum keyfile_kind kind;
	const char *label; /* NULL: the broker's name */
} keys[KEYS] = {
	[ITEM_DEVICE] = { KEYFILE_DEVICE, NULL },
	[ITEM_AUDITOR] = { KEYFILE_AUDITOR, "auditor" },
	[ITEM_BREAK_GLASS] = { KEYFILE_AUDITOR, "break-glass" },
	[ITEM_ADMIN] = { KEYFILE_ADMIN, "admin" },
};

struct made {
	struct keyfile *key[KEYS];
	struct buf text[ITEMS];
};

static enum rc
make_keys(struct made *m, const char *broker, struct err *err)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < KEYS && rc == RC_OK; i++) {
		const char *label = keys[i].label != NULL ? keys[i].label : broker;

		if ((rc = keyfile_new(keys[i].kind, span_of(label), &m->key[i], err)) ==
		    RC_OK)
			rc = keyfile_put(m->key[i], &m->text[i], err);
	}
	return rc;
}

static enum rc
make_recipients(struct made *m, const struct keyset_init *init, struct err *err)
{
	struct recipient list[2];
	char now[21], until[21];

	clock_iso(init->now_ms, now);
	clock_iso(init->now_ms + VALID_DAYS * DAY_MS, until);
	now[7] = '\0';
	until[10] = '\0';
	memset(list, 0, sizeof list);
	for (unsigned i = 0; i < 2; i++) {
		const struct keyfile *k = m->key[ITEM_AUDITOR + i];

		if (!span_copy(span_of(keyfile_label(k)), list[i].label,
			sizeof list[i].label) ||
		    !span_copy(span_of(init->epoch ? init->epoch : now), list[i].epoch,
			sizeof list[i].epoch) ||
		    !span_copy(span_of(init->not_after ? init->not_after : until),
			list[i].not_after, sizeof list[i].not_after))
			return err_set(
			    err, RC_REFUSE, "the epoch or the date is too long");
		memcpy(list[i].pk, keyfile_public(k), 32);
	}
	return recipients_put(
	    list, 2, m->key[ITEM_ADMIN], &m->text[ITEM_RECIPIENTS], err);
}

static enum rc
make_trust(struct made *m, const char *broker, struct err *err)
{
	struct trust *t = NULL;
	enum rc rc;

	if ((rc = trust_new(&t, err)) != RC_OK)
		return rc;
	rc = trust_add(
	    t, false, span_of(broker), keyfile_public(m->key[ITEM_DEVICE]), err);
	if (rc == RC_OK)
		trust_put(t, &m->text[ITEM_TRUST]);
	trust_free(t);
	return rc;
}

static enum rc
make_all(struct made *m, const struct keyset_init *init, struct err *err)
{
	enum rc rc;

	if ((rc = make_keys(m, init->broker, err)) != RC_OK ||
	    (rc = make_recipients(m, init, err)) != RC_OK ||
	    (rc = make_trust(m, init->broker, err)) != RC_OK)
		return rc;
	b64_put(&m->text[ITEM_ADMIN_PUBLIC],
	    span_make(keyfile_public(m->key[ITEM_ADMIN]), 32));
	buf_text(&m->text[ITEM_ADMIN_PUBLIC], "\n");
	for (unsigned i = 0; i < ITEMS; i++)
		if (!buf_ok(&m->text[i]))
			return err_memory(err);
	return RC_OK;
}

/* Keys that somebody may still need are never written over. */
static enum rc
refuse_existing(int dir_fd, struct err *err)
{
	struct stat st;

	for (unsigned i = 0; i < ITEMS; i++) {
		if (fstatat(dir_fd, items[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return err_set(
			    err, RC_REFUSE, "%s exists already", items[i].name);
		if (errno != ENOENT)
			return err_errno(err, RC_FAIL, "look for %s", items[i].name);
	}
	return RC_OK;
}

static enum rc
write_items(int dir_fd, const struct made *m, struct err *err)
{
	enum rc rc = RC_OK;
	unsigned done;

	for (done = 0; done < ITEMS && rc == RC_OK; done++)
		rc = textfile_write(dir_fd, items[done].name, items[done].mode,
		    buf_span(&m->text[done]), err);
	if (rc == RC_OK && fsync(dir_fd) != 0)
		rc = err_errno(err, RC_FAIL, "sync the directory of the keys");
	else if (rc != RC_OK)
		done--; /* textfile_write removed its own */
	while (rc != RC_OK && done-- > 0)
		unlinkat(dir_fd, items[done].name, 0);
	return rc;
}

enum rc
keyset_make(int dir_fd, const struct keyset_init *init, struct err *err)
{
	struct made m;
	enum rc rc;

	memset(&m, 0, sizeof m);
	for (unsigned i = 0; i < ITEMS; i++)
		buf_init(&m.text[i], RECIPIENTS_TEXT_MAX);
	if ((rc = refuse_existing(dir_fd, err)) == RC_OK &&
	    (rc = make_all(&m, init, err)) == RC_OK)
		rc = write_items(dir_fd, &m, err);
	for (unsigned i = 0; i < ITEMS; i++)
		buf_clear(&m.text[i]);
	for (unsigned i = 0; i < KEYS; i++)
		keyfile_free(m.key[i]);
	return rc;
}
