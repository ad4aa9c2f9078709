/* The investigator's private key: from a file that nobody else can read, or from a
 * descriptor; never from the command line or the environment.
 *
 * Two steps, since the program confines itself between them: key_read opens and reads
 * what it needs, key_open asks for a passphrase if there is one, and parses.
 */
#ifndef REPLAY_KEY_H
#define REPLAY_KEY_H

#include "lib/base/err.h"
#include "recorder/keyfile.h"

#define KEY_PLACE_MOST 4096

/* "HOME/.config/hoop-replay/NAME" into out.  RC_REFUSE: no HOME, or a relative one. */
enum rc key_place(const char *name, char out[KEY_PLACE_MOST], struct err *err);

struct key;

/* Read the key that spec names: a path, "fd:N", or NULL for the default place.  On
 * RC_OK *ret is yours: key_free(), which wipes.  RC_END: there is no such file.
 * RC_REFUSE: a file that others can read or change, too long, no descriptor, or a
 * passphrase is needed and there is no terminal to ask on. */
enum rc key_read(const char *spec, struct key **ret, struct err *err);
/* Wipe and free; NULL is fine. */
void key_free(struct key *k);

/* Parse it, asking for the passphrase if it has one.  On RC_OK *ret is yours:
 * keyfile_free().  RC_REFUSE: malformed, or a wrong passphrase; RC_END: interrupted. */
enum rc key_open(struct key *k, struct keyfile **ret, struct err *err);

#endif
