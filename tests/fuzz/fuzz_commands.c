/* A recording's calls over any text: what is shown is text, and whatever is refused
 * says why. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/commands.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
run(struct source *s, int json)
{
	char *text = NULL;
	size_t len = 0;
	struct err err;
	FILE *f = open_memstream(&text, &len);
	enum rc rc;

	if (f == NULL)
		abort();
	err_clear(&err);
	rc = commands_run(s, json, NULL, f, &err);
	fclose(f);
	if (rc != RC_OK && err.text[0] == '\0')
		abort();
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)text[i] == 0x7F ||
		    ((uint8_t)text[i] < 0x20 && text[i] != '\n'))
			abort();
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *s;
	struct proof proof;
	struct err err;

	for (int json = 0; json < 2; json++) {
		int fd = memfd_create("cast", MFD_CLOEXEC);

		if (fd < 0 || write(fd, data, size) != (ssize_t)size)
			abort();
		err_clear(&err);
		if (source_open(fd, &s, &err) == RC_OK) {
			if (source_prove(s, NULL, &proof, &err) == RC_OK &&
			    source_plain(s))
				run(s, json);
			source_close(s);
		}
		close(fd);
	}
	return 0;
}
