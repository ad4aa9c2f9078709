/* Who looks on at a session: the monitor's words about them. */
#include "broker/session/session_parts.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/model/status.h"

void
session_watcher_left(void *arg, uint32_t number, const struct msg_watched *m)
{
	struct session *s = arg;

	(void)ask_watched(s->ask, number, m);
}

/* One that cannot be let in is no reason to end more than that. */
enum rc
session_watch_take(
    void *arg, uint32_t number, const struct msg_watch *m, int sock, struct err *err)
{
	struct session *s = arg;
	struct err why = { "there is nothing to watch" };
	struct msg_watched no = { .status = STATUS_FAILED };
	enum rc rc = RC_REFUSE;

	(void)err;
	if (s->port || s->state != ASK_OPEN)
		close(sock);
	else
		rc = audience_admit_take(
		    s->audience, s->recording, number, m, sock, &why);
	if (rc == RC_OK)
		return RC_OK;
	no.why = span_of(why.text);
	session_watcher_left(s, number, &no);
	if (rc == RC_END)
		session_fail(s, &why);
	return RC_OK;
}

enum rc
session_unwatch(
    void *arg, uint32_t number, const struct msg_unwatch *m, struct err *err)
{
	struct session *s = arg;
	char text[ERR_TEXT];

	(void)err;
	snprintf(text, sizeof text, "%.*s", (int)m->text.len, (const char *)m->text.p);
	audience_dismiss(s->audience, number, text);
	return RC_OK;
}
