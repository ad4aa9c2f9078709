/* Printing; see policysay.h. */
#include "broker/cli/policysay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/model/status.h"

static void
put(FILE *to, struct span s)
{
	struct buf b;

	buf_init(&b, 4 * s.len + 1);
	text_say(&b, s);
	fwrite(b.p, 1, buf_ok(&b) ? b.len : 0, to);
	buf_clear(&b);
}

int
policysay_error(enum rc rc, const struct err *err)
{
	fputs("broker: ", stderr);
	put(stderr, span_of(err->text));
	fputc('\n', stderr);
	return rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED;
}

void
policysay_text(const char *text)
{
	put(stdout, span_of(text));
}

void
policysay_bytes(struct span s)
{
	put(stdout, s);
}

void
policysay_json_take(json_t *o)
{
	char *s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(o);
	if (s == NULL)
		fputs("broker: out of memory\n", stderr);
	else
		puts(s);
	free(s);
}

/* Part "FILE:LINE:COLUMN: what": the file's name may hold colons, too. */
static const char *
find_place(const char *text, size_t *file, unsigned *line, unsigned *column)
{
	const char *at = text;
	int n;

	while ((at = strchr(at, ':')) != NULL) {
		n = 0;
		if (sscanf(at, ":%9u:%9u: %n", line, column, &n) == 2 && n > 0) {
			*file = (size_t)(at - text);
			return at + n;
		}
		at++;
	}
	return NULL;
}

void
policysay_finding(bool json, const char *kind, const char *text)
{
	unsigned line, column;
	const char *what;
	size_t file;
	json_t *o;

	if (!json) {
		if (strcmp(kind, "error") != 0)
			printf("%s: ", kind);
		policysay_text(text);
		putchar('\n');
		return;
	}
	what = find_place(text, &file, &line, &column);
	o = json_object();
	if (what != NULL) {
		json_object_set_new(o, "file", policysay_value(span_make(text, file)));
		json_object_set_new(o, "line", json_integer(line));
		json_object_set_new(o, "column", json_integer(column));
	}
	json_object_set_new(
	    o, kind, policysay_value(span_of(what != NULL ? what : text)));
	policysay_json_take(o);
}

json_t *
policysay_value(struct span s)
{
	struct buf b;
	json_t *j;

	if (text_utf8(s))
		return json_stringn((const char *)s.p, s.len);
	buf_init(&b, 4 * s.len + 1);
	text_show(&b, s);
	j = buf_ok(&b) ? json_stringn((const char *)b.p, b.len) : NULL;
	buf_clear(&b);
	return j;
}

json_t *
policysay_value_or_null(const char *s)
{
	return s[0] == '\0' ? json_null() : policysay_value(span_of(s));
}
