/* tar that lists an archive: -tf FILE, tzf FILE.  Neither extracts nor makes one, and
 * takes no option that runs something. */
#include "policies/tool.h"

#include <string.h>

/* HOST:FILE would be fetched with rsh. */
static bool
form_archive(const struct tool_in *in, const struct shell_word *w)
{
	return strchr(w->text, ':') == NULL && tool_file(in, w);
}

/* A member's name in the archive. */
static bool
form_member(const struct tool_in *in, const struct shell_word *w)
{
	return tool_text(in, w) && w->len > 0 && w->text[0] != '-';
}

/* The old form: letters without a dash, and the archive behind them. */
static bool
read_old(const struct tool_in *in, struct tool_seen *seen)
{
	static const struct tool_spec none = { "", "", NULL, false };
	const struct shell_word *w = &in->c->words[1];

	if (shell_word_glob(w) || strspn(w->text, "tvzjJf") != w->len ||
	    strchr(w->text, 't') == NULL || strchr(w->text, 'f') == NULL ||
	    strchr(w->text, 'f') != strrchr(w->text, 'f'))
		return tool_no(in, "word %.40s is not taken", w->text);
	if (in->c->n < 3 || !form_archive(in, &in->c->words[2]))
		return tool_no(in, "no archive that may be read");
	return tool_read(in, &none, 3, seen);
}

static bool
read_tar(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "f", form_archive, 'f', false },
		{ "file", form_archive, 'f', false },
		{ "list", NULL, 't', false },
		{ 0 },
	};
	static const struct tool_spec spec = { "tvzjJ", "verbose gzip bzip2 xz",
		options, false };
	struct tool_seen seen;

	if (in->c->n > 1 && in->c->words[1].text[0] != '-') {
		if (!read_old(in, &seen))
			return false;
	} else if (!tool_read(in, &spec, 1, &seen)) {
		return false;
	} else if (!seen.letters['t'] || !seen.letters['f']) {
		return tool_no(in, "not -t with -f");
	}
	return tool_operands(in, &seen, 0, 32, form_member);
}

PROFILE(tar, "tar-list", read_tar, "tar");
