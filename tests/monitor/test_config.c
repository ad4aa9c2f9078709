#include "tests/support/unit.h"

#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/monitor/config.h"
#include "tests/support/keys.h"

#define ADMIN "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
/* Three lines that are enough; what a case adds begins at line 4. */
#define WHO "identities: [{name: alice, kind: human, groups: [sre], uid: 1000}]\n"
#define REC "recording: {admin_key: " ADMIN "}\n"
#define BASE "# enough\n" WHO REC
#define ONE(fields) "identities: [{" fields "}]\n" REC
#define PROFILE                                                                        \
	"account: \"111122223333\", role: \"arn:aws:iam::111122223333:role/b\", "      \
	"region: "                                                                     \
	"eu-west-1"
#define NOTIFY(more) "notify: [{secret_file: s, " more "}]\n"
#define HOOK "expected https://HOST/PATH, or http://ADDRESS:PORT/PATH of loopback"
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static struct places *places;
static const uint32_t service_uids[] = { 990, 991 };

static struct config_env
env_with(struct buf *report)
{
	return (struct config_env){ places, service_uids, ROWS(service_uids), report };
}

static int
make_places(void **state)
{
	(void)state;
	return places_new("/tmp/r", &places, NULL) == RC_OK ? 0 : -1;
}

static int
free_places(void **state)
{
	(void)state;
	places_free(places);
	return 0;
}

static struct config *
read_good(const char *text)
{
	struct config_env env = env_with(NULL);
	struct config *c = NULL;
	struct err err = { "" };

	if (config_parse("b.yaml", span_of(text), &env, &c, &err) != RC_OK)
		fail_msg("%s", err.text);
	return c;
}

static void
webhooks_are_read(void **state)
{
	struct config *c = read_good(BASE
	    "notify:\n"
	    "  - {name: pager, url: \"https://hooks.example.com:8443/x?y=z\", "
	    "secret_file: /srv/pager, format: slack, events: [spent, vote], "
	    "ca_file: etc/ca.pem}\n"
	    "  - {name: local, url: \"http://127.0.0.1:8080/in\", secret_file: etc/s}\n"
	    "  - {name: six, url: \"http://[::1]:8080\", secret_file: etc/s, "
	    "format: teams}\n");
	const struct config_notify *v = c->notify.v;
	struct buf out;

	(void)state;
	assert_int_equal(c->notify.n, 3);
	assert_string_equal(v[0].name, "pager");
	assert_string_equal(v[0].url, "https://hooks.example.com:8443/x?y=z");
	assert_string_equal(v[0].secret_file, "/srv/pager");
	assert_string_equal(v[0].ca_file, "/tmp/r/etc/ca.pem");
	assert_int_equal(v[0].format, CONFIG_FORMAT_SLACK);
	assert_int_equal(v[0].events, 1 << 6 | 1 << 1);
	assert_string_equal(v[1].url, "http://127.0.0.1:8080/in");
	assert_null(v[1].ca_file);
	assert_int_equal(v[1].format, CONFIG_FORMAT_JSON);
	assert_int_equal(v[1].events, 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5);
	assert_int_equal(v[2].format, CONFIG_FORMAT_TEAMS);
	/* Addresses of chats are secrets: they are in no log. */
	buf_init(&out, 8192);
	config_dump(c, &out);
	assert_non_null(strstr(buf_cstr(&out), "\nnotify: pager, local, six\n"));
	assert_null(strstr(buf_cstr(&out), "hooks.example"));
	buf_clear(&out);
	config_free(c);
}

static void
defaults_fill_what_is_not_written(void **state)
{
	struct config *c = read_good(BASE);
	struct buf out;

	(void)state;
	buf_init(&out, 8192);
	config_dump(c, &out);
	assert_string_equal(buf_cstr(&out),
	    "name: broker\n"
	    "listen: 127.0.0.1:2222\n"
	    "targets: \n"
	    "rights.approve: \n"
	    "rights.watch: \n"
	    "rights.archive: \n"
	    "aws.credentials: environment\n"
	    "aws.file: \n"
	    "aws.file_profile: default\n"
	    "aws.sealed: \n"
	    "aws.sealed_key: /tmp/r/etc/broker/sealing.key\n"
	    "aws.region: \n"
	    "aws.metadata_endpoint: \n"
	    "aws.connect_to: \n"
	    "aws.ca_file: \n"
	    "recording.recipients: /tmp/r/var/lib/broker/keys/recipients\n"
	    "recording.device_key: /tmp/r/var/lib/broker/keys/device.key\n"
	    "recording.admin_key: " ADMIN "\n"
	    "recording.class: standard\n"
	    "recording.hide_size: false\n"
	    "recording.min_free: 1GiB\n"
	    "recording.reserve: 16MiB\n"
	    "recording.durability: batch\n"
	    "recording.quota.session: 32GiB\n"
	    "recording.quota.identity: 256GiB\n"
	    "recording.classes: \n"
	    "recording.checkpoint_to: \n"
	    "recording.checkpoint_age: 10m\n"
	    "recording.checkpoint_ca: \n"
	    "archive.bucket: \n"
	    "archive.prefix: \n"
	    "archive.region: \n"
	    "archive.endpoint: \n"
	    "archive.every: 1m\n"
	    "archive.segment: 8MiB\n"
	    "archive.max_bytes: 0\n"
	    "archive.max_age: 0s\n"
	    "holds.decide: 15m\n"
	    "holds.use: 5m\n"
	    "holds.open_per_identity: 5\n"
	    "holds.stdin: 1MiB\n"
	    "holds.denied: 1h\n"
	    "holds.grant_time: 8h\n"
	    "holds.preview.enabled: true\n"
	    "holds.preview.time: 3s\n"
	    "holds.preview.items: 20\n"
	    "holds.preview.bytes: 1MiB\n"
	    "holds.preview.pages: 5\n"
	    "holds.preview.per_identity: 30\n"
	    "holds.preview.per: 1h\n"
	    "notify: \n"
	    "limits.time: 1h\n"
	    "limits.output: 16GiB\n"
	    "limits.connections: 512\n"
	    "limits.connections_per_source: 64\n"
	    "limits.unauthenticated: 100\n"
	    "limits.channels_per_connection: 32\n"
	    "limits.sessions: 256\n"
	    "limits.sessions_per_identity: 64\n"
	    "limits.login: 30s\n"
	    "limits.auth_failures: 6\n"
	    "limits.idle: 10m\n"
	    "ssm.documents.shell: AWS-StartInteractiveCommand\n"
	    "ssm.documents.command: AWS-StartNonInteractiveCommand\n"
	    "ssm.documents.raw: SSM-SessionManagerRunShell\n"
	    "ssm.documents.port: AWS-StartPortForwardingSession\n"
	    "ssm.documents.host: AWS-StartPortForwardingSessionToRemoteHost\n"
	    "ssm.documents.run: AWS-RunShellScript\n"
	    "ssm.client_version: 1.2.677.0\n"
	    "ssm.pace: 1000\n"
	    "ssm.resume: 5m\n"
	    "ssm.connect: 30s\n"
	    "ssm.idle: 0s\n"
	    "ssm.record_ports: false\n"
	    "ssm.inventory: 1m\n"
	    "ssm.env_tag: Environment\n"
	    "policies: /tmp/r/etc/broker/policies\n"
	    "store: sqlite\n"
	    "privsep: required\n"
	    "sandbox: required\n"
	    "masking: enforce\n");
	assert_int_equal(c->listen.n, 1);
	assert_int_equal(c->listen.v[0].len, sizeof(struct sockaddr_in));
	assert_null(c->aws.file);
	assert_null(c->aws.ca_file);
	assert_int_equal(c->recording.admin_key[31], 31);
	assert_int_equal(c->holds.decide, 900000);
	assert_false(
	    config_may_approve(c, identity_by_name(c->identities, span_of("alice"))));
	buf_clear(&out);
	config_free(c);
	config_free(NULL);
}

#define ARCHIVE "archive: {bucket: vault-a, region: eu-west-1}\n"

static void
classes_and_the_archive_are_read(void **state)
{
	struct config *c = read_good(
	    "# enough\n" WHO "rights: {archive: [group:sre]}\n"
	    "recording: {admin_key: " ADMIN ", class: std, classes: {std: {keep: 400d, "
	    "lock: compliance}, short: {keep: 30d, shred: true}, ever: {}}}\n"
	    "archive: {bucket: vault-a, prefix: rec/, region: eu-west-1, "
	    "endpoint: \"https://s3.example:9000\", role: "
	    "\"arn:aws:iam::111122223333:role/ship\", every: 5s, segment: 1MiB, "
	    "max_bytes: 1GiB, max_age: 2d}\n");
	const struct config_retention *r = config_retention(c, "std");

	(void)state;
	assert_int_equal(r->keep, 400ull * 86400000);
	assert_int_equal(r->lock, CONFIG_LOCK_COMPLIANCE);
	assert_false(r->shred);
	assert_true(config_retention(c, "short")->shred);
	assert_int_equal(config_retention(c, "short")->lock, CONFIG_LOCK_NONE);
	assert_int_equal(config_retention(c, "ever")->keep, 0);
	assert_null(config_retention(c, "other"));
	assert_string_equal(c->archive.bucket, "vault-a");
	assert_string_equal(c->archive.prefix, "rec/");
	assert_string_equal(c->archive.endpoint, "s3.example:9000");
	assert_string_equal(c->archive.role, "arn:aws:iam::111122223333:role/ship");
	assert_int_equal(c->archive.every, 5000);
	assert_int_equal(c->archive.segment, 1 << 20);
	assert_int_equal(c->archive.max_bytes, 1 << 30);
	assert_int_equal(c->archive.max_age, 2ull * 86400000);
	assert_true(
	    config_may_archive(c, identity_by_name(c->identities, span_of("alice"))));
	assert_false(
	    config_may_approve(c, identity_by_name(c->identities, span_of("alice"))));
	config_free(c);
	c = read_good(BASE);
	assert_int_equal(config_retention(c, "anything")->keep, 0);
	assert_null(c->archive.bucket);
	config_free(c);
}

static void
a_profile_may_have_its_class(void **state)
{
	struct config *c =
	    read_good("# enough\n" WHO "recording: {admin_key: " ADMIN
		      ", hide_size: true, classes: {standard: {}, "
		      "glass: {}}}\n"
		      "profiles: {a: {" PROFILE ", class: glass}, b: {" PROFILE "}}\n");

	(void)state;
	assert_true(c->recording.hide_size);
	assert_string_equal(config_profile(c, span_of("a"))->class_, "glass");
	assert_null(config_profile(c, span_of("b"))->class_);
	config_free(c);
	/* Where none is listed, any name will do. */
	c = read_good(BASE "profiles: {a: {" PROFILE ", class: anything}}\n");
	assert_string_equal(config_profile(c, span_of("a"))->class_, "anything");
	config_free(c);
}

static void
each_source_of_credentials_has_its_keys(void **state)
{
	static const struct {
		const char *aws;
		unsigned source;
	} rows[] = {
		{ "credentials: sealed, sealed: gw-1, sealed_key: /etc/k",
		    CONFIG_CREDENTIALS_SEALED },
		{ "credentials: web-identity", CONFIG_CREDENTIALS_WEB_IDENTITY },
		{ "credentials: web-identity, region: eu-west-1",
		    CONFIG_CREDENTIALS_WEB_IDENTITY },
		{ "credentials: container", CONFIG_CREDENTIALS_CONTAINER },
		{ "credentials: instance, metadata_endpoint: "
		  "\"http://[fd00:ec2::254]\"",
		    CONFIG_CREDENTIALS_INSTANCE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[4096];
		struct config *c;

		snprintf(text, sizeof text, BASE "aws: {%s}\n", rows[i].aws);
		c = read_good(text);
		assert_int_equal(c->aws.credentials, rows[i].source);
		config_free(c);
	}
}

static const char whole[] =
    "name: gw-1.example\n"
    "listen: [\"127.0.0.1:2222\", \"[::1]:2222\"]\n"
    "identities:\n"
    "  - name: ci-deploy\n"
    "    kind: agent\n"
    "    owner: alice\n"
    "    groups: [deployers]\n"
    "    keys:\n"
    "      - " KEY_ED25519 " ci\n"
    "      - " KEY_RSA2048 "\n      - " KEY_SK_P256 "\n"
    "    profile: staging\n"
    "  - {name: alice, kind: human, groups: [sre, dba], keys: [" KEY_P256
    "], profiles: [prod], uid: 0}\n"
    "  - {name: bob@example.com, kind: human, uid: 65534}\n"
    "profiles:\n"
    "  staging: {" PROFILE ", external_id: team/42}\n"
    "  prod:\n"
    "    account: 444455556666\n"
    "    role: arn:aws-us-gov:iam::444455556666:role/path/broker\n"
    "    region: us-gov-west-1\n"
    "    duration: 15m\n"
    "rights: {approve: [group:sre, bob@example.com]}\n"
    "aws:\n"
    "  credentials: file\n"
    "  file: etc/broker/aws\n"
    "  file_profile: gateway\n"
    "  connect_to:\n"
    "    \"*\": 127.0.0.1:8443\n"
    "    \"STS.eu-west-1.amazonaws.com:443\": \"[::1]:8444\"\n"
    "    \"[2001:db8::1]:443\": vpce-1.example:443\n"
    "  ca_file: /srv/ca.pem\n"
    "recording:\n"
    "  recipients: /srv/recipients\n"
    "  device_key: /srv/device.key\n"
    "  admin_key: " ADMIN "\n"
    "  class: std-400d\n"
    "  min_free: 1GiB\n"
    "  reserve: 1MiB\n"
    "  durability: batch\n"
    "  quota: {session: 2MiB, identity: 3GiB}\n"
    "holds: {decide: 4h, use: 30s, open_per_identity: 1, stdin: 16MiB, denied: 0s, "
    "preview: {enabled: false,\n"
    "  time: 2s, items: 0, bytes: 4KiB, pages: 1, per_identity: 2, per: 1m}}\n"
    "limits: {time: 7d, output: 64KiB, connections: 10000, login: 5s, idle: 1h}\n"
    "policies: /srv/policies\n"
    "store: sqlite\n"
    "privsep: required\n";

static void
every_key_reaches_its_place(void **state)
{
	struct config *c = read_good(whole);
	const struct identity *ci, *alice, *bob;
	const struct profile *p;

	(void)state;
	assert_string_equal(c->name, "gw-1.example");
	assert_int_equal(c->listen.n, 2);
	assert_string_equal(c->listen.v[1].text, "[::1]:2222");
	assert_int_equal(identity_set_count(c->identities), 3);
	ci = identity_by_name(c->identities, span_of("ci-deploy"));
	assert_int_equal(ci->kind, IDENTITY_AGENT);
	assert_string_equal(ci->owner, "alice");
	assert_string_equal(ci->profile, "staging");
	assert_int_equal(ci->key_count, 3);
	assert_string_equal(ci->keys[1].type, "ssh-rsa");
	assert_string_equal(ci->keys[2].type, "sk-ecdsa-sha2-nistp256@openssh.com");
	assert_false(ci->has_uid);
	assert_ptr_equal(identity_by_key(c->identities, ci->keys[0].blob, NULL), ci);
	alice = identity_by_uid(c->identities, 0);
	assert_string_equal(alice->name, "alice");
	assert_int_equal(alice->kind, IDENTITY_HUMAN);
	assert_true(identity_may_use(ci, "staging"));
	assert_false(identity_may_use(ci, "prod"));
	assert_true(identity_may_use(alice, "prod"));
	assert_false(identity_may_use(alice, "staging"));
	bob = identity_by_uid(c->identities, 65534);
	assert_string_equal(bob->name, "bob@example.com");
	assert_true(config_may_approve(c, alice));
	assert_true(config_may_approve(c, bob));
	assert_false(config_may_approve(c, ci));
	p = config_profile(c, span_of("staging"));
	assert_string_equal(p->name, "staging");
	assert_string_equal(p->account, "111122223333");
	assert_string_equal(p->external_id, "team/42");
	assert_int_equal(p->duration, 3600000);
	p = config_profile(c, span_of("prod"));
	assert_string_equal(p->region, "us-gov-west-1");
	assert_null(p->external_id);
	assert_int_equal(p->duration, 900000);
	assert_null(config_profile(c, span_of("sta")));
	assert_int_equal(c->aws.credentials, CONFIG_CREDENTIALS_FILE);
	assert_string_equal(c->aws.file, "/tmp/r/etc/broker/aws");
	assert_string_equal(c->aws.file_profile, "gateway");
	assert_string_equal(c->aws.ca_file, "/srv/ca.pem");
	assert_int_equal(c->aws.connect_to.n, 3);
	assert_string_equal(c->aws.connect_to.v[0].host, "*");
	assert_string_equal(c->aws.connect_to.v[0].curl, "::127.0.0.1:8443");
	assert_string_equal(
	    c->aws.connect_to.v[1].curl, "sts.eu-west-1.amazonaws.com:443:[::1]:8444");
	assert_string_equal(c->aws.connect_to.v[1].to_host, "::1");
	assert_int_equal(c->aws.connect_to.v[1].to_port, 8444);
	assert_string_equal(
	    c->aws.connect_to.v[2].curl, "[2001:db8::1]:443:vpce-1.example:443");
	assert_string_equal(c->recording.class, "std-400d");
	assert_int_equal(c->recording.min_free, 1 << 30);
	assert_int_equal(c->recording.reserve, 1u << 20);
	assert_int_equal(c->recording.durability, CONFIG_DURABILITY_BATCH);
	assert_int_equal(c->recording.quota_session, 2u << 20);
	assert_int_equal(c->recording.quota_identity, 3ull << 30);
	assert_int_equal(c->holds.decide, 14400000);
	assert_int_equal(c->holds.use, 30000);
	assert_int_equal(c->holds.open_per_identity, 1);
	assert_int_equal(c->holds.input, 16 << 20);
	assert_int_equal(c->holds.denied, 0);
	assert_false(c->holds.preview.enabled);
	assert_int_equal(c->holds.preview.time, 2000);
	assert_int_equal(c->holds.preview.items, 0);
	assert_int_equal(c->holds.preview.bytes, 4096);
	assert_int_equal(c->holds.preview.pages, 1);
	assert_int_equal(c->holds.preview.per_identity, 2);
	assert_int_equal(c->holds.preview.per, 60000);
	assert_int_equal(c->limits.time, 604800000);
	assert_int_equal(c->limits.output, 65536);
	assert_int_equal(c->limits.connections, 10000);
	assert_int_equal(c->limits.unauthenticated, 100);
	assert_string_equal(c->policies, "/srv/policies");
	config_free(c);
}

static void
a_second_one_stands_beside_the_first(void **state)
{
	struct config *a = read_good(whole), *b = read_good(BASE), *c = NULL;
	struct config_env env = env_with(NULL);

	(void)state;
	assert_int_equal(
	    config_parse("b.yaml", span_of(BASE "x: 1\n"), &env, &c, NULL), RC_REFUSE);
	assert_null(c);
	config_free(a);
	assert_non_null(identity_by_name(b->identities, span_of("alice")));
	config_free(b);
}

static void
targets_are_read_in_both_forms(void **state)
{
	struct config *c = read_good(
	    BASE "profiles: {prod: {" PROFILE ", os_user: ops}}\n"
		 "targets:\n"
		 "  web-1: i-0123456789abcdef0\n"
		 "  db: {id: mi-0abc, profile: prod, region: us-east-1, env: prod, "
		 "os_user: db_a}\n"
		 "  old: {id: i-0abd, run: true}\n"
		 "  task: \"ecs:cluster_0123abc_0123abc-1\"\n"
		 "ssm:\n"
		 "  documents: {shell: Our-Shell, command: \"arn:aws:ssm:eu-west-1:"
		 "111122223333:document/Our-Command\", raw: Our-Raw, port: Our-Port, "
		 "host: Our-Host, run: Our-Run}\n"
		 "  client_version: 1.2.331.1\n"
		 "  pace: 0\n"
		 "  resume: 0s\n"
		 "  connect: 5s\n"
		 "  idle: 20m\n"
		 "  record_ports: true\n"
		 "  inventory: 0s\n"
		 "  env_tag: stage\n");
	const struct config_target *v = c->targets.v;
	struct buf out;

	(void)state;
	assert_int_equal(c->targets.n, 4);
	assert_string_equal(v[0].name, "web-1");
	assert_string_equal(v[0].id, "i-0123456789abcdef0");
	assert_null(v[0].profile);
	assert_null(v[0].env);
	assert_false(v[0].run);
	assert_string_equal(v[1].name, "db");
	assert_string_equal(v[1].id, "mi-0abc");
	assert_string_equal(v[1].profile, "prod");
	assert_string_equal(v[1].region, "us-east-1");
	assert_string_equal(v[1].env, "prod");
	assert_string_equal(v[1].os_user, "db_a");
	assert_true(v[2].run);
	assert_string_equal(v[3].id, "ecs:cluster_0123abc_0123abc-1");
	assert_string_equal(config_profile(c, span_of("prod"))->os_user, "ops");
	assert_string_equal(c->ssm.shell, "Our-Shell");
	assert_string_equal(
	    c->ssm.command, "arn:aws:ssm:eu-west-1:111122223333:document/Our-Command");
	assert_string_equal(c->ssm.raw, "Our-Raw");
	assert_string_equal(c->ssm.port, "Our-Port");
	assert_string_equal(c->ssm.host, "Our-Host");
	assert_string_equal(c->ssm.run, "Our-Run");
	assert_string_equal(c->ssm.client_version, "1.2.331.1");
	assert_int_equal(c->ssm.pace, 0);
	assert_int_equal(c->ssm.resume, 0);
	assert_int_equal(c->ssm.connect, 5000);
	assert_int_equal(c->ssm.idle, 1200000);
	assert_true(c->ssm.content);
	assert_int_equal(c->ssm.inventory, 0);
	assert_string_equal(c->ssm.env_tag, "stage");
	buf_init(&out, 8192);
	config_dump(c, &out);
	assert_non_null(strstr(buf_cstr(&out), "\ntargets: web-1, db, old, task\n"));
	buf_clear(&out);
	config_free(c);
}

/* As many as may be, and one more. */
static void
targets_are_bounded(void **state)
{
	struct config_env env = env_with(NULL);
	struct config *c = NULL;
	struct err err = { "" };
	struct buf b;

	(void)state;
	for (unsigned n = 10000; n <= 10001; n++) {
		enum rc rc;

		buf_init(&b, YAML_MOST_BYTES);
		buf_text(&b, BASE "targets:\n");
		for (unsigned i = 0; i < n; i++)
			buf_printf(&b, "  t%u: i-%x\n", i, i);
		assert_true(buf_ok(&b));
		rc = config_parse("b.yaml", buf_span(&b), &env, &c, &err);
		buf_clear(&b);
		if (n > 10000) {
			assert_int_equal(rc, RC_REFUSE);
			assert_non_null(strstr(err.text, "at most 10000 entries"));
			continue;
		}
		assert_int_equal(rc, RC_OK);
		assert_int_equal(c->targets.n, n);
		config_free(c);
	}
}

static const struct {
	const char *text, *want;
} bad[] = {
	/* the file */
	{ "", "b.yaml:1:1: expected a document, found nothing" },
	{ "[]\n", "b.yaml:1:1: expected a mapping, found a list" },
	{ "just text\n", "b.yaml:1:1: expected a mapping, found \"just text\"" },
	{ BASE "a: [\n", "b.yaml:5:1: expected valid YAML" },
	{ BASE "name: &x y\n", "b.yaml:4:7: expected no anchor" },
	{ BASE "name: *x\n", "b.yaml:4:7: expected no alias" },
	{ BASE "name: !!str x\n", "b.yaml:4:7: expected no tag" },
	{ BASE "name: xx\nname: yy\n",
	    "b.yaml:5:1: expected each key once in a mapping, "
	    "found \"name\"" },
	{ BASE "name:\n", "b.yaml:4:6: expected a value, found nothing" },
	{ BASE "---\nname: x\n", "b.yaml:4:1: expected one document only" },
	/* keys */
	{ BASE "listne: [\"127.0.0.1:2222\"]\n",
	    "b.yaml:4:1: expected a key out of name, listen, identities, profiles, "
	    "targets, rights, aws, recording, archive, holds, notify, limits, ssm, "
	    "policies, store, "
	    "privsep, "
	    "sandbox, masking, found "
	    "\"listne\"" },
	{ BASE "holds.decide: 5m\n", "b.yaml:4:1: expected a key out of" },
	{ BASE "\"identities[]\": 5m\n", "b.yaml:4:1: expected a key out of" },
	{ BASE "Name: x\n", "b.yaml:4:1: expected a key out of" },
	{ BASE "\"\": x\n", "b.yaml:4:1: expected a key out of" },
	{ BASE "holds: {decide: 5m, decision: 5m}\n",
	    "b.yaml:4:21: expected a key out of decide, " },
	{ BASE "limits: {times: 5m}\n",
	    "b.yaml:4:10: expected a key out of time, output" },
	{ BASE "aws: {regions: x}\n",
	    "b.yaml:4:7: expected a key out of credentials, file" },
	{ REC, "b.yaml:1:1: expected the key identities, found none" },
	{ WHO, "b.yaml:1:1: expected the key recording.admin_key, found none" },
	{ WHO "recording: {class: x}\n",
	    "b.yaml:2:12: expected the key recording.admin_key, found none" },
/* retention and the archive */
#define CLASSES(c) "# enough\n" WHO "recording: {admin_key: " ADMIN ", " c "}\n"
	{ CLASSES("class: std, classes: {other: {}}"),
	    "expected the class std in recording.classes" },
	{ CLASSES("classes: {other: {}}"), "expected the class standard in" },
	{ CLASSES("classes: {standard: {keep: 0s}}"), "3:" },
	{ CLASSES("classes: {standard: {keep: forever}}"), "3:" },
	{ CLASSES("classes: {standard: {lock: legal}}"), "3:" },
	{ CLASSES("classes: {standard: {shred: 1}}"), "3:" },
	{ CLASSES("classes: {standard: {colour: red}}"),
	    "expected a key out of keep, lock, shred" },
	{ CLASSES("classes: {standard: {lock: compliance}}") ARCHIVE,
	    "expected the key keep beside a lock" },
	{ CLASSES("classes: {standard: {keep: 1d, lock: governance}}"),
	    "expected the key archive.bucket with a lock" },
	{ CLASSES("classes: [standard]"), "3:" },
	{ CLASSES("classes: {\"a b\": {}}"), "expected a name of 1 to 64" },
	{ CLASSES("hide_size: maybe"), "expected " },
	{ CLASSES("classes: {standard: {}}") "profiles: {p: {" PROFILE
					     ", class: glass}}\n",
	    "expected the name of a class in recording.classes" },
	{ CLASSES("classes: {standard: {}}") "profiles: {p: {" PROFILE
					     ", class: \"\"}}\n",
	    "expected a name of 1 to 64" },
	{ BASE "archive: {}\n", "expected the key archive.bucket" },
	{ BASE "archive: {region: eu-west-1}\n", "expected the key archive.bucket" },
	{ BASE "archive: {bucket: vault-a}\n", "expected the key archive.region" },
	{ BASE "archive: {bucket: Vault, region: eu-west-1}\n",
	    "4:19: expected a bucket's name" },
	{ BASE "archive: {bucket: vault-a, region: eu-west-1, prefix: /x}\n",
	    "expected the beginning of keys" },
	{ BASE "archive: {bucket: vault-a, region: eu-west-1, prefix: a/../b}\n",
	    "expected the beginning of keys" },
	{ BASE
	    "archive: {bucket: vault-a, region: eu-west-1, endpoint: \"http://x\"}\n",
	    "expected https://HOST" },
	{ BASE "archive: {bucket: vault-a, region: eu-west-1, endpoint: "
	       "\"https://x/y\"}\n",
	    "expected https://HOST" },
	{ BASE "archive: {bucket: vault-a, region: eu-west-1, segment: 9MiB}\n",
	    "8MiB" },
	{ BASE "archive: {bucket: vault-a, region: eu-west-1, role: me}\n",
	    "expected a role" },
	{ BASE "rights: {archive: [nobody]}\n", "the name of an identity" },
	/* of later versions */
	{ BASE "login: {issuers: []}\n",
	    "b.yaml:4:1: expected no key login: it is not" },
	{ BASE "user_ca: []\n", "b.yaml:4:1: expected no key user_ca: it is not" },
	/* masking: recorder/mask says what is wrong, and where */
	{ BASE "masking: []\n", "b.yaml:4:10: " },
	{ BASE "masking: {mode: off}\n", "b.yaml:4:17: " },
	{ BASE "masking:\n  polices: [pii]\n", "b.yaml:5:3: " },
	{ BASE "masking: {policies: [everything]}\n", "b.yaml:4:22: " },
	{ BASE "masking: {rules: [{id: a, literal: ['ab'], class: x, min: 1, max: "
	       "2}]}\n",
	    "b.yaml:4:" },
	/* targets */
	{ BASE "targets: [web-1]\n", "b.yaml:4:10: expected a mapping, found a list" },
	{ BASE "targets: {web-1: web-2}\n",
	    "b.yaml:4:18: expected the id of a target: i-HEX, mi-HEX or "
	    "ecs:CLUSTER_TASK_RUNTIME, found \"web-2\"" },
	{ BASE "targets: {web-1: i-}\n", "4:18: expected the id of a target" },
	{ BASE "targets: {web-1: i-0ABC}\n", "4:18: expected the id of a target" },
	{ BASE "targets: {web-1: \"i-0abc;\"}\n", "4:18: expected the id of a target" },
	{ BASE "targets: {web-1: i-" X64 "}\n", "4:18: expected the id of a target" },
	{ BASE "targets: {web-1: \"ecs:\"}\n", "4:18: expected the id of a target" },
	{ BASE "targets: {web-1: \"ecs:a b\"}\n", "4:18: expected the id of a target" },
	{ BASE "targets: {web-1: \"ecs:" X64 X64 X64 X64 X64 X64 X64 "\"}\n",
	    "4:18: expected the id of a target" },
	{ BASE "targets: {web-1: [i-0abc]}\n", "4:18: expected the id of a target" },
	{ BASE "targets: {i-0abc: i-0abc}\n",
	    "b.yaml:4:11: expected a name of 1 to 64 characters out of A-Z a-z 0-9 "
	    "._-, a letter, digit or _ first, that is no id and not \"aws\", found "
	    "\"i-0abc\"" },
	{ BASE "targets: {mi-0abc: i-0abc}\n", "4:11: expected a name of 1 to 64" },
	{ BASE "targets: {aws: i-0abc}\n", "4:11: expected a name of 1 to 64" },
	{ BASE "targets: {-x: i-0abc}\n", "4:11: expected a name of 1 to 64" },
	{ BASE "targets: {\"a:b\": i-0abc}\n", "4:11: expected a name of 1 to 64" },
	{ BASE "targets: {\"a@b\": i-0abc}\n", "4:11: expected a name of 1 to 64" },
	{ BASE "targets: {" X64 "x: i-0abc}\n", "4:11: expected a name of 1 to 64" },
	{ BASE "targets: {a: i-0abc, a: i-0abd}\n",
	    "b.yaml:4:22: expected each key once in a mapping" },
	{ BASE "targets: {a: {}}\n",
	    "4:14: expected the key targets{}.id, found none" },
	{ BASE "targets: {a: {id: i-0abc, colour: red}}\n",
	    "expected a key out of id, profile, region, env, os_user, run" },
	{ BASE "targets: {a: {id: i-0abc, profile: prod}}\n",
	    "4:36: expected the name of a profile in profiles, found \"prod\"" },
	{ BASE "targets: {a: {id: i-0abc, region: EU}}\n", "expected a region like" },
	{ BASE "targets: {a: {id: i-0abc, env: \"a b\"}}\n",
	    "expected a name of 1 to 64" },
	{ BASE "targets: {a: {id: i-0abc, os_user: 0}}\n", "expected a user's name" },
	{ BASE "targets: {a: {id: i-0abc, os_user: \"-u\"}}\n",
	    "expected a user's name" },
	{ BASE "targets: {a: {id: i-0abc, os_user: \"a;b\"}}\n",
	    "expected a user's name" },
	{ BASE "targets: {a: {id: i-0abc, run: 1}}\n", "expected one of false, true" },
	{ BASE "targets: {a: {id: \"ecs:c_t_r\", run: true}}\n",
	    "expected run only with i-" },
	{ BASE "targets: {a: {id: i-0abc, run: true, os_user: dba}}\n",
	    "expected no os_user beside run" },
	{ BASE "profiles: {x: {" PROFILE ", os_user: \"root!\"}}\n",
	    "expected a user's name" },
	/* ssm */
	{ BASE "ssm: []\n", "b.yaml:4:6: expected a mapping" },
	{ BASE "ssm: {document: x}\n", "expected a key out of documents, " },
	{ BASE "ssm: {documents: {exec: x}}\n",
	    "expected a key out of shell, command, raw, port, host, run" },
	{ BASE "ssm: {documents: {shell: ab}}\n", "expected a document's name" },
	{ BASE "ssm: {documents: {shell: \"a b c\"}}\n", "expected a document's name" },
	{ BASE "ssm: {documents: {run: " X64 X64 "x}}\n",
	    "expected a document's name" },
	{ BASE "ssm: {client_version: 1.2.331.0}\n",
	    "expected four numbers like 1.2.677.0, later than 1.2.331.0" },
	{ BASE "ssm: {client_version: 1.2.677}\n", "expected four numbers" },
	{ BASE "ssm: {client_version: 1.2.677.0.1}\n", "expected four numbers" },
	{ BASE "ssm: {client_version: 1.2..0}\n", "expected four numbers" },
	{ BASE "ssm: {client_version: 1.2.0677.0}\n", "expected four numbers" },
	{ BASE "ssm: {client_version: 1.2.99999999999.0}\n", "expected four numbers" },
	{ BASE "ssm: {client_version: \"\"}\n", "expected four numbers" },
	{ BASE "ssm: {pace: 100001}\n", "expected a number from 0 to 100000" },
	{ BASE "ssm: {resume: 2h}\n", "expected a duration from 0s to 1h" },
	{ BASE "ssm: {connect: 0s}\n", "expected a duration from 1s to 5m" },
	{ BASE "ssm: {idle: 8d}\n", "expected a duration from 0s to 7d" },
	{ BASE "ssm: {record_ports: 1}\n", "expected one of false, true" },
	{ BASE "ssm: {inventory: 2h}\n", "expected a duration from 0s to 1h" },
	{ BASE "ssm: {env_tag: \"\"}\n", "expected " },
	/* notify */
	{ BASE "notify: []\n", "b.yaml:4:9: expected at least 1 entries in notify" },
	{ BASE "notify: x\n", "b.yaml:4:9: expected a list" },
	{ BASE "notify: [x]\n", "b.yaml:4:10: expected a mapping" },
	{ BASE "notify: [{url: \"https://h/\", secret_file: s}]\n",
	    "b.yaml:4:10: expected the key notify[].name" },
	{ BASE "notify: [{name: a, secret_file: s}]\n",
	    "b.yaml:4:10: expected the key notify[].url" },
	{ BASE "notify: [{name: a, url: \"https://h/\"}]\n",
	    "b.yaml:4:10: expected the key notify[].secret_file" },
	{ BASE NOTIFY("name: \"a b\", url: \"https://h/\""),
	    "b.yaml:4:33: expected a name of 1 to 64 characters" },
	{ BASE NOTIFY("name: a, url: \"http://h/\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"http://169.254.169.254/\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"http://[fd00:ec2::254]/\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"http://127.0.0.1.evil.test/\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"http://127.0.0.1@evil.test/\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"http://localhost:x/\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"https://u:p@h/\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"https:///x\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"https://h/#x\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"https://h/a b\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"s3://logs/x?region=eu-west-1\""), HOOK },
	{ BASE NOTIFY("name: a, url: \"syslog:\""), HOOK },
	{ BASE NOTIFY("name: a, url: [x]"), HOOK },
	{ BASE NOTIFY("name: a, url: \"https://h/\", format: xml"),
	    "expected one of json, slack, teams" },
	{ BASE NOTIFY("name: a, url: \"https://h/\", events: []"),
	    "expected at least 1 entries in notify[].events" },
	{ BASE NOTIFY("name: a, url: \"https://h/\", events: [all]"),
	    "expected one of pending, vote, approved, denied, expired, cancelled, "
	    "spent" },
	{ BASE NOTIFY("name: a, url: \"https://h/\", events: [spent, spent]"),
	    "expected each event once" },
	{ BASE NOTIFY("name: a, url: \"https://h/\", secret: x"), "expected " },
	{ BASE "notify: [{name: a, url: \"https://h/\", secret_file: s}, "
	       "{name: a, url: \"https://i/\", secret_file: t}]\n",
	    "expected each name once" },
	{ BASE "sandbox: none\n",
	    "b.yaml:4:10: expected one of required, reduced, found \"none\"" },
	{ BASE "privsep: reduced\n",
	    "b.yaml:4:10: expected no reduced for privsep: it is not in this version" },
	{ BASE "privsep: off\n", "b.yaml:4:10: expected required, found \"off\"" },
	{ BASE "store: postgresql://db/x\n",
	    "b.yaml:4:8: expected no postgresql://db/x for "
	    "store: it is not in this version" },
	{ BASE "store: mysql\n", "b.yaml:4:8: expected sqlite, found \"mysql\"" },
	{ BASE "rights: {watch: [group:none]}\n",
	    "b.yaml:4:18: expected a group that some identity is in" },
	{ BASE "rights: {kill: [group:sre]}\n", "expected no key rights.kill" },
	{ BASE "rights: {freeze: [group:sre]}\n", "expected no key rights.freeze" },
	{ BASE "rights: {audit: [group:sre]}\n", "expected no key rights.audit" },
	{ WHO "recording: {admin_key: " ADMIN ", durability: strict}\n",
	    "b.yaml:2:82: expected the key recording.checkpoint_to beside durability: "
	    "strict" },
	{ WHO "recording: {admin_key: " ADMIN ", quota: 1GiB}\n",
	    "b.yaml:2:77: expected a mapping" },
	{ WHO "recording: {admin_key: " ADMIN ", quota: {session: 1KiB}}\n",
	    "b.yaml:2:87: expected " },
	{ WHO "recording: {admin_key: " ADMIN ", quota: {user: 1GiB}}\n",
	    "b.yaml:2:78: " },
	{ WHO "recording: {admin_key: " ADMIN ", reserve: 0}\n",
	    "b.yaml:2:79: expected " },
	{ WHO "recording: {admin_key: " ADMIN ", checkpoint_to: []}\n",
	    "b.yaml:2:85: expected at least 1 entries in recording.checkpoint_to" },
	{ WHO "recording: {admin_key: " ADMIN ", checkpoint_to: [\"http://x/\"]}\n",
	    "b.yaml:2:86: expected file:///DIR, https://HOST/PATH, "
	    "s3://BUCKET/PREFIX?region=REGION or syslog:" },
	{ WHO "recording: {admin_key: " ADMIN
	      ", checkpoint_to: [\"syslog:\", \"syslog:\"]}\n",
	    "expected each place once" },
	{ WHO "recording: {admin_key: " ADMIN ", checkpoint_age: 1s}\n",
	    "b.yaml:2:86: expected " },
	/* name, listen */
	{ BASE "name: \"two words\"\n",
	    "b.yaml:4:7: expected a name of 1 to 64 characters "
	    "out of A-Z a-z 0-9 ._-, found \"two words\"" },
	{ BASE "name: " X64 "x\n",
	    "b.yaml:4:7: expected a name of 1 to 64 characters" },
	{ BASE "name: [x]\n",
	    "b.yaml:4:7: expected a name of 1 to 64 characters out of A-Z "
	    "a-z 0-9 ._-, found a list" },
	{ BASE "name: \"a\\e[2J\"\n", "found \"a\\x1B[2J\"" },
	{ BASE "listen: 127.0.0.1:2222\n",
	    "b.yaml:4:9: expected a list, found \"127.0.0.1:2222\"" },
	{ BASE "listen: []\n",
	    "b.yaml:4:9: expected at least 1 entries in listen, found 0" },
	{ BASE "listen: [localhost:22]\n",
	    "b.yaml:4:10: expected an address and port like 127.0.0.1:2222 or "
	    "[::1]:2222, found \"localhost:22\"" },
	{ BASE "listen: [\"127.0.0.1:0\"]\n",
	    "b.yaml:4:10: expected an address and port" },
	{ BASE "listen: [\"127.0.0.1:65536\"]\n", "b.yaml:4:10: expected an address" },
	{ BASE "listen: [\"127.0.0.1\"]\n",
	    "b.yaml:4:10: expected an address and port" },
	{ BASE "listen: [\"::1:22\"]\n", "b.yaml:4:10: expected an address and port" },
	{ BASE "listen: [{a: b}]\n", "b.yaml:4:10: expected an address and port" },
	{ BASE "listen: [\"[::1]:22\", \"[0::1]:22\"]\n",
	    "b.yaml:4:22: expected each address once, found \"[0::1]:22\"" },
	/* identities */
	{ "identities: {}\n" REC, "b.yaml:1:13: expected a list, found a mapping" },
	{ "identities: []\n" REC, "b.yaml:1:13: expected at least 1 entries" },
	{ "identities: [alice]\n" REC,
	    "b.yaml:1:14: expected a mapping, found \"alice\"" },
	{ ONE("kind: human"),
	    "b.yaml:1:14: expected the key identities[].name, found none" },
	{ ONE("name: alice"),
	    "b.yaml:1:14: expected the key identities[].kind, found none" },
	{ ONE("name: a, kind: human"),
	    "b.yaml:1:21: expected a name of 2 to 64 characters out of A-Z a-z 0-9 "
	    "_+=,.@-, found \"a\"" },
	{ ONE("name: a:b, kind: human"), "b.yaml:1:21: expected a name of 2 to 64" },
	{ ONE("name: " X64 "x, kind: human"),
	    "b.yaml:1:21: expected a name of 2 to 64" },
	{ ONE("name: \"al\\u00efce\", kind: human"),
	    "b.yaml:1:21: expected a name of 2" },
	{ ONE("name: \"alice\\n\", kind: human"), "found \"alice\\x0A\"" },
	{ ONE("name: alice, kind: robot"),
	    "b.yaml:1:34: expected one of agent, human, found \"robot\"" },
	{ ONE("name: alice, kind: human, email: x"),
	    "b.yaml:1:41: expected a key out of name, kind, owner, groups, keys, "
	    "profile, profiles, uid, found \"email\"" },
	{ ONE("name: alice, kind: human, groups: sre"),
	    "b.yaml:1:49: expected a list, found \"sre\"" },
	{ ONE("name: alice, kind: human, groups: [\"group:sre\"]"),
	    "b.yaml:1:50: expected a name of 1 to 64 characters" },
	{ ONE("name: alice, kind: human, groups: [sre, sre]"),
	    "b.yaml:1:55: expected each name once, found \"sre\"" },
	{ ONE("name: alice, kind: human, uid: -1"),
	    "b.yaml:1:46: expected a number from 0 to 4294967294, found \"-1\"" },
	{ ONE("name: alice, kind: human, uid: 4294967295"),
	    "b.yaml:1:46: expected a number" },
	{ ONE("name: alice, kind: human, uid: alice"),
	    "b.yaml:1:46: expected a number" },
	{ ONE("name: alice, kind: human, uid: 990"),
	    "b.yaml:1:46: expected a uid that is none of the service's own, found "
	    "\"990\"" },
	{ ONE("name: alice, kind: human, uid: 991"),
	    "b.yaml:1:46: expected a uid that is" },
	{ ONE("name: alice, kind: human, keys: [ssh-ed25519]"),
	    "b.yaml:1:48: expected base64 after the type, found nothing" },
	{ ONE("name: alice, kind: human, keys: [ssh-ed25519 AAAA]"),
	    "b.yaml:1:48: expected an SSH public key of at most 4096 bytes" },
	{ ONE("name: alice, kind: human, keys: [" KEY_RSA1024 "]"),
	    "b.yaml:1:48: expected an odd modulus of 2048 to 16384 bits" },
	{ ONE("name: alice, kind: human, keys: [" KEY_DSA "]"),
	    "b.yaml:1:48: expected a key of type ssh-ed25519" },
	{ ONE("name: alice, kind: human, keys: [" KEY_CERT "]"),
	    "b.yaml:1:48: expected a key of type ssh-ed25519, ecdsa-sha2-nistp256, "
	    "-nistp384, -nistp521, ssh-rsa, sk-ssh-ed25519@openssh.com or "
	    "sk-ecdsa-sha2-nistp256@openssh.com; certificates are not in this "
	    "version" },
	{ ONE("name: alice, kind: human, keys: [sk-ssh-ed25519@openssh.com AAAA]"),
	    "expected an SSH public key" },
	{ ONE("name: alice, kind: human, keys: [[x]]"),
	    "b.yaml:1:48: expected text, found a list" },
	{ ONE("name: alice, kind: human, profile: prod"),
	    "b.yaml:1:50: expected the name of a profile in profiles, found \"prod\"" },
	{ ONE("name: alice, kind: human, profiles: prod"),
	    "b.yaml:1:51: expected a list, found \"prod\"" },
	{ ONE("name: alice, kind: human, profiles: [prod]"),
	    "b.yaml:1:52: expected the name of a profile in profiles, found \"prod\"" },
	{ ONE("name: bot, kind: agent, owner: nobody"),
	    "b.yaml:1:46: expected the name of a human identity, found \"nobody\"" },
	{ ONE("name: bot, kind: agent, owner: bot"),
	    "b.yaml:1:46: expected the name of a human identity, found \"bot\"" },
	{ ONE("name: bob, kind: human}, {name: al, kind: human, owner: bob"),
	    "b.yaml:1:71: expected an owner for agents only, found \"bob\"" },
	{ ONE("name: alice, kind: human}, {name: alice, kind: agent"),
	    "b.yaml:1:49: expected each name with one identity, found it with alice "
	    "and "
	    "alice" },
	{ ONE("name: al, kind: human, uid: 5}, {name: bo, kind: human, uid: 5"),
	    "b.yaml:1:76: expected each uid with one identity, found it with al and "
	    "bo" },
	{ "identities:\n- {name: al, kind: human, keys: [" KEY_ED25519 "]}\n"
	  "- name: bo\n  kind: agent\n  keys:\n  - " KEY_P256 "\n  - " KEY_ED25519
	  " x\n" REC,
	    "b.yaml:7:5: expected each key with one identity, found it with al and "
	    "bo" },
	/* profiles */
	{ BASE "profiles: []\n", "b.yaml:4:11: expected a mapping, found a list" },
	{ BASE "profiles: {x: y}\n", "b.yaml:4:15: expected a mapping, found \"y\"" },
	{ BASE "profiles: {\"x y\": {" PROFILE "}}\n",
	    "b.yaml:4:12: expected a name of 1 to 64 characters" },
	{ BASE "profiles: {x: {}}\n",
	    "b.yaml:4:15: expected the key profiles{}.account, found none" },
	{ BASE "profiles: {x: {" PROFILE ", file: y}}\n",
	    "expected a key out of account, role, region, external_id, duration, "
	    "os_user, class, found "
	    "\"file\"" },
	{ BASE "profiles: {x: {account: 1111, role: a, region: b}}\n",
	    "b.yaml:4:25: expected an account of 12 digits, found \"1111\"" },
	{ BASE "profiles:\n  x:\n    account: 111122223333\n    role: role/b\n    "
	       "region: r\n",
	    "b.yaml:7:11: expected a role like arn:aws:iam::111122223333:role/NAME, "
	    "found \"role/b\"" },
	{ BASE "profiles:\n  x:\n    account: 111122223334\n"
	       "    role: arn:aws:iam::111122223333:role/b\n    region: r\n",
	    "b.yaml:7:11: expected a role in account 111122223334, found" },
	{ BASE "profiles:\n  x:\n    account: 111122223333\n"
	       "    role: arn:aws:iam::111122223333:role/b\n    region: EU\n",
	    "b.yaml:8:13: expected a region like eu-west-1, found \"EU\"" },
	{ BASE "profiles:\n  x: {" PROFILE "}\n  y: {" PROFILE ", duration: 1m}\n",
	    "expected a duration from 15m to 12h, found \"1m\"" },
	{ BASE "profiles: {x: {" PROFILE ", external_id: a}}\n",
	    "expected 2 to 1224 characters" },
	/* rights */
	{ BASE "rights: [sre]\n", "b.yaml:4:9: expected a mapping, found a list" },
	{ BASE "rights: {approve: group:sre}\n",
	    "b.yaml:4:19: expected a list, found" },
	{ BASE "rights: {approve: [group:dba]}\n",
	    "b.yaml:4:20: expected a group that some identity is in, found "
	    "\"group:dba\"" },
	{ BASE "rights: {approve: [\"group:\"]}\n",
	    "b.yaml:4:20: expected group:NAME or the name of an identity" },
	{ BASE "rights: {approve: [bob]}\n", "b.yaml:4:20: expected group:NAME or the "
					     "name of an identity, found \"bob\"" },
	{ BASE "rights: {approve: [sre]}\n",
	    "b.yaml:4:20: expected group:NAME or the name" },
	{ BASE "rights: {approve: [alice, alice]}\n",
	    "b.yaml:4:27: expected each entry once" },
	/* aws */
	{ BASE "aws: {credentials: none}\n",
	    "b.yaml:4:20: expected one of environment, file, sealed, " },
	{ BASE "aws: {credentials: file}\n",
	    "b.yaml:4:20: expected the key aws.file beside credentials: file" },
	{ BASE "aws: {file: x}\n",
	    "b.yaml:4:7: expected aws.file only with credentials: file" },
	{ BASE "aws: {credentials: environment, file_profile: x}\n",
	    "b.yaml:4:33: expected aws.file_profile only with credentials: file" },
	{ BASE "aws: {credentials: sealed}\n",
	    "b.yaml:4:20: expected the key aws.sealed beside credentials: sealed" },
	{ BASE "aws: {sealed: gw}\n",
	    "b.yaml:4:7: expected aws.sealed only with credentials: sealed" },
	{ BASE "aws: {credentials: instance, sealed_key: /k}\n",
	    "b.yaml:4:30: expected aws.sealed_key only with credentials: sealed" },
	{ BASE "aws: {credentials: sealed, sealed: a/b}\n",
	    "b.yaml:4:36: expected a name of 1 to 64 characters" },
	{ BASE "aws: {credentials: sealed, sealed: gw, sealed_key: "
	       "var/lib/broker/keys/k}\n",
	    "b.yaml:4:52: expected a file outside of /tmp/r/var/lib/broker" },
	{ BASE "aws: {region: eu-west-1}\n",
	    "b.yaml:4:7: expected aws.region only with credentials: web-identity" },
	{ BASE "aws: {credentials: web-identity, region: \"eu west\"}\n",
	    "b.yaml:4:42: expected a region like eu-west-1" },
	{ BASE "aws: {credentials: file, file: /x, metadata_endpoint: "
	       "\"http://127.0.0.1\"}\n",
	    "expected aws.metadata_endpoint only with credentials: container or "
	    "instance" },
	{ BASE "aws: {credentials: instance, metadata_endpoint: \"http://10.0.0.1\"}\n",
	    "b.yaml:4:49: expected http://ADDRESS or http://ADDRESS:PORT of loopback" },
	{ BASE
	    "aws: {credentials: instance, metadata_endpoint: \"https://127.0.0.1\"}\n",
	    "b.yaml:4:49: expected http://ADDRESS" },
	{ BASE "aws: {credentials: container, metadata_endpoint: "
	       "\"http://127.0.0.1:80/x\"}\n",
	    "b.yaml:4:50: expected http://ADDRESS" },
	{ BASE "aws: {credentials: container, metadata_endpoint: [x]}\n",
	    "b.yaml:4:50: expected http://ADDRESS" },
	{ BASE "aws: {credentials: file, file: ../x}\n",
	    "b.yaml:4:32: expected a path without \"..\", found \"../x\"" },
	{ BASE "aws: {ca_file: /a/b/..}\n", "b.yaml:4:16: expected a path without" },
	{ BASE "aws: {ca_file: \"\"}\n",
	    "b.yaml:4:16: expected text of 1 to 4095 bytes" },
	{ BASE "aws: {ca_file: \"/a\\tb\"}\n",
	    "b.yaml:4:16: expected one line of printable characters" },
	{ BASE "aws: {ca_file: \"{keys}/x\"}\n",
	    "b.yaml:4:16: expected a path without" },
	{ BASE "aws: {connect_to: \"127.0.0.1:443\"}\n",
	    "b.yaml:4:19: expected a mapping, found \"127.0.0.1:443\"" },
	{ BASE "aws: {connect_to: {\"s3.amazonaws.com\": \"127.0.0.1:443\"}}\n",
	    "b.yaml:4:20: expected HOST:PORT or \"*\", found \"s3.amazonaws.com\"" },
	{ BASE "aws: {connect_to: {\"*:443\": \"127.0.0.1:443\"}}\n",
	    "b.yaml:4:20: expected HOST:PORT or \"*\", found \"*:443\"" },
	{ BASE "aws: {connect_to: {\"*\": \"127.0.0.1\"}}\n",
	    "b.yaml:4:25: expected an address and port like 127.0.0.1:8443 or "
	    "HOST:443" },
	{ BASE "aws: {connect_to: {\"a.b:1\": \"c:2\", \"A.b:1\": \"d:2\"}}\n",
	    "b.yaml:4:36: expected each host once, found \"A.b:1\"" },
	/* recording */
	{ WHO "recording: x\n", "b.yaml:2:12: expected a mapping, found \"x\"" },
	{ WHO "recording: {admin_key: x}\n",
	    "b.yaml:2:24: expected an Ed25519 public key: base64 of 32 bytes, as in "
	    "admin.pub, found \"x\"" },
	{ WHO "recording: {admin_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8}\n",
	    "b.yaml:2:24: expected an Ed25519 public key" },
	{ WHO "recording: {admin_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=}\n",
	    "b.yaml:2:24: expected an Ed25519 public key" },
	{ WHO "recording: {admin_key: [a]}\n",
	    "b.yaml:2:24: expected an Ed25519 public key" },
	{ WHO "recording: {admin_key: " ADMIN ", class: a/b}\n",
	    "b.yaml:2:77: expected a name of 1 to 64 characters" },
	{ WHO "recording: {admin_key: " ADMIN ", min_free: 1GB}\n",
	    "b.yaml:2:80: expected a size from 0 to 1TiB, found \"1GB\"" },
	{ WHO "recording: {admin_key: " ADMIN ", min_free: 2TiB}\n",
	    "b.yaml:2:80: expected a size from 0 to 1TiB, found \"2TiB\"" },
	/* holds, limits, policies */
	{ BASE "holds: 15m\n", "b.yaml:4:8: expected a mapping, found \"15m\"" },
	{ BASE "holds: {decide: 15}\n",
	    "b.yaml:4:17: expected a duration from 1s to 7d, found \"15\"" },
	{ BASE "holds: {decide: 8d}\n",
	    "b.yaml:4:17: expected a duration from 1s to 7d" },
	{ BASE "holds: {decide: 0s}\n",
	    "b.yaml:4:17: expected a duration from 1s to 7d" },
	{ BASE "holds: {use: 2d}\n", "b.yaml:4:14: expected a duration from 1s to 1d" },
	{ BASE "holds: {grant_time: 31d}\n",
	    "b.yaml:4:21: expected a duration from 1m to 30d" },
	{ BASE "holds: {stdin: 17MiB}\n",
	    "b.yaml:4:16: expected a size from 1KiB to 16MiB" },
	{ BASE "holds: {denied: 8d}\n",
	    "b.yaml:4:17: expected a duration from 0s to 7d" },
	{ BASE "holds: {open_per_identity: 0}\n",
	    "b.yaml:4:28: expected a number from 1 to 10000, found \"0\"" },
	{ BASE "limits: {time: 1h30m}\n",
	    "b.yaml:4:16: expected a duration from 1s to 7d" },
	{ BASE "limits: {output: 1K}\n",
	    "b.yaml:4:18: expected a size from 4KiB to 64TiB" },
	{ BASE "limits: {connections: 10001}\n",
	    "b.yaml:4:23: expected a number from 1 to" },
	{ BASE "limits: {connections: 0x10}\n",
	    "b.yaml:4:23: expected a number from 1 to" },
	{ BASE "limits: {login: 1h}\n",
	    "b.yaml:4:17: expected a duration from 1s to 10m" },
	{ BASE "limits: {channels_per_connection: 1000}\n",
	    "expected a number from 1 to 256" },
	{ BASE "limits: {auth_failures: -1}\n", "expected a number from 1 to 100" },
	{ BASE "limits: {idle: never}\n", "expected a duration from 1s to 7d" },
	{ BASE "policies: [a]\n", "b.yaml:4:11: expected text, found a list" },
	{ BASE "policies: a/../../b\n", "b.yaml:4:11: expected a path without" },
};

static void
malformed_configuration_is_refused_with_its_place(void **state)
{
	struct config_env env = env_with(NULL);
	size_t good = 0;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		struct config *c = NULL;
		struct err err = { "" };
		enum rc rc =
		    config_parse("b.yaml", span_of(bad[i].text), &env, &c, &err);

		if (rc != RC_REFUSE || c != NULL ||
		    strstr(err.text, bad[i].want) == NULL)
			print_error("row %zu: wanted \"%s\", got %s \"%s\"\n", i,
			    bad[i].want, rc_name(rc), err.text);
		else
			good++;
	}
	assert_int_equal(good, ROWS(bad));
}

static void
all_errors_of_a_run_are_told(void **state)
{
	struct buf report, text;
	struct config_env env = env_with(&report);
	struct config *c = NULL;
	struct err err;
	unsigned lines = 0;

	(void)state;
	buf_init(&report, 65536);
	assert_int_equal(config_parse("b.yaml",
			     span_of("name: a b\nlimits: {time: x, tim: y}\n"
				     "identities:\n- {name: x, kind: y}\n- z\n"),
			     &env, &c, &err),
	    RC_REFUSE);
	assert_string_equal(buf_cstr(&report),
	    "b.yaml:1:7: expected a name of 1 to 64 characters out of A-Z a-z 0-9 ._-, "
	    "found \"a b\"\n"
	    "b.yaml:2:16: expected a duration from 1s to 7d, found \"x\"\n"
	    "b.yaml:2:19: expected a key out of time, output, connections, "
	    "connections_per_source, unauthenticated, channels_per_connection, "
	    "sessions, sessions_per_identity, login, auth_failures, idle, found "
	    "\"tim\"\n"
	    "b.yaml:4:10: expected a name of 2 to 64 characters out of A-Z a-z 0-9 "
	    "_+=,.@-, found \"x\"\n"
	    "b.yaml:4:19: expected one of agent, human, found \"y\"\n"
	    "b.yaml:5:3: expected a mapping, found \"z\"\n"
	    "b.yaml:1:1: expected the key recording.admin_key, found none\n");
	assert_memory_equal(err.text, buf_cstr(&report), strlen(err.text));
	buf_reset(&report);
	buf_init(&text, 4096);
	buf_text(&text, BASE);
	for (int i = 0; i < 30; i++)
		buf_printf(&text, "key%d: x\n", i);
	assert_int_equal(
	    config_parse("b.yaml", buf_span(&text), &env, &c, &err), RC_REFUSE);
	for (const char *s = buf_cstr(&report); *s != '\0'; s++)
		lines += *s == '\n';
	assert_int_equal(lines, 21);
	assert_non_null(strstr(buf_cstr(&report), "\n10 more errors\n"));
	/* What is told first is also what err says when the YAML itself is at fault. */
	buf_reset(&report);
	assert_int_equal(
	    config_parse("b.yaml", span_of("a: ["), &env, &c, &err), RC_REFUSE);
	assert_memory_equal(err.text, buf_cstr(&report), strlen(err.text));
	buf_clear(&text);
	buf_clear(&report);
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
a_file_is_loaded_if_only_we_can_write_it(void **state)
{
	char folder[] = "/tmp/config.XXXXXX", path[64];
	struct config_env env = env_with(NULL);
	struct config *c = NULL;
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/broker.yaml", folder);
	write_file(path, BASE, 0640);
	assert_int_equal(config_load(path, &env, &c, &err), RC_OK);
	config_free(c);
	c = NULL;
	assert_int_equal(chmod(path, 0660), 0);
	assert_int_equal(config_load(path, &env, &c, &err), RC_REFUSE);
	assert_non_null(
	    strstr(err.text, "expected \"broker.yaml\" not to be writable"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(config_load(path, &env, &c, &err), RC_REFUSE);
	assert_int_equal(chmod(folder, 0700), 0);
	write_file(path, BASE "x: y\n", 0600);
	assert_int_equal(config_load(path, &env, &c, &err), RC_REFUSE);
	assert_memory_equal(err.text, path, strlen(path));
	assert_non_null(strstr(err.text, ":4:1: expected a key out of"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(config_load(path, &env, &c, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(config_load(path, &env, &c, &err), RC_REFUSE);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_null(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_fill_what_is_not_written),
		cmocka_unit_test(webhooks_are_read),
		cmocka_unit_test(targets_are_read_in_both_forms),
		cmocka_unit_test(targets_are_bounded),
		cmocka_unit_test(classes_and_the_archive_are_read),
		cmocka_unit_test(a_profile_may_have_its_class),
		cmocka_unit_test(each_source_of_credentials_has_its_keys),
		cmocka_unit_test(every_key_reaches_its_place),
		cmocka_unit_test(a_second_one_stands_beside_the_first),
		cmocka_unit_test(malformed_configuration_is_refused_with_its_place),
		cmocka_unit_test(all_errors_of_a_run_are_told),
		cmocka_unit_test(a_file_is_loaded_if_only_we_can_write_it),
	};

	return cmocka_run_group_tests(tests, make_places, free_places);
}
