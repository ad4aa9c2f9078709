/* Any bytes as JSON Lines, and their objects as questions with facts.  Texts that come
 * out are UTF-8, whatever went in; the number of lines is bounded by that of newlines. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "broker/cli/jsonlines.h"
#include "broker/cli/policyfacts.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_texts(const json_t *o)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)o, key, v)
	{
		if (!text_utf8(span_of(key)))
			abort();
		if (json_is_string(v) &&
		    !text_utf8(span_make(json_string_value(v), json_string_length(v))))
			abort();
	}
}

static void
try_facts(const json_t *o)
{
	struct policyfacts f, copy;
	struct err err = { "" };

	policyfacts_init(&f);
	if (policyfacts_read(&f, o, &err) != RC_OK)
		return;
	policyfacts_copy(&copy, &f);
	if (copy.who.group_count > POLICYFACTS_GROUPS ||
	    copy.facts.n_tags > POLICYFACTS_PAIRS ||
	    policyfacts_as(&copy, "somebody", &err) != RC_OK)
		abort();
	(void)policyfacts_profile(&copy, "p", &err);
}

static size_t
newlines(const uint8_t *data, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += data[i] == '\n';
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsonlines *l = NULL;
	struct err err = { "" };
	json_t *o = NULL;
	size_t n = 0;
	int fd = memfd_create("lines", MFD_CLOEXEC);
	enum rc rc;

	if (fd < 0 || size > 1u << 16 || write(fd, data, size) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET) != 0 ||
	    jsonlines_new(fd, NULL, NULL, &l, &err) != RC_OK) {
		close(fd);
		return 0;
	}
	while ((rc = jsonlines_next(l, &o, &err)) == RC_OK || rc == RC_REFUSE) {
		n++;
		if (rc == RC_REFUSE)
			continue;
		check_texts(o);
		try_facts(o);
		json_decref(o);
	}
	if (rc != RC_END || n > newlines(data, size) + 1)
		abort();
	jsonlines_free(l);
	close(fd);
	return 0;
}
