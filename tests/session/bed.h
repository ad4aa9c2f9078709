/* A test bed for sessions: keys, a nursery, and the two peers that a session has. */
#ifndef TESTS_SESSION_BED_H
#define TESTS_SESSION_BED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/frame.h"
#include "lib/wire/msg.h"
#include "recorder/keyfile.h"
#include "recorder/proof.h"
#include "recorder/trust.h"
#include "recorder/writer.h"

/* How long a peer waits for a message before the test fails. */
#define BED_WAIT_MS 120000

struct bed {
	char dir[64];
	struct keyfile *admin, *device, *auditor, *glass;
	struct buf recipients;
	struct trust *trust;
	pid_t nursery;
	int nursery_sock;
	uint32_t next;
};

/* What a session is given; zeros are a plain session. */
struct bed_want {
	bool pty;
	uint32_t columns, rows;
	uint64_t output_max, events_max, quota;
	bool hide_size;
	bool strict;
	const char *meta, *title; /* NULL: something harmless */
	bool bad_recipients;
	bool late;	/* the list was good, and has expired since */
	bool sdk;	/* no command: an SDK's connection */
	const char *ca; /* a file: whom the gate trusts */
	const char *connect_to;
	const char *connect_all[4];	 /* several of them, up to a NULL */
	const struct msg_remote *remote; /* a session on a target */
	const char *region;		 /* NULL: eu-west-1 */
	struct span input_sha256;	 /* what its input has to be; empty: anything */
	uint64_t input_len;
	const char *masking, *masks; /* NULL: as by default */
	struct span seeds;
};

/* What an SDK's dummy keys follow from. */
#define BED_ROOT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* One session, seen from outside. */
struct peer {
	struct bed *bed;
	uint32_t id;
	int control, data; /* our ends; -1: closed */
	int in, out, err;  /* the command's ends of its pipes */
	int gate;	   /* the launcher's end of the gate socket */
	uint32_t call;	   /* of the last message of the gate; or a watcher's number */
	int file;	   /* the recording, for reading */
	struct buf room;
	union msg_any m;     /* the last message, its spans in room */
	struct buf shown[2]; /* what DATA messages brought */
	char masked[256];    /* ENDED's, as peer_finish heard it */
};

/* All of these end the test when they fail. */
void bed_open(struct bed *b);
/* Start broker-session; file_max: RLIMIT_FSIZE for it, 0: none. */
void bed_nursery(struct bed *b, uint64_t file_max);
/* Close the nursery's socket and wait for it; its exit status. */
int bed_nursery_end(struct bed *b);
/* The nursery's newest child: the session that was opened last. */
pid_t bed_newest(struct bed *b);
void bed_close(struct bed *b);

/* An empty, append-only recording: its writable end; *ret is the readable one. */
int bed_file(struct bed *b, int *ret);
/* A certified writer of its own, for tests without a nursery. */
struct writer *bed_writer(struct bed *b, int *file);

/* Send START. */
void peer_start(struct peer *p, struct bed *b, const struct bed_want *want);
/* The same, then certify and wait for READY. */
void peer_open(struct peer *p, struct bed *b, const struct bed_want *want);
void peer_close(struct peer *p);

void peer_tell(struct peer *p, enum msg type, const void *m);
/* The same with another id than the session's. */
void peer_answer(struct peer *p, enum msg type, uint32_t id, const void *m);
/* LISTENING on the gate socket, with fd (borrowed). */
void peer_listening(struct peer *p, int fd);
void peer_send(struct peer *p, enum msg type, const void *m);
void peer_type(struct peer *p, const char *bytes, size_t n);
/* The next message on the control or DATA socket must be of this type. */
const union msg_any *peer_hear(struct peer *p, enum msg type);
const union msg_any *peer_see(struct peer *p, enum msg type);
/* Take one message from the control socket, or from the DATA pair (keeping output):
 * its type, 0 at the end. */
enum msg peer_next(struct peer *p);
enum msg peer_take(struct peer *p);
/* Gather output until n bytes of stdout are there. */
void peer_shown(struct peer *p, size_t n);
/* The other side must have closed this socket. */
void peer_gone(struct peer *p, int *sock);
/* Answer SEAL. */
void peer_certify(struct peer *p);
/* EXITED, ENDED, CLOSED, then output to the EXIT message: that one. */
const struct msg_exit *peer_finish(struct peer *p, uint8_t how, uint8_t code);

/* What the recording proves, and its plaintext appended to text (may be NULL). */
enum proof_code bed_read(
    struct bed *b, int file, struct proof *proof, struct buf *text);
/* The output events of an asciicast, as the bytes that were shown. */
void bed_output(struct span cast, struct buf *out);
/* Wait until the file is at least n bytes long. */
void bed_wait_file(int file, uint64_t n);
void write_all(int fd, const void *p, size_t n);

#endif
