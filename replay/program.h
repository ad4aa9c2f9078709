/* hoop-replay while it runs: what was asked, the open files, the finding; and the deeds,
 * a file each (act_x.c). */
#ifndef REPLAY_PROGRAM_H
#define REPLAY_PROGRAM_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/mask/mask.h"
#include "recorder/proof.h"
#include "recorder/trust.h"
#include "replay/intake.h"
#include "replay/key.h"
#include "recorder/recipients.h"
#include "replay/logbook.h"
#include "replay/options.h"
#include "replay/needle.h"
#include "replay/roster.h"
#include "replay/source.h"
#include "replay/voucher.h"

#define PROGRAM_TEXT_MOST (16u << 20)

/* All borrowed parts live as long as main. */
struct program {
	struct options opts;
	int file;
	struct intake *intake; /* the recording comes from standard input; else NULL */
	int keys;	       /* the terminal that a player takes keys from, or -1 */
	int out;	       /* of an export */
	struct trust *trust;
	struct mask_policy *masking;
	struct mask_rules *rules; /* what is masked a second time; NULL: nothing */
	struct needle *pattern; /* what is looked for */
	struct key *key;
	struct err key_err; /* why there is none */
	struct source *source;
	struct proof proof;
	bool opened; /* the chunks can be read */

	/* What is asked beside the file; see act_verify.c. */
	struct logbook *log;
	struct roster *roster;
	struct exhibit *exhibits; /* opts.nfiles of them; the first is `file` */
	struct buf shred;	  /* SID.shred; empty: there is none */
	struct buf rcpt;	  /* SID.rcpt; empty: there is none */
	struct recipient *to;	  /* of a rewrap */
	size_t tos;
};

/* A recording of a verification, with what lies beside it. */
struct exhibit {
	int fd; /* -1: the first's, which is `file` */
	struct voucher *voucher;
};

/* One line to people, on standard error.  What it quotes may be hostile. */
void program_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The exit code: status, or that of the signal that asked to stop. */
int program_stopped_or(int status);
/* Say what broke the source and give the exit code for it: a sealed one was changed, a
 * plain one cannot be read. */
int program_broken(const struct program *p, enum rc rc, const struct err *err);
/* The exit code of an export that ended so; a file that it was to fill is left empty
 * then. */
int program_exported(struct program *p, enum rc rc, const struct err *err);
/* Write text to standard output; status, or the exit code of an error. */
int program_put(struct buf *text, int status);
/* Append j as one line; takes it. */
void program_json_take(json_t *j, struct buf *out);
/* Read SID.rcpt, named or beside the recording; that none is there is fine unless it was
 * named.  0, or an exit code. */
int program_open_rcpt(struct program *p);
/* The same for SID.shred, which may also lie in ../keys. */
int program_open_shred(struct program *p);
/* Open the chunks.  RC_OK: they can be read.  RC_REFUSE: they cannot; *code is the
 * finding.  RC_FAIL. */
enum rc program_unlock(struct program *p, enum proof_code *code, struct err *err);

/* The deeds.  Each gives the exit code. */
int act_play(struct program *p);
int act_export(struct program *p);
int act_verify(struct program *p);
int act_info(struct program *p);
int act_commands(struct program *p);
int act_text(struct program *p);
int act_find(struct program *p);
int act_at(struct program *p);
int act_rewrap(struct program *p);

/* What the deeds take from beside the recording, before confinement; 0, or an exit
 * code. */
int act_verify_open(struct program *p);
int act_rewrap_open(struct program *p);
/* Behind it, and before the recording is proven: whom the log lets us believe. */
int act_verify_believe(struct program *p);
void act_verify_close(struct program *p);
/* What the log and the proof beside it say of the recording that was found. */
struct verify_more;
enum rc act_verify_more(struct program *p, const struct exhibit *e,
    struct verify_more *more, struct err *err);

#endif
