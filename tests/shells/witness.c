/* What the shells of the differential test run in place of every command: it writes
 * down its arguments and where its descriptors lead, and ends with a status that
 * follows from the arguments, so that && and || are seen, too.  It does nothing else.
 *
 * A record of the file $WITNESS: "ID argc\0" argument\0 ... "0=path\0" ... "\n\0",
 * written at once; ID is $L. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FDS 10

static char record[65536];
static size_t used;

static void
put(const char *text)
{
	size_t n = strlen(text) + 1;

	if (n > sizeof record - used)
		_exit(99);
	memcpy(record + used, text, n);
	used += n;
}

static void
put_descriptor(int fd)
{
	char name[32], path[4096], text[4200];
	ssize_t n;

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if ((n = readlink(name, path, sizeof path - 1)) < 0)
		return;
	path[n] = '\0';
	snprintf(text, sizeof text, "%d=%s", fd, path);
	put(text);
}

/* FNV-1a over the arguments and their ends, to one bit. */
static int
status_of(int argc, char **argv)
{
	uint32_t h = 2166136261u;

	for (int i = 0; i < argc; i++)
		for (const char *p = argv[i];; p++) {
			h = (h ^ (uint8_t)*p) * 16777619u;
			if (*p == '\0')
				break;
		}
	return (int)(h >> 16 & 1);
}

int
main(int argc, char **argv)
{
	const char *path = getenv("WITNESS"), *id = getenv("L");
	char head[64];
	int fd;

	if (path == NULL || id == NULL)
		return 98;
	snprintf(head, sizeof head, "%s %d", id, argc);
	put(head);
	for (int i = 0; i < argc; i++)
		put(argv[i]);
	for (int i = 0; i < FDS; i++)
		put_descriptor(i);
	put("\n");
	if ((fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)) < 0 ||
	    write(fd, record, used) != (ssize_t)used)
		return 97;
	return status_of(argc, argv);
}
