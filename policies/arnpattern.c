/* Matching resources; see arnpattern.h. */
#include "policies/arnpattern.h"

#include <string.h>

#include "policies/glob.h"

#define COLONS 5

static bool
arn_form(const char *s)
{
	unsigned colons = 0;

	if (strncmp(s, "arn:", 4) != 0 || strlen(s) > GLOB_MOST)
		return false;
	for (; *s != '\0'; s++) {
		if (*s < 0x20 || *s > 0x7E)
			return false;
		colons += *s == ':';
		if (colons == COLONS)
			return s[1] != '\0';
	}
	return false;
}

static bool
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7F)
			return false;
	return true;
}

enum rc
arnpattern_read(const struct yaml_node *n, const char **ret, struct err *err)
{
	const char *s = yaml_cstr(n);

	if (yaml_kind(n) != YAML_TEXT ||
	    (strcmp(s, "*") != 0 && (!arn_form(s) || !printable(s))))
		return yaml_expected(n, err,
		    "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE with * and ?, of at "
		    "most %d bytes",
		    GLOB_MOST);
	*ret = s;
	return RC_OK;
}

/* Wildcards of the text are bytes to the pattern, which only a star of its own may take
 * for any number of others. */
static unsigned
fit_pattern(const char *pattern, const char *arn)
{
	unsigned fit = 0;

	if (strchr(pattern, '?') == NULL && glob_matches(pattern, span_of(arn)))
		fit |= FIT_SURE;
	if (glob_holds_some(pattern, span_make(arn, strcspn(arn, "*?"))))
		fit |= FIT_MAYBE;
	return fit;
}

unsigned
arnpattern_fit(const char *pattern, const char *arn, enum arn_kind kind)
{
	struct span s = span_of(arn);

	if (strcmp(pattern, "*") == 0)
		return FIT_BOTH;
	switch (kind) {
	case ARN_EXACT:
		return glob_matches(pattern, s) ? FIT_BOTH : FIT_NO;
	case ARN_BEGINNING:
		return (glob_holds_all(pattern, s) ? FIT_SURE : 0) |
		       (glob_holds_some(pattern, s) ? FIT_MAYBE : 0);
	default:
		return fit_pattern(pattern, arn);
	}
}

bool
arnpattern_apart(const char *pattern, struct span beginning)
{
	/* Up to the first star letter stands for letter. */
	for (size_t i = 0; i < beginning.len && pattern[i] != '*'; i++)
		if (pattern[i] != '?' && (uint8_t)pattern[i] != beginning.p[i])
			return true;
	return false;
}
