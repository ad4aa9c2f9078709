/* The log sink: one line an event to stderr (which systemd's journal or the
 * monitor's pipe takes).  Hostile bytes are escaped here, so that callers need not. */
#ifndef LIB_BASE_LOG_H
#define LIB_BASE_LOG_H

enum log_level {
	LOG_ERROR,
	LOG_NOTICE,
	LOG_DEBUG,
};

/* Name of this process in each line, and the most talkative level shown.  name is
 * borrowed for the life of the process. */
void log_open(const char *name, enum log_level most);
void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
