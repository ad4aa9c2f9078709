/* The keys of a broker, made and changed; see keyset.h.  All texts are made in memory first, so that
 * a bad value leaves nothing behind. */
#include "recorder/keyset.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/id.h"
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

/* ---- rotation ---- */

static enum rc
path_in(const char *dir, const char *name, char path[4096], struct err *err)
{
	if ((size_t)snprintf(path, 4096, "%s/%s", dir, name) >= 4096)
		return err_set(err, RC_REFUSE, "the folder's name is too long");
	return RC_OK;
}

struct turn {
	int dir;
	struct stat was; /* the old key's file */
	struct keyfile *old, *new;
	struct keyset_rotated done;
};

/* Root reads the key of the keeper's user, too: it is not the link of a stranger, and
 * nobody else may read it. */
static enum rc
read_device(struct turn *t, struct err *err)
{
	char text[KEYFILE_TEXT_MAX];
	int fd = openat(t->dir, KEYSET_DEVICE,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	ssize_t n = -1;
	enum rc rc;

	if (fd < 0)
		return err_errno(err, RC_REFUSE, "open %s", KEYSET_DEVICE);
	if (fstat(fd, &t->was) != 0 || (n = read(fd, text, sizeof text)) < 0)
		rc = err_errno(err, RC_FAIL, "read %s", KEYSET_DEVICE);
	else if (!S_ISREG(t->was.st_mode) || (t->was.st_mode & 077) != 0 ||
		 (geteuid() != 0 && t->was.st_uid != geteuid()))
		rc = err_set(err, RC_REFUSE,
		    "%s is not a file that its owner alone may use", KEYSET_DEVICE);
	else
		rc = keyfile_parse(
		    KEYFILE_DEVICE, span_make(text, (size_t)n), NULL, &t->old, err);
	sodium_memzero(text, sizeof text);
	close(fd);
	return rc;
}

/* A fresh file under a passing name, owned as the old key is. */
static enum rc
put_beside(const struct turn *t, const char *name, unsigned mode, struct span text,
    char made[80], struct err *err)
{
	enum rc rc;

	snprintf(made, 80, "%s.new", name);
	if (unlinkat(t->dir, made, 0) != 0 && errno != ENOENT)
		return err_errno(err, RC_FAIL, "remove %s", made);
	if ((rc = textfile_write(t->dir, made, mode, text, err)) != RC_OK)
		return rc;
	if (geteuid() == 0 && fchownat(t->dir, made, t->was.st_uid, t->was.st_gid,
				  AT_SYMLINK_NOFOLLOW) != 0)
		return err_errno(err, RC_FAIL, "give %s to its owner", made);
	return RC_OK;
}

static enum rc
place(const struct turn *t, const char *made, const char *name, struct err *err)
{
	if (renameat(t->dir, made, t->dir, name) != 0 || fsync(t->dir) != 0)
		return err_errno(err, RC_FAIL, "put %s in its place", name);
	return RC_OK;
}

/* The lines of earlier rotations, if there are any. */
static enum rc
read_rotations(const char *dir, struct buf *text, struct err *err)
{
	char path[4096];
	struct secret *before = NULL;
	enum rc rc;

	if ((rc = path_in(dir, ROTATION_FILE, path, err)) != RC_OK)
		return rc;
	rc = textfile_read(
	    path, TEXTFILE_PUBLIC, ROTATION_TEXT_MAX - 1024, &before, err);
	if (rc == RC_OK)
		buf_span_put(text, secret_span(before));
	secret_free(before);
	return rc == RC_END ? RC_OK : rc;
}

/* First the rotation, which harms nobody while the old key is in its place. */
static enum rc
turn_rotation(struct turn *t, const char *dir, struct err *err)
{
	char made[80];
	struct buf text;
	enum rc rc;

	buf_init(&text, ROTATION_TEXT_MAX);
	if ((rc = read_rotations(dir, &text, err)) == RC_OK) {
		rotation_put(&t->done.rotation, t->done.broker, &text);
		rc = buf_ok(&text) ? put_beside(t, ROTATION_FILE, 0644, buf_span(&text),
					 made, err)
				   : err_memory(err);
	}
	if (rc == RC_OK)
		rc = place(t, made, ROTATION_FILE, err);
	buf_clear(&text);
	return rc;
}

/* What was recorded under the old key is verified by its public half, and what it signed
 * may be asked for again: it is kept under a name of its own. */
static enum rc
keep_old(const struct turn *t, struct err *err)
{
	const char *as = t->done.old_name;

	if (linkat(t->dir, KEYSET_DEVICE, t->dir, as, 0) == 0 || errno == EEXIST)
		return RC_OK;
	return err_errno(err, RC_FAIL, "keep %s as %s", KEYSET_DEVICE, as);
}

static enum rc
turn_key(struct turn *t, struct err *err)
{
	char made[80];
	struct buf text;
	enum rc rc;

	buf_init(&text, KEYFILE_TEXT_MAX);
	if ((rc = keyfile_put(t->new, &text, err)) == RC_OK &&
	    (rc = keep_old(t, err)) == RC_OK &&
	    (rc = put_beside(t, KEYSET_DEVICE, 0600, buf_span(&text), made, err)) ==
		RC_OK)
		rc = place(t, made, KEYSET_DEVICE, err);
	buf_clear(&text);
	return rc;
}

static enum rc
turn_trust(struct turn *t, const char *dir, struct err *err)
{
	char path[4096], made[80];
	struct trust *trust = NULL;
	struct buf text;
	enum rc rc;

	if ((rc = path_in(dir, KEYSET_TRUST, path, err)) != RC_OK)
		return rc;
	if ((rc = trust_load(path, &trust, err)) != RC_OK)
		return rc == RC_END ? RC_OK : rc;
	buf_init(&text, TRUST_TEXT_MAX);
	if ((rc = trust_add(trust, false, span_of(t->done.broker),
		 t->done.rotation.new_pk, err)) == RC_OK) {
		trust_put(trust, &text);
		rc = buf_ok(&text)
			 ? put_beside(t, KEYSET_TRUST, 0644, buf_span(&text), made, err)
			 : err_memory(err);
	}
	if (rc == RC_OK)
		rc = place(t, made, KEYSET_TRUST, err);
	t->done.trusted = rc == RC_OK;
	buf_clear(&text);
	trust_free(trust);
	return rc;
}

static enum rc
turn(struct turn *t, const char *dir, struct err *err)
{
	uint8_t id[8];
	char dkid[17];
	enum rc rc;

	if ((rc = read_device(t, err)) != RC_OK ||
	    (rc = keyfile_new(KEYFILE_DEVICE, span_of(keyfile_label(t->old)), &t->new,
		 err)) != RC_OK ||
	    (rc = rotation_sign(
		 t->old, keyfile_public(t->new), &t->done.rotation, err)) != RC_OK ||
	    (rc = trust_dkid(keyfile_public(t->old), id, err)) != RC_OK)
		return rc;
	id_hex(id, sizeof id, dkid);
	snprintf(t->done.broker, sizeof t->done.broker, "%s", keyfile_label(t->old));
	snprintf(t->done.old_name, sizeof t->done.old_name, "device-%s.key", dkid);
	/* Trust in a key that never came into use harms nobody either. */
	if ((rc = turn_trust(t, dir, err)) != RC_OK ||
	    (rc = turn_rotation(t, dir, err)) != RC_OK)
		return rc;
	return turn_key(t, err);
}

enum rc
keyset_rotate(const char *dir, struct keyset_rotated *ret, struct err *err)
{
	struct turn t;
	enum rc rc;

	memset(&t, 0, sizeof t);
	if ((t.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_errno(err, RC_REFUSE, "open %s", dir);
	if ((rc = turn(&t, dir, err)) == RC_OK)
		*ret = t.done;
	keyfile_free(t.old);
	keyfile_free(t.new);
	close(t.dir);
	return rc;
}
