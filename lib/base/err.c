/* Error texts: gathered inwards out, cut at a fixed size, never allocated. */
#include "lib/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
err_clear(struct err *err)
{
	if (err != NULL)
		err->text[0] = '\0';
}

enum rc
err_set(struct err *err, enum rc rc, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return rc;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return rc;
}

void
err_add(struct err *err, const char *fmt, ...)
{
	char tail[ERR_TEXT];
	va_list ap;
	size_t n;

	if (err == NULL)
		return;
	memcpy(tail, err->text, sizeof tail);
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	if (tail[0] != '\0' && n < sizeof err->text)
		snprintf(err->text + n, sizeof err->text - n, ": %s", tail);
}

enum rc
err_errno(struct err *err, enum rc rc, const char *fmt, ...)
{
	int e = errno;
	va_list ap;
	size_t n;

	if (err == NULL)
		return rc;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	if (n < sizeof err->text)
		snprintf(err->text + n, sizeof err->text - n, ": %s", strerror(e));
	return rc;
}

enum rc
err_memory(struct err *err)
{
	return err_set(err, RC_FAIL, "out of memory");
}

const char *
rc_name(enum rc rc)
{
	static const char *const names[] = {
		[RC_OK] = "ok",
		[RC_WAIT] = "wait",
		[RC_RETRY] = "retry",
		[RC_REFUSE] = "refuse",
		[RC_END] = "end",
		[RC_FAIL] = "fail",
	};

	if ((size_t)rc >= sizeof names / sizeof names[0])
		return "unknown";
	return names[rc];
}
