/* Between the files of the configuration reader: the table's own types, and the checks
 * that need the whole. */
#ifndef BROKER_MONITOR_CONFIG_READ_H
#define BROKER_MONITOR_CONFIG_READ_H

#include "broker/monitor/config.h"

/* The parameters of a type's reader. */
#define CONFIG_READER                                                                  \
	struct schema_run *run, const struct schema_row *row,                          \
	    const struct yaml_node *n, void *to, struct err *err

/* How the values of a list or a mapping are read. */
struct config_series {
	enum yaml_kind kind; /* YAML_LIST, or YAML_MAP: n is the value under a key */
	size_t size;	     /* of one entry of the array */
	enum rc (*read)(CONFIG_READER); /* one entry; `to` is zeroed */
	/* Two entries that may not both stand there; NULL: any may. */
	bool (*same)(const void *a, const void *b);
	const char *noun; /* "expected each NOUN once" */
};

/* Read n, with as many entries as the row allows, into an array that lives as long as
 * the run's values.  The first error of read ends it; *ret is then untouched. */
enum rc config_series(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, const struct config_series *how, void **ret,
    size_t *ret_count, struct err *err);

/* A text as it is: the show of a type whose value is one. */
void config_show_text(const struct schema_row *row, const void *from, struct buf *out);

/* Types of config_keys.c's table. */
extern const struct schema_type config_path, config_label, config_class, config_listens,
    config_connects, config_parties, config_identities, config_profiles, config_name,
    config_kind, config_groups, config_may_use, config_pubkeys, config_uid,
    config_account, config_role, config_region, config_external_id, config_admin_key,
    config_metadata, config_outlets, config_retentions, config_yes, config_bucket,
    config_prefix, config_endpoint, config_notifies, config_events, config_hook,
    config_targets, config_masking, config_target_id, config_os_user, config_document,
    config_version;

/* The archive's part of config_check(): reports its errors. */
enum rc config_check_archive(
    struct schema_run *run, const struct config *c, const struct yaml_node *root);

/* The targets' part of it. */
enum rc config_check_targets(
    struct schema_run *run, const struct config *c, const struct yaml_node *root);

/* What no single key shows: names that must exist, claims that must be alone.  Runs
 * only when each key was fine.  Reports its errors; RC_FAIL only for memory. */
enum rc config_check(struct schema_run *run, struct config *c,
    const struct yaml_node *root, struct err *err);

#endif
