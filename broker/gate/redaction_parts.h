/* What redaction.c (judging, writing) and the readers of its forms share. */
#ifndef BROKER_GATE_REDACTION_PARTS_H
#define BROKER_GATE_REDACTION_PARTS_H

#include "broker/gate/redaction.h"
#include "broker/gate/secretfields.h"

enum place_kind {
	PLACE_TEXT,
	PLACE_BASE64,
	PLACE_LOGIN,
	PLACE_BARE,	/* a number of JSON becomes a string */
	PLACE_REPLACED, /* by more() */
};

struct place_row {
	size_t from, to;
	size_t text, len; /* PLACE_REPLACED: in texts */
	enum place_kind kind;
	bool asleep; /* a value that a sibling may still make a secret */
};

/* One object, or element that has others within. */
struct redaction_level {
	char name[FIELDS_NAME]; /* folded, of the member that is read now */
	bool below;		/* it is the value of a secret name */
	bool secret;   /* so are its values: it is below, or a sibling says so */
	size_t asleep; /* the first place that may wake */
};

struct redaction {
	struct place_row *rows;
	size_t n, room, awake;
	struct buf texts, scratch;
	/* while it is read */
	const struct redaction_how *how;
	struct span text;
	size_t at;
	struct secretfields fields;
	bool items; /* DynamoDB's: a value's type stands where a name does */
	size_t depth;
	struct redaction_level levels[REDACTION_LEVELS];
	enum rc rc; /* of what went wrong inside; RC_OK: the text is malformed */
	struct err *err;
};

/* Into an object that is the value of the member that is read now (at depth 0: the
 * outermost).  False: too deep. */
bool redaction_down(struct redaction *r);
void redaction_up(struct redaction *r);
/* What the member that is read now is called. */
void redaction_name(struct redaction *r, struct span name);
/* Its value, or one of a list of them: [from, to) of the text.  bare: no string. */
bool redaction_value(struct redaction *r, size_t from, size_t to, bool bare);

bool redaction_json(struct redaction *r);
bool redaction_xml(struct redaction *r);

#endif
