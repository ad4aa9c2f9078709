/* The table of broker.yaml's keys.  broker.yaml(5) describes each; a test compares. */
#include "broker/monitor/config_read.h"

#define S 1000ull
#define M (60 * S)
#define H (60 * M)
#define D (24 * H)
#define KIB (1ull << 10)
#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define TIB (1ull << 40)

#define AT(member) offsetof(struct config, member)
#define ID(member) offsetof(struct identity, member)
#define ID_WHOLE 0 /* the reader fills several members */
#define PR(member) offsetof(struct profile, member)
#define RE(member) offsetof(struct config_retention, member)
#define NO(member) offsetof(struct config_notify, member)
#define TA(member) offsetof(struct config_target, member)

/* path, type, where the value goes, least, most, default as YAML text */
#define KEY(path, type, to, least, most, fallback)                                     \
	{                                                                              \
		path, &type, to, least, most, fallback, NULL, NULL, false              \
	}
/* a key that must be there */
#define NEED(path, type, to, least, most)                                              \
	{                                                                              \
		path, &type, to, least, most, NULL, NULL, NULL, true                   \
	}
/* a choice: words and words_later */
#define WORD(path, to, fallback, words)                                                \
	{                                                                              \
		path, &schema_choice, to, 0, 0, fallback, words, words##_later, false  \
	}
#define MAP(path) KEY(path, schema_map, SCHEMA_NOWHERE, 0, 0, NULL)
#define LATER(path) KEY(path, schema_later, SCHEMA_NOWHERE, 0, 0, NULL)

/* In the order of enum config_credentials. */
static const char *const credentials[] = { "environment", "file", "sealed",
	"web-identity", "container", "instance", NULL };
static const char *const credentials_later[] = { NULL };
/* In the order of enum config_lock. */
static const char *const lock[] = { "none", "governance", "compliance", NULL };
static const char *const lock_later[] = { NULL };
/* In the order of enum config_format. */
static const char *const format[] = { "json", "slack", "teams", NULL };
static const char *const format_later[] = { NULL };
/* In the order of enum config_durability. */
static const char *const durability[] = { "batch", "strict", NULL };
static const char *const durability_later[] = { NULL };
static const char *const store[] = { "sqlite", NULL };
static const char *const store_later[] = { "postgresql://", NULL };
static const char *const sandbox[] = { "required", "reduced", NULL };
static const char *const sandbox_later[] = { NULL };
static const char *const privsep[] = { "required", NULL };
static const char *const privsep_later[] = { "reduced", NULL };

static const struct schema_row rows[] = {
	KEY("name", config_class, AT(name), 1, 64, "broker"),
	KEY("listen", config_listens, AT(listen), 1, 16, "[\"127.0.0.1:2222\"]"),

	NEED("identities", config_identities, AT(all), 1, 20000),
	NEED("identities[].name", config_name, ID(name), 2, 64),
	NEED("identities[].kind", config_kind, ID(kind), 0, 0),
	KEY("identities[].owner", config_name, ID(owner), 2, 64, NULL),
	KEY("identities[].groups", config_groups, ID_WHOLE, 0, 64, NULL),
	KEY("identities[].keys", config_pubkeys, ID_WHOLE, 0, 32, NULL),
	KEY("identities[].profile", config_label, ID(profile), 1, 64, NULL),
	KEY("identities[].profiles", config_may_use, ID_WHOLE, 0, 256, NULL),
	KEY("identities[].uid", config_uid, ID_WHOLE, 0, UINT32_MAX - 1, NULL),

	KEY("profiles", config_profiles, AT(profiles), 0, 10000, NULL),
	NEED("profiles{}.account", config_account, PR(account), 0, 0),
	NEED("profiles{}.role", config_role, PR(role), 0, 0),
	NEED("profiles{}.region", config_region, PR(region), 0, 0),
	KEY("profiles{}.external_id", config_external_id, PR(external_id), 0, 0, NULL),
	KEY("profiles{}.duration", schema_duration, PR(duration),
	    PROFILE_LEAST_DURATION, PROFILE_MOST_DURATION, "1h"),
	KEY("profiles{}.os_user", config_os_user, PR(os_user), 1, 32, NULL),
	KEY("profiles{}.class", config_class, PR(class_), 1, 64, NULL),

	KEY("targets", config_targets, AT(targets), 0, 10000, NULL),
	NEED("targets{}.id", config_target_id, TA(id), 1, 400),
	KEY("targets{}.profile", config_label, TA(profile), 1, 64, NULL),
	KEY("targets{}.region", config_region, TA(region), 0, 0, NULL),
	KEY("targets{}.env", config_class, TA(env), 1, 64, NULL),
	KEY("targets{}.os_user", config_os_user, TA(os_user), 1, 32, NULL),
	KEY("targets{}.run", config_yes, TA(run), 0, 0, NULL),

	MAP("rights"),
	KEY("rights.approve", config_parties, AT(rights.approve), 0, 256, NULL),
	KEY("rights.watch", config_parties, AT(rights.watch), 0, 256, NULL),
	KEY("rights.archive", config_parties, AT(rights.archive), 0, 256, NULL),
	LATER("rights.kill"),
	LATER("rights.freeze"),
	LATER("rights.audit"),

	MAP("aws"),
	WORD("aws.credentials", AT(aws.credentials), "environment", credentials),
	KEY("aws.file", config_path, AT(aws.file), 1, 4095, NULL),
	KEY("aws.file_profile", schema_text, AT(aws.file_profile), 1, 128, "default"),
	KEY("aws.sealed", config_class, AT(aws.sealed), 1, 64, NULL),
	KEY("aws.sealed_key", config_path, AT(aws.sealed_key), 1, 4095,
	    "\"{etc}/sealing.key\""),
	KEY("aws.region", config_region, AT(aws.region), 0, 0, NULL),
	KEY("aws.metadata_endpoint", config_metadata, AT(aws.metadata_endpoint), 0, 0,
	    NULL),
	KEY("aws.connect_to", config_connects, AT(aws.connect_to), 0, 256, NULL),
	KEY("aws.ca_file", config_path, AT(aws.ca_file), 1, 4095, NULL),

	MAP("recording"),
	KEY("recording.recipients", config_path, AT(recording.recipients), 1, 4095,
	    "\"{keys}/recipients\""),
	KEY("recording.device_key", config_path, AT(recording.device_key), 1, 4095,
	    "\"{keys}/device.key\""),
	NEED("recording.admin_key", config_admin_key, AT(recording.admin_key), 0, 0),
	KEY("recording.class", config_class, AT(recording.class), 1, 64, "standard"),
	KEY("recording.hide_size", config_yes, AT(recording.hide_size), 0, 0, "false"),
	KEY("recording.min_free", schema_size, AT(recording.min_free), 0, TIB, "1GiB"),
	KEY("recording.reserve", schema_size, AT(recording.reserve), MIB, 64 * GIB,
	    "16MiB"),
	WORD("recording.durability", AT(recording.durability), "batch", durability),
	MAP("recording.quota"),
	KEY("recording.quota.session", schema_size, AT(recording.quota_session), MIB,
	    64 * TIB, "32GiB"),
	KEY("recording.quota.identity", schema_size, AT(recording.quota_identity), MIB,
	    64 * TIB, "256GiB"),
	KEY("recording.classes", config_retentions, AT(recording.classes), 0, 100,
	    NULL),
	KEY("recording.classes{}.keep", schema_duration, RE(keep), 1 * S, 36500 * D,
	    NULL),
	WORD("recording.classes{}.lock", RE(lock), "none", lock),
	KEY("recording.classes{}.shred", config_yes, RE(shred), 0, 0, NULL),
	KEY("recording.checkpoint_to", config_outlets, AT(recording.checkpoint_to), 1,
	    OUTLET_MOST, NULL),
	KEY("recording.checkpoint_age", schema_duration, AT(recording.checkpoint_age),
	    10 * S, 7 * D, "10m"),
	KEY("recording.checkpoint_ca", config_path, AT(recording.checkpoint_ca), 1,
	    4095, NULL),

	MAP("archive"),
	KEY("archive.bucket", config_bucket, AT(archive.bucket), 3, 63, NULL),
	KEY("archive.prefix", config_prefix, AT(archive.prefix), 0, 512, NULL),
	KEY("archive.region", config_region, AT(archive.region), 0, 0, NULL),
	KEY("archive.endpoint", config_endpoint, AT(archive.endpoint), 1, 255, NULL),
	KEY("archive.role", config_role, AT(archive.role), 0, 0, NULL),
	KEY("archive.every", schema_duration, AT(archive.every), 1 * S, 1 * D, "1m"),
	KEY("archive.segment", schema_size, AT(archive.segment), 64 * KIB, 8 * MIB,
	    "8MiB"),
	KEY("archive.max_bytes", schema_size, AT(archive.max_bytes), 1 * KIB,
	    1024 * TIB, NULL),
	KEY("archive.max_age", schema_duration, AT(archive.max_age), 1 * S, 3650 * D,
	    NULL),

	MAP("holds"),
	KEY("holds.decide", schema_duration, AT(holds.decide), 1 * S, 7 * D, "15m"),
	KEY("holds.use", schema_duration, AT(holds.use), 1 * S, 1 * D, "5m"),
	KEY("holds.open_per_identity", schema_number, AT(holds.open_per_identity), 1,
	    10000, "5"),
	KEY("holds.stdin", schema_size, AT(holds.input), 1 * KIB, 16 * MIB, "1MiB"),
	KEY("holds.denied", schema_duration, AT(holds.denied), 0, 7 * D, "1h"),
	KEY("holds.grant_time", schema_duration, AT(holds.grant_time), 1 * M, 30 * D,
	    "8h"),
	MAP("holds.preview"),
	KEY("holds.preview.enabled", config_yes, AT(holds.preview.enabled), 0, 0,
	    "true"),
	KEY("holds.preview.time", schema_duration, AT(holds.preview.time), 1 * S,
	    30 * S, "3s"),
	KEY("holds.preview.items", schema_number, AT(holds.preview.items), 0, 100,
	    "20"),
	KEY("holds.preview.bytes", schema_size, AT(holds.preview.bytes), 4 * KIB,
	    2 * MIB, "1MiB"),
	KEY("holds.preview.pages", schema_number, AT(holds.preview.pages), 1, 100, "5"),
	KEY("holds.preview.per_identity", schema_number, AT(holds.preview.per_identity),
	    1, 100000, "30"),
	KEY("holds.preview.per", schema_duration, AT(holds.preview.per), 1 * S, 1 * D,
	    "1h"),

	KEY("notify", config_notifies, AT(notify), 1, CONFIG_NOTIFY_MOST, NULL),
	NEED("notify[].name", config_class, NO(name), 1, 64),
	NEED("notify[].url", config_hook, NO(url), 1, OUTLET_TEXT_MAX),
	NEED("notify[].secret_file", config_path, NO(secret_file), 1, 4095),
	WORD("notify[].format", NO(format), "json", format),
	KEY("notify[].events", config_events, NO(events), 1, 7,
	    "[pending, approved, denied, expired, cancelled]"),
	KEY("notify[].ca_file", config_path, NO(ca_file), 1, 4095, NULL),

	MAP("limits"),
	KEY("limits.time", schema_duration, AT(limits.time), 1 * S, 7 * D, "1h"),
	KEY("limits.output", schema_size, AT(limits.output), 4 * KIB, 64 * TIB,
	    "16GiB"),
	KEY("limits.connections", schema_number, AT(limits.connections), 1, 10000,
	    "512"),
	KEY("limits.connections_per_source", schema_number,
	    AT(limits.connections_per_source), 1, 10000, "64"),
	KEY("limits.unauthenticated", schema_number, AT(limits.unauthenticated), 1,
	    10000, "100"),
	KEY("limits.channels_per_connection", schema_number,
	    AT(limits.channels_per_connection), 1, 256, "32"),
	KEY("limits.sessions", schema_number, AT(limits.sessions), 1, 1000, "256"),
	KEY("limits.sessions_per_identity", schema_number,
	    AT(limits.sessions_per_identity), 1, 1000, "64"),
	KEY("limits.login", schema_duration, AT(limits.login), 1 * S, 10 * M, "30s"),
	KEY("limits.auth_failures", schema_number, AT(limits.auth_failures), 1, 100,
	    "6"),
	KEY("limits.idle", schema_duration, AT(limits.idle), 1 * S, 7 * D, "10m"),

	MAP("ssm"),
	MAP("ssm.documents"),
	KEY("ssm.documents.shell", config_document, AT(ssm.shell), 3, 128,
	    "AWS-StartInteractiveCommand"),
	KEY("ssm.documents.command", config_document, AT(ssm.command), 3, 128,
	    "AWS-StartNonInteractiveCommand"),
	KEY("ssm.documents.raw", config_document, AT(ssm.raw), 3, 128,
	    "SSM-SessionManagerRunShell"),
	KEY("ssm.documents.port", config_document, AT(ssm.port), 3, 128,
	    "AWS-StartPortForwardingSession"),
	KEY("ssm.documents.host", config_document, AT(ssm.host), 3, 128,
	    "AWS-StartPortForwardingSessionToRemoteHost"),
	KEY("ssm.documents.run", config_document, AT(ssm.run), 3, 128,
	    "AWS-RunShellScript"),
	KEY("ssm.client_version", config_version, AT(ssm.client_version), 0, 0,
	    "\"1.2.677.0\""),
	KEY("ssm.pace", schema_number, AT(ssm.pace), 0, 100000, "1000"),
	KEY("ssm.resume", schema_duration, AT(ssm.resume), 0, 1 * H, "5m"),
	KEY("ssm.connect", schema_duration, AT(ssm.connect), 1 * S, 5 * M, "30s"),
	KEY("ssm.idle", schema_duration, AT(ssm.idle), 0, 7 * D, "0s"),
	KEY("ssm.record_ports", config_yes, AT(ssm.content), 0, 0, "false"),
	KEY("ssm.inventory", schema_duration, AT(ssm.inventory), 0, 1 * H, "1m"),
	KEY("ssm.env_tag", schema_text, AT(ssm.env_tag), 1, 128, "Environment"),

	KEY("policies", config_path, AT(policies), 1, 4095, "\"{etc}/policies\""),
	WORD("store", SCHEMA_NOWHERE, "sqlite", store),
	WORD("privsep", SCHEMA_NOWHERE, "required", privsep),
	WORD("sandbox", AT(sandbox), "required", sandbox),

	KEY("masking", config_masking, AT(masking), 0, 0, "{}"),
	LATER("login"),
	LATER("user_ca"),
};

const struct schema_row *
config_keys(size_t *count)
{
	*count = sizeof rows / sizeof rows[0];
	return rows;
}
