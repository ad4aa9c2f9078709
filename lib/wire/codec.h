/* Message structs to bytes and back: the only place that sees their bytes.
 *
 * A message is its fields in order, big endian; text and bytes are u32 length + bytes;
 * a list is u32 count + that many strings.  Nothing may be left over.
 */
#ifndef LIB_WIRE_CODEC_H
#define LIB_WIRE_CODEC_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

/* Append the message m (the struct that belongs to type).  RC_REFUSE, with the
 * message's and field's name, when a field is over its bound or text holds a NUL or the
 * type is unknown; RC_FAIL when out does not take it. */
enum rc codec_encode(enum msg type, const void *m, struct buf *out, struct err *err);

/* Read a body into *m.  Spans in *m borrow from body.  RC_REFUSE, with the message's and
 * field's name, for anything that encode could not have made. */
enum rc codec_decode(
    enum msg type, struct span body, union msg_any *m, struct err *err);

/* "AUTH_TRY"; "?" for an unknown type. */
const char *codec_name(enum msg type);

#endif
