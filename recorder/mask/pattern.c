/* Regular expressions by PCRE2; see pattern.h.  Nothing else includes its header. */
#include "recorder/mask/pattern.h"

#include "config.h"

#ifdef HAVE_PCRE2

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* The start of a match is never looked for, so what makes that fast could only make one
 * text's answers differ from a shorter one's. */
#define OPTIONS                                                                        \
	(PCRE2_ANCHORED | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |                          \
	    PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_START_OPTIMIZE | PCRE2_NO_AUTO_CAPTURE)

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *data; /* a scratch: one match at a time */
};

enum rc
pattern_new(const char *text, struct pattern **ret, struct err *err)
{
	struct pattern *p = calloc(1, sizeof *p);
	PCRE2_UCHAR what[128];
	PCRE2_SIZE at = 0;
	int code = 0;

	if (p == NULL)
		return err_memory(err);
	p->code = pcre2_compile(
	    (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, OPTIONS, &code, &at, NULL);
	if (p->code == NULL) {
		pattern_free(p);
		if (code == PCRE2_ERROR_NOMEMORY)
			return err_memory(err);
		if (pcre2_get_error_message(code, what, sizeof what) < 0)
			what[0] = '\0';
		return err_set(err, RC_REFUSE, "at its byte %zu: %s", (size_t)at + 1,
		    (const char *)what);
	}
	p->limits = pcre2_match_context_create(NULL);
	p->data = pcre2_match_data_create(1, NULL);
	if (p->limits == NULL || p->data == NULL) {
		pattern_free(p);
		return err_memory(err);
	}
	pcre2_set_match_limit(p->limits, PATTERN_STEPS);
	pcre2_set_heap_limit(p->limits, PATTERN_HEAP);
	*ret = p;
	return RC_OK;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_match_data_free(p->data);
	pcre2_match_context_free(p->limits);
	pcre2_code_free(p->code);
	free(p);
}

static enum pattern_says
what_came(int n, bool whole)
{
	if (n == PCRE2_ERROR_NOMATCH)
		return PATTERN_NO;
	if (n == PCRE2_ERROR_PARTIAL && !whole)
		return PATTERN_MORE;
	return n < 0 ? PATTERN_LIMIT : PATTERN_YES;
}

enum pattern_says
pattern_at(const struct pattern *p, struct span text, size_t at, bool whole,
    bool line_goes_on, size_t *from, size_t *to)
{
	uint32_t options =
	    (whole ? 0 : PCRE2_PARTIAL_HARD) | (line_goes_on ? PCRE2_NOTEOL : 0);
	const PCRE2_SIZE *range = pcre2_get_ovector_pointer(p->data);
	enum pattern_says says = what_came(
	    pcre2_match(p->code, text.p, text.len, at, options, p->data, p->limits),
	    whole);

	if (says != PATTERN_YES)
		return says;
	if (range[0] < at || range[1] <= range[0] || range[1] > text.len)
		return PATTERN_NO;
	*from = range[0];
	*to = range[1];
	return PATTERN_YES;
}

#else

enum rc
pattern_new(const char *text, struct pattern **ret, struct err *err)
{
	(void)text;
	(void)ret;
	return err_set(err, RC_REFUSE, "this build has no regular expressions");
}

void
pattern_free(struct pattern *p)
{
	(void)p;
}

enum pattern_says
pattern_at(const struct pattern *p, struct span text, size_t at, bool whole,
    bool line_goes_on, size_t *from, size_t *to)
{
	(void)p;
	(void)text;
	(void)at;
	(void)whole;
	(void)line_goes_on;
	(void)from;
	(void)to;
	return PATTERN_LIMIT;
}

#endif
