/* What all sessions of a process share on their way to AWS: see struct target_net in
 * target.h.  Here is what the room's own modules take from it. */
#ifndef BROKER_TARGET_NET_H
#define BROKER_TARGET_NET_H

#include <curl/curl.h>

#include "broker/target/target.h"
#include "lib/base/http.h"
#include "lib/base/sigv4.h"

struct loop *net_loop(const struct target_net *n);
/* The values of its init; strings are borrowed. */
const struct target_net_init *net_init(const struct target_net *n);
/* "us-east-1" is under "amazonaws.com", "cn-…" under "amazonaws.com.cn": borrowed. */
const char *net_suffix(const struct target_net *n);
/* For HTTPS requests, trust and detours set; borrowed. */
struct http *net_http(const struct target_net *n);
const struct http_options *net_options(const struct target_net *n);
/* The same for another transfer of curl's. */
enum rc net_prepare(struct target_net *n, CURL *easy, struct err *err);

/* The key to sign with for a service, now.  False: there are no credentials. */
bool net_key(const struct target_net *n, const char *service, struct sigv4_key *ret);
/* How many times credentials were given: to see whether there are fresh ones. */
unsigned net_leases(const struct target_net *n);
/* Ask for fresh ones; whoever waits looks at net_leases(). */
void net_refresh(const struct target_net *n);

#endif
