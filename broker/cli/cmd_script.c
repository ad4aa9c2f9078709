/* broker script add NAME FILE; see cmd_script.h. */
#include "broker/cli/cmd_script.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "broker/cli/client.h"
#include "lib/model/status.h"
#include "lib/wire/msg.h"

/* The whole file; false, with a line on stderr, when it cannot be had or is too long. */
static bool
read_file(const char *name, struct buf *out)
{
	FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "rbe");
	char room[4096];
	size_t n;

	if (f == NULL) {
		fprintf(stderr, "broker: %s: %s\n", name, strerror(errno));
		return false;
	}
	while (buf_ok(out) && (n = fread(room, 1, sizeof room, f)) > 0)
		buf_put(out, room, n);
	if (!buf_ok(out))
		fprintf(
		    stderr, "broker: %s: longer than %d bytes\n", name, MSG_TEXT_MAX);
	else if (ferror(f))
		fprintf(stderr, "broker: %s cannot be read\n", name);
	n = ferror(f) != 0;
	if (f != stdin)
		fclose(f);
	return buf_ok(out) && n == 0;
}

/* The words without the file's name. */
static int
add(const struct cli *cli, int argc, char **argv)
{
	struct buf text;
	int status = STATUS_USAGE;

	buf_init(&text, MSG_TEXT_MAX);
	if (read_file(argv[3], &text)) {
		for (int i = 3; i < argc; i++)
			argv[i] = argv[i + 1];
		status = client_ask(cli, argc - 1, argv, buf_span(&text));
	}
	buf_clear(&text);
	return status;
}

int
cmd_script(const struct cli *cli, int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "add") == 0)
		return add(cli, argc, argv);
	return client_ask(cli, argc, argv, span_make(NULL, 0));
}
