#include "tests/monitor/desk.h"

#include "broker/monitor/veil.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/wire/codec.h"
#include "policies/apicall.h"

#define PATIENCE_MS 60000
#define ADMIN "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static const struct {
	const char *name, *rest;
} people[PEOPLE] = {
	[CI] = { "ci",
	    "kind: agent, owner: alice, groups: [deployers], profile: staging, "
	    "profiles: [prod]" },
	[BOT] = { "bot", "kind: agent, owner: alice, groups: [sre], profile: staging" },
	[ALICE] = { "alice", "kind: human, groups: [sre], profile: staging" },
	[BOB] = { "bob", "kind: human, groups: [sre], profile: staging" },
	[CAROL] = { "carol", "kind: human, groups: [sre]" },
	[DAVE] = { "dave", "kind: human, groups: [deployers]" },
	/* STRANGER is configured nowhere. */
};

const char desk_policy[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: look, effect: allow, on: [exec], aws: {operations: ['s3:ls', 's3:cp']}}\n"
    "  - {id: delete, effect: hold, on: [exec], aws: {operations: ['s3:rm']}, reason: "
    "Deletes are looked at., approvers: {need: 1, from: [group:sre], auth: [key]}}\n"
    "  - {id: two, effect: hold, on: [exec], aws: {operations: "
    "['ec2:TerminateInstances']}, approvers: {need: 2, from: [group:sre], auth: [key, "
    "uid]}}\n"
    "  - {id: touch, effect: hold, on: [exec], aws: {operations: ['s3:mb']}, "
    "approvers: "
    "{need: 1, from: [group:sre]}}\n"
    "  - {id: never, effect: deny, on: [exec], aws: {operations: ['s3:rb']}, reason: "
    "Buckets stay.}\n";

void
monitor_end(struct monitor *m, int status, const char *why)
{
	struct desk *d = (struct desk *)m;

	d->ended++;
	m->status = status;
	snprintf(d->ended_why, sizeof d->ended_why, "%s", why);
}

/* ---- the desk ---------------------------------------------------------------------
 */

static void
make_key(struct desk *d, enum person p)
{
	char text[100];

	userkey_make(&d->keys[p], "ssh-ed25519", 0);
	EVP_EncodeBlock(
	    (unsigned char *)text, d->keys[p].blob.p, (int)d->keys[p].blob.len);
	snprintf(d->key_lines[p], sizeof d->key_lines[p], "ssh-ed25519 %s", text);
}

const char *
desk_config(const struct desk *d, const char *more)
{
	static char text[16384];
	size_t n;

	n = (size_t)snprintf(text, sizeof text,
	    "recording: {admin_key: " ADMIN "}\n"
	    "rights: {approve: [group:sre]}\n"
	    "profiles:\n"
	    "  staging: {account: \"111122223333\", role: "
	    "\"arn:aws:iam::111122223333:role/b\", region: eu-west-1}\n"
	    "  prod: {account: \"444455556666\", role: "
	    "\"arn:aws:iam::444455556666:role/b\", region: us-east-1}\n"
	    "%s\nidentities:\n",
	    more == NULL ? "" : more);
	for (int p = 0; p < STRANGER; p++)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "  - {name: %s, keys: [\"%s\"], %s}\n", people[p].name,
		    d->key_lines[p], people[p].rest);
	return text;
}

const char *
desk_config_with(struct desk *d, const char *from, const char *to)
{
	static char text[16384];
	const char *old = desk_config(d, NULL), *at = strstr(old, from);

	assert_non_null(at);
	snprintf(
	    text, sizeof text, "%.*s%s%s", (int)(at - old), old, to, at + strlen(from));
	return text;
}

void
desk_load(struct desk *d, const char *config, const char *policy, struct rules *ret)
{
	struct config_env env = { .places = &d->places };
	struct pack_text text = { "p.yaml",
		span_of(policy == NULL ? desk_policy : policy) };
	struct err err = { "" };

	memset(ret, 0, sizeof *ret);
	if (config == NULL)
		config = desk_config(d, NULL);
	if (config_parse("b.yaml", span_of(config), &env, &ret->config, &err) !=
		RC_OK ||
	    pack_read(&text, 1, &ret->policy, &err) != RC_OK ||
	    veil_new(ret->config->masking, span_of(""), "", &ret->veil, &err) != RC_OK)
		fail_msg("%s", err.text);
	ret->recipients = strdup("the verified list");
}

void
desk_reload(struct desk *d, const char *config, const char *policy)
{
	struct rules now, then = d->m.rules;

	desk_load(d, config, policy, &now);
	d->m.rules = now;
	conns_recheck(d->m.conns);
	sessions_recheck(d->m.sessions);
	rules_clear(&then);
}

static void
join(struct desk *d, enum service which, struct end *e)
{
	assert_int_equal(
	    services_join_take(d->m.services, which, end_pair(e), NULL), RC_OK);
}

static void
make_folder(struct desk *d)
{
	static char state[] = "/nonexistent/state", home[] = "/nonexistent/home",
		    keys[] = "/nonexistent/keys", etc[] = "/nonexistent/etc",
		    root[] = "/nonexistent", policies[] = "/nonexistent/policies";

	snprintf(d->folder, sizeof d->folder, "/tmp/desk.XXXXXX");
	assert_non_null(mkdtemp(d->folder));
	snprintf(d->control, sizeof d->control, "%s/control.sock", d->folder);
	d->places = (struct places){ .root = root,
		.etc = etc,
		.policies = policies,
		.state = state,
		.keys = keys,
		.home = home,
		.control = d->control };
}

static void
make_host_key(struct desk *d)
{
	char path[96], public[112];

	snprintf(path, sizeof path, "%s/key", d->folder);
	snprintf(public, sizeof public, "%s.pub", path);
	assert_int_equal(hostkey_make(path, &d->m.hostkey, NULL), RC_OK);
	unlink(path);
	unlink(public);
}

/* Read, and gone from the folder again. */
static void
make_sdk(struct desk *d)
{
	char path[96];
	struct err err = { "" };

	snprintf(path, sizeof path, "%s/key", d->folder);
	if (sdkkeys_open(path, &d->m.sdkkeys, &err) != RC_OK)
		fail_msg("%s", err.text);
	unlink(path);
	if (sdkca_open(path, &d->m.sdkca, &err) != RC_OK)
		fail_msg("%s", err.text);
	unlink(path);
}

void
desk_keeper_known(struct desk *d)
{
	struct msg_keeper hello = { .device_key = span_make(d->folder, 32) };

	end_send(d, &d->keeper, MSG_KEEPER, 0, &hello, NULL, 0);
	desk_turn(d);
	/* Recipients and policies are in force: the log is told. */
	end_want(d, &d->keeper, MSG_LEAF_REC);
	end_want(d, &d->keeper, MSG_LEAF_REC);
	if (!d->recalls)
		keeper_recalls(d, NULL, 0);
}

struct desk *
desk_new(const char *more)
{
	struct desk *d = desk_new_early(more);

	desk_keeper_known(d);
	return d;
}

struct desk *
desk_new_early(const char *more)
{
	struct desk *d = calloc(1, sizeof *d);
	struct services_owner owner;

	log_open("desk", LOG_ERROR);
	d->m.build = "0+test";
	memset(fake_vault(), 0, sizeof *fake_vault());
	make_folder(d);
	make_host_key(d);
	make_sdk(d);
	for (int p = 0; p < PEOPLE; p++)
		make_key(d, (enum person)p);
	d->m.places = &d->places;
	desk_load(d, desk_config(d, more), NULL, &d->m.rules);
	assert_int_equal(loop_new(&d->m.loop, NULL), RC_OK);
	assert_int_equal(sessions_new(&d->m, &d->m.sessions, NULL), RC_OK);
	assert_int_equal(wires_conns(&d->m, &d->m.conns, NULL), RC_OK);
	owner = wires_services(&d->m);
	assert_int_equal(holds_new(&d->m, &d->m.holds, NULL), RC_OK);
	assert_int_equal(boards_new(&d->m, &d->m.boards, NULL), RC_OK);
	assert_int_equal(grants_new(&d->m, &d->m.grants, NULL), RC_OK);
	assert_int_equal(articles_new(&d->m, &d->m.articles, NULL), RC_OK);
	assert_int_equal(rates_new(&d->m.rates, NULL), RC_OK);
	assert_int_equal(services_new(&d->m, &owner, &d->m.services, NULL), RC_OK);
	join(d, SERVICE_KEEPER, &d->keeper);
	join(d, SERVICE_LAUNCH, &d->launch);
	join(d, SERVICE_NURSERY, &d->nursery);
	join(d, SERVICE_LISTENER, &d->listener);
	return d;
}

/* In the order of brokerd's own end. */
void
desk_free(struct desk *d)
{
	control_close(d->m.control);
	conns_free(d->m.conns);
	sessions_free(d->m.sessions);
	boards_free(d->m.boards);
	holds_free(d->m.holds);
	grants_free(d->m.grants);
	articles_free(d->m.articles);
	rates_free(d->m.rates);
	services_stop(d->m.services);
	loop_free(d->m.loop);
	hostkey_free(d->m.hostkey);
	sdkkeys_free(d->m.sdkkeys);
	sdkca_free(d->m.sdkca);
	rules_clear(&d->m.rules);
	end_close(&d->keeper);
	end_close(&d->launch);
	end_close(&d->nursery);
	end_close(&d->listener);
	for (int p = 0; p < PEOPLE; p++)
		userkey_clear(&d->keys[p]);
	rmdir(d->folder);
	free(d);
}

int
desk_setup(void **state)
{
	*state = desk_new(NULL);
	return 0;
}

int
desk_teardown(void **state)
{
	desk_free(*state);
	return 0;
}

void
desk_turn(struct desk *d)
{
	for (int i = 0; i < 8; i++)
		assert_int_equal(loop_step(d->m.loop, 0, NULL), RC_OK);
}

static uint64_t skipped;

uint64_t __real_clock_mono_ms(void);
uint64_t __wrap_clock_mono_ms(void);

uint64_t
__wrap_clock_mono_ms(void)
{
	return __real_clock_mono_ms() + skipped;
}

void
desk_skip(struct desk *d, uint64_t ms)
{
	skipped += ms;
	desk_turn(d);
}

/* ---- frames -----------------------------------------------------------------------
 */

int
end_pair(struct end *e)
{
	int pair[2];

	assert_int_equal(frame_pair(pair, NULL), RC_OK);
	assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	memset(e, 0, sizeof *e);
	buf_init(&e->in, FRAME_MAX);
	e->sock = pair[1];
	return pair[0];
}

void
end_close(struct end *e)
{
	if (e->sock > 0)
		close(e->sock);
	e->sock = -1;
	frame_close_fds(&e->f);
	e->f.nfds = 0;
	buf_clear(&e->in);
}

static int
try_next(struct end *e)
{
	struct err err = { "" };
	enum rc rc;

	frame_close_fds(&e->f);
	e->f.nfds = 0;
	rc = frame_recv(e->sock, &e->in, &e->f, &err);
	if (rc == RC_WAIT)
		return -1;
	if (rc == RC_END)
		return 0;
	if (rc != RC_OK ||
	    codec_decode((enum msg)e->f.type, e->f.body, &e->m, &err) != RC_OK)
		fail_msg("receive: %s", err.text);
	return e->f.type;
}

int
end_next(struct desk *d, struct end *e)
{
	uint64_t until = clock_mono_ms() + PATIENCE_MS;
	int got;

	while ((got = try_next(e)) < 0 && clock_mono_ms() < until)
		assert_int_equal(loop_step(d->m.loop, 10, NULL), RC_OK);
	return got;
}

int
end_poll(struct desk *d, struct end *e)
{
	desk_turn(d);
	return try_next(e);
}

void
end_want(struct desk *d, struct end *e, enum msg type)
{
	int got = end_next(d, e);

	if (got != (int)type)
		fail_msg("wanted %s, got %s", codec_name(type),
		    got == 0 ? "the end" : codec_name((enum msg)got));
}

void
end_quiet(struct desk *d, struct end *e)
{
	int got;

	desk_turn(d);
	if ((got = try_next(e)) >= 0)
		fail_msg("wanted nothing, got %s",
		    got == 0 ? "the end" : codec_name((enum msg)got));
}

void
end_over(struct desk *d, struct end *e)
{
	int got;

	while ((got = end_next(d, e)) > 0)
		;
	assert_int_equal(got, 0);
}

void
end_send(struct desk *d, struct end *e, enum msg type, uint32_t id, const void *m,
    const int *fds, unsigned nfds)
{
	static const struct msg_none nothing;
	struct err err = { "" };
	struct buf b;

	(void)d;
	buf_init(&b, FRAME_MAX);
	if (buf_room(&b, 1) == NULL ||
	    codec_encode(type, m == NULL ? &nothing : m, &b, &err) != RC_OK)
		fail_msg("%s: %s", codec_name(type), err.text);
	/* The monitor may have closed: then the test sees that next. */
	(void)frame_send(e->sock, (uint16_t)type, id, buf_span(&b), fds, nfds, &err);
	buf_clear(&b);
}

void
end_has(const struct end *e, const char *part)
{
	struct span s = e->f.type == MSG_VERDICT ? e->m.verdict.text : e->m.text.text;

	if (memmem(s.p, s.len, part, strlen(part)) == NULL)
		fail_msg("\"%s\" is not in: %.*s", part, (int)s.len, (const char *)s.p);
}

/* ---- the keeper -------------------------------------------------------------------
 */

void
keeper_says(struct desk *d, enum rc rc)
{
	struct msg_kept m = { .rc = (uint8_t)rc,
		.text = span_of(rc == RC_OK ? "" : "the disk is full") };

	end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &m, NULL, 0);
	desk_turn(d);
}

void
keeper_event_open(struct desk *d, const char *kind)
{
	end_want(d, &d->keeper, MSG_EVENT);
	if (!span_is(d->keeper.m.event.kind, kind))
		fail_msg("wanted event %s, got %.*s: %.*s", kind,
		    (int)d->keeper.m.event.kind.len,
		    (const char *)d->keeper.m.event.kind.p,
		    (int)d->keeper.m.event.detail.len,
		    (const char *)d->keeper.m.event.detail.p);
}

void
keeper_event(struct desk *d, const char *kind)
{
	keeper_event_open(d, kind);
	keeper_says(d, RC_OK);
}

void
keeper_hold(struct desk *d, char id[10])
{
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(span_copy(d->keeper.m.hold_new.hold, id, 10));
	keeper_says(d, RC_OK);
}

void
keeper_set(struct desk *d, enum hold_state state)
{
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, state);
	keeper_says(d, RC_OK);
}

void
keeper_opens(struct desk *d)
{
	struct msg_kept m = { .rc = RC_OK };
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	end_want(d, &d->keeper, MSG_OPEN_REC);
	assert_true(fd >= 0);
	end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &m, &fd, 1);
	close(fd);
	desk_turn(d);
}

/* The row that RECALL asks for: the first of that kind behind its id. */
static const struct msg_recalled *
recall_row(const struct msg_recall *m, const struct msg_recalled *rows, size_t n)
{
	char after[65], id[65];

	assert_true(span_copy(m->after, after, sizeof after));
	for (size_t i = 0; i < n; i++) {
		assert_true(span_copy(rows[i].id, id, sizeof id));
		if (rows[i].what == m->what && strcmp(id, after) > 0)
			return &rows[i];
	}
	return NULL;
}

static void
note_sets(struct desk *d)
{
	const struct msg_hold_set *m = &d->keeper.m.hold_set;
	int got;

	while ((got = end_next(d, &d->keeper)) == MSG_HOLD_SET) {
		d->n_sets++;
		d->set_state = m->state;
		assert_true(span_copy(m->hold, d->set_id, sizeof d->set_id));
		assert_true(span_copy(m->reason, d->set_why, sizeof d->set_why));
		keeper_says(d, RC_OK);
	}
	assert_int_equal(got, MSG_RECALL);
}

void
keeper_recalls(struct desk *d, const struct msg_recalled *rows, size_t n)
{
	const unsigned last = d->m.articles != NULL ? RECALL_ARTICLE : RECALL_GRANT;
	struct msg_kept end = { .rc = RC_END };
	const struct msg_recalled *row;

	do {
		note_sets(d);
		if ((row = recall_row(&d->keeper.m.recall, rows, n)) != NULL)
			end_send(
			    d, &d->keeper, MSG_RECALLED, d->keeper.f.id, row, NULL, 0);
		else
			end_send(
			    d, &d->keeper, MSG_KEPT, d->keeper.f.id, &end, NULL, 0);
		desk_turn(d);
	} while (row != NULL || d->keeper.m.recall.what != last);
}

void
keeper_recalls_one(struct desk *d, const char *id, const struct msg_recalled *row)
{
	struct msg_kept none = { .rc = RC_END };

	end_want(d, &d->keeper, MSG_RECALL);
	assert_int_equal(d->keeper.m.recall.what, RECALL_ONE);
	assert_true(span_is(d->keeper.m.recall.after, id));
	if (row == NULL)
		end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &none, NULL, 0);
	else
		end_send(d, &d->keeper, MSG_RECALLED, d->keeper.f.id, row, NULL, 0);
	desk_turn(d);
}

void
keeper_drain(struct desk *d)
{
	while (end_poll(d, &d->keeper) > 0)
		keeper_says(d, RC_OK);
}

/* ---- fronts -----------------------------------------------------------------------
 */

static struct front *
make_front(struct desk *d, int fds[3])
{
	struct front *f = calloc(1, sizeof *f);
	int tcp[2];

	f->d = d;
	f->user = "anyone";
	buf_init(&f->preimage, 100000);
	buf_init(&f->bytes, 100000);
	buf_init(&f->sig, 4096);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, tcp), 0);
	f->tcp = tcp[1];
	f->own = dup(tcp[0]);
	fds[0] = end_pair(&f->sign);
	fds[1] = end_pair(&f->talk);
	fds[2] = tcp[0];
	return f;
}

static struct front *
greet(struct front *f)
{
	end_want(f->d, &f->talk, MSG_NONCE);
	assert_true(span_copy(f->talk.m.nonce.nonce, f->nonce, sizeof f->nonce));
	return f;
}

struct front *
front_new(struct desk *d)
{
	int fds[3];
	struct front *f = make_front(d, fds);

	assert_int_equal(
	    conn_open_take(d->m.conns, NEW_CLIENT, fds[0], fds[1], fds[2], NULL),
	    RC_OK);
	return greet(f);
}

struct front *
front_new_by(struct desk *d, enum msg_new_kind kind)
{
	int fds[3];
	struct front *f = make_front(d, fds);
	struct msg_new m = { .kind = (uint8_t)kind };

	end_send(d, &d->listener, MSG_NEW, 0, &m, fds, 3);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	desk_turn(d);
	if (d->ended == 0)
		return greet(f);
	front_free(f);
	return NULL;
}

void
front_free(struct front *f)
{
	end_close(&f->sign);
	end_close(&f->talk);
	close(f->tcp);
	close(f->own);
	buf_clear(&f->preimage);
	buf_clear(&f->bytes);
	buf_clear(&f->sig);
	desk_turn(f->d);
	free(f);
}

void
front_kex(struct front *f)
{
	char version[64];
	uint8_t init[40] = { 20 };
	size_t n;
	struct msg_sign m = { .hash_len = 32 };

	snprintf(version, sizeof version, "SSH-2.0-broker_%s", f->nonce);
	buf_reset(&f->preimage);
	buf_string(&f->preimage, span_of("SSH-2.0-client"));
	buf_string(&f->preimage, span_of(version));
	buf_string(&f->preimage, span_make(init, sizeof init));
	buf_string(&f->preimage, span_make(init, sizeof init));
	buf_string(&f->preimage, hostkey_blob(f->d->m.hostkey));
	buf_text(&f->preimage, "kex values and K");
	m.preimage = buf_span(&f->preimage);
	assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, m.preimage.p,
			     m.preimage.len, f->sid, &n),
	    1);
	end_send(f->d, &f->sign, MSG_SIGN, 7, &m, NULL, 0);
	end_want(f->d, &f->sign, MSG_SIGNED);
	assert_int_equal(f->sign.f.id, 7);
	assert_int_equal(f->sign.m.signed_.signature.len, 64);
}

/* What a client signs to log in by this key. */
static void
put_signed(struct front *f, const struct msg_auth_try *m)
{
	buf_reset(&f->bytes);
	buf_string(&f->bytes, span_make(f->sid, 32));
	buf_u8(&f->bytes, 50);
	buf_string(&f->bytes, m->user);
	buf_string(&f->bytes, span_of("ssh-connection"));
	buf_string(&f->bytes, span_of("publickey"));
	buf_u8(&f->bytes, 1);
	buf_string(&f->bytes, m->algorithm);
	buf_string(&f->bytes, m->blob);
}

static char
send_try(struct front *f, struct msg_auth_try *m)
{
	int got;

	m->signature = buf_span(&f->sig);
	end_send(f->d, &f->talk, MSG_AUTH_TRY, 9, m, NULL, 0);
	got = end_next(f->d, &f->talk);
	if (got == 0)
		return 'x';
	assert_int_equal(got, MSG_AUTH_SAYS);
	assert_int_equal(f->talk.f.id, 9);
	return f->talk.m.auth_says.yes ? 'y' : 'n';
}

char
front_try(struct front *f, enum person who, bool good)
{
	const struct userkey *k = &f->d->keys[who];
	struct msg_auth_try m = { .is_signed = 1,
		.user = span_of(f->user),
		.algorithm = span_of(k->algorithm),
		.blob = buf_span(&k->blob) };

	put_signed(f, &m);
	userkey_sign(k, buf_span(&f->bytes), &f->sig);
	if (!good)
		f->sig.p[5] ^= 1;
	return send_try(f, &m);
}

char
front_try_untouched(struct front *f)
{
	struct userkey k;
	struct msg_auth_try m = { .is_signed = 1, .user = span_of(f->user) };
	char got;

	userkey_make(&k, "sk-ssh-ed25519@openssh.com", 0);
	m.algorithm = span_of(k.algorithm);
	m.blob = buf_span(&k.blob);
	put_signed(f, &m);
	userkey_sign_sk(&k, buf_span(&f->bytes), 0, 0, &f->sig);
	got = send_try(f, &m);
	userkey_clear(&k);
	return got;
}

struct front *
front_login(struct desk *d, enum person who)
{
	struct front *f = front_new(d);

	front_kex(f);
	assert_int_equal(front_try(f, who, true), 'y');
	keeper_event(d, "login");
	assert_true(span_is(d->keeper.m.event.identity, people[who].name));
	return f;
}

void
front_exec(struct front *f, uint32_t chan, const char *line)
{
	struct msg_exec_ask m = { .form = FORM_LINE, .line = span_of(line) };

	end_send(f->d, &f->talk, MSG_EXEC_ASK, chan, &m, NULL, 0);
	desk_turn(f->d);
}

void
front_forward(struct front *f, uint32_t chan, const char *host, uint32_t port)
{
	struct msg_forward_ask m = { .host = span_of(host), .port = port };

	end_send(f->d, &f->talk, MSG_FORWARD_ASK, chan, &m, NULL, 0);
	desk_turn(f->d);
}

void
front_gone(struct front *f, uint32_t chan)
{
	end_send(f->d, &f->talk, MSG_GONE, chan, &(struct msg_gone){ 1 }, NULL, 0);
	desk_turn(f->d);
}

void
front_left(struct front *f, uint32_t chan)
{
	end_send(f->d, &f->talk, MSG_GONE, chan, &(struct msg_gone){ 0 }, NULL, 0);
	desk_turn(f->d);
}

void
front_staged(struct front *f, uint32_t chan, uint64_t len, uint8_t byte)
{
	struct msg_staged m = { .fits = 1, .len = len };
	uint8_t sha256[32];

	memset(sha256, byte, sizeof sha256);
	m.sha256 = span_make(sha256, sizeof sha256);
	end_want(f->d, &f->talk, MSG_STAGE);
	assert_int_equal(f->talk.f.id, chan);
	assert_int_equal(f->talk.m.stage.most, 1 << 20);
	end_send(f->d, &f->talk, MSG_STAGED, chan, &m, NULL, 0);
	desk_turn(f->d);
}

void
front_verdict(struct front *f, uint32_t chan, enum msg_effect effect)
{
	end_want(f->d, &f->talk, MSG_VERDICT);
	assert_int_equal(f->talk.f.id, chan);
	if (f->talk.m.verdict.effect != effect)
		fail_msg("effect %u: %.*s", f->talk.m.verdict.effect,
		    (int)f->talk.m.verdict.text.len,
		    (const char *)f->talk.m.verdict.text.p);
}

void
front_denied(struct front *f, uint32_t chan, int status, const char *part)
{
	front_verdict(f, chan, VERDICT_DENY);
	end_has(&f->talk, part);
	assert_int_equal(f->talk.m.verdict.status, status);
}

int
front_verb(struct front *f, uint32_t chan, const char *line, char *out, size_t size)
{
	size_t n = 0;
	int got;

	front_exec(f, chan, line);
	front_verdict(f, chan, VERDICT_VERB);
	out[0] = '\0';
	while ((got = end_next(f->d, &f->talk)) == MSG_ROW || got == MSG_SAY) {
		assert_int_equal(f->talk.f.id, chan);
		n += (size_t)snprintf(out + n, size - n, "%.*s",
		    (int)f->talk.m.text.text.len, (const char *)f->talk.m.text.text.p);
		assert_true(n < size);
	}
	assert_int_equal(got, MSG_DONE);
	assert_int_equal(f->talk.f.id, chan);
	return f->talk.m.done.status;
}

/* ---- a run ------------------------------------------------------------------------
 */

static void
end_take(struct end *e, int sock)
{
	memset(e, 0, sizeof *e);
	buf_init(&e->in, FRAME_MAX);
	assert_int_equal(fcntl(sock, F_SETFL, O_NONBLOCK), 0);
	e->sock = sock;
}

void
run_none(struct run *r)
{
	memset(r, 0, sizeof *r);
	r->ctl.sock = r->data.sock = -1;
	for (int i = 0; i < 8; i++)
		r->fds[i] = -1;
	for (int i = 0; i < 4; i++)
		r->child[i] = -1;
}

const struct msg_ready *
run_dummies(void)
{
	static struct msg_ready m;

	m = (struct msg_ready){ .proxy = span_of("gate:Zm9vYmFy"),
		.access_key_id = span_of("AKBROKERABCDEFGH2345"),
		.secret = span_of("a+secret/of+the+gate"),
		.ca = span_of("-----BEGIN CERTIFICATE-----\nthe command's own\n") };
	return &m;
}

void
run_from_lease(struct front *f, uint32_t chan, struct run *r)
{
	struct desk *d = f->d;

	run_none(r);
	end_quiet(d, &d->nursery);
	fake_vault_answer(RC_OK, "");
	keeper_event(d, "lease");
	keeper_opens(d);
	end_want(d, &d->nursery, MSG_START);
	assert_int_equal(d->nursery.f.nfds, 8);
	memcpy(r->fds, d->nursery.f.fds, sizeof r->fds);
	d->nursery.f.nfds = 0;
	end_take(&r->ctl, r->fds[0]);
	r->fds[0] = -1;
	front_verdict(f, chan, VERDICT_ALLOW);
	end_want(d, &f->talk, MSG_ATTACH);
	assert_int_equal(f->talk.f.id, chan);
	end_take(&r->data, f->talk.f.fds[0]);
	f->talk.f.nfds = 0;
}

void
run_to_start(struct front *f, uint32_t chan, struct run *r)
{
	keeper_event(f->d, "verdict");
	run_from_lease(f, chan, r);
}

void
run_to_launch(struct desk *d, struct run *r)
{
	uint8_t bytes[72] = { 1, 2, 3 };
	struct msg_seal seal = { span_make(bytes, 32), span_make(bytes, 32) };
	struct msg_kept kept = { .rc = RC_OK, .bytes = span_make(bytes, 72) };

	end_send(d, &r->ctl, MSG_SEAL, 0, &seal, NULL, 0);
	end_want(d, &d->keeper, MSG_SEAL_REC);
	end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &kept, NULL, 0);
	end_want(d, &r->ctl, MSG_SEALED);
	assert_int_equal(r->ctl.m.sealed.sig.len, 64);
	end_quiet(d, &d->launch);
	end_send(d, &r->ctl, MSG_READY, 0, run_dummies(), NULL, 0);
	end_want(d, &r->ctl, MSG_LEASE);
	end_want(d, &d->launch, MSG_LAUNCH);
	assert_int_equal(d->launch.f.nfds, 4);
	memcpy(r->child, d->launch.f.fds, sizeof r->child);
	d->launch.f.nfds = 0;
	r->number = d->launch.f.id;
}

void
run_ended(struct desk *d, struct run *r, bool recorded)
{
	uint8_t h[32] = { 0 };
	struct msg_ended m = { .recorded = recorded, .h = span_make(h, 32) };

	end_send(d, &r->ctl, MSG_ENDED, 0, &m, NULL, 0);
	desk_turn(d);
}

void
run_to_end(struct desk *d, struct run *r)
{
	struct msg_launched launched = { .pid = 4711 };
	struct msg_exited exited = { .how = HOW_EXIT, .code = 3 };

	end_send(d, &d->launch, MSG_LAUNCHED, r->number, &launched, NULL, 0);
	end_send(d, &d->launch, MSG_EXITED, r->number, &exited, NULL, 0);
	end_want(d, &r->ctl, MSG_EXITED);
	assert_int_equal(r->ctl.m.exited.code, 3);
	run_ended(d, r, true);
	keeper_event(d, "session.end");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	assert_int_equal(d->keeper.m.close_rec.complete, 1);
	end_quiet(d, &r->ctl);
	keeper_says(d, RC_OK);
	end_want(d, &r->ctl, MSG_CLOSED);
	assert_int_equal(r->ctl.m.closed.good, 1);
	end_close(&r->ctl);
	desk_turn(d);
	assert_int_equal(sessions_count(d->m.sessions), 0);
}

void
run_close(struct run *r)
{
	end_close(&r->ctl);
	end_close(&r->data);
	for (int i = 0; i < 8; i++)
		if (r->fds[i] >= 0)
			close(r->fds[i]);
	for (int i = 0; i < 4; i++)
		if (r->child[i] >= 0)
			close(r->child[i]);
}

struct front *
desk_sdk(struct desk *d, enum person who, struct run *r)
{
	uint8_t bytes[72] = { 1, 2, 3 };
	struct msg_seal seal = { span_make(bytes, 32), span_make(bytes, 32) };
	struct msg_kept kept = { .rc = RC_OK, .bytes = span_make(bytes, 72) };
	struct front *f = front_login(d, who);

	front_forward(f, 1, "aws", 443);
	run_to_start(f, 1, r);
	end_send(d, &r->ctl, MSG_SEAL, 0, &seal, NULL, 0);
	end_want(d, &d->keeper, MSG_SEAL_REC);
	end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &kept, NULL, 0);
	end_want(d, &r->ctl, MSG_SEALED);
	end_send(
	    d, &r->ctl, MSG_READY, 0, &(struct msg_ready){ .proxy = { 0 } }, NULL, 0);
	end_want(d, &r->ctl, MSG_LEASE);
	return f;
}

void
run_sdk_end(struct desk *d, struct run *r)
{
	run_ended(d, r, true);
	keeper_event(d, "session.end");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	end_want(d, &r->ctl, MSG_CLOSED);
	end_close(&r->ctl);
	desk_turn(d);
}

static void
add_member(struct apicall *c, const char *text)
{
	const char *equals = strchr(text, '=');
	char name[128];

	if (equals == NULL) {
		assert_int_equal(apicall_member(c, text, NULL), RC_OK);
		return;
	}
	assert_true(
	    span_copy(span_make(text, (size_t)(equals - text)), name, sizeof name));
	assert_int_equal(apicall_value(c, name, span_of(equals + 1), NULL), RC_OK);
}

void
gate_asks(struct desk *d, struct run *r, uint32_t number, const char *what, ...)
{
	const char *colon = strchr(what, ':'), *at = strchr(what, '@'), *text;
	struct apicall *c = NULL;
	struct msg_call_ask m;
	char service[64], operation[64];
	struct buf b;
	va_list ap;

	assert_true(span_copy(
	    span_make(what, (size_t)(colon - what)), service, sizeof service));
	snprintf(operation, sizeof operation, "%.*s", (int)strcspn(colon + 1, "@"),
	    colon + 1);
	assert_int_equal(apicall_new(service, operation,
			     at == NULL ? "eu-west-1" : at + 1, &c, NULL),
	    RC_OK);
	va_start(ap, what);
	while ((text = va_arg(ap, const char *)) != NULL)
		add_member(c, text);
	va_end(ap);
	buf_init(&b, APICALL_BYTES);
	assert_int_equal(apicall_pack(c, &b, NULL), RC_OK);
	m.facts = buf_span(&b);
	end_send(d, &r->ctl, MSG_CALL_ASK, number, &m, NULL, 0);
	buf_clear(&b);
	apicall_free(c);
}

void
gate_hears(struct desk *d, struct run *r, uint32_t number, enum msg_effect effect,
    const char *part)
{
	const struct msg_call_says *m = &r->ctl.m.call_says;

	end_want(d, &r->ctl, MSG_CALL_SAYS);
	assert_int_equal(r->ctl.f.id, number);
	if (m->effect != effect ||
	    memmem(m->text.p, m->text.len, part, strlen(part)) == NULL)
		fail_msg("wanted %d \"%s\", got %u: %.*s (rule %.*s)", (int)effect,
		    part, m->effect, (int)m->text.len, (const char *)m->text.p,
		    (int)m->rule.len, (const char *)m->rule.p);
}

struct front *
desk_run(struct desk *d, const char *line, struct run *r)
{
	struct front *f = front_login(d, CI);

	front_exec(f, 1, line);
	run_to_start(f, 1, r);
	run_to_launch(d, r);
	return f;
}

void
desk_done(struct desk *d, struct front *f, struct run *r)
{
	run_close(r);
	front_free(f);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	assert_int_equal(d->ended, 0);
}
