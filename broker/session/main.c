/* broker-session: the nursery of sessions and, forked from it, each session.  Started
 * by brokerd with the monitor's socket as descriptor 3. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "broker/session/nursery.h"

#define MONITOR_FD 3

int
main(int argc, char **argv)
{
	struct err err = { "" };
	socklen_t len = sizeof(int);
	int type = 0;

	(void)argv;
	if (argc != 1 ||
	    getsockopt(MONITOR_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_SEQPACKET) {
		fprintf(stderr, "broker-session is started by brokerd\n");
		return 64;
	}
	/* What the starter left open is none of the sessions' business. */
	if (close_range(MONITOR_FD + 1, ~0U, 0) != 0) {
		perror("broker-session: close_range");
		return 1;
	}
	log_open("broker-nursery", LOG_NOTICE);
	if (nursery_run(MONITOR_FD, &err) != RC_OK) {
		log_line(LOG_ERROR, "%s", err.text);
		return 1;
	}
	return 0;
}
