/* The gate: the only holder of a session's lease, and the authority on what reaches AWS.
 *
 * It plays an HTTPS proxy (CONNECT), a TLS endpoint and a plain HTTP endpoint on one
 * socket, told apart by the first bytes.  Each request must bear a valid signature by
 * the dummy keys; service, region, operation and members are read from the wire; the
 * owner is asked for a verdict on exactly that call; only then it is signed with the
 * lease and forwarded, and the answer streamed back.  Everything else is refused with
 * an answer in AWS's own form.
 *
 * Lives in a loop; nothing blocks.  The only header of this room for others.
 */
#ifndef BROKER_GATE_GATE_H
#define BROKER_GATE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"

struct gate;

struct gate_owner {
	void *arg;
	/* May this call go out?  facts: apicall_pack().  The answer comes by
	 * gate_verdict(), perhaps twice (a hold, then what came of it); gone: nobody
	 * waits for it any more. */
	enum rc (*ask)(void *arg, uint32_t call, struct span facts, struct err *err);
	void (*gone)(void *arg, uint32_t call);
	/* A JSON object for the recording.  What is not recorded does not go out:
	 * anything but RC_OK ends the request. */
	enum rc (*event)(void *arg, const char *json, struct err *err);
	/* The broker's own line for the client's stderr (without "broker: "). */
	void (*say)(void *arg, const char *text);
	/* GATE_SDK: a certificate for host; answered by gate_leaf(). */
	enum rc (*leaf)(void *arg, uint32_t number, const char *host, struct span key,
	    struct err *err);
	/* The lease expires soon. */
	enum rc (*fresh)(void *arg, struct err *err);
	/* Bytes moved: the session is not idle. */
	void (*moved)(void *arg);
	/* Append text, a value of an answer as it is spelled there, with what these names
	 * mean (CALL_SAYS.masks) replaced.  Anything but RC_OK ends the request; so does a
	 * call with such names where there is no mask(). */
	enum rc (*mask)(void *arg, struct span names, struct span text, struct buf *out,
	    struct err *err);
};

struct gate_init {
	struct loop *loop;
	enum msg_gate kind;
	const char *account, *region;
	/* As CURLOPT_CONNECT_TO wants them. */
	const char *const *connect_to;
	size_t n_connect_to;
	struct span ca; /* PEM: whom to trust upstream; empty: the system's CAs */
	/* GATE_SDK: what ids begin with, and the root of its key pairs, for
	 * sdkkey_find(); else empty, and the gate makes a pair up. */
	struct span dummy_id, dummy_secret;
};

/* What a command's child is given; worth nothing anywhere else.  Borrowed. */
struct gate_dummies {
	struct span proxy; /* "user:password" */
	struct span access_key_id, secret;
	struct span ca; /* PEM */
};

/* Libraries' first use, before a process is confined; once. */
enum rc gate_prepare(struct err *err);

/* init and owner are copied.  On RC_OK *ret is yours: gate_free(). */
enum rc gate_new(const struct gate_init *init, const struct gate_owner *owner,
    struct gate **ret, struct err *err);
/* Drop every connection; wipe.  NULL is fine. */
void gate_free(struct gate *g);

void gate_dummies(const struct gate *g, struct gate_dummies *ret);

/* GATE_COMMAND: serve a listening socket.  GATE_SDK: serve one connection, which does
 * not block.  Taken, also on failure. */
enum rc gate_listen_take(struct gate *g, int fd, struct err *err);
enum rc gate_client_take(struct gate *g, int fd, struct err *err);

/* The owner's answers.  Spans are borrowed for the call; secrets are copied into locked
 * memory.  An answer that nobody waits for is dropped. */
enum rc gate_lease(struct gate *g, const struct msg_lease *m, struct err *err);
enum rc gate_verdict(
    struct gate *g, uint32_t call, const struct msg_call_says *m, struct err *err);
enum rc gate_leaf(
    struct gate *g, uint32_t number, const struct msg_leaf *m, struct err *err);

/* No new request from here on (the session is being stopped); open ones are cut. */
void gate_stop(struct gate *g);

/* Requests that are under way; calls refused so far. */
size_t gate_busy(const struct gate *g);
uint64_t gate_refused(const struct gate *g);

#endif
