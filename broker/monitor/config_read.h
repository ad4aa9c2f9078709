/* Between the files of the configuration reader: the table's own types, and the checks
 * that need the whole. */
#ifndef BROKER_MONITOR_CONFIG_READ_H
#define BROKER_MONITOR_CONFIG_READ_H

#include "broker/monitor/config.h"

/* The parameters of a type's reader. */
#define CONFIG_READER                                                                  \
	struct schema_run *run, const struct schema_row *row,                          \
	    const struct yaml_node *n, void *to, struct err *err

/* A list with as many entries as the row allows. */
enum rc config_want_list(
    const struct yaml_node *n, const struct schema_row *row, struct err *err);

/* Types of config_keys.c's table. */
extern const struct schema_type config_path, config_label, config_class, config_listens,
    config_connects, config_parties, config_identities, config_profiles, config_name,
    config_kind, config_groups, config_may_use, config_pubkeys, config_uid,
    config_account, config_role, config_region, config_external_id, config_admin_key;

/* What no single key shows: names that must exist, claims that must be alone.  Runs
 * only when each key was fine.  Reports its errors; RC_FAIL only for memory. */
enum rc config_check(struct schema_run *run, struct config *c,
    const struct yaml_node *root, struct err *err);

#endif
