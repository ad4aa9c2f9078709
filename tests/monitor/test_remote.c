/* Sessions on targets: from what was asked for to a session process that knows its
 * target, with a lease for that alone; and the end of what AWS knows of it. */
#include "tests/monitor/book.h"

#include <sys/socket.h>
#include <unistd.h>

#include "broker/monitor/session_parts.h"
#include "broker/monitor/ssmend.h"

#define WEB "i-0abc12345678abcde"
#define RULES_FOR(more)                                                                \
	"version: 1\nname: p\ndefaults: {undecidable: hold}\nrules:\n"                 \
	"  - {id: look, effect: allow, on: [shell], command: {name: [ls, uptime, "     \
	"id], "                                                                        \
	"options: any, operands: any}}\n"                                              \
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
	"  - {id: often, effect: allow, on: [shell], command: {name: date}, rate: "    \
	"{n: 1, per: 1h, by: [identity, target]}}\n"                                   \
	"  - {id: people, effect: allow, on: [shell], who: {group: sre}, ssm: {mode: " \
	"[fed, program], shell: true}}\n"                                              \
	"  - {id: agents, effect: allow, on: [shell], who: {group: deployers}, ssm: "  \
	"{mode: [single], shell: true}}\n"                                             \
	"  - {id: raw, effect: hold, on: [shell], who: {group: sre}, ssm: {mode: "     \
	"[raw], shell: true}, approvers: {need: 1, from: [group:sre], auth: [key]}}\n" \
	"  - {id: db, effect: allow, on: [forward], forward: {port: 5432, target: "    \
	"web-1}}\n"                                                                    \
	"  - {id: behind, effect: hold, on: [forward], forward: {port: 5432, host: "   \
	"db.internal}, approvers: {need: 1, from: [group:sre], auth: [key]}}\n" more
#define RULES RULES_FOR("")

/* ---- the inventory, and who ends sessions ---- */

static struct {
	unsigned asked, cancelled;
	enum rc at_once;
	char name[512], profile[65], region[65];
	struct inventory_ask ask;
} inv;
static struct {
	unsigned told;
	bool run;
	char id[129], instance[64], profile[65], region[65];
} ends;

enum rc __wrap_inventory_find(struct inventory *v, const struct inventory_ask *ask,
    struct inventory_call **ret, struct err *err);
void __wrap_inventory_cancel(struct inventory_call *c);
void __wrap_ssmend_tell(
    struct monitor *m, struct ssmend *e, const struct ssmend_ask *ask);

enum rc
__wrap_inventory_find(struct inventory *v, const struct inventory_ask *ask,
    struct inventory_call **ret, struct err *err)
{
	assert_non_null(v);
	inv.asked++;
	if (inv.at_once != RC_OK)
		return err_set(err, inv.at_once, "too many are asked about");
	snprintf(inv.name, sizeof inv.name, "%s", ask->name);
	snprintf(inv.profile, sizeof inv.profile, "%s", ask->profile->name);
	snprintf(inv.region, sizeof inv.region, "%s", ask->region);
	inv.ask = *ask;
	*ret = (struct inventory_call *)&inv;
	return RC_OK;
}

void
__wrap_inventory_cancel(struct inventory_call *c)
{
	inv.cancelled += c != NULL;
}

void
__wrap_ssmend_tell(struct monitor *m, struct ssmend *e, const struct ssmend_ask *ask)
{
	assert_non_null(m);
	(void)e;
	ends.told++;
	ends.run = ask->run;
	snprintf(ends.id, sizeof ends.id, "%s", ask->id);
	snprintf(ends.instance, sizeof ends.instance, "%s", ask->instance);
	snprintf(ends.profile, sizeof ends.profile, "%s", ask->profile->name);
	snprintf(ends.region, sizeof ends.region, "%s", ask->region);
}

static struct instance
web(void)
{
	struct instance i = { .id = WEB,
		.name = "web-1",
		.alias = "web-1",
		.tag_name = "web",
		.env = "prod",
		.os_user = "app",
		.region = "eu-west-1",
		.platform = "Linux",
		.tagged = true,
		.heard = true,
		.online = true };

	i.tags[0] = (struct facts_pair){ "tier", "web" };
	i.n_tags = 1;
	return i;
}

static void
answers(struct desk *d, const struct instance *i)
{
	const struct err none = { "" };

	inv.ask.done(inv.ask.arg, RC_OK, i, 1, &none);
	desk_turn(d);
}

static void
answers_no(struct desk *d, enum rc rc, const char *why)
{
	struct err err = { "" };

	snprintf(err.text, sizeof err.text, "%s", why);
	inv.ask.done(inv.ask.arg, rc, NULL, 0, &err);
	desk_turn(d);
}

static int
setup(void **state)
{
	struct desk *d;

	desk_setup(state);
	d = *state;
	memset(&inv, 0, sizeof inv);
	memset(&ends, 0, sizeof ends);
	d->m.inventory = (struct inventory *)&inv;
	desk_reload(d, NULL, RULES);
	return 0;
}

static int
teardown(void **state)
{
	((struct desk *)*state)->m.inventory = NULL;
	return desk_teardown(state);
}

/* ---- asking ---- */

static void
exec_pty(struct front *f, uint32_t chan, const char *line)
{
	struct msg_exec_ask m = { .form = FORM_LINE,
		.line = span_of(line),
		.pty = 1,
		.columns = 80,
		.rows = 24 };

	end_send(f->d, &f->talk, MSG_EXEC_ASK, chan, &m, NULL, 0);
	desk_turn(f->d);
}

static void
exec_argv(struct front *f, uint32_t chan, const char *const *argv)
{
	struct msg_exec_ask m = { .form = FORM_ARGV };

	for (; argv[m.argv.n] != NULL; m.argv.n++)
		m.argv.v[m.argv.n] = span_of(argv[m.argv.n]);
	end_send(f->d, &f->talk, MSG_EXEC_ASK, chan, &m, NULL, 0);
	desk_turn(f->d);
}

static bool
has(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

static void
want(struct span s, const char *part)
{
	if (!has(s, part))
		fail_msg("\"%s\" is not in: %.*s", part, (int)s.len, (const char *)s.p);
}

static void
event_with(struct desk *d, const char *kind, const char *part)
{
	keeper_event_open(d, kind);
	want(d->keeper.m.event.detail, part);
	keeper_says(d, RC_OK);
}

/* What was asked for is found, judged, leased, and its process started. */
static void
to_start(struct front *f, struct run *r)
{
	struct instance i = web();

	answers(f->d, &i);
	run_to_start(f, 1, r);
}

static void
to_running(struct desk *d, struct run *r)
{
	uint8_t bytes[72] = { 1, 2, 3 };
	struct msg_seal seal = { span_make(bytes, 32), span_make(bytes, 32) };
	struct msg_kept kept = { .rc = RC_OK, .bytes = span_make(bytes, 72) };

	end_send(d, &r->ctl, MSG_SEAL, 0, &seal, NULL, 0);
	end_want(d, &d->keeper, MSG_SEAL_REC);
	end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &kept, NULL, 0);
	end_want(d, &r->ctl, MSG_SEALED);
	end_send(
	    d, &r->ctl, MSG_READY, 0, &(struct msg_ready){ .proxy = { 0 } }, NULL, 0);
	end_want(d, &r->ctl, MSG_LEASE);
	assert_true(span_is(r->ctl.m.lease.secret, "the-secret-key"));
	end_quiet(d, &d->launch);
}

static void
done(struct desk *d, struct front *f, struct run *r)
{
	run_sdk_end(d, r);
	desk_done(d, f, r);
}

static const struct msg_remote *
remote_of(const struct desk *d)
{
	return &d->nursery.m.start.remote;
}

/* ---- what runs ---- */

static void
a_command_is_found_judged_leased_and_started(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	const struct msg_remote *m = remote_of(d);
	struct instance i = web();
	struct run r;
	char c;

	front_exec(f, 1, "--reason 'ticket 42' ssm web-1 -- ls  -l \"/srv\"");
	end_quiet(d, &d->keeper);
	assert_int_equal(inv.asked, 1);
	assert_string_equal(inv.name, "web-1");
	assert_string_equal(inv.profile, "staging");
	assert_string_equal(inv.region, "eu-west-1");
	answers(d, &i);
	keeper_event_open(d, "verdict");
	want(d->keeper.m.event.detail, "\"command\":\"ssm web-1 -- 'ls' -l /srv\"");
	want(d->keeper.m.event.detail, "\"target_id\":\"" WEB "\"");
	want(d->keeper.m.event.detail, "\"path\":\"shell\"");
	want(d->keeper.m.event.detail, "\"session\":\"command\"");
	want(d->keeper.m.event.detail, "\"line\":\"'ls' -l /srv\"");
	assert_true(span_is(d->keeper.m.event.rule, "p/look"));
	assert_int_equal(fake_vault()->asked, 0);
	keeper_says(d, RC_OK);
	assert_string_equal(fake_vault()->run_as, "app");
	run_from_lease(f, 1, &r);
	assert_int_equal(d->nursery.m.start.gate, GATE_NONE);
	assert_int_equal(m->kind, REMOTE_COMMAND);
	assert_true(span_is(m->instance, WEB));
	assert_true(span_is(m->name, "web-1"));
	assert_true(span_is(m->document, "AWS-StartNonInteractiveCommand"));
	assert_int_equal(m->form, LINE_CANON);
	assert_true(span_is(m->command, "'ls' -l /srv"));
	assert_true(span_starts(m->reason, "ci "));
	want(m->reason, ": ticket 42");
	assert_true(span_is(m->client_version, "1.2.677.0"));
	assert_int_equal(m->hints.len, 0);
	want(d->nursery.m.start.meta, "\"kind\":\"ssm\"");
	want(d->nursery.m.start.meta, "\"id\":\"" WEB "\"");
	want(d->nursery.m.start.meta, "\"tags\":{\"tier\":\"web\"}");
	want(d->nursery.m.start.meta, "\"session\":\"command\"");
	assert_true(span_is(d->nursery.m.start.title, "ssm web-1 -- 'ls' -l /srv"));
	assert_int_equal(read(r.fds[4], &c, 1), 0);
	assert_int_equal(read(r.fds[5], &c, 1), 0);
	to_running(d, &r);
	done(d, f, &r);
}

/* What stands behind -- is the line, byte for byte; only what precedes is split. */
static void
each_spelling_of_a_command_is_the_same(void **state)
{
	static const char *const lines[] = {
		"ssm web-1 -- uptime -p",
		"  ssm\tweb-1  --  uptime   -p  ",
		"ssm web-1 -- 'uptime' \"-p\"",
		"ssm --mode single web-1 -- uptime -p",
		"ssm --profile staging --region=eu-west-1 'web-1' --\tuptime -p",
		"aws ssm start-session --target web-1 --document-name "
		"AWS-StartNonInteractiveCommand --parameters 'command=[\"uptime -p\"]'",
		"aws --region eu-west-1 ssm start-session --document-name "
		"AWS-StartInteractiveCommand --parameters '{\"command\":[\"uptime "
		"-p\"]}' "
		"--target=web-1 --reason x",
		"aws ssm --profile staging start-session --target web-1 "
		"--document-name "
		"AWS-StartNonInteractiveCommand --parameters command='uptime -p'",
	};
	static const char *const argvs[][8] = {
		{ "ssm", "web-1", "--", "uptime -p", NULL },
		{ "ssm", "web-1", "--", "uptime", "-p", NULL },
		{ "ssm", "--mode", "single", "web-1", "--", "uptime", "-p", NULL },
	};
	struct desk *d = *state;
	struct run r;

	for (size_t i = 0; i < ROWS(lines) + ROWS(argvs); i++) {
		struct front *f = front_login(d, CI);

		if (i < ROWS(lines))
			front_exec(f, 1, lines[i]);
		else
			exec_argv(f, 1, argvs[i - ROWS(lines)]);
		to_start(f, &r);
		assert_int_equal(remote_of(d)->kind, REMOTE_COMMAND);
		if (!span_is(remote_of(d)->command, "'uptime' -p"))
			fail_msg("row %zu: %.*s", i, (int)remote_of(d)->command.len,
			    (const char *)remote_of(d)->command.p);
		run_close(&r);
		keeper_drain(d);
		front_free(f);
		keeper_drain(d);
	}
}

/* Quotes and operators are those of the target's shell, not of the exec splitter. */
static void
a_line_is_not_split_before_it_is_judged(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct run r;

	front_exec(f, 1, "ssm web-1 -- ls '$x' && id; uptime");
	to_start(f, &r);
	assert_true(span_is(remote_of(d)->command, "'ls' '$x' && 'id' ; 'uptime'"));
	to_running(d, &r);
	done(d, f, &r);
}

static void
programs_shells_and_raw_ones(void **state)
{
	static const struct {
		enum person who;
		const char *line;
		enum msg_remote_kind kind;
		bool single;
		const char *document, *command_document;
	} rows[] = {
		{ ALICE, "ssm web-1 -- top -b", REMOTE_PROGRAM, false,
		    "AWS-StartInteractiveCommand", "" },
		{ ALICE, "ssm web-1", REMOTE_SHELL, false,
		    "AWS-StartInteractiveCommand", "AWS-StartNonInteractiveCommand" },
		{ ALICE, "ssm --mode fed web-1", REMOTE_SHELL, false,
		    "AWS-StartInteractiveCommand", "AWS-StartNonInteractiveCommand" },
		/* Only that is let through. */
		{ CI, "ssm web-1", REMOTE_SHELL, true, "AWS-StartInteractiveCommand",
		    "AWS-StartNonInteractiveCommand" },
		{ CI, "ssm --mode single web-1", REMOTE_SHELL, true,
		    "AWS-StartInteractiveCommand", "AWS-StartNonInteractiveCommand" },
		{ ALICE, "aws ssm start-session --target web-1", REMOTE_SHELL, false,
		    "AWS-StartInteractiveCommand", "AWS-StartNonInteractiveCommand" },
		{ ALICE,
		    "aws ssm start-session --target web-1 --document-name "
		    "SSM-SessionManagerRunShell",
		    REMOTE_SHELL, false, "AWS-StartInteractiveCommand",
		    "AWS-StartNonInteractiveCommand" },
	};
	struct desk *d = *state;
	struct run r;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, rows[i].who);
		const struct msg_remote *m = remote_of(d);

		exec_pty(f, 1, rows[i].line);
		to_start(f, &r);
		assert_int_equal(m->kind, rows[i].kind);
		assert_int_equal(m->single, rows[i].single);
		assert_true(span_is(m->document, rows[i].document));
		assert_true(span_is(m->command_document, rows[i].command_document));
		if (rows[i].kind == REMOTE_SHELL)
			want(m->hints, "uptime");
		if (rows[i].kind == REMOTE_PROGRAM)
			assert_int_equal(m->idle_ms, 300000);
		run_close(&r);
		keeper_drain(d);
		front_free(f);
		keeper_drain(d);
	}
}

static void
an_instance_for_run_command_takes_commands_alone(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();
	struct run r;

	i.run = true;
	front_exec(f, 1, "ssm web-1 -- uptime");
	answers(d, &i);
	keeper_event(d, "verdict");
	assert_string_equal(fake_vault()->run_as, "");
	assert_non_null(strstr(fake_vault()->policy, "\"ssm:SendCommand\""));
	run_from_lease(f, 1, &r);
	assert_int_equal(remote_of(d)->kind, REMOTE_RUN);
	assert_true(span_is(remote_of(d)->document, "AWS-RunShellScript"));
	to_running(d, &r);
	done(d, f, &r);
	f = front_login(d, ALICE);
	exec_pty(f, 1, "ssm web-1");
	answers(d, &i);
	keeper_event(d, "refused");
	front_denied(f, 1, STATUS_USAGE, "single commands alone");
	front_free(f);
}

/* ---- the lease ---- */

static void
the_lease_is_for_this_target_and_its_documents(void **state)
{
	static const char shell[] =
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Action\":"
	    "\"ssm:StartSession\",\"Resource\":[\"arn:aws:ec2:eu-west-1:111122223333:"
	    "instance/" WEB "\",\"arn:aws:ssm:eu-west-1::document/"
	    "AWS-StartInteractiveCommand\",\"arn:aws:ssm:eu-west-1::document/"
	    "AWS-StartNonInteractiveCommand\"],\"Condition\":{\"BoolIfExists\":{\"ssm:"
	    "SessionDocumentAccessCheck\":\"true\"}}},{\"Effect\":\"Allow\",\"Action\":"
	    "["
	    "\"ssm:ResumeSession\",\"ssm:TerminateSession\"],\"Resource\":\"*\","
	    "\"Condition\":{\"StringLike\":{\"ssm:resourceTag/"
	    "aws:ssmmessages:session-id\""
	    ":\"${aws:userid}\"}}},{\"Effect\":\"Allow\",\"Action\":\"ssmmessages:"
	    "OpenDataChannel\",\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Action\":"
	    "\"kms:"
	    "GenerateDataKey\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{"
	    "\"kms:"
	    "EncryptionContext:aws:ssm:TargetId\":\"" WEB "\"}}}]}";
	static const struct {
		const char *id, *arn;
	} ids[] = {
		{ "mi-0abc1234",
		    "\"arn:aws:ssm:eu-west-1:111122223333:managed-instance/"
		    "mi-0abc1234\"" },
		{ "ecs:my_cluster_0abc_0abc-12",
		    "\"arn:aws:ecs:eu-west-1:111122223333:task/my_cluster/0abc\"" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, ALICE);
	struct run r;

	exec_pty(f, 1, "ssm web-1");
	to_start(f, &r);
	assert_string_equal(fake_vault()->policy, shell);
	assert_true(strlen(shell) < 2048);
	run_close(&r);
	keeper_drain(d);
	front_free(f);
	keeper_drain(d);
	for (size_t k = 0; k < ROWS(ids); k++) {
		struct instance i = web();

		f = front_login(d, ALICE);
		snprintf(i.id, sizeof i.id, "%s", ids[k].id);
		front_exec(f, 1, "ssm web-1 -- uptime");
		answers(d, &i);
		keeper_event(d, "verdict");
		assert_non_null(strstr(fake_vault()->policy, ids[k].arn));
		assert_null(
		    strstr(fake_vault()->policy, "AWS-StartInteractiveCommand"));
		fake_vault_answer(RC_REFUSE, "no");
		keeper_drain(d);
		front_free(f);
	}
}

/* A wider one would reach other targets: none is asked for. */
static void
what_aws_cannot_take_is_no_wider_lease(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();

	front_exec(f, 1, "ssm web-1 -- uptime");
	answers(d, &i);
	keeper_event(d, "verdict");
	fake_vault_answer(RC_END, "too large");
	keeper_event(d, "unreachable");
	front_denied(f, 1, STATUS_UNREACHABLE, "too large");
	assert_int_equal(fake_vault()->asked, 1);
	front_free(f);
	/* One that has no ARN. */
	f = front_login(d, CI);
	front_exec(f, 1, "ssm web-1 -- uptime");
	snprintf(i.id, sizeof i.id, "ecs:x");
	answers(d, &i);
	keeper_event(d, "verdict");
	keeper_drain(d);
	front_denied(f, 1, STATUS_UNREACHABLE, "no policy can name");
	assert_int_equal(fake_vault()->asked, 1);
	front_free(f);
}

/* ---- what is refused ---- */

static void
what_is_no_request_for_a_target_is_refused(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *event, *why;
	} rows[] = {
		{ "ssm", 64, "refused", "usage: ssm" },
		{ "ssm -- uptime", 64, "refused", "usage: ssm" },
		{ "ssm web-1", 64, "refused", "needs a terminal: ssh -t" },
		{ "ssm web-1 --", 64, "refused", "no command stands behind" },
		{ "ssm web-1 -- \t ", 64, "refused", "no command stands behind" },
		{ "ssm web-1 uptime", 64, "refused", "a command stands behind --" },
		{ "ssm web-1 '--' uptime", 64, "refused", "usage: ssm" },
		{ "ssm --nonesuch web-1 -- uptime", 64, "refused", "usage: ssm" },
		{ "ssm --mode fed web-1 -- uptime", 64, "refused", "--mode is for a" },
		{ "ssm --mode odd web-1", 64, "refused", "--mode is single" },
		{ "ssm --mode", 64, "refused", "needs a value" },
		{ "ssm --profile prod --profile prod web-1 -- id", 64, "refused",
		    "stands twice" },
		{ "ssm 'web\t1' -- id", 64, "refused", "no name of a target" },
		{ "ssm --region EU web-1 -- id", 64, "refused", "no name of a region" },
		{ "ssm --profile nonesuch web-1 -- id", 77, "denied",
		    "no such profile" },
		{ "--out ssm web-1 -- id", 64, "refused", "--out is for" },
		{ "aws ssm start-session", 64, "refused", "--target is missing" },
		{ "aws ssm start-session --target web-1 x", 64, "refused", "alone" },
		{ "aws ssm start-session --target web-1 --query x", 64, "refused",
		    "has no --query" },
		{ "aws ssm start-session --target web-1 --document-name "
		  "AWS-StartPortForwardingSession --parameters portNumber=3306",
		    64, "refused", "-L 3306:web-1:3306 BROKER" },
		{ "aws ssm start-session --target web-1 --document-name "
		  "AWS-StartPortForwardingSessionToRemoteHost --parameters "
		  "'{\"host\":[\"db.internal\"],\"portNumber\":[\"5432\"]}'",
		    64, "refused", "-W db.internal@web-1:5432 BROKER" },
		{ "aws ssm start-session --target web-1 --document-name "
		  "AWS-StartSSHSession",
		    64, "refused", "-L 22:web-1:22" },
		{ "aws ssm start-session --target web-1 --document-name Own-Document",
		    77, "denied", "no session with this document" },
		{ "aws ssm start-session --target web-1 --document-name "
		  "AWS-StartInteractiveCommand",
		    64, "refused", "not the parameters" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (size_t i = 0; i < ROWS(rows); i++) {
		front_exec(f, (uint32_t)i + 1, rows[i].line);
		keeper_event(d, rows[i].event);
		front_denied(f, (uint32_t)i + 1, rows[i].status, rows[i].why);
	}
	assert_int_equal(inv.asked, 0);
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
	f = front_login(d, CAROL);
	front_exec(f, 1, "ssm web-1 -- id");
	keeper_event(d, "denied");
	front_denied(f, 1, 77, "no profile that leads");
	front_free(f);
}

static void
nobody_without_a_rule_asks_aws(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	desk_reload(d, NULL, desk_policy);
	front_exec(f, 1, "ssm web-1 -- id");
	keeper_event(d, "denied");
	front_denied(f, 1, 77, "no rule lets you run anything on targets");
	assert_int_equal(inv.asked, 0);
	front_free(f);
}

static void
a_target_that_is_not_there_is_named(void **state)
{
	static const struct {
		enum rc rc;
		const char *why;
		int status;
		const char *event;
	} rows[] = {
		{ RC_REFUSE, "web-1 is two: i-01, i-02; the id will do", 64,
		    "refused" },
		{ RC_RETRY, "AWS does not answer", 69, "unreachable" },
		{ RC_FAIL, "out of memory", 70, "failed" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (size_t i = 0; i < ROWS(rows); i++) {
		front_exec(f, (uint32_t)i + 1, "ssm web-1 -- id");
		answers_no(d, rows[i].rc, rows[i].why);
		keeper_event(d, rows[i].event);
		front_denied(f, (uint32_t)i + 1, rows[i].status, rows[i].why);
	}
	inv.at_once = RC_RETRY;
	front_exec(f, 9, "ssm web-1 -- id");
	keeper_event(d, "unreachable");
	front_denied(f, 9, 69, "too many are asked about");
	front_free(f);
}

/* Who may not use it is not told how it is. */
static void
a_target_that_cannot_do_it_is_said_so(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance off = web(), win = web();

	off.online = false;
	snprintf(win.platform, sizeof win.platform, "Windows");
	front_exec(f, 1, "ssm web-1 -- id");
	answers(d, &off);
	keeper_event(d, "unreachable");
	front_denied(f, 1, 69, "not connected");
	front_exec(f, 2, "ssm web-1 -- id");
	answers(d, &win);
	keeper_event(d, "refused");
	front_denied(f, 2, 64, "Windows");
	/* What no document can carry. */
	front_exec(f, 4, "ssm web-1 -- ls '{{x}}'");
	off.online = true;
	answers(d, &off);
	keeper_event(d, "refused");
	front_denied(f, 4, 64, "two braces in a row");
	off.online = false;
	front_exec(f, 3, "ssm web-1 -- rm /x");
	answers(d, &off);
	event_with(d, "verdict", "\"effect\":\"deny\"");
	keeper_event(d, "denied");
	front_denied(f, 3, 77, "by rule p/never: Not here.");
	front_free(f);
}

static void
denials_say_what_was_denied(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();

	front_exec(f, 1, "ssm web-1 -- rm -r /srv");
	answers(d, &i);
	keeper_event(d, "verdict");
	keeper_event(d, "denied");
	front_denied(f, 1, 77, "denied: ssm web-1 -- rm -r /srv by rule p/never");
	/* Bytes that nobody should be shown. */
	front_exec(f, 2, "ssm web-1 -- id\x1b[2J");
	answers(d, &i);
	event_with(d, "verdict", "id\\\\x1B[2J");
	keeper_event(d, "denied");
	front_denied(f, 2, 77, "\\x1B[2J");
	/* What wants a terminal, without one. */
	front_exec(f, 3, "ssm web-1 -- top");
	answers(d, &i);
	keeper_event(d, "verdict");
	keeper_event(d, "denied");
	front_denied(f, 3, 77, "ssh -t broker ssm");
	front_free(f);
	f = front_login(d, ALICE);
	exec_pty(f, 1, "ssm --mode single web-1");
	answers(d, &i);
	keeper_event(d, "verdict");
	keeper_event(d, "denied");
	front_denied(f, 1, 77, "no rule allows a session of this kind");
	front_free(f);
}

static void
rehearsals_and_rates(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();
	struct run r;

	front_exec(f, 1, "--dry-run ssm web-1 -- date");
	answers(d, &i);
	keeper_event(d, "verdict");
	keeper_event(d, "dry-run");
	front_denied(f, 1, 0, "would be allowed: ssm web-1 -- 'date' by rule p/often");
	front_exec(f, 2, "--dry-run ssm web-1 -- systemctl restart nginx");
	answers(d, &i);
	keeper_event(d, "verdict");
	keeper_event(d, "dry-run");
	front_denied(f, 2, 75, "would be held");
	assert_int_equal(fake_vault()->asked, 0);
	front_exec(f, 3, "ssm web-1 -- date");
	answers(d, &i);
	run_to_start(f, 3, &r);
	front_exec(f, 4, "ssm web-1 -- date");
	answers(d, &i);
	event_with(d, "verdict", "\"code\":\"rate\"");
	keeper_event(d, "denied");
	front_denied(f, 4, 77, "over its rate of 1 in 1h");
	/* Another target is counted apart. */
	snprintf(i.id, sizeof i.id, "i-0fff");
	front_exec(f, 5, "--dry-run ssm web-1 -- date");
	answers(d, &i);
	keeper_event(d, "verdict");
	keeper_event(d, "dry-run");
	front_denied(f, 5, 0, "would be allowed");
	run_close(&r);
	keeper_drain(d);
	front_free(f);
	keeper_drain(d);
}

/* The client goes while AWS is asked; the broker ends then. */
static void
nobody_waits_for_what_is_not_wanted(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	front_exec(f, 1, "ssm web-1 -- id");
	front_left(f, 1);
	desk_turn(d);
	assert_int_equal(inv.cancelled, 1);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_exec(f, 2, "ssm web-1 -- id");
	sessions_stop(d->m.sessions, "the broker ends");
	assert_int_equal(inv.cancelled, 2);
	keeper_event(d, "failed");
	front_denied(f, 2, 70, "the broker ends");
	front_free(f);
}

/* ---- holds ---- */

static void
decided(struct desk *d, const char *id)
{
	struct front *f = front_login(d, BOB);
	char line[64];

	snprintf(line, sizeof line, "approve %s", id);
	front_exec(f, 5, line);
	front_verdict(f, 5, VERDICT_VERB);
	keeper_set(d, HOLD_APPROVED);
	end_want(d, &f->talk, MSG_ROW);
	end_want(d, &f->talk, MSG_DONE);
	front_free(f);
}

static void
held(struct front *f, uint32_t chan, const char *line, const struct instance *i,
    char id[10])
{
	struct desk *d = f->d;

	front_exec(f, chan, line);
	answers(d, i);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
}

static void
a_held_command_waits_and_runs(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();
	struct run r;
	char id[10];

	front_exec(f, 1, "ssm web-1 -- systemctl restart nginx");
	answers(d, &i);
	keeper_event(d, "verdict");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(span_copy(d->keeper.m.hold_new.hold, id, sizeof id));
	assert_true(span_is(
	    d->keeper.m.hold_new.canon, "ssm web-1 -- 'systemctl' restart nginx"));
	want(d->keeper.m.hold_new.detail, "\"path\":\"shell\"");
	want(d->keeper.m.hold_new.detail, "\"line\":\"systemctl restart nginx\"");
	want(d->keeper.m.hold_new.detail, "\"target_id\":\"" WEB "\"");
	want(d->keeper.m.hold_new.detail, "\"run_as\":\"app\"");
	want(d->keeper.m.hold_new.detail, "instance/" WEB);
	want(d->keeper.m.hold_new.detail,
	    "\"mode\":\"command AWS-StartNonInteractiveCommand\"");
	keeper_says(d, RC_OK);
	front_verdict(f, 1, VERDICT_HOLD);
	decided(d, id);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_true(span_is(remote_of(d)->command, "'systemctl' restart nginx"));
	want(d->nursery.m.start.meta, id);
	to_running(d, &r);
	done(d, f, &r);
}

/* What nobody understands is approved byte by byte. */
static void
bytes_that_were_approved_are_what_runs(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();
	struct run r;
	char id[10];

	held(f, 1, "ssm web-1 -- echo $HOME", &i, id);
	want(d->keeper.m.hold_new.detail, "\"mode\":\"command bytes ");
	front_verdict(f, 1, VERDICT_HOLD);
	decided(d, id);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_int_equal(remote_of(d)->form, LINE_BYTES);
	assert_true(span_is(remote_of(d)->command, "echo $HOME"));
	to_running(d, &r);
	done(d, f, &r);
}

/* A hold that was left is come back to, by its id; also where the same is asked again. */
static void
one_comes_back_by_its_id(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();
	struct run r;
	char id[10], line[64];

	held(f, 1, "--no-wait --reason why ssm web-1 -- systemctl  restart  ab\"c\"",
	    &i, id);
	keeper_event(d, "held");
	front_denied(f, 1, STATUS_HELD, id);
	front_free(f);
	decided(d, id);
	f = front_login(d, CI);
	snprintf(line, sizeof line, "request %s", id);
	front_exec(f, 1, line);
	assert_string_equal(inv.name, "web-1");
	answers(d, &i);
	keeper_event(d, "verdict");
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_true(span_is(remote_of(d)->command, "'systemctl' restart abc"));
	want(remote_of(d)->reason, ": why");
	to_running(d, &r);
	done(d, f, &r);
}

/* What runs is read and judged as on the first day; a grant for its like does, too. */
static void
a_hold_outlives_the_broker(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct front *f = front_login(d, CI);
	struct instance i = web();
	char id[10], line[128];

	front_exec(f, 1, "--no-wait ssm web-1 -- systemctl restart 'a b'");
	answers(d, &i);
	book_turn(b);
	front_denied(f, 1, STATUS_HELD, "held: ");
	assert_true(span_copy(span_of(book_hold(b)->id), id, sizeof id));
	book_restart(b);
	/* People see all that they say yes to. */
	snprintf(line, sizeof line, "why %s", id);
	book_wants(b, BOB, line, 0, "systemctl restart 'a b'");
	book_wants(b, BOB, line, 0, WEB);
	book_wants(b, BOB, line, 0, "app");
	book_wants(b, BOB, line, 0, "command AWS-StartNonInteractiveCommand");
	book_wants(b, BOB, line, 0, "instance/" WEB);
	book_wants(b, BOB, "pending", 0, "ssm web-1 -- 'systemctl' restart 'a b'");
	snprintf(line, sizeof line, "approve %s", id);
	book_wants(b, BOB, line, 0, "approved");
	snprintf(line, sizeof line, "request %s", id);
	front_exec(f, 2, line);
	answers(d, &i);
	book_turn(b);
	assert_int_equal(fake_vault()->asked, 1);
	assert_string_equal(fake_vault()->approval, id);
	assert_non_null(strstr(fake_vault()->policy, "instance/" WEB));
	fake_vault_answer(RC_REFUSE, "enough");
	book_turn(b);
	snprintf(line, sizeof line,
	    "grant add ci --like %s --for 30m --uses 1 --reason x", id);
	book_wants(b, BOB, line, 0, "granted ");
	front_exec(f, 3, "ssm web-1 -- systemctl  restart 'a b'");
	answers(d, &i);
	book_turn(b);
	assert_int_equal(fake_vault()->asked, 2);
	assert_int_equal(book_grant(b)->used, 1);
	fake_vault_answer(RC_REFUSE, "enough");
	book_turn(b);
	book_free(b);
	front_free(f);
}

/* Each part of what people approve makes another hold. */
static void
an_approval_is_for_exactly_one_thing(void **state)
{
	static const struct {
		const char *line;
		int change;
	} rows[] = {
		{ "ssm web-1 -- systemctl restart nginx", 0 }, /* the same: refused */
		{ "ssm web-1 -- systemctl restart app", 1 },
		{ "ssm --profile prod web-1 -- systemctl restart nginx", 1 },
		{ "ssm --region us-east-1 web-1 -- systemctl restart nginx", 1 },
		{ "--reason x ssm web-1 -- systemctl restart nginx", 1 },
		{ "ssm web-1 -- systemctl restart nginx", 2 }, /* another instance */
		{ "ssm web-1 -- systemctl restart nginx", 3 }, /* another user */
		{ "ssm web-1 -- systemctl restart nginx", 4 }, /* Run Command */
		{ "ssm " WEB " -- systemctl restart nginx", 1 },
	};
	struct desk *d = *state;
	uint8_t digests[ROWS(rows)][HOLD_DIGEST];

	for (size_t k = 0; k < ROWS(rows); k++) {
		struct front *f = front_login(d, CI);
		struct instance i = web();

		if (rows[k].change == 2)
			snprintf(i.id, sizeof i.id, "i-0fff");
		if (rows[k].change == 3)
			snprintf(i.os_user, sizeof i.os_user, "root");
		i.run = rows[k].change == 4;
		front_exec(f, 1, rows[k].line);
		answers(d, &i);
		keeper_event(d, "verdict");
		end_want(d, &d->keeper, MSG_HOLD_NEW);
		assert_int_equal(d->keeper.m.hold_new.digest.len, HOLD_DIGEST);
		memcpy(digests[k], d->keeper.m.hold_new.digest.p, HOLD_DIGEST);
		keeper_says(d, RC_OK);
		front_verdict(f, 1, VERDICT_HOLD);
		front_gone(f, 1);
		keeper_drain(d);
		front_free(f);
		keeper_drain(d);
		for (size_t o = 0; o < k; o++)
			assert_memory_not_equal(digests[k], digests[o], HOLD_DIGEST);
	}
}

/* A reload while people are asked: what may not run now does not. */
static void
a_reload_is_heeded(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();
	char id[10];

	held(f, 1, "ssm web-1 -- systemctl restart nginx", &i, id);
	front_verdict(f, 1, VERDICT_HOLD);
	desk_reload(d, NULL,
	    RULES_FOR("  - {id: freeze, effect: deny, on: [shell], reason: Frozen., "
		      "command: {name: systemctl, verb: [restart], options: any, "
		      "operands: any}}\n"));
	decided(d, id);
	keeper_event(d, "denied");
	front_denied(f, 1, 77, "p/freeze: Frozen.");
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
}

static void
a_raw_shell_is_held_under_its_name(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, ALICE);
	struct instance i = web();
	struct run r;
	char id[10];

	exec_pty(f, 1, "ssm --mode raw web-1");
	answers(d, &i);
	keeper_event(d, "verdict");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(span_copy(d->keeper.m.hold_new.hold, id, sizeof id));
	assert_true(span_is(d->keeper.m.hold_new.canon, "ssm --mode raw web-1"));
	keeper_says(d, RC_OK);
	front_verdict(f, 1, VERDICT_HOLD);
	decided(d, id);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_int_equal(remote_of(d)->kind, REMOTE_RAW);
	/* None: the account's default, which the lease names all the same. */
	assert_int_equal(remote_of(d)->document.len, 0);
	want(d->nursery.m.start.meta, "\"document\":\"SSM-SessionManagerRunShell\"");
	assert_non_null(strstr(fake_vault()->policy,
	    "eu-west-1:111122223333:document/SSM-SessionManagerRunShell\""));
	to_running(d, &r);
	done(d, f, &r);
}

/* ---- ports ---- */

static void
a_port_is_a_session_of_its_own(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	const struct msg_remote *m = remote_of(d);
	struct instance i = web();
	struct run r;
	char c = 0;

	front_forward(f, 1, "web-1", 5432);
	answers(d, &i);
	event_with(d, "verdict", "\"command\":\"forward web-1:5432\"");
	assert_non_null(
	    strstr(fake_vault()->policy, "document/AWS-StartPortForwardingSession\""));
	run_from_lease(f, 1, &r);
	assert_int_equal(d->nursery.m.start.gate, GATE_NONE);
	assert_int_equal(m->kind, REMOTE_PORT);
	assert_int_equal(m->port, 5432);
	assert_int_equal(m->host.len, 0);
	assert_true(span_is(m->document, "AWS-StartPortForwardingSession"));
	/* One stream, as an SDK's. */
	assert_int_equal(write(r.fds[3], "x", 1), 1);
	assert_int_equal(read(r.fds[6], &c, 1), 1);
	assert_int_equal(c, 'x');
	assert_int_equal(write(r.fds[6], "y", 1), 1);
	assert_int_equal(read(r.fds[4], &c, 1), 1);
	assert_int_equal(c, 'y');
	to_running(d, &r);
	done(d, f, &r);
}

static void
a_host_behind_it_is_held_while_the_channel_waits(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();
	struct run r;
	char id[10], line[64], out[512];

	front_forward(f, 1, "DB.internal.@web-1", 5432);
	answers(d, &i);
	event_with(d, "verdict", "forward db.internal@web-1:5432");
	keeper_hold(d, id);
	want(d->keeper.m.hold_new.detail, "\"path\":\"forward\"");
	want(d->keeper.m.hold_new.detail, "\"host\":\"db.internal\"");
	front_verdict(f, 1, VERDICT_HOLD);
	decided(d, id);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_true(span_is(remote_of(d)->host, "db.internal"));
	assert_true(span_is(
	    remote_of(d)->document, "AWS-StartPortForwardingSessionToRemoteHost"));
	to_running(d, &r);
	done(d, f, &r);
	/* One that its client left: it cannot be asked for by a verb. */
	f = front_login(d, CI);
	front_forward(f, 1, "db.internal@web-1", 5432);
	answers(d, &i);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	front_left(f, 1);
	keeper_drain(d);
	snprintf(line, sizeof line, "request %s", id);
	front_exec(f, 2, line);
	(void)out;
	keeper_event(d, "held");
	front_denied(f, 2, 75, "when ssh asks for it again");
	front_free(f);
	keeper_drain(d);
}

static void
ports_that_no_rule_names_are_denied(void **state)
{
	static const struct {
		const char *host;
		uint32_t port;
		bool asks;
		int status;
		const char *why;
	} rows[] = {
		{ "web-1", 22, true, 77, "no rule allows this connection" },
		{ "other@web-1", 5432, true, 77, "no rule allows this connection" },
		{ "169.254.169.254@web-1", 80, false, 77, "metadata" },
		{ "0xA9FEA9FE@web-1", 80, false, 77, "metadata" },
		{ "2852039166@web-1", 80, false, 77, "metadata" },
		{ "169.254.43518@web-1", 80, false, 77, "metadata" },
		{ "fd00:ec2::254@web-1", 80, false, 77, "metadata" },
		{ "[::ffff:169.254.169.254]@web-1", 80, false, 77, "metadata" },
		{ "fe80::1@web-1", 80, false, 77, "metadata" },
		{ "Instance-Data.@web-1", 80, false, 77, "metadata" },
		{ "a b@web-1", 80, false, 64, "before the @" },
		{ "-x@web-1", 80, false, 64, "before the @" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct instance i = web();

	for (size_t k = 0; k < ROWS(rows); k++) {
		front_forward(f, (uint32_t)k + 1, rows[k].host, rows[k].port);
		if (rows[k].asks) {
			answers(d, &i);
			keeper_event(d, "verdict");
		}
		keeper_event(d, rows[k].status == 77 ? "denied" : "refused");
		front_denied(f, (uint32_t)k + 1, rows[k].status, rows[k].why);
	}
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
}

/* ---- the end there ---- */

static void
at(struct desk *d, struct run *r, enum msg_remote_state state, const char *id)
{
	const struct msg_remote_at m = { (uint8_t)state, span_of(id) };

	end_send(d, &r->ctl, MSG_REMOTE_AT, 0, &m, NULL, 0);
	desk_turn(d);
}

static struct front *
running(struct desk *d, struct run *r)
{
	struct front *f = front_login(d, CI);

	front_exec(f, 1, "ssm web-1 -- uptime");
	to_start(f, r);
	to_running(d, r);
	return f;
}

static void
what_aws_calls_it_is_durable(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = running(d, &r);

	at(d, &r, REMOTE_OPENED, "ci-0abc");
	event_with(d, "target.opened", "\"session\":\"ci-0abc\"");
	at(d, &r, REMOTE_CLOSED, "ci-0abc");
	event_with(d, "target.closed", "\"instance\":\"" WEB "\"");
	done(d, f, &r);
	assert_int_equal(ends.told, 0);
}

static void
a_lost_process_leaves_nothing_open(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = running(d, &r);

	at(d, &r, REMOTE_OPENED, "ci-0abc");
	at(d, &r, REMOTE_OPENED, "ci-0def");
	at(d, &r, REMOTE_CLOSED, "ci-0def");
	keeper_event(d, "target.opened");
	keeper_event(d, "target.opened");
	keeper_event(d, "target.closed");
	end_close(&r.ctl);
	desk_turn(d);
	keeper_event(d, "session.lost");
	event_with(d, "target.lost", "\"session\":\"ci-0abc\"");
	assert_int_equal(ends.told, 1);
	assert_string_equal(ends.id, "ci-0abc");
	assert_string_equal(ends.instance, WEB);
	assert_string_equal(ends.profile, "staging");
	assert_string_equal(ends.region, "eu-west-1");
	assert_false(ends.run);
	keeper_drain(d);
	run_close(&r);
	front_free(f);
	keeper_drain(d);
	assert_int_equal(sessions_count(d->m.sessions), 0);
}

/* One that ends well but has not ended there. */
static void
one_that_says_so_is_ended_there(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = running(d, &r);

	at(d, &r, REMOTE_OPENED, "ci-0abc");
	keeper_event(d, "target.opened");
	at(d, &r, REMOTE_LOST, "ci-0abc");
	keeper_event(d, "target.lost");
	assert_int_equal(ends.told, 1);
	at(d, &r, REMOTE_OPENED, "ci-0fff");
	keeper_event(d, "target.opened");
	run_ended(d, &r, true);
	keeper_event(d, "session.end");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	end_want(d, &r.ctl, MSG_CLOSED);
	end_close(&r.ctl);
	desk_turn(d);
	keeper_event(d, "target.lost");
	assert_int_equal(ends.told, 2);
	assert_string_equal(ends.id, "ci-0fff");
	desk_done(d, f, &r);
}

/* A process that breaks the order is not ours any more; what it opened is ended. */
static void
what_breaks_the_order_ends_it(void **state)
{
	static const struct {
		enum msg type;
		uint8_t at;
		const char *id;
	} rows[] = {
		{ MSG_REMOTE_AT, REMOTE_CLOSED, "ci-other" },
		{ MSG_REMOTE_AT, REMOTE_OPENED, "ci-0abc" }, /* again */
		{ MSG_REMOTE_AT, REMOTE_OPENED, "" },
		{ MSG_REMOTE_AT, REMOTE_OPENED, "ci 0abc" },
		{ MSG_REMOTE_AT, REMOTE_OPENED, "ci\n" },
		{ MSG_REMOTE_AT, 9, "ci-0abc" },
		{ MSG_CALL_ASK, 0, "" },
		{ MSG_LEAF_ASK, 0, "" },
	};
	struct desk *d = *state;

	for (size_t k = 0; k < ROWS(rows); k++) {
		struct run r;
		struct front *f = running(d, &r);
		const struct msg_remote_at m = { rows[k].at, span_of(rows[k].id) };
		static const union msg_any none;

		at(d, &r, REMOTE_OPENED, "ci-0abc");
		keeper_event(d, "target.opened");
		end_send(d, &r.ctl, rows[k].type, 1,
		    rows[k].type == MSG_REMOTE_AT ? (const void *)&m
						  : (const void *)&none,
		    NULL, 0);
		desk_turn(d);
		keeper_event(d, "session.lost");
		keeper_drain(d);
		/* A state that no target has is taken for its end. */
		assert_int_equal(ends.told, k + 1 - (k > 5 ? 1 : k == 5 ? 1 : 0));
		run_close(&r);
		front_free(f);
		keeper_drain(d);
		assert_int_equal(sessions_count(d->m.sessions), 0);
	}
}

static void
it_has_so_much_time_and_fresh_leases(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = running(d, &r);

	desk_skip(d, 60000);
	end_send(d, &r.ctl, MSG_LEASE_ASK, 0, NULL, NULL, 0);
	desk_turn(d);
	assert_int_equal(fake_vault()->asked, 2);
	assert_non_null(strstr(fake_vault()->policy, "instance/" WEB));
	fake_vault_answer(RC_OK, "");
	keeper_event(d, "lease");
	end_want(d, &r.ctl, MSG_LEASE);
	desk_skip(d, d->m.rules.config->limits.time);
	end_want(d, &r.ctl, MSG_STOP);
	assert_int_equal(r.ctl.m.stop.why, STOP_TIME);
	/* It goes on ending there by itself: nothing of the launcher's is killed. */
	end_quiet(d, &d->launch);
	done(d, f, &r);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_command_is_found_judged_leased_and_started),
		T(each_spelling_of_a_command_is_the_same),
		T(a_line_is_not_split_before_it_is_judged),
		T(programs_shells_and_raw_ones),
		T(an_instance_for_run_command_takes_commands_alone),
		T(the_lease_is_for_this_target_and_its_documents),
		T(what_aws_cannot_take_is_no_wider_lease),
		T(what_is_no_request_for_a_target_is_refused),
		T(nobody_without_a_rule_asks_aws),
		T(a_target_that_is_not_there_is_named),
		T(a_target_that_cannot_do_it_is_said_so),
		T(denials_say_what_was_denied),
		T(rehearsals_and_rates),
		T(nobody_waits_for_what_is_not_wanted),
		T(a_held_command_waits_and_runs),
		T(bytes_that_were_approved_are_what_runs),
		T(one_comes_back_by_its_id),
		T(a_hold_outlives_the_broker),
		T(an_approval_is_for_exactly_one_thing),
		T(a_reload_is_heeded),
		T(a_raw_shell_is_held_under_its_name),
		T(a_port_is_a_session_of_its_own),
		T(a_host_behind_it_is_held_while_the_channel_waits),
		T(ports_that_no_rule_names_are_denied),
		T(what_aws_calls_it_is_durable),
		T(a_lost_process_leaves_nothing_open),
		T(one_that_says_so_is_ended_there),
		T(what_breaks_the_order_ends_it),
		T(it_has_so_much_time_and_fresh_leases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
