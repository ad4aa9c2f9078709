/* A Python server of tests/support as a child of a unit test: it prints "port N" and
 * ends when its stdin closes, so also when the test dies. */
#ifndef TESTS_SUPPORT_SERVER_H
#define TESTS_SUPPORT_SERVER_H

#include <sys/types.h>

struct server {
	char folder[64]; /* fresh, under /tmp; has ca.pem */
	char ca[128];
	unsigned port;
	pid_t pid;
	int keep; /* its stdin */
};

/* Start tests/support/SCRIPT with arguments (NULL-terminated; "@" stands for the fresh
 * folder, "@/NAME" for a file in it) and wait for its port.  If seed is given it is
 * written to FOLDER/seed.json first.  Fails the test when the server does not start. */
void server_open(
    struct server *s, const char *script, const char *const *argv, const char *seed);
/* End it and remove the folder. */
void server_close(struct server *s);

#endif
