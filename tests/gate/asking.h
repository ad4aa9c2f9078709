/* Requests for the tests of the gate: written as lines, signed with dummy keys. */
#ifndef TESTS_GATE_ASKING_H
#define TESTS_GATE_ASKING_H

#include "broker/gate/authz.h"
#include "broker/gate/head.h"

#define ASKING_ID "AKIADUMMYDUMMYDUMMY1"
#define ASKING_SECRET "dummydummydummydummydummydummydummydummy"
#define ASKING_NOW 1795248000000ull /* 2026-11-21T08:00:00Z */
#define ASKING_DATE "20261121T080000Z"

/* The head of these lines, each ended by '\n' (made CRLF; the empty line is added).
 * Yours: head_free(). */
struct head *asking_head(const char *lines);

/* The same, signed by header for a service and region, with the SHA-256 of body unless
 * the lines bring an x-amz-content-sha256. */
struct head *asking_signed(
    const char *lines, const char *service, const char *region, const char *body);

struct secret *asking_secret(void);

#endif
