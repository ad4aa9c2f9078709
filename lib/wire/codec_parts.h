/* The inside of the codec, shared by its tables (codec_fields.c) and what reads and writes
 * bytes by them (codec.c), and by nobody else. */
#ifndef LIB_WIRE_CODEC_PARTS_H
#define LIB_WIRE_CODEC_PARTS_H

#include "lib/wire/codec.h"

enum kind {
	U8,
	U32,
	U64,
	BYTES, /* exactly or at most max bytes */
	TEXT,  /* at most max bytes, no NUL */
	LIST,  /* at most MSG_LIST_MAX texts of at most max bytes */
};

struct field {
	const char *name;
	enum kind kind;
	size_t at; /* offset in the struct */
	uint32_t max;
	uint32_t fixed; /* for BYTES: exactly this length; 0: up to max */
};

/* The fields of a message, up to one without a name; NULL: there is no such message. */
const struct field *codec_fields(enum msg type);

#endif
