/* What the recorder's tests share: files in memory, the sample with its keys, a clock
 * by hand, and recordings made on the spot. */
#ifndef TESTS_RECORDER_SUPPORT_H
#define TESTS_RECORDER_SUPPORT_H

#include "tests/support/unit.h"

#include "lib/base/buf.h"
#include "recorder/keyfile.h"
#include "recorder/proof.h"
#include "recorder/recipients.h"
#include "recorder/trust.h"
#include "recorder/writer.h"

/* A file of the source tree under tests/vectors/recording-sample/. */
void sample_read(const char *name, struct buf *out);
/* The sample's recipient key and a trust that pins its device key. */
struct keyfile *sample_key(void);
struct trust *sample_trust(void);

/* A fresh anonymous file with this content. */
int file_of(struct span content);
/* All of a file. */
void file_read(int fd, struct buf *out);

/* Verify these bytes. */
struct proof prove(struct span content, const struct trust *trust);
/* Verify, then open and read to the end: the exit code a player would give.  out, if
 * not NULL, gets the plaintext. */
enum proof_code play(struct span content, const struct trust *trust,
    const struct keyfile *key, struct buf *out);

/* Keys of a test broker: made once a call. */
struct ring {
	struct keyfile *device, *auditor, *spare, *admin;
	struct recipients *recipients;
	struct trust *trust;
};
void ring_init(struct ring *r);
void ring_clear(struct ring *r);

/* pattern with "<1>" and "<2>" replaced. */
void fill_in(const char *pattern, const char *one, const char *two, struct buf *out);

/* A clock that stands until it is told. */
struct hands {
	uint64_t us;
};
uint64_t hands_now(void *arg);

/* A writer on this descriptor (taken), up to its certificate and META. */
struct writer *recording_head(const struct ring *r, int fd, struct hands *clock);
struct writer *recording_open(const struct ring *r, int fd, struct hands *clock);
/* Have the device key certify it. */
enum rc recording_certify(const struct ring *r, struct writer *w, struct err *err);

#endif
