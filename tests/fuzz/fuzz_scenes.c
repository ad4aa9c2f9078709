/* The deeds that draw a recording, over any text: what they write is text, and whatever
 * is refused says why. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/find.h"
#include "replay/page.h"
#include "replay/still.h"
#include "replay/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rc
deed(struct source *s, int which, FILE *f, struct err *err)
{
	struct moment at = { .from = which == 4 ? MOMENT_END : MOMENT_START, .us = 2 };
	struct find_init find = { .context = 2, .json = which == 1 };
	struct needle *pattern;
	uint64_t found;
	enum rc rc;

	switch (which) {
	case 0:
	case 1:
		if (needle_new("/[a-e]+/", true, &pattern, err) != RC_OK)
			abort();
		find.pattern = pattern;
		rc = find_run(s, &find, f, &found, err);
		needle_free(pattern);
		return rc;
	case 2:
		return transcript_run(s, f, err);
	case 3:
	case 4:
		return still_run(s, &at, which == 3, f, err);
	default:
		return page_run(s, NULL, "not verified", f, err);
	}
}

static void
run(struct source *s, int which)
{
	char *text = NULL;
	size_t len = 0;
	struct err err;
	FILE *f = open_memstream(&text, &len);
	enum rc rc;

	if (f == NULL)
		abort();
	err_clear(&err);
	rc = deed(s, which, f, &err);
	fclose(f);
	if (rc != RC_OK && err.text[0] == '\0')
		abort();
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)text[i] == 0x7F ||
		    ((uint8_t)text[i] < 0x20 && text[i] != '\n' && text[i] != '\t'))
			abort();
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *s;
	struct proof proof;
	struct err err;

	for (int which = 0; which < 6; which++) {
		int fd = memfd_create("cast", MFD_CLOEXEC);

		if (fd < 0 || write(fd, data, size) != (ssize_t)size)
			abort();
		err_clear(&err);
		if (source_open(fd, &s, &err) == RC_OK) {
			if (source_prove(s, NULL, &proof, &err) == RC_OK &&
			    source_plain(s))
				run(s, which);
			source_close(s);
		}
		close(fd);
	}
	return 0;
}
