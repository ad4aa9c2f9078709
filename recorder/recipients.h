/* The signed list of those who can open new recordings.
 *
 *	hoop-recipients 1
 *	recipient LABEL EPOCH NOT_AFTER(YYYY-MM-DD) B64(X25519 public key)
 *	signed B64(admin Ed25519 public key) B64(signature)
 *
 * The signature is over "hoop-rec/1 recipients\0" and every byte before its line.  Who
 * can edit this list reads the future: so it is signed offline, and every doubt
 * refuses the whole list.
 */
#ifndef RECORDER_RECIPIENTS_H
#define RECORDER_RECIPIENTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/header.h"
#include "recorder/keyfile.h"

#define RECIPIENTS_TEXT_MAX 16384
#define RECIPIENTS_MAX HEADER_RCPT_MAX
#define RECIPIENTS_LEAST 2 /* an auditor and a break-glass key */
#define RECIPIENTS_LABEL_MAX 64

struct recipient {
	char label[RECIPIENTS_LABEL_MAX + 1];
	char epoch[HEADER_EPOCH_MAX + 1];
	char not_after[11]; /* valid to the end of this day, UTC */
	uint8_t pk[32];
	uint8_t kid[8];
};

struct recipients;

/* Parse and verify against the pinned admin key.  now_ms: wall clock.  RC_REFUSE with
 * line number: malformed, signed by another key, signature false, fewer than two
 * recipients, one key or label twice, a key that is no X25519 point, or any recipient
 * expired.  On RC_OK *ret is yours. */
enum rc recipients_parse(struct span text, const uint8_t admin_pk[32], uint64_t now_ms,
    struct recipients **ret, struct err *err);
/* NULL is fine. */
void recipients_free(struct recipients *r);

/* How many, and one of them: i < count. */
size_t recipients_count(const struct recipients *r);
/* Borrowed; NULL past the end. */
const struct recipient *recipients_at(const struct recipients *r, size_t i);
/* SHA-256 of the whole file, 32 bytes, borrowed: `policy` in line 0. */
const uint8_t *recipients_digest(const struct recipients *r);

/* The same for people: expired lines count, too, and admin_pk NULL stands for the key
 * that the list itself names (so the signature is then good, and says nothing on who
 * signed).  *signer, if not NULL, gets that key. */
enum rc recipients_look(struct span text, const uint8_t *admin_pk,
    struct recipients **ret, uint8_t signer[32], struct err *err);

/* One line `recipient LABEL EPOCH NOT_AFTER KEY`, without its LF; all but its expiry is
 * checked.  RC_REFUSE: malformed. */
enum rc recipients_line(struct span line, struct recipient *ret, struct err *err);
/* Append such a line, with its LF. */
void recipients_line_put(const struct recipient *r, struct buf *out);
/* A list that was written by hand: `recipient` lines, with or without the first line
 * and an older signature behind them, which is dropped unseen.  Signed anew by admin
 * and appended.  RC_REFUSE with the line's number, also for what expired before
 * now_ms. */
enum rc recipients_sign(struct span text, const struct keyfile *admin, uint64_t now_ms,
    struct buf *out, struct err *err);

/* A public key alone, as people hand it on, one line with its LF:
 *	hoop-public 1 LABEL x25519 B64(public key)
 * Appended; key is an auditor's. */
void recipients_public_put(const struct keyfile *key, struct buf *out);
/* For whom is this?  A text of `recipient` and `hoop-public` lines (epoch "-" then), or a
 * whole list; its signature is not looked at.  At most RECIPIENTS_MAX of them into list.
 * RC_REFUSE with the line's number; also for none at all. */
enum rc recipients_named(struct span text, struct recipient list[RECIPIENTS_MAX],
    size_t *ret, struct err *err);

/* Whole days that r is still valid at now_ms, today counted as 0; negative when its
 * last day is over. */
long recipients_days(const struct recipient *r, uint64_t now_ms);
/* The one that expires first; borrowed. */
const struct recipient *recipients_soonest(const struct recipients *r);

/* Append a signed list.  admin is a KEYFILE_ADMIN.  RC_REFUSE as recipients_parse
 * would (but for expiry). */
enum rc recipients_put(const struct recipient *list, size_t n,
    const struct keyfile *admin, struct buf *out, struct err *err);

#endif
