#include "tests/keeper/bed.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/wire/codec.h"

#define OK(call) assert_int_equal((call), RC_OK)

int
bed_setup(void **state)
{
	struct bed *b = calloc(1, sizeof *b);
	struct buf text;
	int fd;

	*state = b;
	strcpy(b->dir, "/tmp/test_keeper.XXXXXX");
	if (mkdtemp(b->dir) == NULL)
		return -1;
	snprintf(b->state, sizeof b->state, "%s/state", b->dir);
	snprintf(b->key, sizeof b->key, "%s/device.key", b->dir);
	mkdir(b->state, 0700);
	b->p.sock = -1;
	ring_init(&b->ring);
	buf_init(&text, KEYFILE_TEXT_MAX);
	OK(keyfile_put(b->ring.device, &text, &b->err));
	fd = open(b->key, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, text.p, text.len), text.len);
	close(fd);
	buf_clear(&text);
	return 0;
}

static void
remove_folder(const char *path)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
}

int
bed_teardown(void **state)
{
	struct bed *b = *state;

	if (b->p.sock >= 0)
		peer_kill(&b->p);
	ring_clear(&b->ring);
	remove_folder(b->dir);
	free(b);
	return 0;
}

void
bed_empty(struct bed *b)
{
	remove_folder(b->state);
	mkdir(b->state, 0700);
}

void
bed_start(struct bed *b, void (*prepare)(void))
{
	const char *argv[] = { "--state", b->state, "--device-key", b->key,
		"--min-free", "0", NULL };

	peer_start_as(&b->p, "broker/keeper/broker-keeper", argv, prepare);
	b->p.passed = MSG_CHECKPOINT;
}

void
bed_up(struct bed *b, uint32_t held)
{
	bed_start(b, NULL);
	peer_want(&b->p, MSG_KEEPER, 0);
	assert_int_equal(b->p.m.keeper.recovered, 0);
	assert_int_equal(b->p.m.keeper.held, held);
}

void
bed_down(struct bed *b)
{
	assert_int_equal(peer_hang_up(&b->p), 0);
}

enum rc
bed_ask(struct bed *b, enum msg type, const void *m)
{
	peer_send(&b->p, type, ++b->id, m, NULL, 0);
	peer_want(&b->p, MSG_KEPT, b->id);
	return (enum rc)b->p.m.kept.rc;
}

bool
bed_says(struct bed *b, const char *what)
{
	char text[1100];

	assert_true(span_copy(b->p.m.kept.text, text, sizeof text));
	if (strstr(text, what) == NULL)
		print_message("# it says: %s\n", text);
	return strstr(text, what) != NULL;
}

enum rc
bed_recall(
    struct bed *b, enum msg_recall_what what, const char *after, uint64_t since_ms)
{
	const struct msg_recall m = { (uint8_t)what, span_of(after), since_ms };
	int got;

	peer_send(&b->p, MSG_RECALL, ++b->id, &m, NULL, 0);
	got = peer_next(&b->p, PEER_MS);
	assert_int_equal(b->p.f.id, b->id);
	if (got == MSG_RECALLED) {
		assert_int_equal(b->p.m.recalled.what, what);
		return RC_OK;
	}
	assert_int_equal(got, MSG_KEPT);
	assert_int_not_equal(b->p.m.kept.rc, RC_OK);
	return (enum rc)b->p.m.kept.rc;
}

struct msg_hold_new
bed_hold_new(const char *id, const char *detail)
{
	static const uint8_t digest[32] = { 1 }, policy[32] = { 2 };

	return (struct msg_hold_new){ .hold = span_of(id),
		.identity = span_of("ci"),
		.digest = span_make(digest, 32),
		.rule = span_of("p/r"),
		.policy = span_make(policy, 32),
		.canon = span_of("aws s3 rm s3://b/x"),
		.at_ms = 1000,
		.until_ms = 2000,
		.detail = span_of(detail) };
}

enum rc
bed_hold(struct bed *b, const char *id, const char *path)
{
	struct msg_hold_new m;
	char detail[64];

	snprintf(detail, sizeof detail, "{\"path\":\"%s\"}", path);
	m = bed_hold_new(id, detail);
	return bed_ask(b, MSG_HOLD_NEW, &m);
}

struct msg_hold_set
bed_word(const char *id, uint8_t to, const char *by)
{
	return (struct msg_hold_set){ .hold = span_of(id),
		.state = to,
		.at_ms = 1500,
		.by = span_of(by),
		.proof = span_of(*by == '\0' ? "" : "sk"),
		.reason = span_of("fine"),
		.key = span_of(*by == '\0' ? "" : "SHA256:abc"),
		.source = span_of(*by == '\0' ? "" : "192.0.2.1"),
		.verified = *by != '\0' };
}

enum rc
bed_set(struct bed *b, const char *id, uint8_t to, const char *by)
{
	struct msg_hold_set m = bed_word(id, to, by);

	return bed_ask(b, MSG_HOLD_SET, &m);
}

void
bed_approved(struct bed *b, const char *id, const char *path)
{
	OK(bed_hold(b, id, path));
	OK(bed_set(b, id, HOLD_APPROVED, "alice"));
}

struct msg_grant_new
bed_grant_new(const char *hold, uint32_t uses)
{
	return (struct msg_grant_new){ .hold = span_of(hold),
		.identity = span_of("ci"),
		.rule = span_of("p/r"),
		.at_ms = 2000,
		.until_ms = 3000,
		.uses = uses,
		.detail = span_of("{\"why\":\"night shift\"}") };
}

struct msg_grant_set
bed_grant_set(const char *id, uint8_t to, uint64_t at_ms)
{
	return (struct msg_grant_set){ .grant = span_of(id),
		.state = to,
		.at_ms = at_ms,
		.by = span_of(to == GRANT_REVOKED ? "alice" : ""),
		.proof = span_of(to == GRANT_REVOKED ? "key" : ""),
		.reason = span_of("because") };
}

static const uint8_t article_digest[32] = { 0xab };

struct msg_article_new
bed_article_new(const char *name)
{
	return (struct msg_article_new){ .kind = ARTICLE_SCRIPT,
		.name = span_of(name),
		.digest = span_make(article_digest, 32),
		.content = span_of("uptime\n"),
		.at_ms = 2000,
		.by = span_of("bob"),
		.detail = span_of("{}") };
}

struct msg_article_set
bed_article_set(const char *name, uint8_t to, const char *hold)
{
	return (struct msg_article_set){ .kind = ARTICLE_SCRIPT,
		.name = span_of(name),
		.digest = span_make(article_digest, 32),
		.state = to,
		.hold = span_of(hold),
		.at_ms = 2100,
		.by = span_of(to == ARTICLE_REMOVED ? "alice" : ""),
		.proof = span_of(to == ARTICLE_REMOVED ? "key" : ""),
		.reason = span_of("old") };
}

struct msg_notice_new
bed_notice_new(const char *id)
{
	return (struct msg_notice_new){ .notice = span_of(id),
		.outlet = span_of("ops"),
		.at_ms = 2000,
		.body = span_of("{\"event\":\"pending\"}") };
}

struct msg_notice_set
bed_notice_set(const char *id, uint8_t to, uint32_t tries)
{
	return (struct msg_notice_set){ .notice = span_of(id),
		.state = to,
		.tries = tries,
		.next_ms = 2500,
		.text = span_of("500 \"oops\"") };
}

struct store *
bed_store(struct bed *b)
{
	struct store *s = NULL;

	OK(store_open_sqlite(b->state, &s, &b->err));
	OK(store_verify(s, 1, &b->err));
	return s;
}

static enum rc
put_kind(void *arg, const struct store_event *e, struct err *err)
{
	(void)err;
	buf_span_put(arg, e->kind);
	buf_text(arg, " ");
	return RC_OK;
}

void
bed_events(struct bed *b, const char *kinds)
{
	struct store *s = bed_store(b);
	struct buf text;

	buf_init(&text, 1 << 20);
	OK(store_events(s, 1, put_kind, &text, &b->err));
	assert_string_equal(buf_cstr(&text), kinds);
	buf_clear(&text);
	store_close(s);
}

struct details {
	const char *kind;
	struct buf *out;
};

static enum rc
put_detail(void *arg, const struct store_event *e, struct err *err)
{
	struct details *d = arg;

	(void)err;
	if (!span_is(e->kind, d->kind))
		return RC_OK;
	buf_span_put(d->out, e->identity);
	buf_text(d->out, " ");
	buf_span_put(d->out, e->detail);
	buf_text(d->out, "\n");
	return RC_OK;
}

void
bed_details(struct bed *b, const char *kind, struct buf *out)
{
	struct store *s = bed_store(b);
	struct details d = { kind, out };

	OK(store_events(s, 1, put_detail, &d, &b->err));
	store_close(s);
}
