/* What people said of a hold, as JSON: for the monitor, which counts it again after a
 * restart, and for the events of what was made of it.
 */
#ifndef BROKER_KEEPER_VOTES_H
#define BROKER_KEEPER_VOTES_H

#include <jansson.h>

#include "broker/store/store.h"
#include "lib/base/err.h"

/* Bytes of the list as text, at most: what MSG_RECALLED has room for. */
#define VOTES_TEXT 24576

/* A list in order of time: {"name","proof","state","key","source","verified","reason",
 * "at_ms"}; state is "pending" (counted), "approved" (sufficed) or "denied".  Where all
 * of it would be over VOTES_TEXT, reasons are left out and "reason_bytes" says how long
 * each is.  *ret is yours.  RC_FAIL: the store, or memory. */
enum rc votes_json(struct store *s, struct span hold, json_t **ret, struct err *err);
/* The same as text; *ret is yours to free(). */
enum rc votes_text(struct store *s, struct span hold, char **ret, struct err *err);

#endif
