/* broker keys init; see cmd_keys.h. */
#include "broker/cli/cmd_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "broker/cli/cli.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"
#include "recorder/keyset.h"

static const char usage[] =
    "usage: broker keys init [--name BROKER] [--not-after YYYY-MM-DD] DIR\n"
    "Makes in DIR (which is made when it is missing): device.key, auditor.key,\n"
    "break-glass.key, admin.key, admin.pub, recipients, trust.\n";

static int
fail(const char *text, int status)
{
	fprintf(stderr, "broker: %s\n", text);
	return status;
}

/* Dates compare as text; what is none is refused with the keys. */
static bool
is_past(const char *date)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	char today[16];
	struct tm tm;

	return date != NULL && gmtime_r(&now, &tm) != NULL &&
	       strftime(today, sizeof today, "%Y-%m-%d", &tm) > 0 &&
	       strcmp(date, today) < 0;
}

static int
init(const char *dir, const struct keyset_init *ki)
{
	struct err err = { "" };
	char text[ERR_TEXT + 64];
	enum rc rc;
	int fd;

	if (is_past(ki->not_after))
		return fail("--not-after: nothing could be recorded", STATUS_USAGE);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		snprintf(text, sizeof text, "make %s: %s", dir, strerror(errno));
		return fail(text, STATUS_USAGE);
	}
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		snprintf(text, sizeof text, "open %s: %s", dir, strerror(errno));
		return fail(text, STATUS_USAGE);
	}
	rc = keyset_make(fd, ki, &err);
	close(fd);
	if (rc != RC_OK)
		return fail(err.text, rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED);
	printf("made in %s:\n"
	       "  device.key, recipients   for the broker\n"
	       "  admin.pub                its text goes to recording.admin_key in "
	       "broker.yaml\n"
	       "  auditor.key, trust       for hoop-replay (--key, --trust): give them "
	       "to the "
	       "auditor\n"
	       "  break-glass.key          the second key that opens recordings: lock "
	       "it away\n"
	       "  admin.key                signs lists of recipients: take it off this "
	       "machine\n",
	    dir);
	return STATUS_OK;
}

int
cmd_keys(const struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "not-after", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct keyset_init ki = { .broker = "broker", .now_ms = clock_wall_ms() };
	int c;

	(void)cli;
	if (argc < 2 || strcmp(argv[1], "init") != 0) {
		fputs(usage,
		    argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
		return argc == 2 && strcmp(argv[1], "--help") == 0 ? STATUS_OK
								   : STATUS_USAGE;
	}
	/* 0: begin anew, with "init" in the place of the program's name. */
	argc--;
	argv++;
	optind = 0;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		switch (c) {
		case 'n':
			ki.broker = optarg;
			break;
		case 'a':
			ki.not_after = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return STATUS_OK;
		default:
			fputs(usage, stderr);
			return STATUS_USAGE;
		}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		return STATUS_USAGE;
	}
	return init(argv[optind], &ki);
}
