/* START's file of CAs; see anchors.h. */
#include "broker/session/anchors.h"

#include <errno.h>
#include <unistd.h>

enum rc
anchors_read_take(int fd, struct buf *pem, struct err *err)
{
	enum rc rc = RC_OK;
	uint8_t *p;
	ssize_t n;

	buf_init(pem, ANCHORS_MAX);
	do {
		if ((p = buf_room(pem, 4096)) == NULL) {
			close(fd);
			return err_set(err, RC_REFUSE, "too many CAs to trust");
		}
		n = read(fd, p, 4096);
		if (n > 0)
			pem->len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		rc = err_errno(err, RC_FAIL, "read whom to trust");
	close(fd);
	return rc;
}
