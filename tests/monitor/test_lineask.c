/* Lines of a shell on a target: each verdict an event before anybody hears it, what is
 * held bound to where and how it would run, and nothing for a shell that breaks the
 * order. */
#include "tests/monitor/book.h"

#include "broker/monitor/session_parts.h"

#define RULES                                                                          \
	"version: 1\nname: p\ndefaults: {undecidable: hold}\nrules:\n"                 \
	"  - {id: sdk, effect: allow, on: [api], aws: {operations: "                   \
	"['s3:GetObject']}}\n"                                                         \
	"  - {id: look, effect: allow, on: [shell], redirect: [null, merge], limits: " \
	"{time: 90s, output: 1MiB}, command: {any: [{name: [ls, uptime, tail], "       \
	"options: "                                                                    \
	"any, operands: any}, {name: wc, options: {short: l}, stdin: pipe}]}}\n"       \
	"  - {id: restart, effect: hold, on: [shell], command: {name: systemctl, "     \
	"verb: "                                                                       \
	"[restart], operands: {max: 1, each: {glob: '*'}}}, approvers: {need: 1, "     \
	"from: [group:sre], auth: [key]}}\n"                                           \
	"  - {id: odd, effect: hold, on: [shell], command: {undecidable: true}, "      \
	"approvers: {need: 1, from: [group:sre], auth: [key]}}\n"                      \
	"  - {id: never, effect: deny, on: [shell], reason: Not here., command: "      \
	"{name: "                                                                      \
	"rm, options: any, operands: any}}\n"                                          \
	"  - {id: top, effect: allow, on: [shell], command: {name: top, options: "     \
	"any}, interactive: {opaque: accepted, reason: seen, idle: 5m}}\n"             \
	"  - {id: often, effect: allow, on: [shell], command: {name: id}, rate: "      \
	"{n: 2, per: 1h}}\n"

static struct session *
session_of(struct desk *d)
{
	return session_first(d->m.sessions);
}

/* A session on web-1, as an SDK's was made: what opens one is tested elsewhere. */
static struct front *
shell_by(struct desk *d, enum person who, struct run *r)
{
	struct front *f = desk_sdk(d, who, r);
	struct session *s = session_of(d);

	s->gate = GATE_NONE;
	s->command.pty = true;
	s->remote = calloc(1, sizeof *s->remote);
	s->remote->kind = REMOTE_SHELL;
	s->remote->mode = SSM_FED;
	s->remote->at = calloc(1, sizeof *s->remote->at);
	strcpy(s->remote->name, "web-1");
	strcpy(s->remote->at->name, "web-1");
	strcpy(s->remote->at->id, "i-0abc12345678abcde");
	strcpy(s->remote->at->os_user, "app");
	strcpy(s->remote->at->env, "prod");
	strcpy(s->remote->at->region, "eu-west-1");
	return f;
}

static struct front *
shell(struct desk *d, struct run *r)
{
	desk_reload(d, NULL, RULES);
	return shell_by(d, CI, r);
}

static void
asks_bytes(struct desk *d, struct run *r, uint32_t number, struct span line,
    const char *directory)
{
	const struct msg_line_ask m = { line, span_of(directory) };

	end_send(d, &r->ctl, MSG_LINE_ASK, number, &m, NULL, 0);
}

static void
asks(struct desk *d, struct run *r, uint32_t number, const char *line,
    const char *directory)
{
	asks_bytes(d, r, number, span_of(line), directory);
}

static bool
has_text(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

static void
hears(struct desk *d, struct run *r, uint32_t number, enum msg_effect effect,
    const char *why)
{
	const struct msg_line_says *m = &r->ctl.m.line_says;

	end_want(d, &r->ctl, MSG_LINE_SAYS);
	assert_int_equal(r->ctl.f.id, number);
	if (m->effect != effect || !has_text(m->why, why))
		fail_msg("wanted %d \"%s\", got %u: %.*s (rule %.*s)", (int)effect, why,
		    m->effect, (int)m->why.len, (const char *)m->why.p,
		    (int)m->rule.len, (const char *)m->rule.p);
	if (effect != VERDICT_ALLOW) {
		assert_int_equal(m->text.len, 0);
		assert_int_equal(m->how, 0);
		assert_int_equal(m->form, 0);
	}
	assert_int_equal(m->policy.len, 32);
}

static void
runs(struct desk *d, struct run *r, uint32_t number, enum msg_line_how how,
    enum msg_line_form form, const char *text)
{
	const struct msg_line_says *m = &r->ctl.m.line_says;

	hears(d, r, number, VERDICT_ALLOW, "");
	if (!span_is(m->text, text) || m->how != how || m->form != form)
		fail_msg("wanted %d/%d %s, got %u/%u %.*s", (int)how, (int)form, text,
		    m->how, m->form, (int)m->text.len, (const char *)m->text.p);
}

static void
noted(struct desk *d, const char *part)
{
	keeper_event_open(d, "verdict");
	if (!has_text(d->keeper.m.event.detail, part))
		fail_msg("no %s in %.*s", part, (int)d->keeper.m.event.detail.len,
		    (const char *)d->keeper.m.event.detail.p);
	keeper_says(d, RC_OK);
}

static void
over(struct desk *d, struct front *f, struct run *r)
{
	run_sdk_end(d, r);
	desk_done(d, f, r);
}

/* Bob's word on it, which the store takes. */
static void
bob(struct desk *d, const char *verb, const char *id)
{
	struct front *b = front_login(d, BOB);
	bool yes = strcmp(verb, "approve") == 0;
	char line[64];

	snprintf(line, sizeof line, "%s %s%s", verb, id, yes ? "" : " --reason no");
	front_exec(b, 5, line);
	front_verdict(b, 5, VERDICT_VERB);
	keeper_set(d, yes ? HOLD_APPROVED : HOLD_DENIED);
	end_want(d, &b->talk, MSG_ROW);
	end_want(d, &b->talk, MSG_DONE);
	front_free(b);
}

static void
ask_restart(struct desk *d, struct run *r, uint32_t number, const char *directory)
{
	asks(d, r, number, "systemctl restart web", directory);
	noted(d, "\"effect\":\"hold\"");
}

/* Held: its id. */
static void
held(struct desk *d, struct run *r, uint32_t number, char id[10])
{
	ask_restart(d, r, number, "/srv");
	keeper_hold(d, id);
	hears(d, r, number, VERDICT_HOLD, id);
	assert_true(span_is(r->ctl.m.line_says.hold, id));
}

/* ---- verdicts ---- */

static void
each_verdict_is_durable_before_it_is_said(void **state)
{
	static const struct {
		const char *line, *detail, *part;
		enum msg_effect effect;
	} rows[] = {
		{ "ls -l /var", "\"command\":\"'ls' -l /var\"", "", VERDICT_ALLOW },
		{ "ls -l /var", "\"target_id\":\"i-0abc12345678abcde\"", "",
		    VERDICT_ALLOW },
		{ "ls -l /var", "\"run_as\":\"app\"", "", VERDICT_ALLOW },
		{ "ls -l /var", "\"directory\":\"/srv/a b\"", "", VERDICT_ALLOW },
		{ "ls -l /var", "\"path\":\"shell\"", "", VERDICT_ALLOW },
		{ "rm -r /", "\"effect\":\"deny\"",
		    "denied: rm -r / by rule p/never: Not here.", VERDICT_DENY },
		{ "reboot", "\"code\":\"unmatched\"",
		    "denied: reboot: unmatched: no rule allows", VERDICT_DENY },
		{ "ls | rm x", "\"code\":\"rule\"", "by rule p/never", VERDICT_DENY },
		{ "aws s3 ls", "\"code\":\"unmatched\"", "", VERDICT_DENY },
		{ "", "\"code\":\"empty\"", "denied: ", VERDICT_DENY },
	};
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		asks(d, &r, i, rows[i].line, "/srv/a b");
		keeper_event_open(d, "verdict");
		if (!has_text(d->keeper.m.event.detail, rows[i].detail))
			fail_msg("%s: %.*s", rows[i].detail,
			    (int)d->keeper.m.event.detail.len,
			    (const char *)d->keeper.m.event.detail.p);
		assert_true(span_is(d->keeper.m.event.identity, "ci"));
		assert_int_equal(d->keeper.m.event.sid.len, 16);
		end_quiet(d, &r.ctl);
		keeper_says(d, RC_OK);
		hears(d, &r, i, rows[i].effect, rows[i].part);
	}
	/* An allow that is not recorded is none. */
	asks(d, &r, 99, "ls", "");
	keeper_event_open(d, "verdict");
	keeper_says(d, RC_FAIL);
	hears(d, &r, 99, VERDICT_DENY, "could not be recorded");
	over(d, f, &r);
}

static void
what_runs_is_canonical_text(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{ "ls   -l  \"a b\"", "'ls' -l 'a b'" },
		{ "l\\s /var/*.log|wc  -l", "'ls' /var/*.log | 'wc' -l" },
		{ "uptime>/dev/null 2>&1;ls;", "'uptime' >'/dev/null' 2>&1 ; 'ls'" },
	};
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		asks(d, &r, i, rows[i].line, "");
		noted(d, "\"effect\":\"allow\"");
		runs(d, &r, i, LINE_USUAL, LINE_CANON, rows[i].text);
		assert_true(span_is(r.ctl.m.line_says.rule, "p/look"));
		assert_int_equal(r.ctl.m.line_says.run_ms, 90000);
		assert_int_equal(r.ctl.m.line_says.output_max, 1048576);
		assert_int_equal(r.ctl.m.line_says.idle_ms, 0);
		assert_int_equal(r.ctl.m.line_says.hold.len, 0);
	}
	over(d, f, &r);
}

static void
a_program_is_alone_on_its_terminal(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);

	asks(d, &r, 1, "top -d 1", "/srv");
	noted(d, "\"mode\":\"program\"");
	runs(d, &r, 1, LINE_PROGRAM, LINE_CANON, "'top' -d 1");
	assert_int_equal(r.ctl.m.line_says.idle_ms, 300000);
	/* Among others it is one of them. */
	asks(d, &r, 2, "top -d 1; ls", "/srv");
	noted(d, "\"mode\":\"fed\"");
	runs(d, &r, 2, LINE_USUAL, LINE_CANON, "'top' -d 1 ; 'ls'");
	assert_int_equal(r.ctl.m.line_says.idle_ms, 0);
	/* By Run Command there is no terminal at all. */
	session_of(d)->remote->at->run = true;
	asks(d, &r, 3, "top -d 1", "/srv");
	noted(d, "\"effect\":\"allow\"");
	runs(d, &r, 3, LINE_USUAL, LINE_CANON, "'top' -d 1");
	session_of(d)->remote->at->run = false;
	session_of(d)->command.pty = false;
	asks(d, &r, 4, "top -d 1", "/srv");
	noted(d, "\"code\":\"terminal\"");
	hears(d, &r, 4, VERDICT_DENY, "ssh -t");
	over(d, f, &r);
}

/* Rules about sessions need not allow one for a line, but may forbid it. */
static void
a_session_that_is_forbidden_runs_no_line(void **state)
{
	static const struct {
		const char *ssm;
		bool line, program;
	} rows[] = {
		{ "{mode: [program]}", true, false },
		{ "{mode: [fed]}", false, true },
		{ "{mode: [raw]}", true, true },
		{ "{shell: true}", false, false },
		{ "{documents: [AWS-StartPortForwardingSession]}", true, true },
	};
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);
	uint32_t n = 0;

	for (size_t i = 0; i < ROWS(rows); i++) {
		char rules[4096];

		snprintf(rules, sizeof rules,
		    RULES "  - {id: shut, effect: deny, on: [shell], reason: Shut., "
			  "ssm: %s}\n",
		    rows[i].ssm);
		desk_reload(d, NULL, rules);
		for (unsigned k = 0; k < 2; k++) {
			bool goes = k == 0 ? rows[i].line : rows[i].program;

			asks(d, &r, n, k == 0 ? "ls" : "top", "");
			keeper_event(d, "verdict");
			hears(d, &r, n++, goes ? VERDICT_ALLOW : VERDICT_DENY,
			    goes ? "" : "by rule p/shut: Shut.");
		}
	}
	over(d, f, &r);
}

static void
a_rate_counts_lines(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);

	for (uint32_t i = 0; i < 3; i++) {
		asks(d, &r, i, "id", "");
		noted(d, i < 2 ? "\"effect\":\"allow\"" : "\"code\":\"rate\"");
		hears(d, &r, i, i < 2 ? VERDICT_ALLOW : VERDICT_DENY,
		    i < 2 ? "" : "over its rate");
	}
	over(d, f, &r);
}

/* ---- cd ---- */

static void
cd_is_kept_here(void **state)
{
	static const struct {
		const char *line, *from, *to, *why; /* to NULL: denied */
	} rows[] = {
		{ "cd /var/log", "/srv", "/var/log", "" },
		{ "cd log", "/srv", "/srv/log", "" },
		{ "cd  'a b'/", "/srv", "/srv/a b", "" },
		{ "cd ..", "/srv/app", "/srv", "" },
		{ "cd ../../../..//x/./y/..", "/srv/app", "/x", "" },
		{ "cd ..", "/", "/", "" },
		{ "cd /", "", "/", "" },
		{ "cd //etc///ssh/", "", "/etc/ssh", "" },
		{ "cd '$HOME'", "/srv", "/srv/$HOME", "" },
		{ "\\cd x", "/", "/x", "" },
		{ "cd log", "", NULL, "name an absolute directory" },
		{ "cd", "/srv", NULL, "no rule allows" },
		{ "cd -", "/srv", NULL, "no rule allows" },
		{ "cd -P /srv", "/srv", NULL, "no rule allows" },
		{ "cd '~'", "/srv", NULL, "no rule allows" },
		{ "cd ''", "/srv", NULL, "no rule allows" },
		{ "cd /var/*", "/srv", NULL, "no rule allows" },
		{ "cd /a /b", "/srv", NULL, "no rule allows" },
		{ "cd /var >/dev/null", "/srv", NULL, "no rule allows" },
		{ "cd /var && ls", "/srv", NULL, "no rule allows" },
		{ "/bin/cd /var", "/srv", NULL, "no rule allows" },
	};
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		desk_skip(d, 1000);
		asks(d, &r, i, rows[i].line, rows[i].from);
		noted(d, rows[i].to != NULL ? "\"effect\":\"allow\"" : "deny");
		if (rows[i].to != NULL)
			runs(d, &r, i, LINE_DIRECTORY, LINE_CANON, rows[i].to);
		else
			hears(d, &r, i, VERDICT_DENY, rows[i].why);
	}
	/* Unless a rule says no. */
	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: stay, effect: deny, on: [shell], reason: Stay., command: {name: "
	    "cd, options: any, operands: any}}\n");
	asks(d, &r, 90, "cd /var", "/srv");
	noted(d, "deny");
	hears(d, &r, 90, VERDICT_DENY, "by rule p/stay: Stay.");
	over(d, f, &r);
}

static void
a_directory_that_cannot_be_shown_is_none(void **state)
{
	static const char *const rows[] = { "srv", "/srv/", "//srv", "/srv/../etc",
		"/srv/.", "/a\nb", "/a\x1b[2J",
		"/\xe2\x80\xae"
		"x",
		"/\xff", "." };
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		asks(d, &r, i, i % 2 == 0 ? "ls" : "cd /", rows[i]);
		noted(d, "\"directory\":\"?\"");
		hears(d, &r, i, VERDICT_DENY, "cannot be shown");
		desk_skip(d, 1000);
	}
	over(d, f, &r);
}

/* What a rule says of paths it says of them in the directory, too, as far as it denies or
 * holds; nothing is let through for where the target says that it is. */
static void
a_deny_sees_through_cd(void **state)
{
	static const struct {
		const char *line, *directory;
		enum msg_effect effect;
	} rows[] = {
		{ "cat hosts", "/etc", VERDICT_ALLOW },
		{ "cat shadow", "/etc", VERDICT_DENY },
		{ "cat ./shadow", "/etc", VERDICT_DENY },
		{ "cat etc/shadow", "/", VERDICT_DENY },
		{ "cat ../etc/shadow", "/srv", VERDICT_DENY },
		{ "cat sh*", "/etc", VERDICT_DENY },
		{ "cat shadow", "/srv", VERDICT_ALLOW },
		{ "cat shadow", "", VERDICT_ALLOW },
		{ "head messages", "/var/log", VERDICT_DENY },
		{ "head /var/log/messages", "/srv", VERDICT_ALLOW },
	};
	struct desk *d = *state;
	struct front *f;
	struct run r;

	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: sdk, effect: allow, on: [api], aws: {operations: "
	    "['s3:GetObject']}}\n"
	    "  - {id: read, effect: allow, on: [shell], command: {any: [{name: cat, "
	    "glob: "
	    "any, operands: {each: literal}}, {name: head, operands: {each: {path_in: "
	    "['/var/log/**']}}}]}}\n"
	    "  - {id: hide, effect: deny, on: [shell], command: {name: cat, options: "
	    "any, "
	    "operands: {each: {path_in: [/etc/shadow]}}}}\n");
	f = shell_by(d, CI, &r);
	for (uint32_t i = 0; i < ROWS(rows); i++) {
		asks(d, &r, i, rows[i].line, rows[i].directory);
		keeper_event(d, "verdict");
		end_want(d, &r.ctl, MSG_LINE_SAYS);
		if (r.ctl.m.line_says.effect != rows[i].effect)
			fail_msg("%s in %s: %.*s", rows[i].line, rows[i].directory,
			    (int)r.ctl.m.line_says.why.len,
			    (const char *)r.ctl.m.line_says.why.p);
	}
	over(d, f, &r);
}

/* ---- holds ---- */

static void
a_yes_is_spent_before_the_line_runs(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r), *b;
	char id[10], out[4096];

	ask_restart(d, &r, 1, "/srv");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(span_is(d->keeper.m.hold_new.canon, "'systemctl' restart web"));
	assert_true(has_text(d->keeper.m.hold_new.detail, "\"directory\":\"/srv\""));
	assert_true(span_copy(d->keeper.m.hold_new.hold, id, sizeof id));
	end_quiet(d, &r.ctl);
	keeper_says(d, RC_OK);
	hears(d, &r, 1, VERDICT_HOLD,
	    "needs 1 of group sre (rule p/restart); expires in 15m");
	b = front_login(d, BOB);
	assert_int_equal(front_verb(b, 1, "pending", out, sizeof out), 0);
	assert_non_null(strstr(out, "'systemctl' restart web"));
	assert_non_null(strstr(out, "  target   web-1 (i-0abc12345678abcde)\n"));
	assert_non_null(strstr(out, "  as       app\n"));
	assert_non_null(strstr(out, "  in       /srv\n"));
	front_free(b);
	bob(d, "approve", id);
	end_quiet(d, &r.ctl);
	keeper_set(d, HOLD_SPENT);
	keeper_event_open(d, "verdict");
	assert_true(has_text(d->keeper.m.event.detail, "\"effect\":\"allow\""));
	assert_true(has_text(d->keeper.m.event.detail, id));
	end_quiet(d, &r.ctl);
	keeper_says(d, RC_OK);
	runs(d, &r, 1, LINE_USUAL, LINE_CANON, "'systemctl' restart web");
	assert_true(has_text(r.ctl.m.line_says.why, "by bob"));
	assert_true(span_is(r.ctl.m.line_says.hold, id));
	assert_true(has_text(r.ctl.m.line_says.decisions,
	    "[{\"name\":\"bob\",\"proof\":\"key\",\"key\":\"SHA256:"));
	/* It was for once. */
	held(d, &r, 2, out);
	assert_string_not_equal(id, out);
	over(d, f, &r);
}

static void
a_no_is_told_with_its_reason(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);
	char id[10];

	held(d, &r, 1, id);
	bob(d, "deny", id);
	noted(d, "\"effect\":\"deny\"");
	hears(d, &r, 1, VERDICT_DENY, "denied by bob: no");
	assert_true(has_text(
	    r.ctl.m.line_says.decisions, "[{\"decision\":\"denied\",\"name\":\"bob\""));
	/* People are not asked the same again for a while; elsewhere it is not the
	 * same. */
	ask_restart(d, &r, 2, "/srv");
	noted(d, "\"code\":\"lately\"");
	hears(d, &r, 2, VERDICT_DENY, "denied by bob 0s ago");
	ask_restart(d, &r, 3, "/etc");
	keeper_hold(d, id);
	hears(d, &r, 3, VERDICT_HOLD, id);
	over(d, f, &r);
}

static void
people_have_so_much_time(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);
	char id[10];

	held(d, &r, 1, id);
	desk_skip(d, 901000);
	keeper_set(d, HOLD_EXPIRED);
	noted(d, "\"effect\":\"deny\"");
	hears(d, &r, 1, VERDICT_DENY, "nobody decided in time");
	over(d, f, &r);
}

static void
what_is_taken_back_is_withdrawn(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r), *b;
	char id[10], line[32];

	held(d, &r, 1, id);
	end_send(d, &r.ctl, MSG_LINE_GONE, 1, NULL, NULL, 0);
	keeper_set(d, HOLD_CANCELLED);
	end_quiet(d, &r.ctl);
	b = front_login(d, BOB);
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 1, line);
	front_verdict(b, 1, VERDICT_VERB);
	end_want(d, &b->talk, MSG_SAY);
	end_want(d, &b->talk, MSG_DONE);
	assert_int_not_equal(b->talk.m.done.status, 0);
	front_free(b);
	/* Before it was noted, too: nobody is asked at all. */
	asks(d, &r, 2, "systemctl restart web", "/srv");
	end_send(d, &r.ctl, MSG_LINE_GONE, 2, NULL, NULL, 0);
	noted(d, "\"effect\":\"hold\"");
	end_quiet(d, &d->keeper);
	end_quiet(d, &r.ctl);
	/* And after the answer it is nothing. */
	asks(d, &r, 3, "ls", "");
	noted(d, "allow");
	hears(d, &r, 3, VERDICT_ALLOW, "");
	end_send(d, &r.ctl, MSG_LINE_GONE, 3, NULL, NULL, 0);
	end_quiet(d, &r.ctl);
	over(d, f, &r);
}

/* A yes that is being spent while its user takes the line back is nobody's. */
static void
taken_back_while_it_is_spent(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);
	char id[10];

	held(d, &r, 1, id);
	bob(d, "approve", id);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_SPENT);
	end_send(d, &r.ctl, MSG_LINE_GONE, 1, NULL, NULL, 0);
	desk_turn(d);
	keeper_says(d, RC_OK);
	end_quiet(d, &r.ctl);
	end_quiet(d, &d->keeper);
	over(d, f, &r);
}

static void
a_hold_outlives_its_session(void **state)
{
	struct desk *d = *state;
	struct run r, s;
	struct front *f = shell(d, &r);
	char id[10];

	held(d, &r, 1, id);
	over(d, f, &r);
	end_quiet(d, &d->keeper);
	bob(d, "approve", id);
	f = shell_by(d, CI, &s);
	ask_restart(d, &s, 1, "/srv");
	keeper_set(d, HOLD_SPENT);
	noted(d, "\"effect\":\"allow\"");
	runs(d, &s, 1, LINE_USUAL, LINE_CANON, "'systemctl' restart web");
	over(d, f, &s);
}

/* on_disconnect: cancel. */
static void
or_not(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f;
	char id[10];

	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: sdk, effect: allow, on: [api], aws: {operations: "
	    "['s3:GetObject']}}\n"
	    "  - {id: restart, effect: hold, on: [shell], on_disconnect: cancel, "
	    "command: {name: systemctl, options: any, operands: any}, approvers: "
	    "{need: 1, from: [group:sre], auth: [key]}}\n");
	f = shell_by(d, CI, &r);
	held(d, &r, 1, id);
	run_ended(d, &r, true);
	keeper_set(d, HOLD_CANCELLED);
	keeper_event(d, "session.end");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	end_want(d, &r.ctl, MSG_CLOSED);
	end_close(&r.ctl);
	desk_turn(d);
	desk_done(d, f, &r);
}

/* Bytes that nobody understood run as they are, alone, or not at all. */
static void
bytes_are_approved_as_they_are(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);
	char id[10];

	asks(d, &r, 1, "echo  $(date)", "/srv");
	noted(d, "\"mode\":\"bytes\"");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(span_is(d->keeper.m.hold_new.canon, "echo  $(date)"));
	assert_true(has_text(d->keeper.m.hold_new.detail, "\"mode\":\"bytes\""));
	assert_true(span_copy(d->keeper.m.hold_new.hold, id, sizeof id));
	keeper_says(d, RC_OK);
	hears(d, &r, 1, VERDICT_HOLD, "rule p/odd");
	bob(d, "approve", id);
	keeper_set(d, HOLD_SPENT);
	noted(d, "\"effect\":\"allow\"");
	runs(d, &r, 1, LINE_ALONE, LINE_BYTES, "echo  $(date)");
	/* What people could not see is not shown to them. */
	asks(d, &r, 2, "echo $(date)\nreboot", "/srv");
	noted(d, "\"code\":\"character\"");
	hears(d, &r, 2, VERDICT_DENY, "\\x0Areboot");
	asks(d, &r, 3, "echo $(date) \xe2\x80\xaetxt", "/srv");
	noted(d, "\"code\":\"character\"");
	hears(d, &r, 3, VERDICT_DENY, "plain text");
	/* A deny is not undone by what stands beside it. */
	asks(d, &r, 4, "rm x; echo $(date)", "/srv");
	noted(d, "\"effect\":\"deny\"");
	hears(d, &r, 4, VERDICT_DENY, "p/never");
	over(d, f, &r);
}

/* ---- reloads ---- */

static void
a_reload_counts_until_the_last_moment(void **state)
{
	static const char *const worse[] = {
		/* No rule lets it through any more. */
		"version: 1\nname: p\nrules:\n"
		"  - {id: look, effect: allow, on: [shell], command: {name: ls}}\n",
		"version: 1\nname: p\nrules:\n"
		"  - {id: no, effect: deny, on: [shell], reason: Not now., command: "
		"{name: systemctl, options: any, operands: any}}\n",
		/* Two have to say yes, or others. */
		"version: 1\nname: p\nrules:\n"
		"  - {id: restart, effect: hold, on: [shell], command: {name: "
		"systemctl, options: any, operands: any}, approvers: {need: 2, from: "
		"[group:sre], auth: [key]}}\n",
	};
	struct desk *d = *state;

	for (size_t i = 0; i < 2 * ROWS(worse); i++) {
		bool spending = i % 2 == 1;
		struct front *f;
		struct run r;
		char id[10];

		/* One more yes is waited for where more are needed: no end of it. */
		if (i / 2 == 2 && !spending)
			continue;
		f = shell(d, &r);
		held(d, &r, 1, id);
		if (spending) { /* it comes while the approval is being spent */
			bob(d, "approve", id);
			end_want(d, &d->keeper, MSG_HOLD_SET);
			assert_int_equal(d->keeper.m.hold_set.state, HOLD_SPENT);
			desk_reload(d, NULL, worse[i / 2]);
			keeper_says(d, RC_OK);
		} else {
			struct front *b = front_login(d, BOB);
			char line[32];

			desk_reload(d, NULL, worse[i / 2]);
			snprintf(line, sizeof line, "approve %s", id);
			front_exec(b, 5, line);
			front_verdict(b, 5, VERDICT_VERB);
			keeper_set(d, HOLD_APPROVED);
			end_want(d, &d->keeper, MSG_HOLD_SET);
			assert_int_equal(d->keeper.m.hold_set.state, HOLD_CANCELLED);
			keeper_says(d, RC_OK);
			front_free(b);
		}
		noted(d, "\"effect\":\"deny\"");
		hears(d, &r, 1, VERDICT_DENY, "");
		over(d, f, &r);
	}
}

/* ---- grants ---- */

static void
a_grant_lets_lines_run(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);
	struct book *b = book_new(d);

	book_wants(b, BOB,
	    "grant add ci --rule p/restart --for 30m --uses 1 --reason 'ticket 7'", 0,
	    "granted ");
	asks(d, &r, 1, "systemctl restart web", "/srv");
	book_turn(b);
	runs(d, &r, 1, LINE_USUAL, LINE_CANON, "'systemctl' restart web");
	assert_true(span_is(r.ctl.m.line_says.hold, book_grant(b)->id));
	assert_true(has_text(r.ctl.m.line_says.decisions, "\"name\":\"bob\""));
	assert_int_equal(book_grant(b)->used, 1);
	/* It was for one. */
	asks(d, &r, 2, "systemctl restart web", "/srv");
	book_turn(b);
	hears(d, &r, 2, VERDICT_HOLD, "held: ");
	book_free(b);
	over(d, f, &r);
}

/* ---- a shell that is not ours any more ---- */

static void
a_line_out_of_order_costs_the_session(void **state)
{
	enum { TWICE, MANY, LONG, NO_SHELL, CALL, KINDS };
	struct desk *d = *state;
	static char text[SHELL_LINE + 2];

	memset(text, 'a', SHELL_LINE + 1);
	for (int kind = 0; kind < KINDS; kind++) {
		struct run r;
		struct front *f = shell(d, &r);
		unsigned events = 0;

		switch (kind) {
		case TWICE:
			asks(d, &r, 1, "ls", "");
			asks(d, &r, 1, "ls", "");
			events = 1;
			break;
		case MANY:
			for (uint32_t i = 0; i < 3; i++)
				asks(d, &r, i, "ls", "");
			events = 2;
			break;
		case NO_SHELL:
			session_of(d)->remote->kind = REMOTE_COMMAND;
			asks(d, &r, 1, "ls", "");
			break;
		case CALL:
			gate_asks(d, &r, 1, "s3:GetObject", "Bucket=b", "Key=k", NULL);
			break;
		default: { /* the codec takes no more */
			uint8_t frame[2 * (SHELL_LINE + 16)] = { 0 };
			struct buf b;

			buf_init(&b, sizeof frame);
			buf_string(&b, span_of(text));
			buf_string(&b, span_of(""));
			assert_int_equal(frame_send(r.ctl.sock, MSG_LINE_ASK, 1,
					     buf_span(&b), NULL, 0, NULL),
			    RC_OK);
			buf_clear(&b);
			desk_turn(d);
		}
		}
		for (unsigned i = 0; i < events; i++)
			keeper_event(d, "verdict");
		if (kind == MANY || kind == TWICE)
			desk_turn(d);
		keeper_event(d, "session.lost");
		end_want(d, &d->keeper, MSG_CLOSE_REC);
		keeper_says(d, RC_OK);
		desk_done(d, f, &r);
	}
}

static void
a_flood_waits_for_the_next_second(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);
	uint32_t n = 0;

	desk_skip(d, 1000);
	for (bool said = true; said && n < 60; n++) {
		asks(d, &r, n, "ls", "");
		said = end_poll(d, &d->keeper) == MSG_EVENT;
		if (!said)
			break;
		keeper_says(d, RC_OK);
		hears(d, &r, n, VERDICT_ALLOW, "");
	}
	assert_in_range(n, 20, 40);
	/* It is late, not lost. */
	desk_skip(d, 1000);
	noted(d, "allow");
	hears(d, &r, n, VERDICT_ALLOW, "");
	over(d, f, &r);
}

static void
nothing_runs_once_it_is_stopped(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = shell(d, &r);

	front_gone(f, 1);
	end_want(d, &r.ctl, MSG_STOP);
	asks(d, &r, 1, "ls", "");
	noted(d, "deny");
	hears(d, &r, 1, VERDICT_DENY, "being ended");
	over(d, f, &r);
}

/* ---- lines of those who try ---- */

static char *
source_text(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	struct buf text;
	char *ret;
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", top == NULL ? "." : top, name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s is missing", path);
	buf_init(&text, 1 << 16);
	n = fread(buf_room(&text, 1 << 15), 1, 1 << 15, f);
	text.len = n;
	ret = span_dup(buf_span(&text));
	assert_non_null(ret);
	buf_clear(&text);
	fclose(f);
	return ret;
}

static const char *
text_of(const json_t *row, const char *name)
{
	return json_string_value(json_object_get(row, name));
}

static void
no_evasion_is_let_through(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f;
	char *policy = source_text("tests/vectors/evasion-sample-policy.yaml");
	char *rows = source_text("tests/vectors/evasion-sample.jsonl"), *next = rows;
	uint32_t n = 0;
	struct buf rules;

	/* With a door for the session that is made here into another. */
	buf_init(&rules, 1 << 16);
	buf_text(&rules, policy);
	buf_text(&rules, "\n  - {id: sdk, effect: allow, on: [api], aws: {operations: "
			 "['s3:GetObject']}}\n");
	desk_reload(d, NULL, buf_cstr(&rules));
	f = shell_by(d, CI, &r);
	for (char *line; (line = strsep(&next, "\n")) != NULL;) {
		json_t *row;
		bool allow;

		if (line[0] == '\0')
			continue;
		assert_non_null(row = json_loads(line, 0, NULL));
		allow = strcmp(text_of(row, "expect"), "allow") == 0 &&
			strcmp(text_of(row, "path"), "shell") == 0;
		desk_skip(d, 1000);
		asks(d, &r, n, text_of(row, "line"), "/srv");
		end_want(d, &d->keeper, MSG_EVENT);
		if (has_text(d->keeper.m.event.detail, "\"effect\":\"hold\"")) {
			assert_false(allow);
			keeper_says(d, RC_OK);
			end_want(d, &d->keeper, MSG_HOLD_NEW);
			keeper_says(d, RC_OK);
			hears(d, &r, n, VERDICT_HOLD, "");
			end_send(d, &r.ctl, MSG_LINE_GONE, n, NULL, NULL, 0);
			keeper_set(d, HOLD_CANCELLED);
		} else {
			keeper_says(d, RC_OK);
			hears(d, &r, n, allow ? VERDICT_ALLOW : VERDICT_DENY, "");
		}
		n++;
		json_decref(row);
	}
	assert_int_equal(n, 40);
	buf_clear(&rules);
	free(policy);
	free(rows);
	over(d, f, &r);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(each_verdict_is_durable_before_it_is_said),
		T(what_runs_is_canonical_text),
		T(a_program_is_alone_on_its_terminal),
		T(a_session_that_is_forbidden_runs_no_line),
		T(a_rate_counts_lines),
		T(cd_is_kept_here),
		T(a_directory_that_cannot_be_shown_is_none),
		T(a_deny_sees_through_cd),
		T(a_yes_is_spent_before_the_line_runs),
		T(a_no_is_told_with_its_reason),
		T(people_have_so_much_time),
		T(what_is_taken_back_is_withdrawn),
		T(taken_back_while_it_is_spent),
		T(a_hold_outlives_its_session),
		T(or_not),
		T(bytes_are_approved_as_they_are),
		T(a_reload_counts_until_the_last_moment),
		T(a_grant_lets_lines_run),
		T(a_line_out_of_order_costs_the_session),
		T(a_flood_waits_for_the_next_second),
		T(nothing_runs_once_it_is_stopped),
		T(no_evasion_is_let_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
