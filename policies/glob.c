/* Pattern matching; see glob.h. */
#include "policies/glob.h"

#include <ctype.h>
#include <string.h>

/* Greedy with one point to come back to. */
static bool
matches(const char *p, struct span s, bool lower)
{
	const char *star = NULL;
	size_t at = 0, back = 0;

	while (at < s.len) {
		unsigned char c = (unsigned char)*p;

		if (c == '*') {
			star = p++;
			back = at;
		} else if (c != '\0' &&
			   (c == '?' || (lower ? tolower(c) : c) == s.p[at])) {
			p++;
			at++;
		} else if (star != NULL) {
			p = star + 1;
			at = ++back;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

bool
glob_matches(const char *pattern, struct span text)
{
	return matches(pattern, text, false);
}

bool
glob_matches_lower(const char *pattern, const char *text)
{
	return matches(pattern, span_of(text), true);
}

bool
glob_holds_all(const char *pattern, struct span beginning)
{
	size_t n = strlen(pattern);

	/* A star at the end takes whatever follows. */
	return n > 0 && pattern[n - 1] == '*' && glob_matches(pattern, beginning);
}

/* Mark the places that stars reach without a byte. */
static void
widen(const char *pattern, bool *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] && pattern[i] == '*')
			at[i + 1] = true;
}

/* All places of the pattern at once: what is left of it after the beginning can always
 * be met by some text, so one place that is reached is enough. */
bool
glob_holds_some(const char *pattern, struct span beginning)
{
	bool at[GLOB_MOST + 1] = { true };
	size_t n = strlen(pattern);
	bool alive = true;

	if (n > GLOB_MOST)
		return false;
	widen(pattern, at, n);
	for (size_t k = 0; k < beginning.len && alive; k++) {
		alive = false;
		for (size_t i = n + 1; i-- > 0;) {
			bool star = i < n && pattern[i] == '*';
			bool step = i > 0 && at[i - 1] &&
				    (pattern[i - 1] == '?' ||
					(pattern[i - 1] != '*' &&
					    (uint8_t)pattern[i - 1] == beginning.p[k]));

			at[i] = step || (star && at[i]);
			alive |= at[i];
		}
		widen(pattern, at, n);
	}
	return alive;
}
