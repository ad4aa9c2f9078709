/* Time zones as the system knows them: TZif files (RFC 8536, versions 1 to 4), with the
 * rule for times behind their last transition.
 *
 * Zones with leap seconds are refused: the broker's clock has none.
 */
#ifndef POLICIES_ZONE_H
#define POLICIES_ZONE_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_BYTES 65536 /* of one file */
#define ZONE_NAME 64

struct zone;

/* Read the bytes of a file; nothing of them is kept.  On RC_OK *ret is yours:
 * zone_free().  RC_REFUSE for anything but a whole, well-formed file; RC_FAIL when out
 * of memory. */
enum rc zone_parse(struct span file, struct zone **ret, struct err *err);
/* NULL is fine. */
void zone_free(struct zone *z);

/* Seconds to add to UTC (since 1970) for local time.  NULL is UTC. */
int32_t zone_offset(const struct zone *z, int64_t utc);
/* The first moment that has this local time or a later one: what a clock says is left
 * out once a year, and said twice once. */
int64_t zone_moment(const struct zone *z, int64_t local);

/* All zones that one reader asked for, each read once. */
struct zones;

/* folder NULL: ZONE_FOLDER.  It is copied.  NULL when out of memory.  zones_free(). */
struct zones *zones_new(const char *folder);
/* NULL is fine.  Ends every zone of it. */
void zones_free(struct zones *all);
/* The zone of that name, borrowed; *ret is NULL for UTC.  RC_REFUSE when the name is no
 * name of a zone (letters, digits, _ + - and /, up to ZONE_NAME), or there is no such
 * file, or it is not one; RC_FAIL when out of memory. */
enum rc zones_get(
    struct zones *all, const char *name, const struct zone **ret, struct err *err);

#endif
