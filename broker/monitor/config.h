/* broker.yaml: what an administrator has decided, checked and then never changed.
 *
 * One call reads a file into values or refuses it whole; a second configuration can be
 * read beside the first, which is how a reload is all or nothing.  Every error reads
 * FILE:LINE:COLUMN: what was expected.  broker.yaml(5) describes the keys; the table
 * behind config_keys() is the truth.
 */
#ifndef BROKER_MONITOR_CONFIG_H
#define BROKER_MONITOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "broker/monitor/outlet.h"
#include "broker/monitor/places.h"
#include "broker/monitor/schema.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/identity.h"
#include "lib/model/profile.h"
#include "recorder/mask/policy.h"

/* What a configuration is read against. */
struct config_env {
	const struct places *places;
	/* No identity may be bound to one of these: a captured process of ours would
	 * be somebody on the control socket. */
	const uint32_t *service_uids;
	size_t service_uid_count;
	/* All errors of a run, a line each, the first 20 by text; NULL: not wanted. */
	struct buf *report;
};

struct config_listen {
	const char *text; /* as written */
	struct sockaddr_storage addr;
	socklen_t len;
};

/* Connections to host:port go to to_host:to_port instead; TLS still asks for host. */
struct config_connect {
	const char *host; /* "*": any host and port (port is 0) */
	uint16_t port;
	const char *to_host; /* a name or numeric address, without brackets */
	uint16_t to_port;
	const char *curl; /* the same as CURLOPT_CONNECT_TO wants it */
};

/* Somebody who has a right: a group or one identity. */
struct config_party {
	bool group;
	const char *name;
};

enum config_sandbox {
	CONFIG_SANDBOX_REQUIRED,
	CONFIG_SANDBOX_REDUCED,
};

enum config_credentials {
	CONFIG_CREDENTIALS_ENVIRONMENT,
	CONFIG_CREDENTIALS_FILE,
	CONFIG_CREDENTIALS_SEALED,
	CONFIG_CREDENTIALS_WEB_IDENTITY,
	CONFIG_CREDENTIALS_CONTAINER,
	CONFIG_CREDENTIALS_INSTANCE,
};

/* In the order of enum msg_lock. */
enum config_lock {
	CONFIG_LOCK_NONE,
	CONFIG_LOCK_GOVERNANCE,
	CONFIG_LOCK_COMPLIANCE,
};

/* How long recordings are kept, and how they end. */
struct config_retention {
	const char *name;
	uint64_t keep; /* from their end; 0: for ever */
	unsigned lock; /* enum config_lock: of objects in the archive */
	bool shred;    /* each has a key of its own that can be destroyed */
};

struct config_retentions {
	struct config_retention *v;
	size_t n;
};
/* How notices to a webhook are written. */
enum config_format { CONFIG_FORMAT_JSON, CONFIG_FORMAT_SLACK, CONFIG_FORMAT_TEAMS };

/* A webhook that is told of holds. */
struct config_notify {
	const char *name;
	const char *url;	 /* https, or http of loopback */
	const char *secret_file; /* of what signs the notices */
	const char *ca_file;	 /* or NULL: the system's */
	unsigned format;	 /* enum config_format */
	unsigned events;	 /* bits: 1 << an index of config_events_words */
};
#define CONFIG_NOTIFY_MOST 16
/* What happens to holds, as holds.h calls it; ends with NULL. */
extern const char *const config_events_words[];

enum config_durability { CONFIG_DURABILITY_BATCH, CONFIG_DURABILITY_STRICT };

struct config_listens {
	struct config_listen *v;
	size_t n;
};
struct config_connects {
	struct config_connect *v;
	size_t n;
};
struct config_parties {
	struct config_party *v;
	size_t n;
};
struct config_outlets {
	struct outlet *v;
	size_t n;
};
struct config_notifies {
	struct config_notify *v;
	size_t n;
};
struct config_identities {
	struct identity *v;
	size_t n;
};
/* A target that has a name here. */
struct config_target {
	const char *name;
	const char *id;	     /* "i-…", "mi-…" or "ecs:…" */
	const char *profile; /* or NULL: the identity's own */
	const char *region;  /* or NULL: the profile's */
	const char *env;     /* what rules know as its environment; or NULL */
	const char *os_user; /* or NULL: the profile's, or the account's default */
	bool run;	     /* by Run Command, not by sessions */
};
struct config_targets {
	struct config_target *v;
	size_t n;
};
struct config_profiles {
	struct profile *v;
	size_t n;
};

/* Texts are borrowed from the configuration; times are milliseconds, sizes bytes; a
 * path is absolute. */
struct config {
	const char *name; /* of this broker, in recordings */
	struct config_listens listen;
	struct config_identities all; /* use identities */
	struct config_profiles profiles;
	const struct identity_set *identities;
	const char *policies; /* folder */
	struct {
		struct config_parties approve, watch, archive;
	} rights;
	struct {
		unsigned credentials;	  /* enum config_credentials */
		const char *file;	  /* CONFIG_CREDENTIALS_FILE, else NULL */
		const char *file_profile; /* section of that file */
		const char *sealed;	  /* CONFIG_CREDENTIALS_SEALED, else NULL */
		const char *sealed_key;	  /* file of the key for it */
		const char *region;	  /* CONFIG_CREDENTIALS_WEB_IDENTITY, or NULL */
		const char *metadata_endpoint; /* http://HOST[:PORT], or NULL */
		struct config_connects connect_to;
		const char *ca_file; /* or NULL: the system's */
	} aws;
	struct {
		const char *recipients;
		const char *device_key;
		uint8_t admin_key[32]; /* Ed25519, pinned */
		const char *class;
		bool hide_size; /* of terminals, in what can be read without a key */
		struct config_retentions classes; /* use config_retention() */
		uint64_t min_free, reserve;
		unsigned durability; /* enum config_durability */
		uint64_t quota_session, quota_identity;
		struct config_outlets checkpoint_to;
		uint64_t checkpoint_age;
		const char *checkpoint_ca; /* or NULL: the system's */
	} recording;
	struct {
		const char *bucket; /* NULL: nothing is archived */
		const char *prefix; /* of each object's key; NULL: nothing */
		const char *region;
		const char *endpoint; /* HOST[:PORT] that speaks S3; NULL: AWS's */
		const char *role; /* taken for that; NULL: the gateway's own rights */
		uint64_t every;
		uint64_t segment;
		uint64_t max_bytes, max_age; /* 0: no bound */
	} archive;
	struct {
		uint64_t decide, use;
		uint64_t open_per_identity;
		uint64_t grant_time; /* of a grant, at most */
		uint64_t input;	 /* bytes of one that is approved with its command */
		uint64_t denied; /* so long the same is denied without asking */
		struct {
			bool enabled;
			uint64_t time, items, bytes, pages;
			uint64_t per_identity, per; /* so many in so long */
		} preview;
	} holds;
	struct {
		uint64_t time, output;
		uint64_t connections, connections_per_source, unauthenticated;
		uint64_t channels_per_connection;
		uint64_t login, idle;
		uint64_t auth_failures;
		uint64_t sessions, sessions_per_identity;
	} limits;
	struct config_notifies notify;
	struct config_targets targets;
	struct {
		/* Documents: of a shell (an interactive command), of one command, of a
		 * shell that nobody gates, of ports, of ports behind, of Run Command. */
		const char *shell, *command, *raw, *port, *host, *run;
		const char *client_version;
		const char *env_tag; /* the tag that says a target's environment */
		uint64_t pace;	     /* messages a second; 0: no bound */
		uint64_t resume, connect, idle;
		bool content;	    /* bytes of port connections are recorded */
		uint64_t inventory; /* how long what AWS says of targets is believed */
	} ssm;
	const struct mask_policy *masking; /* never NULL */
	unsigned sandbox;		   /* enum config_sandbox */
	struct schema_keep *keep;
};

/* Read the file at an absolute path.  It and its folders must be writable for root and
 * our uid alone (safepath.h).  On RC_OK *ret is yours: config_free().  RC_REFUSE with
 * the first error in err and all in env->report. */
enum rc config_load(const char *path, const struct config_env *env, struct config **ret,
    struct err *err);
/* The same for text already read; name is what errors call it. */
enum rc config_parse(const char *name, struct span text, const struct config_env *env,
    struct config **ret, struct err *err);
/* NULL is fine.  Ends everything borrowed from it. */
void config_free(struct config *c);

/* May this identity decide on holds (and list and explain them)? */
bool config_may_approve(const struct config *c, const struct identity *who);
/* May this identity see the sessions of others, and watch them? */
bool config_may_watch(const struct config *c, const struct identity *who);
/* May this identity say what happens to the archive? */
bool config_may_archive(const struct config *c, const struct identity *who);
/* The retention class of that name.  NULL: no such class; where none is listed, any name
 * is one whose recordings are kept for ever. */
const struct config_retention *config_retention(
    const struct config *c, const char *name);
/* The target that the configuration calls so, or NULL. */
const struct config_target *config_target(const struct config *c, struct span name);
/* The profile of that name, or NULL. */
const struct profile *config_profile(const struct config *c, struct span name);

/* The effective values, a line "KEY: VALUE" each, without identities and profiles. */
void config_dump(const struct config *c, struct buf *out);
/* The table of keys, for the manual's test. */
const struct schema_row *config_keys(size_t *count);

#endif
