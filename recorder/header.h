/* Line 0 of a recording: public, minimal, and bound into every key and signature.
 * Identity, target and command never stand here. */
#ifndef RECORDER_HEADER_H
#define RECORDER_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define HEADER_MAX 65536   /* bytes of line 0, without LF */
#define HEADER_RCPT_MAX 32 /* recipients of one recording */
#define HEADER_BROKER_MAX                                                              \
	128			     /* bytes of a broker's name: [A-Za-z0-9._/@:+-]   \
				      */
#define HEADER_TIME_MAX 253402300799 /* the last second of year 9999 */
#define HEADER_CLASS_MAX 64	     /* bytes of a retention class: [A-Za-z0-9._-] */
#define HEADER_EPOCH_MAX 16	     /* bytes of a recipient's epoch: [A-Za-z0-9._-] */

enum header_comp {
	HEADER_COMP_NONE,
	HEADER_COMP_ZSTD,
};

/* What is sealed: the data key, or what recorder/shred.h makes of it. */
enum header_seal { HEADER_PLAIN = 1, HEADER_SHRED = 2 };

/* One stanza: the data key, sealed to one recipient. */
struct header_rcpt {
	uint8_t kid[8]; /* first bytes of SHA-256("hoop-kid" || public key) */
	char epoch[HEADER_EPOCH_MAX + 1];
	uint8_t type; /* enum header_seal */
	uint8_t sealed[80];
};

struct header {
	uint8_t sid[16];
	char broker[HEADER_BROKER_MAX + 1];
	char class[HEADER_CLASS_MAX + 1];
	uint32_t width, height; /* 1 .. 65535 */
	uint64_t timestamp;	/* Unix seconds */
	uint8_t suite;
	enum header_comp comp;
	size_t rcpts;
	struct header_rcpt rcpt[HEADER_RCPT_MAX];
	uint8_t commit[32];
	uint8_t policy[32]; /* SHA-256 of the recipients file */
	uint8_t h0[32]; /* SHA-256(line || LF): set by header_parse and header_put */
};

/* A name that may stand as broker name, class or epoch. */
bool header_broker_ok(struct span s);
bool header_word_ok(struct span s, size_t max);
/* The kid of an X25519 public key. */
enum rc header_kid(const uint8_t pk[32], uint8_t kid[8], struct err *err);

/* Append the line, without LF, and set h->h0.  RC_REFUSE if a value is out of its
 * bounds, RC_FAIL if out has no room. */
enum rc header_put(struct header *h, struct buf *out, struct err *err);

/* Read a line 0 (without LF) strictly: one JSON object, no duplicate or unknown keys,
 * each value in its bounds, canonical base64.  RC_REFUSE with what was found. */
enum rc header_parse(struct span line, struct header *ret, struct err *err);

/* True if line is a JSON object that announces an asciicast without hoop.fmt. */
bool header_plain(struct span line);

#endif
