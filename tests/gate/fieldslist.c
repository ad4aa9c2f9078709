/* What the gate makes of members of answers, for a test that has AWS's models: first the
 * table, a row a line with tabs between ("row", service, operations, secrets, keeps,
 * "closed" or "open"); then for each line "SERVICE OPERATION PATH" of stdin a word:
 * keep, text, base64, login, name (masked for its name), closed (for the operation) or
 * open. */
#include <stdio.h>
#include <string.h>

#include "broker/gate/fields.h"
#include "broker/gate/secretfields.h"

#define PARTS 64

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

static const char *
verdict(const char *service, const char *operation, char *path)
{
	static const char *const words[] = { "open", "keep", "text", "base64",
		"login" };
	static char folded[PARTS][FIELDS_NAME];
	const char *parts[PARTS];
	struct secretfields s;
	enum secretfields_as as;
	size_t n = 0;

	for (char *p = strtok(path, "."); p != NULL && n < PARTS;
	     p = strtok(NULL, ".")) {
		fields_fold(span_of(p), folded[n]);
		parts[n] = folded[n];
		n++;
	}
	if (n == 0)
		return "none";
	(void)secretfields_of(service, operation, &s);
	as = secretfields_judge(&s, parts, n);
	if (as != SECRETFIELDS_UNSAID)
		return words[as];
	if (fields_secret(span_of(parts[n - 1])))
		return "name";
	return s.closed ? "closed" : "open";
}

int
main(void)
{
	char line[4096], service[64], operation[128], path[3072];
	const struct secretfields_row *r;

	for (size_t i = 0; (r = secretfields_row(i)) != NULL; i++)
		printf("row\t%s\t%s\t%s\t%s\t%s\n", r->service, r->operations,
		    text(r->secrets), text(r->keeps), r->closed ? "closed" : "open");
	while (fgets(line, sizeof line, stdin) != NULL) {
		if (sscanf(line, "%63s %127s %3071s", service, operation, path) != 3)
			return 1;
		puts(verdict(service, operation, path));
	}
	return 0;
}
