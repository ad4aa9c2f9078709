/* What systemd says of units and of its journal.  Every verb that changes something is
 * left out, as are other hosts, containers and roots, and what shows environments. */
#include "policies/tool.h"

#include <string.h>

/* A unit, also as systemd's own pattern in quotes: nginx* app@1.service */
static bool
form_unit(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return w->text[0] != '-' && tool_of(w, 256, TOOL_LETTERS TOOL_DIGITS "_.@:*-");
}

static bool
form_units(const struct tool_in *in, const struct shell_word *w)
{
	return tool_names(in, w);
}

static bool
form_output(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_word_in(w, "short short-full short-iso short-iso-precise "
			       "short-precise short-monotonic "
			       "short-unix cat with-unit");
}

/* Whole entries: a crash's holds the environment of what crashed. */
static bool
form_entry_output(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_word_in(w, "json json-pretty json-sse verbose export");
}

static bool
form_journal_output(const struct tool_in *in, const struct shell_word *w)
{
	return form_output(in, w) || form_entry_output(in, w);
}

static bool
form_fields(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return w->len <= 512 &&
	       tool_parts_in(w, "MESSAGE MESSAGE_ID PRIORITY SYSLOG_FACILITY "
				"SYSLOG_IDENTIFIER SYSLOG_PID "
				"SYSLOG_TIMESTAMP CODE_FILE CODE_FUNC CODE_LINE ERRNO "
				"UNIT JOB_RESULT "
				"JOB_TYPE "
				"_BOOT_ID _COMM _EXE _GID _HOSTNAME _MACHINE_ID _PID "
				"_SYSTEMD_CGROUP "
				"_SYSTEMD_SLICE _SYSTEMD_UNIT _TRANSPORT _UID "
				"_SOURCE_REALTIME_TIMESTAMP");
}

/* No Environment, no ExecStart with its arguments. */
static bool
form_properties(const struct tool_in *in, const struct shell_word *w)
{
	static const char names[] =
	    "ActiveEnterTimestamp ActiveExitTimestamp ActiveState After Before "
	    "CPUUsageNSec ConditionResult ControlGroup Description ExecMainCode "
	    "ExecMainExitTimestamp ExecMainPID ExecMainStartTimestamp ExecMainStatus "
	    "FragmentPath Group Id InactiveEnterTimestamp LimitNOFILE LoadState "
	    "MainPID "
	    "MemoryCurrent MemoryMax MemoryPeak NRestarts Names Requires Restart "
	    "Result "
	    "Slice StateChangeTimestamp SubState TasksCurrent TasksMax Type "
	    "UnitFilePreset UnitFileState User WantedBy Wants";

	(void)in;
	return w->len <= 512 && tool_parts_in(w, names);
}

static bool
read_systemctl(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "n", tool_natural, 0, false },
		{ "lines", tool_natural, 0, false },
		{ "t", tool_names, 0, false },
		{ "type", tool_names, 0, false },
		{ "state", tool_names, 0, false },
		{ "o", form_output, 0, false },
		{ "output", form_output, 0, false },
		{ "p", form_properties, 'p', false },
		{ "property", form_properties, 'p', false },
		{ 0 },
	};
	static const struct tool_spec spec = { "alqr",
		"no-pager full all failed quiet plain no-legend value recursive "
		"reverse",
		options, false };
	static const char verbs[] =
	    "status is-active is-enabled is-failed is-system-running get-default "
	    "list-units list-unit-files list-timers list-sockets list-jobs "
	    "list-dependencies show";
	struct tool_seen seen;

	if (!tool_read(in, &spec, 1, &seen))
		return false;
	if (seen.n > 0 && !tool_word_in(seen.operands[0], verbs))
		return tool_no(in, "verb %.40s only looks not", seen.operands[0]->text);
	if (seen.n > 0 && tool_word_in(seen.operands[0], "show") && !seen.letters['p'])
		return tool_no(in, "show without -p shows environments");
	return tool_operands(in, &seen, 1, 32, form_unit);
}

static bool
form_priority(const struct tool_in *in, const struct shell_word *w)
{
	const char *dots = strstr(w->text, "..");
	static const char names[] =
	    "0 1 2 3 4 5 6 7 emerg alert crit err warning notice "
	    "info debug";

	(void)in;
	if (shell_word_glob(w))
		return false;
	if (dots == NULL)
		return tool_listed(names, w->text, w->len);
	return tool_listed(names, w->text, (size_t)(dots - w->text)) &&
	       tool_listed(names, dots + 2, strlen(dots + 2));
}

/* _PID=1, but no path and no "+". */
static bool
form_match(const struct tool_in *in, const struct shell_word *w)
{
	size_t n = strspn(w->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	(void)in;
	return !shell_word_glob(w) && n > 0 && w->text[n] == '=';
}

static bool
ends_in(const struct shell_word *w, const char *end)
{
	size_t n = strlen(end);

	return w->len >= n && strcmp(w->text + w->len - n, end) == 0;
}

/* An output of that kind: -o json, -qojson, --output=json.  Words that only look so are
 * taken for one. */
static bool
whole_entries(const struct tool_in *in)
{
	static const char *const ends[] = { "ojson", "ojson-pretty", "ojson-sse",
		"overbose", "oexport", "=json", "=json-pretty", "=json-sse", "=verbose",
		"=export" };

	for (size_t i = 1; i < in->c->n; i++) {
		const struct shell_word *w = &in->c->words[i];

		if (i > 1 && form_entry_output(in, w) &&
		    (ends_in(w - 1, "o") || ends_in(w - 1, "--output")))
			return true;
		for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++)
			if (w->text[0] == '-' && ends_in(w, ends[k]))
				return true;
	}
	return false;
}

static bool
read_journalctl(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "n", tool_natural, 0, false },
		{ "lines", tool_natural, 0, false },
		{ "u", form_unit, 0, false },
		{ "unit", form_unit, 0, false },
		{ "p", form_priority, 0, false },
		{ "priority", form_priority, 0, false },
		{ "S", tool_time, 0, false },
		{ "since", tool_time, 0, false },
		{ "U", tool_time, 0, false },
		{ "until", tool_time, 0, false },
		{ "o", form_journal_output, 0, false },
		{ "output", form_journal_output, 0, false },
		{ "output-fields", form_fields, 'F', false },
		{ "t", form_units, 0, false },
		{ "identifier", form_units, 0, false },
		{ "g", tool_text, 0, false },
		{ "grep", tool_text, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "bkrexqalf",
		"no-pager boot dmesg reverse pager-end catalog quiet all full no-full "
		"utc "
		"no-hostname list-boots disk-usage follow no-tail",
		options, false };
	struct tool_seen seen;

	if (!tool_read(in, &spec, 1, &seen))
		return false;
	if (!seen.letters['F'] && whole_entries(in))
		return tool_no(in, "whole entries may hold environments: "
				   "--output-fields=MESSAGE,_PID");
	return tool_operands(in, &seen, 0, 8, form_match);
}

PROFILE(systemctl, "systemctl-show", read_systemctl, "systemctl");
PROFILE(journalctl, "journalctl-read", read_journalctl, "journalctl");
