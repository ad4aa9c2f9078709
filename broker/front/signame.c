/* Names of signals; see signame.h. */
#include "broker/front/signame.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	int signo;
	bool sendable;
} names[] = {
	{ "HUP", SIGHUP, true },
	{ "INT", SIGINT, true },
	{ "QUIT", SIGQUIT, true },
	{ "TERM", SIGTERM, true },
	{ "KILL", SIGKILL, true },
	{ "USR1", SIGUSR1, true },
	{ "USR2", SIGUSR2, true },
	{ "ABRT", SIGABRT, false },
	{ "ALRM", SIGALRM, false },
	{ "FPE", SIGFPE, false },
	{ "ILL", SIGILL, false },
	{ "PIPE", SIGPIPE, false },
	{ "SEGV", SIGSEGV, false },
};

int
signame_number(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].sendable && strcmp(names[i].name, name) == 0)
			return names[i].signo;
	return 0;
}

const char *
signame_text(int signo)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].signo == signo)
			return names[i].name;
	return NULL;
}
