/* The real broker-keeper over a frame pair, with real recordings. */
#include "tests/recorder/support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "broker/store/store.h"
#include "lib/base/id.h"
#include "tests/support/peer.h"

struct fixture {
	char dir[64], state[80], recordings[100], key[80];
	const char *min_free; /* NULL: the default */
	const char *reserve;  /* NULL: none */
	struct ring ring;
	struct peer p;
	uint32_t id; /* of the last request */
	struct err err;
};

#define OK(call) assert_int_equal((call), RC_OK)

static void
start(struct fixture *f)
{
	const char *argv[] = { "--state", f->state, "--device-key", f->key,
		f->min_free != NULL ? "--min-free" : NULL, f->min_free,
		f->reserve != NULL ? "--reserve" : NULL, f->reserve, NULL };

	peer_start(&f->p, "broker/keeper/broker-keeper", argv);
	f->p.passed = MSG_CHECKPOINT;
}

/* Start and read its greeting. */
static void
up(struct fixture *f, uint32_t recovered, uint32_t held)
{
	start(f);
	peer_want(&f->p, MSG_KEEPER, 0);
	assert_true(span_eq(
	    f->p.m.keeper.device_key, span_make(keyfile_public(f->ring.device), 32)));
	assert_int_equal(f->p.m.keeper.recovered, recovered);
	assert_int_equal(f->p.m.keeper.held, held);
}

static void
down(struct fixture *f)
{
	assert_int_equal(peer_hang_up(&f->p), 0);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct buf b;
	int fd;

	*state = f;
	strcpy(f->dir, "/tmp/test_keeper.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->state, sizeof f->state, "%s/state", f->dir);
	snprintf(f->recordings, sizeof f->recordings, "%s/recordings", f->state);
	snprintf(f->key, sizeof f->key, "%s/device.key", f->dir);
	mkdir(f->state, 0700);
	f->min_free = "0";
	f->p.sock = -1;
	ring_init(&f->ring);
	buf_init(&b, KEYFILE_TEXT_MAX);
	OK(keyfile_put(f->ring.device, &b, &f->err));
	fd = open(f->key, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, b.p, b.len), b.len);
	close(fd);
	buf_clear(&b);
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
	/* a_full_disk_fails_closed may have failed in between. */
	(void)umount2(f->state, MNT_DETACH);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	if (system(command) != 0)
		return -1;
	free(f);
	return 0;
}

/* The answer to the last request: its rc. */
static enum rc
kept(struct fixture *f)
{
	peer_want(&f->p, MSG_KEPT, f->id);
	return (enum rc)f->p.m.kept.rc;
}

static enum rc
ask(struct fixture *f, enum msg type, const void *m)
{
	peer_send(&f->p, type, ++f->id, m, NULL, 0);
	return kept(f);
}

static bool
says(struct fixture *f, const char *what)
{
	char text[1100];

	assert_true(span_copy(f->p.m.kept.text, text, sizeof text));
	if (strstr(text, what) == NULL)
		print_message("# it says: %s\n", text);
	return strstr(text, what) != NULL;
}

static struct msg_event
event(const char *kind)
{
	return (struct msg_event){ .at_ms = 1000,
		.kind = span_of(kind),
		.identity = span_of("ci"),
		.rule = span_of("p/r"),
		.detail = span_of("{\"a\":1}") };
}

static enum rc
send_event(struct fixture *f, const char *kind)
{
	struct msg_event m = event(kind);

	return ask(f, MSG_EVENT, &m);
}

/* What the store holds while no keeper runs. */
static enum rc
list_event(void *arg, const struct store_event *e, struct err *err)
{
	(void)err;
	buf_span_put(arg, e->kind);
	buf_text(arg, " ");
	return RC_OK;
}

/* The kinds of all events, in order; the chain is checked on the way. */
static void
assert_events(struct fixture *f, const char *kinds)
{
	struct store *s;
	struct buf b;

	OK(store_open_sqlite(f->state, &s, &f->err));
	OK(store_verify(s, 1, &f->err));
	buf_init(&b, 1 << 20);
	OK(store_events(s, 1, list_event, &b, &f->err));
	assert_string_equal(buf_cstr(&b), kinds);
	buf_clear(&b);
	store_close(s);
}

static struct store_rec
rec_row(struct fixture *f, const uint8_t sid[16])
{
	struct store_rec r;
	struct store *s;

	OK(store_open_sqlite(f->state, &s, &f->err));
	OK(store_rec_get(s, sid, &r, &f->err));
	store_close(s);
	return r;
}

static void
events_are_kept(void **state)
{
	struct fixture *f = *state;
	struct msg_event bad;

	up(f, 0, 0);
	OK(send_event(f, "one"));
	bad = event("");
	assert_int_equal(ask(f, MSG_EVENT, &bad), RC_REFUSE);
	bad = event("k");
	bad.detail = span_of("[1]");
	assert_int_equal(ask(f, MSG_EVENT, &bad), RC_REFUSE);
	bad.detail = span_of("{\"a\":1,\"a\":2}");
	assert_int_equal(ask(f, MSG_EVENT, &bad), RC_REFUSE);
	bad.detail = span_of("");
	assert_int_equal(ask(f, MSG_EVENT, &bad), RC_REFUSE);
	bad.detail = span_of("{} ");
	bad.sid = span_of("odd");
	assert_int_equal(ask(f, MSG_EVENT, &bad), RC_REFUSE);
	OK(send_event(f, "two"));
	down(f);
	assert_events(f, "one two ");
	up(f, 0, 0);
	OK(send_event(f, "three"));
	down(f);
	assert_events(f, "one two three ");
}

/* Many at once, a good part of them in the same batch, all answered in order. */
static void
a_burst_is_answered_in_order(void **state)
{
	struct fixture *f = *state;
	struct msg_event m = event("e"), bad = event("");
	struct store *s;
	uint64_t last;
	uint8_t h[32];

	up(f, 0, 0);
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < 100; i++)
			peer_send(&f->p, MSG_EVENT, 1000 * round + i,
			    i % 10 == 9 ? &bad : &m, NULL, 0);
		for (unsigned i = 0; i < 100; i++) {
			peer_want(&f->p, MSG_KEPT, 1000 * round + i);
			assert_int_equal(
			    f->p.m.kept.rc, i % 10 == 9 ? RC_REFUSE : RC_OK);
		}
	}
	down(f);
	OK(store_open_sqlite(f->state, &s, &f->err));
	OK(store_verify(s, 1, &f->err));
	OK(store_last(s, &last, h, &f->err));
	assert_int_equal(last, 450);
	store_close(s);
}

/* kill -9 after any number of answers: what was answered is there. */
static void
what_was_answered_survives_a_kill(void **state)
{
	struct fixture *f = *state;
	struct msg_event m = event("e");
	uint64_t answered = 0, last;
	struct store *s;
	uint8_t h[32];

	for (unsigned round = 0; round < 12; round++) {
		up(f, 0, 0);
		for (unsigned i = 0; i < 50; i++)
			peer_send(&f->p, MSG_EVENT, i, &m, NULL, 0);
		for (unsigned i = 0; i < round * 4; i++) {
			peer_want(&f->p, MSG_KEPT, i);
			OK(f->p.m.kept.rc);
			answered++;
		}
		peer_kill(&f->p);
		OK(store_open_sqlite(f->state, &s, &f->err));
		OK(store_verify(s, 1, &f->err));
		OK(store_last(s, &last, h, &f->err));
		store_close(s);
		assert_true(last >= answered);
		answered = last;
	}
}

static struct msg_hold_new
hold_new(const char *id)
{
	static const uint8_t digest[32] = { 1 }, policy[32] = { 2 };

	return (struct msg_hold_new){ .hold = span_of(id),
		.identity = span_of("ci"),
		.digest = span_make(digest, 32),
		.rule = span_of("p/r"),
		.policy = span_make(policy, 32),
		.canon = span_of("aws s3 rm"),
		.at_ms = 1000,
		.until_ms = 2000,
		.detail = span_of("{}") };
}

static enum rc
set_hold(struct fixture *f, const char *id, uint8_t to, const char *by)
{
	struct msg_hold_set m = { .hold = span_of(id),
		.state = to,
		.at_ms = 1500,
		.by = span_of(by),
		.proof = span_of("key"),
		.reason = span_of("\xff fine") };

	return ask(f, MSG_HOLD_SET, &m);
}

static void
holds_move_as_they_may(void **state)
{
	struct fixture *f = *state;
	struct msg_hold_new a = hold_new("7F3K-Q2MX"), b = hold_new("7F3K-Q2MZ"),
			    bad = hold_new("7F3K");

	up(f, 0, 0);
	OK(ask(f, MSG_HOLD_NEW, &a));
	assert_int_equal(ask(f, MSG_HOLD_NEW, &a), RC_REFUSE);
	assert_int_equal(ask(f, MSG_HOLD_NEW, &bad), RC_REFUSE);
	bad = hold_new("7F3K-Q2MW");
	bad.detail = span_of("none");
	assert_int_equal(ask(f, MSG_HOLD_NEW, &bad), RC_REFUSE);
	OK(ask(f, MSG_HOLD_NEW, &b));
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_SPENT, "ci"), RC_REFUSE);
	assert_int_equal(set_hold(f, "7F3K-Q2MX", 0, "ci"), RC_REFUSE);
	assert_int_equal(set_hold(f, "7F3K-Q2MX", 200, "ci"), RC_REFUSE);
	OK(set_hold(f, "7F3K-Q2MX", HOLD_PENDING, "bob"));
	OK(set_hold(f, "7F3K-Q2MX", HOLD_APPROVED, "alice"));
	OK(set_hold(f, "7F3K-Q2MX", HOLD_SPENT, ""));
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_SPENT, ""), RC_REFUSE);
	assert_true(says(f, "spent"));
	peer_kill(&f->p);
	/* Each is as it was. */
	up(f, 0, 1);
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_SPENT, ""), RC_REFUSE);
	assert_int_equal(set_hold(f, "7F3K-Q2MZ", HOLD_APPROVED, ""), RC_REFUSE);
	OK(set_hold(f, "7F3K-Q2MZ", HOLD_APPROVED, "alice"));
	peer_kill(&f->p);
	up(f, 0, 1);
	OK(set_hold(f, "7F3K-Q2MZ", HOLD_CANCELLED, ""));
	down(f);
	up(f, 0, 0);
	down(f);
	assert_events(f, "hold.pending hold.pending hold.vote hold.approved hold.spent "
			 "hold.approved hold.cancelled ");
}

/* One recording, as a session makes it. */
static void
new_sid(uint8_t sid[16])
{
	OK(id_uuid7(sid, NULL));
}

static int
open_rec(struct fixture *f, const uint8_t sid[16])
{
	struct msg_open_rec m = { .sid = span_make(sid, 16) };

	if (ask(f, MSG_OPEN_REC, &m) != RC_OK)
		fail_msg("open: %.*s", (int)f->p.m.kept.text.len,
		    (const char *)f->p.m.kept.text.p);
	assert_int_equal(f->p.f.nfds, 1);
	return f->p.f.fds[0];
}

static struct writer *
write_head(struct fixture *f, const uint8_t sid[16], int fd, const char *broker)
{
	struct writer_init init = {
		.fd = fd,
		.broker = broker,
		.class = "std",
		.timestamp = 1795167217,
		.meta_json = "{}",
		.recipients = f->ring.recipients,
		.device_pk = keyfile_public(f->ring.device),
	};
	struct writer *w = NULL;

	memcpy(init.sid, sid, 16);
	if (writer_open(&init, &w, &f->err) != RC_OK)
		fail_msg("%s", f->err.text);
	return w;
}

static enum rc
seal_rec(struct fixture *f, const uint8_t sid[16], struct writer *w)
{
	uint8_t spk[32], h1[32];
	struct msg_seal_rec m = { span_make(sid, 16), span_make(spk, 32),
		span_make(h1, 32) };

	writer_request(w, spk, h1);
	return ask(f, MSG_SEAL_REC, &m);
}

static enum rc
close_rec(struct fixture *f, const uint8_t sid[16], uint8_t complete)
{
	struct msg_close_rec m = { span_make(sid, 16), complete };

	return ask(f, MSG_CLOSE_REC, &m);
}

/* Up to a writer that may record. */
static struct writer *
record(struct fixture *f, const uint8_t sid[16])
{
	struct writer *w = write_head(f, sid, open_rec(f, sid), "test/b1");
	struct span bytes;

	OK(seal_rec(f, sid, w));
	bytes = f->p.m.kept.bytes;
	assert_int_equal(bytes.len, 72);
	OK(writer_certify(w, bytes.p, bytes.p + 8, &f->err));
	OK(writer_output(w, WRITER_STDOUT, span_of("hello\n"), &f->err));
	OK(writer_flush(w, 0, &f->err));
	return w;
}

static void
path_of(struct fixture *f, const char *folder, const uint8_t sid[16], char path[200])
{
	char text[ID_UUID_TEXT];

	id_uuid_text(sid, text);
	snprintf(path, 200, "%s/%s/%s.cast", f->recordings, folder, text);
}

static bool
lies_in(struct fixture *f, const char *folder, const uint8_t sid[16])
{
	char path[200];
	struct stat st;

	path_of(f, folder, sid, path);
	return stat(path, &st) == 0 && (st.st_mode & 07777) == 0600;
}

static void
read_rec(struct fixture *f, const char *folder, const uint8_t sid[16], struct buf *out)
{
	char path[200];
	int fd;

	path_of(f, folder, sid, path);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	file_read(fd, out);
	close(fd);
}

static void
a_recording_is_opened_sealed_and_closed(void **state)
{
	struct fixture *f = *state;
	struct store_rec row;
	struct writer *w;
	struct proof p;
	struct buf file;
	uint8_t sid[16];

	new_sid(sid);
	up(f, 0, 0);
	w = record(f, sid);
	assert_true(lies_in(f, "spool", sid));
	OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &f->err));
	writer_free(w);
	OK(close_rec(f, sid, 1));
	assert_false(lies_in(f, "spool", sid));
	assert_true(lies_in(f, "done", sid));
	assert_int_equal(close_rec(f, sid, 1), RC_REFUSE);
	down(f);
	read_rec(f, "done", sid, &file);
	p = prove(buf_span(&file), f->ring.trust);
	assert_int_equal(p.code, PROOF_WHOLE);
	row = rec_row(f, sid);
	assert_int_equal(row.state, STORE_REC_CLOSED);
	assert_int_equal(row.len, file.len);
	assert_memory_equal(row.h, p.h, 32);
	assert_memory_equal(row.spk, p.spk, 32);
	assert_memory_equal(row.h1, p.h1, 32);
	buf_clear(&file);
	assert_events(f, "recording.opened recording.closed ");
}

/* The descriptor that a session gets can add and nothing else. */
static void
the_descriptor_only_appends(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16];
	char b[10];
	int fd;

	new_sid(sid);
	up(f, 0, 0);
	fd = open_rec(f, sid);
	assert_int_equal(
	    fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(write(fd, "def", 3), 3);
	assert_int_equal(lseek(fd, 0, SEEK_END), 6);
	assert_int_equal(pread(fd, b, 3, 0), -1);
	close(fd);
	/* The session's number is used up. */
	assert_int_equal(
	    ask(f, MSG_OPEN_REC, &(struct msg_open_rec){ .sid = span_make(sid, 16) }),
	    RC_REFUSE);
	assert_int_equal(f->p.f.nfds, 0);
	down(f);
}

static void
only_what_the_file_says_is_certified(void **state)
{
	struct fixture *f = *state;
	uint8_t a[16], b[16], c[16], d[16], spk[32], h1[32], none[32] = { 0 };
	struct msg_seal_rec m;
	struct writer *w;
	char path[200];
	int fd;

	new_sid(a);
	new_sid(b);
	new_sid(c);
	new_sid(d);
	up(f, 0, 0);
	/* No such recording. */
	m = (struct msg_seal_rec){ span_make(a, 16), span_make(none, 32),
		span_make(none, 32) };
	assert_int_equal(ask(f, MSG_SEAL_REC, &m), RC_REFUSE);
	/* Nothing in it; not a header. */
	fd = open_rec(f, a);
	assert_int_equal(ask(f, MSG_SEAL_REC, &m), RC_REFUSE);
	assert_int_equal(write(fd, "x\ny\n", 4), 4);
	assert_int_equal(ask(f, MSG_SEAL_REC, &m), RC_REFUSE);
	close(fd);
	/* Another session's header; then its own, but another chain. */
	w = write_head(f, a, open_rec(f, b), "test/b1");
	assert_int_equal(seal_rec(f, b, w), RC_REFUSE);
	assert_true(says(f, "does not begin as it should"));
	writer_free(w);
	w = write_head(f, c, open_rec(f, c), "test/b1");
	writer_request(w, spk, h1);
	m = (struct msg_seal_rec){ span_make(c, 16), span_make(spk, 32),
		span_make(none, 32) };
	assert_int_equal(ask(f, MSG_SEAL_REC, &m), RC_REFUSE);
	/* Line 0 is changed behind the session's back. */
	path_of(f, "spool", c, path);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "9", 1, 30), 1);
	close(fd);
	assert_int_equal(seal_rec(f, c, w), RC_REFUSE);
	writer_free(w);
	/* Another broker's name. */
	w = write_head(f, d, open_rec(f, d), "test/b2");
	assert_int_equal(seal_rec(f, d, w), RC_REFUSE);
	assert_true(says(f, "another broker"));
	writer_free(w);
	down(f);
	assert_false(rec_row(f, a).sealed);
	assert_false(rec_row(f, c).sealed);
}

static void
a_session_is_certified_once(void **state)
{
	struct fixture *f = *state;
	struct writer *w, *again;
	uint8_t sid[16];
	int fd;

	new_sid(sid);
	up(f, 0, 0);
	fd = open_rec(f, sid);
	w = write_head(f, sid, fd, "test/b1");
	OK(seal_rec(f, sid, w));
	assert_int_equal(seal_rec(f, sid, w), RC_REFUSE);
	again = write_head(f, sid, file_of(span_make("", 0)), "test/b1");
	assert_int_equal(seal_rec(f, sid, again), RC_REFUSE);
	writer_free(again);
	writer_free(w);
	down(f);
}

/* The keeper looks for itself, whatever the session says. */
static void
an_unfinished_file_is_kept_as_recovered(void **state)
{
	struct fixture *f = *state;
	struct store_rec row;
	struct writer *w;
	struct proof p;
	struct buf file;
	uint8_t sid[16];

	new_sid(sid);
	up(f, 0, 0);
	w = record(f, sid);
	writer_free(w);
	assert_int_equal(close_rec(f, sid, 1), RC_REFUSE);
	assert_true(lies_in(f, "done", sid));
	down(f);
	read_rec(f, "done", sid, &file);
	p = prove(buf_span(&file), f->ring.trust);
	assert_int_equal(p.code, PROOF_UNTERMINATED);
	row = rec_row(f, sid);
	assert_int_equal(row.state, STORE_REC_RECOVERED);
	assert_int_equal(row.len, p.valid_len);
	assert_memory_equal(row.h, p.h, 32);
	buf_clear(&file);
	assert_events(f, "recording.opened recording.recovered ");
}

static void
a_changed_file_is_not_closed(void **state)
{
	struct fixture *f = *state;
	struct writer *w;
	uint8_t sid[16];
	char path[200];
	int fd;

	new_sid(sid);
	up(f, 0, 0);
	w = record(f, sid);
	OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &f->err));
	writer_free(w);
	path_of(f, "spool", sid, path);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(close_rec(f, sid, 1), RC_REFUSE);
	down(f);
	assert_int_equal(rec_row(f, sid).state, STORE_REC_RECOVERED);
}

/* A file that somebody else's keys have closed in our place. */
static void
another_certificate_is_not_closed(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16], spk[32], h1[32], dkid[8], sig[64];
	struct writer *w;

	new_sid(sid);
	up(f, 0, 0);
	w = write_head(f, sid, open_rec(f, sid), "test/b1");
	/* Certified by the device key, but never through the keeper. */
	writer_request(w, spk, h1);
	OK(seal_certify(f->ring.device, sid, spk, h1, dkid, sig, &f->err));
	OK(writer_certify(w, dkid, sig, &f->err));
	OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &f->err));
	writer_free(w);
	assert_int_equal(close_rec(f, sid, 1), RC_REFUSE);
	assert_true(says(f, "not the one that was certified"));
	down(f);
	assert_int_equal(rec_row(f, sid).state, STORE_REC_RECOVERED);
}

/* kill -9 with recordings in each stage; the files are not edited, torn ends stand
 * outside the noted length. */
static void
torn_recordings_are_recovered(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[5][16];
	struct writer *w;
	struct store_rec row;
	struct buf before, after;
	struct proof p;
	char path[200];
	int fd;

	for (size_t i = 0; i < ROWS(sid); i++)
		new_sid(sid[i]);
	up(f, 0, 0);
	close(open_rec(f, sid[0]));				   /* empty */
	w = write_head(f, sid[1], open_rec(f, sid[1]), "test/b1"); /* not sealed */
	writer_free(w);
	w = record(f, sid[2]); /* a torn line at the end */
	writer_free(w);
	path_of(f, "spool", sid[2], path);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "[0, \"E\", \"AAA", 13), 13);
	close(fd);
	w = record(f, sid[3]); /* whole, only CLOSE_REC did not come */
	OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &f->err));
	writer_free(w);
	close(open_rec(f, sid[4])); /* gone */
	path_of(f, "spool", sid[4], path);
	unlink(path);
	read_rec(f, "spool", sid[2], &before);
	peer_kill(&f->p);

	up(f, 4, 0);
	for (size_t i = 0; i < 4; i++) {
		assert_false(lies_in(f, "spool", sid[i]));
		assert_true(lies_in(f, "done", sid[i]));
	}
	assert_int_equal(close_rec(f, sid[2], 1), RC_REFUSE);
	down(f);
	read_rec(f, "done", sid[2], &after);
	assert_true(span_eq(buf_span(&before), buf_span(&after)));
	p = prove(buf_span(&after), f->ring.trust);
	row = rec_row(f, sid[2]);
	assert_int_equal(row.state, STORE_REC_RECOVERED);
	assert_int_equal(row.len, after.len - 13);
	assert_memory_equal(row.h, p.h, 32);
	assert_int_equal(rec_row(f, sid[0]).state, STORE_REC_RECOVERED);
	assert_int_equal(rec_row(f, sid[0]).len, 0);
	assert_int_equal(rec_row(f, sid[1]).state, STORE_REC_RECOVERED);
	assert_int_equal(rec_row(f, sid[3]).state, STORE_REC_CLOSED);
	assert_int_equal(rec_row(f, sid[4]).state, STORE_REC_LOST);
	buf_clear(&before);
	buf_clear(&after);
	/* A second start finds nothing to do. */
	up(f, 0, 0);
	down(f);
}

/* A file whose row was never committed, one moved whose row was not, and things that
 * are no recordings. */
static void
odd_things_in_the_folders_are_left_or_noted(void **state)
{
	static const char *const odd[] = { "x", "0199f0c2-0000-7000-8000-000000000001",
		"0199F0C2-0000-7000-8000-000000000001.cast", ".cast",
		"0199f0c2-0000-7000-8000-000000000001.cast.1" };
	struct fixture *f = *state;
	uint8_t a[16], b[16];
	char path[200], other[200];
	struct writer *w;

	new_sid(a);
	new_sid(b);
	up(f, 0, 0);
	w = record(f, b);
	OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &f->err));
	writer_free(w);
	peer_kill(&f->p);
	path_of(f, "spool", a, path);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	path_of(f, "spool", b, path);
	path_of(f, "done", b, other);
	assert_int_equal(rename(path, other), 0);
	for (size_t i = 0; i < ROWS(odd); i++) {
		snprintf(path, sizeof path, "%s/spool/%s", f->recordings, odd[i]);
		close(open(path, O_WRONLY | O_CREAT, 0600));
	}
	up(f, 1, 0);
	down(f);
	assert_int_equal(rec_row(f, a).state, STORE_REC_RECOVERED);
	assert_int_equal(rec_row(f, b).state, STORE_REC_CLOSED);
	for (size_t i = 0; i < ROWS(odd); i++) {
		snprintf(path, sizeof path, "%s/spool/%s", f->recordings, odd[i]);
		assert_int_equal(access(path, F_OK), 0);
	}
}

static void
a_second_keeper_refuses(void **state)
{
	struct fixture *f = *state;
	struct fixture other = *f;

	up(f, 0, 0);
	start(&other);
	assert_int_equal(peer_wait(&other.p), 70);
	OK(send_event(f, "still here"));
	down(f);
	up(f, 0, 0);
	down(f);
}

/* Restarted at once, while the old one is on its way out. */
static void
the_next_keeper_waits_a_little(void **state)
{
	struct fixture *f = *state;
	struct fixture next = *f;

	up(f, 0, 0);
	start(&next);
	usleep(200 * 1000);
	assert_int_equal(peer_next(&next.p, 0), -1);
	down(f);
	peer_want(&next.p, MSG_KEEPER, 0);
	assert_int_equal(peer_hang_up(&next.p), 0);
}

static void
loose_folders_and_keys_are_refused(void **state)
{
	struct fixture *f = *state;
	char path[200];

	up(f, 0, 0);
	down(f);
	chmod(f->state, 0750);
	start(f);
	assert_int_equal(peer_wait(&f->p), 70);
	chmod(f->state, 0700);
	snprintf(path, sizeof path, "%s/spool", f->recordings);
	chmod(path, 0755);
	start(f);
	assert_int_equal(peer_wait(&f->p), 70);
	chmod(path, 0700);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 61001, 61001), 0);
		start(f);
		assert_int_equal(peer_wait(&f->p), 70);
		assert_int_equal(chown(path, 0, 0), 0);
	}
	rmdir(path);
	assert_int_equal(symlink("done", path), 0);
	start(f);
	assert_int_equal(peer_wait(&f->p), 70);
	unlink(path);
	chmod(f->key, 0644);
	start(f);
	assert_int_equal(peer_wait(&f->p), 70);
	chmod(f->key, 0600);
	assert_int_equal(truncate(f->key, 10), 0);
	start(f);
	assert_int_equal(peer_wait(&f->p), 70);
	unlink(f->key);
	start(f);
	assert_int_equal(peer_wait(&f->p), 70);
}

static void
an_edited_store_is_refused(void **state)
{
	struct fixture *f = *state;
	char command[300];

	if (system("command -v sqlite3 >/dev/null") != 0)
		skip();
	up(f, 0, 0);
	OK(send_event(f, "one"));
	OK(send_event(f, "two"));
	down(f);
	snprintf(command, sizeof command,
	    "sqlite3 '%s/broker.db' \"DROP TRIGGER events_no_update; "
	    "UPDATE events SET identity = 'mallory' WHERE seq = 1\"",
	    f->state);
	assert_int_equal(system(command), 0);
	start(f);
	assert_int_equal(peer_wait(&f->p), 70);
}

static void
without_room_nothing_is_opened(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16];

	new_sid(sid);
	f->min_free = "9000000000000000000";
	up(f, 0, 0);
	assert_int_equal(
	    ask(f, MSG_OPEN_REC, &(struct msg_open_rec){ .sid = span_make(sid, 16) }),
	    RC_RETRY);
	assert_true(says(f, "too little room"));
	assert_int_equal(f->p.f.nfds, 0);
	assert_false(lies_in(f, "spool", sid));
	/* All else goes on. */
	OK(send_event(f, "alarm"));
	down(f);
	assert_events(f, "recording.blocked alarm ");
}

static uint64_t
left_of(const struct msg_kept *m)
{
	uint64_t left = 0;

	assert_true(m->bytes.len >= 8);
	for (int i = 0; i < 8; i++)
		left = left << 8 | m->bytes.p[i];
	return left;
}

/* Make one of somebody's, with so many characters of output, six random bits each, so
 * that about as many bytes are on disk, compressed or not; what its quota had left. */
static uint64_t
one_of(struct fixture *f, const char *who, size_t n)
{
	uint8_t sid[16] = { 0 };
	struct msg_open_rec m = { .sid = span_make(sid, 16), .identity = span_of(who) };
	char *bytes = calloc(1, n);
	struct writer *w;
	uint64_t left;

	new_sid(sid);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)('0' + rand() % 64);
	OK(ask(f, MSG_OPEN_REC, &m));
	left = left_of(&f->p.m.kept);
	w = write_head(f, sid, f->p.f.fds[0], "test/b1");
	OK(seal_rec(f, sid, w));
	OK(writer_certify(w, f->p.m.kept.bytes.p, f->p.m.kept.bytes.p + 8, &f->err));
	OK(writer_output(w, WRITER_STDOUT, span_make(bytes, n), &f->err));
	OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &f->err));
	writer_free(w);
	free(bytes);
	OK(close_rec(f, sid, 1));
	return left;
}

static void
an_identity_has_a_quota(void **state)
{
	struct fixture *f = *state;
	const struct msg_terms terms = { .identity_quota = 1 << 20 };
	uint8_t sid[16] = { 0 };
	struct msg_open_rec m = { .sid = span_make(sid, 16),
		.identity = span_of("ci") };
	uint64_t left;

	new_sid(sid);
	up(f, 0, 0);
	assert_true(one_of(f, "ci", 100) == UINT64_MAX);
	OK(ask(f, MSG_TERMS, &terms));
	left = one_of(f, "ci", 300000);
	assert_in_range(left, (1 << 20) - 8000, (1 << 20) - 1000);
	assert_int_equal(one_of(f, "alice", 10), 1 << 20);
	assert_true(one_of(f, "ci", 900000) < left - 100000);
	assert_int_equal(ask(f, MSG_OPEN_REC, &m), RC_RETRY);
	assert_true(says(f, "quota of recordings in 24 hours"));
	assert_int_equal(f->p.f.nfds, 0);
	peer_kill(&f->p);
	/* The store remembers. */
	up(f, 0, 0);
	OK(ask(f, MSG_TERMS, &terms));
	assert_int_equal(ask(f, MSG_OPEN_REC, &m), RC_RETRY);
	assert_true(one_of(f, "alice", 10) < 1 << 20);
	down(f);
}

static void
the_reserve_is_given_up_once(void **state)
{
	struct fixture *f = *state;
	uint8_t a[16] = { 0 }, b[16] = { 0 }, other[16] = { 0 };
	struct msg_reserve_rec m = { span_make(other, 16) };
	struct writer *wa, *wb;
	char path[200];
	struct stat st;
	uint32_t id;

	new_sid(a);
	new_sid(b);
	new_sid(other);
	f->reserve = "1048576";
	up(f, 0, 0);
	snprintf(path, sizeof path, "%s/reserve", f->recordings);
	wa = record(f, a);
	wb = record(f, b);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1 << 20);
	assert_int_equal(ask(f, MSG_RESERVE_REC, &m), RC_REFUSE);
	assert_int_equal(stat(path, &st), 0);
	/* b has written, too: it is told to end, and the answer waits until it has. */
	m.sid = span_make(a, 16);
	peer_send(&f->p, MSG_RESERVE_REC, id = ++f->id, &m, NULL, 0);
	peer_want(&f->p, MSG_CUT_REC, 0);
	assert_true(span_eq(f->p.m.cut_rec.sid, span_make(b, 16)));
	assert_int_equal(f->p.m.cut_rec.why, STOP_DISK);
	assert_int_equal(stat(path, &st), 0);
	m.sid = span_make(b, 16);
	peer_send(&f->p, MSG_RESERVE_REC, ++f->id, &m, NULL, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(peer_next(&f->p, 10000), MSG_KEPT);
		assert_true(f->p.f.id == id || f->p.f.id == f->id);
		assert_int_equal(f->p.m.kept.rc, RC_OK);
	}
	OK(writer_close(wa, SEAL_BROKEN, "{\"t\":\"session.close\"}", &f->err));
	OK(writer_close(wb, SEAL_BROKEN, "{\"t\":\"session.close\"}", &f->err));
	writer_free(wa);
	writer_free(wb);
	OK(close_rec(f, a, 0));
	OK(close_rec(f, b, 0));
	/* With room it is taken again before the next one begins. */
	OK(send_event(f, "later"));
	(void)one_of(f, "ci", 10);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1 << 20);
	down(f);
	assert_events(f, "recording.opened recording.opened recording.cut "
			 "recording.reserve recording.closed recording.closed later "
			 "recording.opened recording.closed ");
}

/* A session that does not hear that it is cut is not waited for for ever. */
static void
the_reserve_does_not_wait_for_ever(void **state)
{
	static const off_t left[] = { 1 << 18, 1 << 16, 0, 0 };
	const struct msg_terms terms = { .min_free = UINT64_C(1) << 60 };
	struct fixture *f = *state;
	uint8_t a[16] = { 0 }, b[16] = { 0 };
	struct msg_reserve_rec m = { span_make(a, 16) };
	struct writer *wa, *wb;
	char path[200];
	struct stat st;

	new_sid(a);
	new_sid(b);
	f->reserve = "1048576";
	up(f, 0, 0);
	wa = record(f, a);
	wb = record(f, b);
	/* It is not taken again. */
	OK(ask(f, MSG_TERMS, &terms));
	peer_send(&f->p, MSG_RESERVE_REC, ++f->id, &m, NULL, 0);
	peer_want(&f->p, MSG_CUT_REC, 0);
	/* It has taken what was given up; for those who come then there is a part left. */
	snprintf(path, sizeof path, "%s/reserve", f->recordings);
	for (size_t i = 0; i < ROWS(left); i++) {
		if (i > 0)
			peer_send(&f->p, MSG_RESERVE_REC, ++f->id, &m, NULL, 0);
		assert_int_equal(peer_next(&f->p, 4000), MSG_KEPT);
		assert_int_equal(f->p.f.id, f->id);
		assert_int_equal(f->p.m.kept.rc, RC_OK);
		assert_int_equal(stat(path, &st), left[i] == 0 ? -1 : 0);
		assert_true(left[i] == 0 || st.st_size == left[i]);
		m.sid = span_make(b, 16);
	}
	writer_free(wa);
	writer_free(wb);
	down(f);
}

/* The disk takes no more: the answer is "fail", it is the keeper's last, and nothing
 * that was answered well is missing. */
static void
fill_up(struct fixture *f)
{
	char detail[20000];
	struct msg_event m = event("e");
	uint64_t answered = 0, last;
	struct store *s;
	uint8_t h[32];
	enum rc rc;

	memset(detail, 'x', sizeof detail);
	memcpy(detail, "{\"a\":\"", 6);
	memcpy(detail + sizeof detail - 3, "\"}", 3);
	m.detail = span_of(detail);
	while ((rc = ask(f, MSG_EVENT, &m)) == RC_OK && answered < 2000)
		answered++;
	assert_int_equal(rc, RC_FAIL);
	assert_int_equal(peer_wait(&f->p), 70);
	OK(store_open_sqlite(f->state, &s, &f->err));
	OK(store_verify(s, 1, &f->err));
	OK(store_last(s, &last, h, &f->err));
	store_close(s);
	assert_int_equal(last, answered);
}

static void
a_file_limit_fails_closed(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 1 << 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	start(f);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	peer_want(&f->p, MSG_KEEPER, 0);
	fill_up(f);
}

static void
a_full_disk_fails_closed(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0 ||
	    mount("none", f->state, "tmpfs", 0, "size=2m,mode=0700") != 0)
		skip();
	up(f, 0, 0);
	fill_up(f);
	assert_int_equal(umount(f->state), 0);
}

static void
bad_frames_end_the_keeper(void **state)
{
	struct fixture *f = *state;
	struct msg_event m = event("before");

	up(f, 0, 0);
	peer_send(&f->p, MSG_EVENT, 1, &m, NULL, 0);
	frame_send(f->p.sock, MSG_EVENT, 2, span_of("junk"), NULL, 0, &f->err);
	/* There is nobody to answer any more, but what came before is kept. */
	assert_int_equal(peer_wait(&f->p), 70);
	assert_events(f, "before ");
	up(f, 0, 0);
	peer_send(&f->p, MSG_KILL, 1, &(struct msg_kill){ 9 }, NULL, 0);
	assert_int_equal(peer_wait(&f->p), 70);
}

/* Its end comes by the socket, not by a signal to the whole service. */
static void
signals_do_not_end_it(void **state)
{
	struct fixture *f = *state;

	up(f, 0, 0);
	kill(f->p.pid, SIGTERM);
	kill(f->p.pid, SIGINT);
	kill(f->p.pid, SIGHUP);
	OK(send_event(f, "last words"));
	down(f);
	assert_events(f, "last words ");
}

static int
run(const char *const *argv)
{
	struct peer p;

	peer_start(&p, "broker/keeper/broker-keeper", argv);
	return peer_wait(&p);
}

static void
odd_starts_are_refused(void **state)
{
	struct fixture *f = *state;

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
	assert_int_equal(run((const char *const[]){ NULL }), 64);
	assert_int_equal(run(LIST("--state", f->state)), 64);
	assert_int_equal(
	    run(LIST("--state", f->state, "--device-key", f->key, "x")), 64);
	assert_int_equal(
	    run(LIST("--state", f->state, "--device-key", f->key, "--min-free", "-1")),
	    64);
	assert_int_equal(
	    run(LIST("--state", f->state, "--device-key", f->key, "--min-free", "1x")),
	    64);
	assert_int_equal(run(LIST("--state", "/no/such", "--device-key", f->key)), 70);
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(events_are_kept),
		CASE(a_burst_is_answered_in_order),
		CASE(what_was_answered_survives_a_kill),
		CASE(holds_move_as_they_may),
		CASE(a_recording_is_opened_sealed_and_closed),
		CASE(the_descriptor_only_appends),
		CASE(only_what_the_file_says_is_certified),
		CASE(a_session_is_certified_once),
		CASE(an_unfinished_file_is_kept_as_recovered),
		CASE(a_changed_file_is_not_closed),
		CASE(another_certificate_is_not_closed),
		CASE(torn_recordings_are_recovered),
		CASE(odd_things_in_the_folders_are_left_or_noted),
		CASE(a_second_keeper_refuses),
		CASE(the_next_keeper_waits_a_little),
		CASE(loose_folders_and_keys_are_refused),
		CASE(an_edited_store_is_refused),
		CASE(without_room_nothing_is_opened),
		CASE(an_identity_has_a_quota),
		CASE(the_reserve_is_given_up_once),
		CASE(the_reserve_does_not_wait_for_ever),
		CASE(a_file_limit_fails_closed),
		CASE(a_full_disk_fails_closed),
		CASE(bad_frames_end_the_keeper),
		CASE(signals_do_not_end_it),
		CASE(odd_starts_are_refused),
	};

	umask(022);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
