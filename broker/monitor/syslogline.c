/* A line by syslog(3); see syslogline.h. */
#include "broker/monitor/syslogline.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

void
syslogline_open(const char *ident)
{
	openlog(ident, LOG_PID, LOG_AUTHPRIV);
}

void
syslogline(const char *text)
{
	char *plain = strdup(text), *to = plain;

	if (plain == NULL)
		return;
	for (const char *from = text; *from != '\0'; from++)
		if (*from >= ' ' && *from <= '~')
			*to++ = *from;
	*to = '\0';
	syslog(LOG_NOTICE, "%s", plain);
	free(plain);
}
