/* One line to the local syslog.  (Its header and our log's have names in common: hence
 * a module of its own.) */
#ifndef BROKER_MONITOR_SYSLOGLINE_H
#define BROKER_MONITOR_SYSLOGLINE_H

/* ident is borrowed for the life of the process; nothing is connected yet. */
void syslogline_open(const char *ident);
/* text is printable ASCII without newline: anything else is left out.  Facility authpriv,
 * severity notice.  Whether anybody reads it cannot be known. */
void syslogline(const char *text);

#endif
