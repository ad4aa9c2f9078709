/* The real broker-keeper and its log: what stands in it, what it refuses to start
 * with, and that it holds whenever the keeper is killed. */
#include "tests/recorder/support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/store/store.h"
#include "lib/base/frame.h"
#include "lib/base/id.h"
#include "lib/wire/codec.h"
#include "recorder/evidence.h"
#include "recorder/ledger.h"
#include "recorder/rotation.h"
#include "tests/support/peer.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define RECS 3

struct fixture {
	char dir[64], state[80], log[90], recordings[100], key[90], drop[90];
	struct ring ring;
	struct peer p;
	bool dead; /* the keeper: only in crash tests */
	uint32_t id;
	struct err err;
};

static void
put_text(const char *path, struct span text, unsigned mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.len), text.len);
	close(fd);
}

static void
put_key(struct fixture *f, const struct keyfile *k)
{
	struct buf b;

	buf_init(&b, KEYFILE_TEXT_MAX);
	OK(keyfile_put(k, &b, &f->err));
	put_text(f->key, buf_span(&b), 0600);
	buf_clear(&b);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	strcpy(f->dir, "/tmp/test_journal.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->state, sizeof f->state, "%s/state", f->dir);
	snprintf(f->log, sizeof f->log, "%s/log", f->state);
	snprintf(f->recordings, sizeof f->recordings, "%s/recordings", f->state);
	snprintf(f->key, sizeof f->key, "%s/device.key", f->dir);
	snprintf(f->drop, sizeof f->drop, "%s/drop", f->dir);
	mkdir(f->state, 0700);
	mkdir(f->drop, 0755);
	f->p.sock = -1;
	ring_init(&f->ring);
	put_key(f, f->ring.device);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	if (f->p.sock >= 0)
		peer_kill(&f->p);
	ring_clear(&f->ring);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	if (system(command) != 0)
		return -1;
	free(f);
	return 0;
}

static void
start(struct fixture *f)
{
	const char *argv[] = { "--state", f->state, "--device-key", f->key,
		"--min-free", "0", "--drop", f->drop, NULL };

	peer_start(&f->p, "broker/keeper/broker-keeper", argv);
	f->dead = false;
	f->p.passed = MSG_CHECKPOINT;
}

static void
up(struct fixture *f)
{
	start(f);
	peer_want(&f->p, MSG_KEEPER, 0);
}

static void
down(struct fixture *f)
{
	assert_int_equal(peer_hang_up(&f->p), 0);
}

/* It must not start. */
static void
refuses(struct fixture *f)
{
	start(f);
	assert_int_equal(peer_next(&f->p, PEER_MS), 0);
	assert_int_equal(peer_wait(&f->p), 70);
}

/* Ask; RC_FAIL when the keeper is dead. */
static enum rc
ask(struct fixture *f, enum msg type, const void *m)
{
	struct err err = { "" };
	struct buf b;
	int got;

	buf_init(&b, FRAME_MAX);
	assert_non_null(buf_room(&b, 1));
	OK(codec_encode(type, m, &b, &err));
	if (!f->dead && frame_send(f->p.sock, (uint16_t)type, ++f->id, buf_span(&b),
			    NULL, 0, &err) != RC_OK)
		f->dead = true;
	buf_clear(&b);
	got = f->dead ? 0 : peer_next(&f->p, PEER_MS);
	if (got == 0) {
		f->dead = true;
		return RC_FAIL;
	}
	assert_int_equal(got, MSG_KEPT);
	assert_int_equal(f->p.f.id, f->id);
	return (enum rc)f->p.m.kept.rc;
}

static enum rc
in_force(struct fixture *f, uint8_t kind, uint8_t byte)
{
	uint8_t digest[32];
	struct msg_leaf_rec m = { kind, span_make(digest, 32) };

	memset(digest, byte, 32);
	return ask(f, MSG_LEAF_REC, &m);
}

/* One recording, as far as it goes. */
struct rec {
	uint8_t sid[16];
	bool sealed, closed; /* the keeper said so */
};

static struct writer *
open_rec(struct fixture *f, struct rec *r)
{
	struct writer_init init = { .broker = "test/b1",
		.class = "std",
		.timestamp = 1795167217,
		.meta_json = "{}",
		.recipients = f->ring.recipients,
		.device_pk = NULL };
	struct msg_open_rec o = { .sid = span_make(r->sid, 16),
		.identity = span_of("ci"),
		.class_ = span_of("std"),
		.keep_s = 400 * 86400 - 1 };
	struct msg_seal_rec s;
	struct writer *w = NULL;
	uint8_t spk[32], h1[32];

	OK(id_uuid7(r->sid, NULL));
	if (ask(f, MSG_OPEN_REC, &o) != RC_OK)
		return NULL;
	memcpy(init.sid, r->sid, 16);
	init.fd = f->p.f.fds[0];
	OK(writer_open(&init, &w, &f->err));
	writer_request(w, spk, h1);
	s = (struct msg_seal_rec){ span_make(r->sid, 16), span_make(spk, 32),
		span_make(h1, 32) };
	if (ask(f, MSG_SEAL_REC, &s) != RC_OK) {
		writer_free(w);
		return NULL;
	}
	r->sealed = true;
	OK(writer_certify(w, f->p.m.kept.bytes.p, f->p.m.kept.bytes.p + 8, &f->err));
	OK(writer_output(w, WRITER_STDOUT, span_of("hello\n"), &f->err));
	OK(writer_flush(w, 0, &f->err));
	return w;
}

static void
close_rec(struct fixture *f, struct rec *r, struct writer *w, bool whole)
{
	struct msg_close_rec c = { span_make(r->sid, 16), whole };

	if (w == NULL)
		return;
	if (whole)
		OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &f->err));
	writer_free(w);
	r->closed = ask(f, MSG_CLOSE_REC, &c) == (whole ? RC_OK : RC_REFUSE);
}

/* What a log says, by type and session. */
struct tally {
	unsigned n[LEAF_TYPES];
	struct leaf leaf[200];
	unsigned leaves;
};

static enum rc
take(void *arg, uint64_t index, const struct leaf *leaf, struct err *err)
{
	struct tally *t = arg;

	(void)err;
	assert_true(index < 200);
	t->n[leaf->type]++;
	t->leaf[index] = *leaf;
	t->leaves++;
	return RC_OK;
}

static void
read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		fail_msg("no %s", path);
	file_read(fd, out);
	close(fd);
}

static void
read_log(struct fixture *f, struct tally *t)
{
	char path[120];
	struct ledger *l = NULL;
	struct buf text;
	int fd;

	memset(t, 0, sizeof *t);
	snprintf(path, sizeof path, "%s/entries", f->log);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	snprintf(path, sizeof path, "%s/checkpoint", f->log);
	read_file(path, &text);
	if (ledger_read(fd, buf_span(&text), take, t, &l, &f->err) != RC_OK)
		fail_msg("%s", f->err.text);
	OK(ledger_believe(l, f->ring.trust, &f->err));
	/* All is signed when the keeper is down. */
	assert_int_equal(ledger_behind(l), 0);
	ledger_close(l);
	close(fd);
	buf_clear(&text);
}

static const struct leaf *
find(const struct tally *t, const uint8_t sid[16], enum leaf_type a, enum leaf_type b,
    unsigned *n)
{
	const struct leaf *found = NULL;

	*n = 0;
	for (unsigned i = 0; i < t->leaves; i++) {
		const struct leaf *l = &t->leaf[i];

		if ((l->type != a && l->type != b) || memcmp(l->sid, sid, 16) != 0)
			continue;
		found = l;
		++*n;
	}
	return found;
}

/* SID.proof lies beside the file and fits it. */
static void
assert_proven(struct fixture *f, const uint8_t sid[16], enum leaf_type end)
{
	char text[ID_UUID_TEXT], path[200];
	struct evidence *e = NULL;
	struct buf file, proof;
	struct proof p;

	id_uuid_text(sid, text);
	snprintf(path, sizeof path, "%s/done/%s.cast", f->recordings, text);
	read_file(path, &file);
	snprintf(path, sizeof path, "%s/done/%s.proof", f->recordings, text);
	read_file(path, &proof);
	p = prove(buf_span(&file), f->ring.trust);
	OK(evidence_parse(buf_span(&proof), &e, &f->err));
	OK(evidence_believe(e, f->ring.trust, &f->err));
	OK(evidence_fits(evidence_open(e), &p, &f->err));
	OK(evidence_fits(evidence_end(e), &p, &f->err));
	assert_int_equal(evidence_end(e)->type, end);
	evidence_free(e);
	buf_clear(&file);
	buf_clear(&proof);
}

static void
the_log_says_what_happened(void **state)
{
	struct fixture *f = *state;
	struct rec a = { 0 }, b = { 0 };
	struct tally t;
	unsigned n;

	up(f);
	OK(in_force(f, LEAF_REC_KEYSET, 1));
	OK(in_force(f, LEAF_REC_POLICY, 2));
	/* Said again, or something else. */
	OK(in_force(f, LEAF_REC_KEYSET, 1));
	OK(in_force(f, LEAF_REC_POLICY, 3));
	assert_int_equal(in_force(f, 5, 1), RC_REFUSE);
	close_rec(f, &a, open_rec(f, &a), true);
	close_rec(f, &b, open_rec(f, &b), false);
	assert_true(a.closed && b.closed);
	down(f);
	/* A new start has nothing to add. */
	up(f);
	OK(in_force(f, LEAF_REC_KEYSET, 1));
	OK(in_force(f, LEAF_REC_POLICY, 3));
	down(f);
	read_log(f, &t);
	assert_int_equal(t.leaves, 8);
	assert_int_equal(t.leaf[0].type, LEAF_DEVKEY);
	assert_memory_equal(t.leaf[0].devkey.pk, keyfile_public(f->ring.device), 32);
	assert_int_equal(t.n[LEAF_KEYSET], 1);
	assert_int_equal(t.n[LEAF_POLICY], 2);
	assert_int_equal(find(&t, a.sid, LEAF_OPEN, LEAF_OPEN, &n)->open.days, 400);
	assert_int_equal(
	    find(&t, b.sid, LEAF_RECOVER, LEAF_RECOVER, &n)->recover.reason,
	    LEAF_RECOVER_DIED);
	assert_proven(f, a.sid, LEAF_CLOSE);
	assert_proven(f, b.sid, LEAF_RECOVER);
}

/* One that was never certified has recorded nothing, and the log knows nothing of it. */
static void
what_was_never_certified_is_not_in_it(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16] = { 0 };
	struct msg_open_rec o = { .sid = span_make(sid, 16) };
	struct msg_close_rec c = { span_make(sid, 16), 0 };
	struct tally t;

	OK(id_uuid7(sid, NULL));
	up(f);
	OK(ask(f, MSG_OPEN_REC, &o));
	close(f->p.f.fds[0]);
	assert_int_equal(ask(f, MSG_CLOSE_REC, &c), RC_REFUSE);
	down(f);
	up(f);
	down(f);
	read_log(f, &t);
	assert_int_equal(t.leaves, 1);
}

/* The monitor is told of each checkpoint, the first one unasked. */
static void
checkpoints_are_told_and_left(void **state)
{
	struct fixture *f = *state;
	struct checkpoint c;
	struct buf text, lines;
	char path[150];
	uint64_t last = 0;

	start(f);
	f->p.passed = (enum msg)0;
	peer_want(&f->p, MSG_KEEPER, 0);
	peer_want(&f->p, MSG_CHECKPOINT, 0);
	assert_int_equal(f->p.m.checkpoint.size, 1);
	peer_send(&f->p, MSG_LEAF_REC, 1,
	    &(struct msg_leaf_rec){
		LEAF_REC_KEYSET, span_make((uint8_t[32]){ 7 }, 32) },
	    NULL, 0);
	peer_want(&f->p, MSG_KEPT, 1);
	peer_want(&f->p, MSG_CHECKPOINT, 0);
	assert_int_equal(f->p.m.checkpoint.size, 2);
	OK(checkpoint_parse(f->p.m.checkpoint.text, &c, &f->err));
	OK(checkpoint_verify(&c, f->ring.trust, &f->err));
	down(f);
	/* The name of the broker is test/b1. */
	snprintf(path, sizeof path, "%s/test%%2Fb1.checkpoint", f->drop);
	read_file(path, &text);
	OK(checkpoint_parse(buf_span(&text), &c, &f->err));
	assert_int_equal(c.size, 2);
	snprintf(path, sizeof path, "%s/test%%2Fb1.checkpoints", f->drop);
	read_file(path, &lines);
	for (struct span rest = buf_span(&lines); rest.len > 0;) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.len);

		assert_non_null(lf);
		OK(checkpoint_line_parse(
		    span_make(rest.p, (size_t)(lf - rest.p)), &c, &f->err));
		OK(checkpoint_verify(&c, f->ring.trust, &f->err));
		assert_true(c.size > last);
		last = c.size;
		rest.len -= (size_t)(lf + 1 - rest.p);
		rest.p = lf + 1;
	}
	assert_int_equal(last, 2);
	buf_clear(&text);
	buf_clear(&lines);
}

/* A drop folder that is gone stops nothing. */
static void
a_lost_drop_folder_stops_nothing(void **state)
{
	struct fixture *f = *state;
	char away[100];

	up(f);
	snprintf(away, sizeof away, "%s.away", f->drop);
	assert_int_equal(chmod(f->drop, 0), 0);
	assert_int_equal(rename(f->drop, away), 0);
	assert_int_equal(rmdir(away) == 0 || errno == ENOTEMPTY, 1);
	OK(in_force(f, LEAF_REC_KEYSET, 1));
	down(f);
	/* At a start it is a mistake. */
	refuses(f);
}

static void
edit(struct fixture *f, const char *name, off_t at, int cut)
{
	char path[120];
	uint8_t byte;
	int fd;

	snprintf(path, sizeof path, "%s/%s", f->log, name);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	if (cut) {
		assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) + at), 0);
	} else {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
}

static void
drop_file(struct fixture *f, const char *name)
{
	char path[120];

	snprintf(path, sizeof path, "%s/%s", f->log, name);
	assert_int_equal(unlink(path), 0);
}

static void
a_spoiled_log_refuses_to_start(void **state)
{
	struct fixture *f = *state;
	struct rec a = { 0 };

	up(f);
	close_rec(f, &a, open_rec(f, &a), true);
	down(f);
	edit(f, "entries", 200, 0);
	refuses(f);
	edit(f, "entries", 200, 0);
	edit(f, "checkpoint", 3, 0);
	refuses(f);
	edit(f, "checkpoint", 3, 0);
	up(f);
	down(f);
	edit(f, "entries", -1, 1);
	refuses(f);
}

/* With the log rolled back to nothing, the store still knows. */
static void
the_store_misses_what_the_log_lacks(void **state)
{
	struct fixture *f = *state;
	struct rec a = { 0 };

	up(f);
	close_rec(f, &a, open_rec(f, &a), true);
	down(f);
	drop_file(f, "entries");
	drop_file(f, "frontier");
	drop_file(f, "checkpoint");
	refuses(f);
}

static void
a_missing_proof_is_made_again(void **state)
{
	struct fixture *f = *state;
	struct rec a = { 0 };
	char text[ID_UUID_TEXT], path[200];

	up(f);
	close_rec(f, &a, open_rec(f, &a), true);
	down(f);
	id_uuid_text(a.sid, text);
	snprintf(path, sizeof path, "%s/done/%s.proof", f->recordings, text);
	assert_int_equal(unlink(path), 0);
	up(f);
	down(f);
	assert_proven(f, a.sid, LEAF_CLOSE);
}

/* Another device key is taken only when the old one has signed for it, and recordings
 * of the old one are still closed and proven. */
static void
the_device_key_rotates(void **state)
{
	struct fixture *f = *state;
	struct keyfile *fresh = NULL;
	struct rec a = { 0 }, b = { 0 };
	struct rotation r;
	struct writer *w;
	struct tally t;
	struct buf text;
	char path[120];

	up(f);
	w = open_rec(f, &a);
	assert_non_null(w);
	OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &f->err));
	writer_free(w);
	peer_kill(&f->p);
	OK(keyfile_new(KEYFILE_DEVICE, span_of("test/b1"), &fresh, NULL));
	put_key(f, fresh);
	refuses(f);
	OK(rotation_sign(f->ring.device, keyfile_public(fresh), &r, NULL));
	buf_init(&text, 1024);
	rotation_put(&r, "test/b1", &text);
	snprintf(path, sizeof path, "%s/" ROTATION_FILE, f->dir);
	text.p[text.len - 10] ^= 1;
	put_text(path, buf_span(&text), 0644);
	refuses(f);
	text.p[text.len - 10] ^= 1;
	put_text(path, buf_span(&text), 0644);
	up(f);
	close_rec(f, &b, open_rec(f, &b), true);
	down(f);
	/* Trust has the first key alone, and follows. */
	read_log(f, &t);
	assert_int_equal(t.n[LEAF_DEVKEY], 2);
	assert_int_equal(t.n[LEAF_CLOSE], 2);
	assert_proven(f, a.sid, LEAF_CLOSE);
	assert_proven(f, b.sid, LEAF_CLOSE);
	/* And not back. */
	put_key(f, f->ring.device);
	refuses(f);
	keyfile_free(fresh);
	buf_clear(&text);
}

/* ---- killed at each call that changes something ---- */

#define CHANGES                                                                        \
	"write,pwrite64,fsync,fdatasync,ftruncate,renameat,renameat2,unlink,unlinkat," \
	"openat,sendmsg"

static char inject[200], keeper[300];
static const char *victim[12];

static void
under_strace(void)
{
	const char *argv[24] = { "strace", "-f", "-qq", "-o", "/dev/null", "-e",
		"trace=" CHANGES, "-e", inject, "--", keeper };

	for (unsigned i = 0; victim[i] != NULL; i++)
		argv[11 + i] = victim[i];
	/* What looks for leaks cannot work under strace. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	execvp("strace", (char *const *)(uintptr_t)argv);
	_exit(126);
}

static void
start_doomed(struct fixture *f, unsigned when)
{
	const char *argv[] = { NULL };
	const char *args[] = { "--state", f->state, "--device-key", f->key,
		"--min-free", "0", "--drop", f->drop, NULL };
	const char *top = getenv("top_builddir");

	memcpy(victim, args, sizeof args);
	snprintf(keeper, sizeof keeper, "%s/broker/keeper/broker-keeper",
	    top == NULL ? "." : top);
	snprintf(
	    inject, sizeof inject, "inject=" CHANGES ":signal=SIGKILL:when=%u", when);
	peer_start_as(&f->p, "broker/keeper/broker-keeper", argv, under_strace);
	f->dead = peer_next(&f->p, PEER_MS) != MSG_KEEPER;
	f->p.passed = MSG_CHECKPOINT;
}

/* One OPEN for each that was certified, and one end, which is CLOSE where the keeper
 * said so; never an end without OPEN. */
static void
assert_consistent(struct fixture *f, const struct rec *recs)
{
	struct tally t;
	unsigned opens, ends;

	read_log(f, &t);
	assert_int_equal(t.n[LEAF_OPEN], t.n[LEAF_CLOSE] + t.n[LEAF_RECOVER]);
	for (unsigned i = 0; i < RECS; i++) {
		const struct rec *r = &recs[i];
		const struct leaf *end;

		(void)find(&t, r->sid, LEAF_OPEN, LEAF_OPEN, &opens);
		end = find(&t, r->sid, LEAF_CLOSE, LEAF_RECOVER, &ends);
		assert_true(opens <= 1 && ends == opens);
		assert_true(!r->sealed || opens == 1);
		if (opens == 1)
			assert_proven(f, r->sid, end->type);
		/* The second is left without its end. */
		if (r->closed && i != 1)
			assert_int_equal(end->type, LEAF_CLOSE);
	}
}

/* One life of a keeper, and what it promised.  False: it was not killed. */
static bool
live(struct fixture *f, unsigned when, struct rec recs[RECS])
{
	int status;

	start_doomed(f, when);
	(void)in_force(f, LEAF_REC_KEYSET, (uint8_t)when);
	for (unsigned i = 0; i < RECS; i++)
		close_rec(f, &recs[i], open_rec(f, &recs[i]), i != 1);
	close(f->p.sock);
	f->p.sock = -1;
	status = peer_wait(&f->p);
	if (status != 0 && status != 1000 + SIGKILL)
		fail_msg("call %u: strace ends with %d", when, status);
	return status != 0;
}

static bool
has_strace(void)
{
	return system("strace -qq -o /dev/null true >/dev/null 2>&1") == 0;
}

/* TEST_STEP: every so many-th call. */
static void
killed_at_any_call(void **state)
{
	struct fixture *f = *state;
	const char *text = getenv("TEST_STEP");
	unsigned step = text == NULL ? 7 : (unsigned)atoi(text), kills = 0;

	if (!has_strace())
		skip();
	for (unsigned when = 1;; when += step == 0 ? 1 : step) {
		struct rec recs[RECS] = { 0 };
		struct rec none[RECS] = { 0 };
		char command[256];
		bool killed = live(f, when, recs);

		kills += killed;
		/* Now and then the recovery is killed, too. */
		if (killed && when % 2 == 0)
			(void)live(f, 1 + when % 60, none);
		up(f);
		down(f);
		assert_consistent(f, recs);
		snprintf(command, sizeof command, "rm -rf '%s'", f->state);
		assert_int_equal(system(command), 0);
		mkdir(f->state, 0700);
		if (!killed)
			break;
	}
	print_message("# killed %u times\n", kills);
	assert_true(kills > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_log_says_what_happened),
		TEST(what_was_never_certified_is_not_in_it),
		TEST(checkpoints_are_told_and_left),
		TEST(a_lost_drop_folder_stops_nothing),
		TEST(a_spoiled_log_refuses_to_start),
		TEST(the_store_misses_what_the_log_lacks),
		TEST(a_missing_proof_is_made_again),
		TEST(the_device_key_rotates),
		TEST(killed_at_any_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
