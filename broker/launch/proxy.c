/* Made where the command will look for it, served by the session that holds the lease:
 * the launcher's side never accepts on it. */
#include "broker/launch/proxy.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/frame.h"
#include "lib/wire/msg.h"

/* The CLI's own transfers are some ten at once. */
#define BACKLOG 128

enum rc
proxy_hand_out(int gate, uint16_t *port, struct err *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	enum rc rc;

	if (fd < 0)
		return err_errno(err, RC_FAIL, "socket");
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		rc = err_errno(err, RC_FAIL, "listen on loopback");
	else if ((rc = frame_send(gate, MSG_LISTENING, 0, span_of(""), &fd, 1, err)) !=
		 RC_OK)
		err_add(err, "gate");
	else
		*port = ntohs(at.sin_port);
	close(fd);
	return rc == RC_OK ? RC_OK : RC_FAIL;
}
