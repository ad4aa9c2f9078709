/* What a verifier finds on a broker's disk, made for the tests: keys, recordings, their
 * log and its proofs.
 *
 *	mkrecordings DIR [WORD...]
 *
 * makes DIR/keys, DIR/log, DIR/recordings/{spool,done}, DIR/outside/N (a checkpoint each
 * time one was signed), and in names.txt a line a recording: "closed", "recovered" or
 * "live", and its name.  A word then adds what no broker does, or does rarely, to the log:
 * see the table of deeds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/id.h"
#include "recorder/evidence.h"
#include "recorder/keyset.h"
#include "recorder/ledger.h"
#include "recorder/recipients.h"
#include "recorder/seal.h"
#include "recorder/textfile.h"
#include "recorder/writer.h"

#define NOW 1795167217000ULL
#define DAYS 1

struct maker {
	int dir, log;
	struct keyfile *device, *admin;
	struct recipients *to;
	struct ledger *ledger;
	uint64_t ms;
	unsigned made;
	FILE *names;
};

static struct err err;

static void
need(enum rc rc, const char *what)
{
	if (rc == RC_OK)
		return;
	fprintf(stderr, "mkrecordings: %s: %s\n", what, err.text);
	exit(1);
}

static void
need_true(bool ok, const char *what)
{
	need(ok ? RC_OK : err_errno(&err, RC_FAIL, "failed"), what);
}

static int
folder(int dir, const char *name)
{
	int fd;

	need_true(mkdirat(dir, name, 0700) == 0, name);
	need_true((fd = openat(dir, name, O_RDONLY | O_DIRECTORY)) >= 0, name);
	return fd;
}

static void
make_keys(struct maker *m, const char *dir)
{
	struct keyset_init ki = {
		.broker = "test/b1", .now_ms = NOW, .not_after = "2099-12-31"
	};
	struct secret *list = NULL;
	char path[4096];
	int keys = folder(m->dir, "keys");

	need(keyset_make(keys, &ki, &err), "keys");
	snprintf(path, sizeof path, "%s/keys/device.key", dir);
	need(keyfile_load(KEYFILE_DEVICE, path, NULL, &m->device, &err), path);
	snprintf(path, sizeof path, "%s/keys/admin.key", dir);
	need(keyfile_load(KEYFILE_ADMIN, path, NULL, &m->admin, &err), path);
	snprintf(path, sizeof path, "%s/keys/recipients", dir);
	need(textfile_read(path, TEXTFILE_PUBLIC, 65536, &list, &err), path);
	need(recipients_parse(
		 secret_span(list), keyfile_public(m->admin), NOW, &m->to, &err),
	    path);
	secret_free(list);
	close(keys);
}

static uint64_t
append(struct maker *m, struct leaf *leaf)
{
	uint64_t index;

	leaf->ms = m->ms += 1000;
	need(ledger_append(m->ledger, leaf, &index, &err), "append");
	need(ledger_sync(m->ledger, &err), "sync");
	return index;
}

static void
seal_log(struct maker *m)
{
	char name[64];

	need(ledger_seal(m->ledger, &err), "seal");
	snprintf(name, sizeof name, "outside/%llu",
	    (unsigned long long)ledger_checkpoint(m->ledger)->size);
	need(
	    textfile_write(m->dir, name, 0644, ledger_checkpoint_text(m->ledger), &err),
	    name);
}

/* A recording up to its certificate; its OPEN leaf is appended. */
static struct writer *
begin(struct maker *m, int fd, uint8_t sid[16], uint64_t *open)
{
	struct writer_init init = { .fd = fd,
		.broker = "test/b1",
		.class = "std",
		.timestamp = NOW / 1000,
		.title = "aws s3 ls",
		.meta_json = "{\"identity\":{\"name\":\"alice\"}}",
		.recipients = m->to };
	struct leaf leaf = { .type = LEAF_OPEN, .open.days = DAYS };
	uint8_t spk[32], h1[32], dkid[8], sig[64];
	struct writer *w = NULL;

	memcpy(init.sid, sid, 16);
	need(writer_open(&init, &w, &err), "writer");
	writer_request(w, spk, h1);
	memcpy(leaf.sid, sid, 16);
	memcpy(leaf.open.h1, h1, 32);
	memcpy(leaf.open.spk, spk, 32);
	*open = append(m, &leaf);
	need(seal_certify(m->device, sid, spk, h1, dkid, sig, &err), "certify");
	need(writer_certify(w, dkid, sig, &err), "certify");
	need(writer_output(w, WRITER_STDOUT, span_of("hello\n"), &err), "output");
	need(writer_flush(w, WRITER_SYNC, &err), "flush");
	return w;
}

static void
end_leaf(struct maker *m, const struct writer *w, const uint8_t sid[16], bool closed,
    uint64_t *end)
{
	struct leaf leaf = { .type = closed ? LEAF_CLOSE : LEAF_RECOVER };
	struct writer_stats st;

	writer_stats(w, &st);
	memcpy(leaf.sid, sid, 16);
	if (closed) {
		leaf.close.chunks = st.chunks;
		leaf.close.len = st.file_len;
		memcpy(leaf.close.h, st.h, 32);
	} else {
		leaf.recover.len = st.file_len;
		memcpy(leaf.recover.h, st.h, 32);
		leaf.recover.reason = LEAF_RECOVER_DIED;
	}
	*end = append(m, &leaf);
	seal_log(m);
}

static void
put_proof(struct maker *m, const uint8_t sid[16], const char *sid_text, uint64_t open,
    uint64_t end)
{
	char name[128];
	struct buf text;

	snprintf(name, sizeof name, "recordings/done/%s.proof", sid_text);
	buf_init(&text, EVIDENCE_TEXT_MAX);
	need(evidence_put(m->ledger, sid, open, end, &text, &err), "evidence");
	need(textfile_write(m->dir, name, 0600, buf_span(&text), &err), name);
	buf_clear(&text);
}

static void
record(struct maker *m, const char *how)
{
	bool closed = strcmp(how, "closed") == 0, live = strcmp(how, "live") == 0;
	uint64_t open, end = 0;
	uint8_t sid[16];
	char text[ID_UUID_TEXT], name[128];
	struct writer *w;
	int fd;

	need(id_uuid7(sid, &err), "id");
	sid[15] = (uint8_t)m->made++;
	id_uuid_text(sid, text);
	snprintf(
	    name, sizeof name, "recordings/%s/%s.cast", live ? "spool" : "done", text);
	fd = openat(m->dir, name, O_WRONLY | O_APPEND | O_CREAT | O_EXCL, 0600);
	need_true(fd >= 0, name);
	w = begin(m, fd, sid, &open);
	if (closed)
		need(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &err),
		    "close");
	if (!live) {
		end_leaf(m, w, sid, closed, &end);
		put_proof(m, sid, text, open, end);
	}
	writer_free(w);
	fprintf(m->names, "%s %s\n", how, text);
}

/* ---- words, all about the first recording ---- */

struct first {
	uint8_t sid[16];
	uint64_t open;
};

static void
two_opens(struct maker *m, const struct first *f)
{
	struct leaf leaf;

	need(ledger_leaf(m->ledger, f->open, &leaf, &err), "leaf");
	append(m, &leaf);
}

static void
two_ends(struct maker *m, const struct first *f)
{
	struct leaf leaf;

	need(ledger_leaf(m->ledger, f->open + 1, &leaf, &err), "leaf");
	append(m, &leaf);
}

static void
expire(struct maker *m, const struct first *f)
{
	struct leaf leaf = { .type = LEAF_EXPIRE, .expire.reason = LEAF_EXPIRE_KEPT };

	memcpy(leaf.sid, f->sid, 16);
	append(m, &leaf);
}

static void
expire_in_time(struct maker *m, const struct first *f)
{
	m->ms += DAYS * 86400000ULL;
	expire(m, f);
}

/* Appended, and not signed: anybody who can write to the folder can do that. */
static void
unsigned_leaf(struct maker *m, const struct first *f)
{
	two_opens(m, f);
}

static const struct {
	const char *name;
	void (*run)(struct maker *m, const struct first *f);
	bool seals;
} deeds[] = {
	{ "two-opens", two_opens, true },
	{ "two-ends", two_ends, true },
	{ "expire", expire_in_time, true },
	{ "expire-early", expire, true },
	{ "unsigned", unsigned_leaf, false },
};

static enum rc
find_first(void *arg, uint64_t index, const struct leaf *leaf, struct err *e)
{
	struct first *f = arg;

	(void)e;
	if (leaf->type == LEAF_OPEN && f->open == 0) {
		f->open = index;
		memcpy(f->sid, leaf->sid, 16);
	}
	return RC_OK;
}

static void
do_words(struct maker *m, int n, char **words)
{
	struct first f = { .open = 0 };
	bool seals = true;

	ledger_close(m->ledger);
	need(ledger_open(
		 m->log, m->device, span_of(""), find_first, &f, &m->ledger, &err),
	    "log");
	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof deeds / sizeof deeds[0]; k++)
			if (strcmp(words[i], deeds[k].name) == 0) {
				deeds[k].run(m, &f);
				seals &= deeds[k].seals;
			}
	if (seals)
		seal_log(m);
}

int
main(int argc, char **argv)
{
	static const char *const all[] = { "closed", "recovered", "closed", "closed",
		"live" };
	struct maker m = { .ms = NOW };
	int recordings, fd;

	if (argc < 2)
		return 2;
	need(writer_prepare(&err), "prepare");
	need_true((m.dir = open(argv[1], O_RDONLY | O_DIRECTORY)) >= 0, argv[1]);
	recordings = folder(m.dir, "recordings");
	close(folder(recordings, "spool"));
	close(folder(recordings, "done"));
	close(folder(m.dir, "outside"));
	m.log = folder(m.dir, "log");
	make_keys(&m, argv[1]);
	need_true(
	    (fd = openat(m.dir, "names.txt", O_WRONLY | O_CREAT | O_EXCL, 0600)) >= 0 &&
		(m.names = fdopen(fd, "w")) != NULL,
	    "names.txt");
	need(ledger_open(m.log, m.device, span_of(""), NULL, NULL, &m.ledger, &err),
	    "log");
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		record(&m, all[i]);
	seal_log(&m);
	if (argc > 2)
		do_words(&m, argc - 2, argv + 2);
	ledger_close(m.ledger);
	recipients_free(m.to);
	keyfile_free(m.device);
	keyfile_free(m.admin);
	close(recordings);
	close(m.log);
	close(m.dir);
	return fclose(m.names) == 0 ? 0 : 1;
}
