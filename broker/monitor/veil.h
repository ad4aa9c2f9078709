/* Texts about commands as they may be shown: in refusals, events, notices, lists, titles
 * and what a recording says of its session.
 *
 * What is needed to run a command again, and the digests of it, are made of the text as it
 * is; nothing here ever goes back there.  A veil is fixed once made.  Through none (NULL)
 * every text is "[MASKED]"; where there is no memory out is bad, so that nothing is taken
 * for the whole.
 */
#ifndef BROKER_MONITOR_VEIL_H
#define BROKER_MONITOR_VEIL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/words.h"
#include "recorder/mask/policy.h"

struct veil;

/* p is borrowed for the call; seeds: rows of recorder/mask/seed.h, one after the other, of
 * the credential key_id ("": none).  On RC_OK *ret is yours: veil_free().  RC_REFUSE: a
 * rule that cannot be had, or malformed rows; RC_FAIL: memory. */
enum rc veil_new(const struct mask_policy *p, struct span seeds, const char *key_id,
    struct veil **ret, struct err *err);
/* NULL is fine. */
void veil_free(struct veil *v);

/* As it was made with; borrowed. */
const char *veil_key_id(const struct veil *v);

/* Append a text, masked. */
void veil_line(const struct veil *v, struct span text, struct buf *out);
/* Append a command's canonical text, or a call's (calltext.h), or a line for a shell.  The
 * value of an option or a member that is a secret by its name is masked whole.  Where
 * nothing is masked it is the text itself. */
void veil_command(const struct veil *v, const char *text, struct buf *out);
/* The same as a text of its own: yours; NULL: out of memory, or there was none. */
char *veil_command_text(const struct veil *v, const char *text);
/* Append words, but for the first few, as veil_command() does: parted by blanks, quoted
 * as canon.h does; cut with "..." once out has more than most bytes. */
void veil_words(const struct veil *v, const struct words *w, size_t first, size_t most,
    struct buf *out);

/* Mask all texts in it, in place: members called "argv" as words, "command" and "line" as
 * veil_command() does.  False: out of memory, and it may be half done. */
bool veil_json(const struct veil *v, json_t *o);
/* keep_detail_take() of an object (taken; may be NULL) with its texts masked. */
char *veil_detail_take(const struct veil *v, json_t *o, size_t flags);

#endif
