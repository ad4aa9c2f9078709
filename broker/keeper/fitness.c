/* One look at all that a recording needs; see fitness.h. */
#include "broker/keeper/fitness.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/log.h"

struct fitness {
	struct depot *depot;
	struct reserve *reserve;
	struct fitness_owner owner;
	char parts[FITNESS_PARTS][ERR_TEXT];
	char detail[ERR_TEXT]; /* of what was found, for the log */
	const char *code;      /* of the trouble that was told; NULL: none */
};

enum rc
fitness_new(struct depot *depot, struct reserve *reserve,
    const struct fitness_owner *owner, struct fitness **ret, struct err *err)
{
	struct fitness *f = calloc(1, sizeof *f);

	if (f == NULL)
		return err_memory(err);
	f->depot = depot;
	f->reserve = reserve;
	f->owner = *owner;
	*ret = f;
	return RC_OK;
}

void
fitness_free(struct fitness *f)
{
	free(f);
}

void
fitness_set(struct fitness *f, enum fitness_part part, const char *why)
{
	span_copy(span_of(why == NULL ? "" : why), f->parts[part], ERR_TEXT);
}

/* The log has the details, a client hears a sentence. */
static enum rc
not_now(struct fitness *f, struct err *err, const struct err *why, const char *text)
{
	span_copy(span_of(why->text), f->detail, sizeof f->detail);
	return err_set(err, RC_RETRY, "%s", text);
}

static enum rc
check_folders(struct fitness *f, struct err *err)
{
	struct err why = { "" };

	return depot_sound(f->depot, &why) == RC_OK
		   ? RC_OK
		   : not_now(f, err, &why, "the folder of recordings is not safe");
}

static enum rc
check_room(struct fitness *f, struct err *err)
{
	struct err why = { "" };
	enum rc rc = depot_room(f->depot, &why);

	if (rc == RC_RETRY)
		return err_set(err, rc, "%s", why.text);
	return rc == RC_OK
		   ? rc
		   : not_now(f, err, &why, "the disk of recordings does not answer");
}

/* It is taken again where that does not eat the room which new recordings must find. */
static enum rc
check_reserve(struct fitness *f, struct err *err)
{
	struct err why = { "" };
	enum rc rc;

	if (reserve_full(f->reserve))
		return RC_OK;
	rc = depot_room_for(f->depot, reserve_bytes(f->reserve), &why);
	if (rc == RC_OK)
		rc = reserve_take(f->reserve, &why);
	return rc == RC_OK
		   ? RC_OK
		   : not_now(f, err, &why, "there is no reserve for recordings");
}

static enum rc
check_part(const struct fitness *f, enum fitness_part part, struct err *err)
{
	return f->parts[part][0] == '\0' ? RC_OK
					 : err_set(err, RC_RETRY, "%s", f->parts[part]);
}

static enum rc
check_log(struct fitness *f, struct err *err)
{
	return check_part(f, FITNESS_LOG, err);
}

static enum rc
check_archive(struct fitness *f, struct err *err)
{
	return check_part(f, FITNESS_ARCHIVE, err);
}

static const struct {
	const char *code;
	enum rc (*check)(struct fitness *f, struct err *err);
} checks[] = {
	{ "folder", check_folders },
	{ "room", check_room },
	{ "reserve", check_reserve },
	{ "log", check_log },
	{ "archive", check_archive },
};

static void
tell(struct fitness *f, const char *code, const char *why)
{
	if (code == f->code)
		return;
	f->code = code;
	if (code == NULL)
		log_line(LOG_NOTICE, "recordings may begin again");
	else
		log_line(LOG_ERROR, "no recording may begin: %s%s%s", why,
		    f->detail[0] != '\0' ? ": " : "", f->detail);
	f->owner.changed(f->owner.arg, code, why);
}

enum rc
fitness_look(struct fitness *f, struct err *err)
{
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		f->detail[0] = '\0';
		if (checks[i].check(f, err) == RC_OK)
			continue;
		tell(f, checks[i].code, err->text);
		return RC_RETRY;
	}
	tell(f, NULL, NULL);
	return RC_OK;
}
