/* Programs that show names, sizes and states of a machine.  What sets something, or reads
 * its input from a file of the caller's choice, is left out. */
#include "policies/tool.h"

#include <string.h>

static const struct tool_option no_options[] = { { 0 } };

/* Options of that spec, and no operand. */
static bool
read_bare(const struct tool_in *in, const struct tool_spec *spec)
{
	struct tool_seen seen;

	return tool_read(in, spec, 1, &seen) &&
	       tool_operands(in, &seen, 0, 0, tool_text);
}

/* Options of that spec, and files, of which none is a refusal. */
static bool
read_some_files(
    const struct tool_in *in, const struct tool_spec *spec, const char *none)
{
	struct tool_seen seen;

	if (!tool_read(in, spec, 1, &seen))
		return false;
	return seen.n == 0 ? tool_no(in, "%s", none) : tool_files(in, &seen, 0);
}

/* -X and --files0-from read names from a file, -L and -D follow links. */
static bool
read_du(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "d", tool_natural, 0, false },
		{ "max-depth", tool_natural, 0, false },
		{ "t", tool_size, 0, false },
		{ "threshold", tool_size, 0, false },
		{ "exclude", tool_text, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "abchkmsxS",
		"all bytes total human-readable summarize one-file-system "
		"apparent-size "
		"separate-dirs si inodes",
		options, false };

	return read_some_files(in, &spec, "no folder");
}

static bool
read_df(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "t", tool_name, 0, false },
		{ "x", tool_name, 0, false },
		{ "type", tool_name, 0, false },
		{ "exclude-type", tool_name, 0, false },
		{ "output", tool_names, 0, true },
		{ 0 },
	};
	static const struct tool_spec spec = { "ahHiklmPT",
		"all human-readable inodes local portability print-type total si",
		options, false };
	struct tool_seen seen;

	return tool_read(in, &spec, 1, &seen) &&
	       tool_operands(in, &seen, 0, 32, tool_any_path);
}

/* A word without + sets the clock. */
static bool
form_date_format(const struct tool_in *in, const struct shell_word *w)
{
	return tool_text(in, w) && w->len > 0 && w->text[0] == '+';
}

static bool
form_date_kind(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_word_in(w, "date hours minutes seconds ns");
}

static bool
read_date(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "d", tool_time, 0, false },
		{ "date", tool_time, 0, false },
		{ "I", form_date_kind, 0, true },
		{ "iso-8601", form_date_kind, 0, true },
		{ "rfc-3339", form_date_kind, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "uR", "utc universal rfc-email", options,
		false };
	struct tool_seen seen;

	return tool_read(in, &spec, 1, &seen) &&
	       tool_operands(in, &seen, 0, 1, form_date_format);
}

static bool
read_hostname(const struct tool_in *in)
{
	static const struct tool_spec spec = { "adfiIsA",
		"alias domain fqdn long ip-address all-ip-addresses short all-fqdns",
		no_options, false };

	return read_bare(in, &spec);
}

/* 10.0.0.0/8:22, *:80, :https, fe80::1:443.  Never what could be a name: it would be asked
 * for in DNS, which takes whatever stands in it out of the machine. */
static bool
ss_endpoint(const struct shell_word *w)
{
	const char *p = w->text, *colon = strrchr(p, ':');
	size_t host = colon == NULL ? w->len : (size_t)(colon - p);

	if (shell_word_glob(w) || w->len == 0 || w->len > 64 ||
	    strpbrk(p, TOOL_DIGITS "*:") == NULL)
		return false;
	if (colon != NULL &&
	    colon[1 + strspn(colon + 1, TOOL_LETTERS TOOL_DIGITS "*-")] != '\0')
		return false;
	if (strspn(p, TOOL_DIGITS "./*") >= host)
		return host == 0 || strcspn(p, TOOL_DIGITS "*") < host;
	return memchr(p, ':', host) != NULL &&
	       strspn(p, TOOL_DIGITS "abcdefABCDEF:.") >= host;
}

/* state ESTABLISHED, at the beginning alone: further behind it is a host's name. */
static bool
ss_state(const struct shell_word *key, const struct shell_word *state)
{
	return tool_word_in(key, "state exclude") &&
	       tool_word_in(state,
		   "all connected synchronized bucket big established syn-sent "
		   "syn-recv fin-wait-1 fin-wait-2 time-wait closed close-wait "
		   "last-ack "
		   "listening listen closing");
}

/* sport = :22, ( dport = :443 or src 10.0.0.1 ).  Returns how many words, 0: none that is
 * taken. */
static size_t
ss_condition(const struct tool_seen *s, size_t i)
{
	size_t n = 1;

	if (tool_word_in(s->operands[i], "( ) ! and or not autobound"))
		return 1;
	if (!tool_word_in(s->operands[i], "src dst sport dport"))
		return 0;
	if (i + n < s->n && tool_word_in(s->operands[i + n],
				"= == != > < >= <= eq ne neq ge geq le leq gt lt"))
		n++;
	return i + n < s->n && ss_endpoint(s->operands[i + n]) ? n + 1 : 0;
}

static bool
ss_filter(const struct tool_in *in, const struct tool_seen *s)
{
	size_t i = 0, n;

	while (i + 1 < s->n && ss_state(s->operands[i], s->operands[i + 1]))
		i += 2;
	for (; i < s->n; i += n)
		if ((n = ss_condition(s, i)) == 0)
			return tool_no(
			    in, "word %.40s is not taken", s->operands[i]->text);
	return true;
}

/* -K ends connections, -D and -F name files, -N another network. */
static bool
read_ss(const struct tool_in *in)
{
	static const struct tool_spec spec = { "tulnapemiosxwH46O",
		"tcp udp unix raw listening numeric all processes extended memory info "
		"options summary ipv4 ipv6 no-header oneline",
		no_options, false };
	struct tool_seen seen;

	return tool_read(in, &spec, 1, &seen) && ss_filter(in, &seen);
}

static bool
ip_name(const struct shell_word *w)
{
	return strchr("-/", w->text[0]) == NULL &&
	       tool_of(w, 64, TOOL_LETTERS TOOL_DIGITS "_.:/@-");
}

/* What may stand behind `show`: NAME, up, KEY VALUE. */
static bool
ip_selectors(const struct tool_in *in, size_t i)
{
	static const char keys[] =
	    "dev table type to scope proto master via root match";

	while (i < in->c->n) {
		const struct shell_word *w = &in->c->words[i];

		/* A type is the name of a library that is loaded. */
		if (tool_word_in(w, "type") && i + 1 < in->c->n &&
		    strchr(in->c->words[i + 1].text, '/') != NULL)
			return tool_no(in, "a type with a slash");
		if (tool_word_in(w, keys) && ++i == in->c->n)
			return tool_no(in, "%s has no value", w->text);
		if (!ip_name(&in->c->words[i]))
			return tool_no(in, "word %.40s is not taken", w->text);
		i++;
	}
	return true;
}

/* ip [OPTIONS] OBJECT [show …], and ip route get ADDRESS.  -b reads commands from a file,
 * -n and netns are another network. */
static bool
read_ip(const struct tool_in *in)
{
	static const char options[] = "-4 -6 -s -d -o -j -p -br -brief -stats "
				      "-statistics -details -oneline -json "
				      "-pretty -c=never -color=never";
	static const char objects[] =
	    "a addr address l link r ro route n neigh neighbor neighbour ru rule";
	const struct shell_word *words = in->c->words;
	size_t i = 1;

	while (i < in->c->n && tool_word_in(&words[i], options))
		i++;
	if (i == in->c->n || !tool_word_in(&words[i], objects))
		return tool_no(in, "no object that is only shown");
	i++;
	if (i == in->c->n)
		return true;
	if (tool_word_in(&words[i - 1], "r ro route") && tool_word_in(&words[i], "get"))
		return in->c->n == i + 2 && ip_name(&words[i + 1]);
	if (!tool_word_in(&words[i], "show list ls"))
		return tool_no(in, "verb %.40s is not taken", words[i].text);
	return ip_selectors(in, i + 1);
}

/* -f reads names from a file, -m rules, -C writes them, -z and -Z run others. */
static bool
read_file(const struct tool_in *in)
{
	static const struct tool_spec spec = { "bhik",
		"brief mime mime-type mime-encoding no-dereference keep-going",
		no_options, false };

	return read_some_files(in, &spec, "no file");
}

static bool
read_stat(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "c", tool_text, 0, false },
		{ "format", tool_text, 0, false },
		{ "printf", tool_text, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "ft", "file-system terse", options,
		false };

	return read_some_files(in, &spec, "no file");
}

static bool
read_uname(const struct tool_in *in)
{
	static const struct tool_spec spec = { "asnrvmpio",
		"all kernel-name nodename kernel-release kernel-version machine "
		"processor "
		"hardware-platform operating-system",
		no_options, false };

	return read_bare(in, &spec);
}

static bool
read_id(const struct tool_in *in)
{
	static const struct tool_spec spec = { "uGgnr", "user groups group name real",
		no_options, false };
	struct tool_seen seen;

	return tool_read(in, &spec, 1, &seen) &&
	       tool_operands(in, &seen, 0, 1, tool_name);
}

static bool
read_uptime(const struct tool_in *in)
{
	static const struct tool_spec spec = { "ps", "pretty since", no_options,
		false };

	return read_bare(in, &spec);
}

static bool
read_free(const struct tool_in *in)
{
	static const struct tool_spec spec = { "bkmghtwl",
		"bytes kibi mebi gibi human total wide lohi si", no_options, false };

	return read_bare(in, &spec);
}

/* who's operand is a file that it reads. */
static bool
read_who(const struct tool_in *in)
{
	static const struct tool_spec spec = { "abdHlqrsTu", "all boot heading count",
		no_options, false };

	return read_bare(in, &spec);
}

static bool
read_lsblk(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "o", tool_names, 0, false },
		{ "output", tool_names, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "abdfilmnpSt",
		"all bytes nodeps fs list perms noheadings paths scsi topology",
		options, false };

	return read_bare(in, &spec);
}

PROFILE(du, "du-safe", read_du, "du");
PROFILE(df, "df-show", read_df, "df");
PROFILE(date, "date-show", read_date, "date");
PROFILE(hostname, "hostname-show", read_hostname, "hostname");
PROFILE(ss, "ss-safe", read_ss, "ss");
PROFILE(ip, "ip-show", read_ip, "ip");
PROFILE(type, "file-safe", read_file, "file");
PROFILE(stat, "stat-safe", read_stat, "stat");
PROFILE(uname, "uname-show", read_uname, "uname");
PROFILE(id, "id-show", read_id, "id");
PROFILE(uptime, "uptime-show", read_uptime, "uptime");
PROFILE(free, "free-show", read_free, "free");
PROFILE(who, "who-show", read_who, "who");
PROFILE(lsblk, "lsblk-show", read_lsblk, "lsblk");
