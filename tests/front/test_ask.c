#include "tests/support/unit.h"

#include <fcntl.h>

#include "broker/front/ask.h"
#include "tests/front/peer.h"

struct seen {
	char log[512];
	int fd;
};

static void
note(struct seen *s, const char *fmt, ...)
{
	size_t n = strlen(s->log);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->log + n, sizeof s->log - n, fmt, ap);
	va_end(ap);
}

static void
on_nonce(void *arg, const char *nonce)
{
	note(arg, "nonce %s;", nonce);
}

static void
on_auth(void *arg, bool yes)
{
	note(arg, "auth %d;", yes);
}

static void
on_verdict(void *arg, uint32_t channel, const struct msg_verdict *v)
{
	note(arg, "verdict %u %u;", channel, v->effect);
}

static void
on_stage(void *arg, uint32_t channel, uint64_t most)
{
	note(arg, "stage %u %llu;", channel, (unsigned long long)most);
}

static void
on_say(void *arg, uint32_t channel, struct span text)
{
	note(arg, "say %u %.*s;", channel, (int)text.len, (const char *)text.p);
}

static void
on_row(void *arg, uint32_t channel, struct span text)
{
	note(arg, "row %u %.*s;", channel, (int)text.len, (const char *)text.p);
}

static void
on_done(void *arg, uint32_t channel, const struct msg_done *m)
{
	note(arg, "done %u %u;", channel, m->status);
}

static void
on_attach(void *arg, uint32_t channel, int fd)
{
	((struct seen *)arg)->fd = fd;
	note(arg, "attach %u;", channel);
}

static void
on_gone(void *arg, const struct err *err)
{
	(void)err;
	note(arg, "gone;");
}

static struct ask *
open_ask(struct peer *p, struct seen *s)
{
	struct ask_answers answers = { s, on_nonce, on_auth, on_verdict, on_stage,
		on_say, on_row, on_done, on_attach, on_gone };
	int sock = peer_open(p);
	struct ask *a = NULL;

	*s = (struct seen){ "", -1 };
	assert_int_equal(ask_open_take(p->loop, sock, &answers, &a, NULL), RC_OK);
	return a;
}

static void
greet(struct peer *p, struct seen *s)
{
	struct msg_nonce m = { span_of("0123456789abcdef012345") };

	peer_send(p, MSG_NONCE, 0, &m, NULL, 0);
	assert_string_equal(s->log, "nonce 0123456789abcdef012345;");
	s->log[0] = '\0';
}

static void
answers_reach_their_channel(void **state)
{
	struct msg_auth_says yes = { 1 };
	struct msg_verdict v = { VERDICT_HOLD, 0, 0, span_of("held") };
	struct msg_text t = { span_of("words") };
	struct msg_stage stage = { 1u << 20 };
	struct msg_done d = { 75, 0 };
	struct msg_none none = { 0 };
	struct peer p;
	struct seen s;
	struct ask *a = open_ask(&p, &s);
	int fd = dup(0);

	(void)state;
	greet(&p, &s);
	peer_send(&p, MSG_AUTH_SAYS, 0, &yes, NULL, 0);
	peer_send(&p, MSG_STAGE, 7, &stage, NULL, 0);
	peer_send(&p, MSG_VERDICT, 7, &v, NULL, 0);
	peer_send(&p, MSG_SAY, 7, &t, NULL, 0);
	peer_send(&p, MSG_ROW, 8, &t, NULL, 0);
	peer_send(&p, MSG_DONE, 8, &d, NULL, 0);
	peer_send(&p, MSG_ATTACH, 7, &none, &fd, 1);
	assert_string_equal(s.log, "auth 1;stage 7 1048576;verdict 7 1;say 7 words;row "
				   "8 words;done 8 75;attach 7;");
	/* The descriptor is ours and good. */
	assert_true(s.fd >= 0 && fcntl(s.fd, F_GETFD) >= 0);
	close(s.fd);
	close(fd);
	ask_close(a);
	peer_close(&p);
}

static void
questions_are_sent(void **state)
{
	static struct msg_exec_ask e;
	struct msg_auth_try t = { .is_signed = 0,
		.user = span_of("u"),
		.algorithm = span_of("ssh-ed25519"),
		.blob = span_of("blob") };
	struct peer p;
	struct seen s;
	struct ask *a = open_ask(&p, &s);
	struct msg_staged staged;
	char host[257] = "";

	(void)state;
	assert_int_equal(ask_auth(a, &t), RC_OK);
	peer_expect(&p, MSG_AUTH_TRY);
	assert_true(span_is(p.got.auth_try.user, "u"));
	e = (struct msg_exec_ask){ .form = FORM_LINE, .line = span_of("aws s3 ls") };
	assert_int_equal(ask_exec(a, 5, &e), RC_OK);
	peer_expect(&p, MSG_EXEC_ASK);
	assert_int_equal(p.id, 5);
	assert_true(span_is(p.got.exec_ask.line, "aws s3 ls"));
	assert_int_equal(ask_shell(a, 6, true, false), RC_OK);
	peer_expect(&p, MSG_SHELL_ASK);
	assert_int_equal(p.got.shell_ask.pty, 1);
	assert_int_equal(p.got.shell_ask.json, 0);
	assert_int_equal(ask_gone(a, 6, true), RC_OK);
	peer_expect(&p, MSG_GONE);
	assert_int_equal(p.id, 6);
	assert_int_equal(p.got.gone.withdrawn, 1);
	staged = (struct msg_staged){ 1, 3, span_make(host, 32) };
	assert_int_equal(ask_staged(a, 6, &staged), RC_OK);
	peer_expect(&p, MSG_STAGED);
	assert_int_equal(p.id, 6);
	assert_int_equal(p.got.staged.len, 3);
	assert_int_equal(ask_forward(a, 7, "aws", 443), RC_OK);
	peer_expect(&p, MSG_FORWARD_ASK);
	assert_int_equal(p.id, 7);
	assert_true(span_is(p.got.forward_ask.host, "aws"));
	assert_int_equal(p.got.forward_ask.port, 443);
	/* Over a bound: nothing is sent. */
	memset(host, 'a', 256);
	assert_int_equal(ask_forward(a, 7, host, 443), RC_REFUSE);
	e.wait = span_of("a time that does not fit where times go");
	assert_int_equal(ask_exec(a, 5, &e), RC_REFUSE);
	ask_close(a);
	peer_close(&p);
}

static void
a_monitor_out_of_turn_ends_it(void **state)
{
	struct msg_verdict v = { VERDICT_ALLOW, 0, 0, { NULL, 0 } };
	struct msg_nonce again = { span_of("0123456789abcdef012345") };
	struct msg_none none = { 0 };
	struct peer p;
	struct seen s;
	struct ask *a;

	(void)state;
	/* Before the nonce. */
	a = open_ask(&p, &s);
	peer_send(&p, MSG_VERDICT, 1, &v, NULL, 0);
	assert_string_equal(s.log, "gone;");
	ask_close(a);
	peer_close(&p);
	/* A second nonce. */
	a = open_ask(&p, &s);
	greet(&p, &s);
	peer_send(&p, MSG_NONCE, 0, &again, NULL, 0);
	assert_string_equal(s.log, "gone;");
	ask_close(a);
	peer_close(&p);
	/* An ATTACH without its descriptor. */
	a = open_ask(&p, &s);
	greet(&p, &s);
	peer_send(&p, MSG_ATTACH, 1, &none, NULL, 0);
	assert_string_equal(s.log, "gone;");
	ask_close(a);
	peer_close(&p);
	/* It goes. */
	a = open_ask(&p, &s);
	close(p.sock);
	p.sock = -1;
	peer_turn(&p);
	assert_string_equal(s.log, "gone;");
	ask_close(a);
	peer_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_reach_their_channel),
		cmocka_unit_test(questions_are_sent),
		cmocka_unit_test(a_monitor_out_of_turn_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
