/* A curl multi handle in the loop: transfers move when their sockets are ready, and
 * nothing here waits.
 *
 * What curl frees is wiped: header lists hold credentials.  A transfer may not be
 * removed while curl is on the stack (multi_busy()); turned() tells when it is not.
 */
#ifndef LIB_BASE_MULTI_H
#define LIB_BASE_MULTI_H

#include <stdbool.h>
#include <curl/curl.h>

#include "lib/base/err.h"

struct loop;
struct multi;

struct multi_owner {
	void *arg;
	/* The transfer is over; curl is not on the stack. */
	void (*done)(void *arg, CURL *easy, CURLcode code);
	/* After each turn, when curl is off the stack.  May free the handle. */
	void (*turned)(void *arg);
};

/* libcurl's own first use (it reads files and randomness); as often as wanted.
 * RC_FAIL. */
enum rc multi_prepare(struct err *err);

/* owner is copied; l is borrowed.  On RC_OK *ret is yours: multi_free(). */
enum rc multi_new(struct loop *l, const struct multi_owner *owner, struct multi **ret,
    struct err *err);
/* Every transfer must have been removed.  Not while busy.  NULL is fine. */
void multi_free(struct multi *m);

/* RC_FAIL: curl takes no transfer. */
enum rc multi_add(struct multi *m, CURL *easy, struct err *err);
/* Not while busy. */
void multi_remove(struct multi *m, CURL *easy);
/* CURLPAUSE_…; may call the transfer's functions before it returns. */
void multi_pause(struct multi *m, CURL *easy, int what);
bool multi_busy(const struct multi *m);
/* For CURLOPT_OPENSOCKETFUNCTION: a socket made as curl wants it, since a confined
 * process cannot change it later. */
curl_socket_t multi_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a);
/* How many connections are kept for later. */
void multi_keep(struct multi *m, long connections);

#endif
