/* Words about targets; see ssmwords.h. */
#include "policies/ssmwords.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "policies/canon.h"
#include "policies/ssmparams.h"

#define USAGE                                                                          \
	"usage: ssm [--profile NAME] [--region REGION] [--mode single|fed|raw] "       \
	"TARGET [-- COMMAND...]"
#define PORTS                                                                          \
	"a port of a target is reached by ssh itself: ssh -N -L %s:%s%s%s:%s BROKER, " \
	"or ssh -W %s%s%s:%s BROKER"

struct reading {
	const struct words *w;
	size_t at;
	struct ssmwords *to;
	struct refusal *r;
	/* of start-session */
	const char *parameters;
};

static enum rc
usage(struct reading *rd)
{
	return refusal_set(rd->r, STATUS_USAGE, "%s", USAGE);
}

/* ---- names ---- */

static bool
made_of(struct span s, const char *more)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
			(s.p[i] >= 'A' && s.p[i] <= 'Z') ||
			(s.p[i] >= '0' && s.p[i] <= '9') ||
			(s.p[i] != '\0' && strchr(more, s.p[i]) != NULL)))
			return false;
	return s.len > 0;
}

bool
ssmwords_target_ok(struct span s)
{
	/* What a tag's value may hold, of ASCII. */
	return s.len < SSMWORDS_TARGET && made_of(s, " _.:/=+@-") && s.p[0] != '-' &&
	       s.p[0] != ' ' && s.p[s.len - 1] != ' ';
}

bool
ssmwords_document_ok(struct span s)
{
	return s.len >= 3 && s.len < SSMWORDS_DOCUMENT && made_of(s, "_-.:/");
}

static bool
is_name(struct span s)
{
	return s.len < SSMWORDS_NAME && made_of(s, "_+=,.@-");
}

static bool
is_region(struct span s)
{
	return s.len < 65 && made_of(s, "-");
}

static bool
is_anything(struct span s)
{
	(void)s;
	return true;
}

/* ---- options ---- */

#define TO(member) offsetof(struct ssmwords, member)
#define ROOM(member) sizeof(((struct ssmwords *)NULL)->member)

static const struct option {
	const char *name;
	bool (*ok)(struct span s);
	size_t to, room; /* room 0: of no use here */
	bool flag;	 /* has no value */
	bool aws, own;	 /* whose it is */
} options[] = {
	{ "--profile", is_name, TO(profile), ROOM(profile), false, true, true },
	{ "--region", is_region, TO(region), ROOM(region), false, true, true },
	{ "--target", ssmwords_target_ok, TO(target), ROOM(target), false, true,
	    false },
	{ "--document-name", ssmwords_document_ok, TO(document), ROOM(document), false,
	    true, false },
	{ "--reason", is_anything, TO(reason), ROOM(reason), false, true, false },
	{ "--output", is_name, 0, 0, false, true, false },
	{ "--color", is_name, 0, 0, false, true, false },
	{ "--no-cli-pager", NULL, 0, 0, true, true, false },
	{ "--no-cli-auto-prompt", NULL, 0, 0, true, true, false },
};

static const struct option *
find_option(struct span name, bool aws)
{
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (span_is(name, options[i].name) &&
		    (aws ? options[i].aws : options[i].own))
			return &options[i];
	return NULL;
}

/* "--name value" or "--name=value"; NULL: there is none. */
static const char *
take_option_value(struct reading *rd, const char *equals)
{
	const char *value = equals != NULL ? equals + 1 : words_at(rd->w, rd->at);

	rd->at += equals == NULL && value != NULL;
	return value;
}

static enum rc
set_mode(struct reading *rd, const char *value)
{
	static const char *const names[] = { [SSMWORDS_SINGLE] = "single",
		[SSMWORDS_FED] = "fed",
		[SSMWORDS_RAW] = "raw" };

	for (unsigned i = SSMWORDS_SINGLE; i <= SSMWORDS_RAW; i++)
		if (rd->to->mode == SSMWORDS_USUAL && strcmp(value, names[i]) == 0) {
			rd->to->mode = (enum ssmwords_mode)i;
			return RC_OK;
		}
	return refusal_set(
	    rd->r, STATUS_USAGE, "option: --mode is single, fed or raw, once");
}

static enum rc
set_option(struct reading *rd, const struct option *o, const char *value)
{
	char *to = (char *)rd->to + o->to;
	char shown[REFUSAL_WORD];

	if (o->room > 0 && to[0] != '\0')
		return refusal_set(
		    rd->r, STATUS_USAGE, "option: %s stands twice", o->name);
	if (!o->ok(span_of(value)) ||
	    (o->room > 0 && !span_copy(span_of(value), to, o->room)))
		return refusal_set(rd->r, STATUS_USAGE,
		    "value: %s is nothing that %s can have", refusal_word(value, shown),
		    o->name);
	return RC_OK;
}

/* The word at hand begins with a dash. */
static enum rc
read_option(struct reading *rd, bool aws)
{
	const char *word = words_at(rd->w, rd->at++);
	const char *equals = strchr(word, '='), *value;
	struct span name =
	    span_make(word, equals == NULL ? strlen(word) : (size_t)(equals - word));
	const struct option *o = find_option(name, aws);
	bool mode = !aws && span_is(name, "--mode");
	bool parameters = aws && span_is(name, "--parameters");
	char shown[REFUSAL_WORD];

	if (o == NULL && !mode && !parameters)
		return aws ? refusal_set(rd->r, STATUS_USAGE,
				 "option: a session of Broker has no %s",
				 refusal_word(word, shown))
			   : usage(rd);
	if (o != NULL && o->flag)
		return equals == NULL ? RC_OK : usage(rd);
	if ((value = take_option_value(rd, equals)) == NULL)
		return refusal_set(rd->r, STATUS_USAGE, "option: %s needs a value",
		    refusal_word(word, shown));
	if (mode)
		return set_mode(rd, value);
	if (!parameters)
		return set_option(rd, o, value);
	if (rd->parameters != NULL)
		return refusal_set(
		    rd->r, STATUS_USAGE, "option: --parameters stands twice");
	rd->parameters = value;
	return RC_OK;
}

/* ---- ssm ---- */

static enum rc
take_line(struct reading *rd, const char *line)
{
	if (line[strspn(line, " \t")] == '\0')
		return refusal_set(rd->r, STATUS_USAGE,
		    "empty: no command stands behind --; leave it out for a shell");
	if (strlen(line) > SSMWORDS_LINE)
		return refusal_set(rd->r, STATUS_USAGE,
		    "limit: the command has more than %d bytes", SSMWORDS_LINE);
	rd->to->line = strdup(line);
	return rd->to->line == NULL ? refusal_memory(rd->r) : RC_OK;
}

static enum rc
take_target(struct reading *rd)
{
	const char *word = words_at(rd->w, rd->at++);
	char shown[REFUSAL_WORD];

	if (rd->to->target[0] != '\0')
		return refusal_set(rd->r, STATUS_USAGE,
		    "command: %s stands behind the target; a command stands behind --: "
		    "ssm TARGET -- COMMAND...",
		    refusal_word(word, shown));
	if (!ssmwords_target_ok(span_of(word)) ||
	    !span_copy(span_of(word), rd->to->target, sizeof rd->to->target))
		return refusal_set(rd->r, STATUS_USAGE,
		    "value: %s is no name of a target", refusal_word(word, shown));
	return RC_OK;
}

static enum rc
read_own(struct reading *rd, const char *line)
{
	enum rc rc = RC_OK;

	for (rd->at = 1; rc == RC_OK && rd->at < words_count(rd->w);)
		rc = words_at(rd->w, rd->at)[0] == '-' ? read_option(rd, false)
						       : take_target(rd);
	if (rc != RC_OK)
		return rc;
	if (rd->to->target[0] == '\0')
		return usage(rd);
	if (line != NULL && rd->to->mode != SSMWORDS_USUAL &&
	    rd->to->mode != SSMWORDS_SINGLE)
		return refusal_set(rd->r, STATUS_USAGE,
		    "option: --mode is for a shell; a command is a session of its own");
	return line == NULL ? RC_OK : take_line(rd, line);
}

/* ---- aws ssm start-session ---- */

/* Index of the word that is no option of aws, from i on; the count when there is none. */
static size_t
skip_options(const struct words *w, size_t i)
{
	while (i < words_count(w) && words_at(w, i)[0] == '-') {
		const char *word = words_at(w, i);
		const struct option *o = find_option(span_of(word), true);

		i += strchr(word, '=') != NULL || (o != NULL && o->flag) ? 1 : 2;
	}
	return i < words_count(w) ? i : words_count(w);
}

/* The index behind "start-session"; 0: it is another command. */
static size_t
session_words(const struct words *w)
{
	size_t i = skip_options(w, 1);

	if (i >= words_count(w) || strcmp(words_at(w, i), "ssm") != 0)
		return 0;
	i = skip_options(w, i + 1);
	return i < words_count(w) && strcmp(words_at(w, i), "start-session") == 0 ? i
										  : 0;
}

bool
ssmwords_is(const struct words *w)
{
	const char *first = words_at(w, 0);

	return strcmp(first, "ssm") == 0 ||
	       (strcmp(first, "aws") == 0 && session_words(w) > 0);
}

/* What a document of AWS's own is for. */
enum use { USE_SHELL, USE_COMMAND, USE_PORT, USE_OTHER };
static const struct {
	const char *name;
	enum use use;
	const char *port; /* where nobody says */
} documents[] = {
	{ "", USE_SHELL, "" },
	{ "SSM-SessionManagerRunShell", USE_SHELL, "" },
	{ "AWS-StartInteractiveCommand", USE_COMMAND, "" },
	{ "AWS-StartNonInteractiveCommand", USE_COMMAND, "" },
	{ "AWS-StartPortForwardingSession", USE_PORT, "80" },
	{ "AWS-StartPortForwardingSessionToRemoteHost", USE_PORT, "80" },
	{ "AWS-StartSSHSession", USE_PORT, "22" },
};

static size_t
document_of(const char *name)
{
	size_t i = 0;

	while (i < sizeof documents / sizeof documents[0] &&
	       strcmp(documents[i].name, name) != 0)
		i++;
	return i;
}

static bool
is_port(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0 && s.len < 6;
}

/* What the asker has to say to ssh. */
static enum rc
name_ports(struct reading *rd, const char *host, const char *port, const char *usual)
{
	const char *at = host[0] != '\0' ? "@" : "";
	char shown[REFUSAL_WORD], target[REFUSAL_WORD];

	if (!is_port(span_of(port)))
		port = usual;
	host = host[0] != '\0' ? refusal_word(host, shown) : "";
	refusal_word(rd->to->target, target);
	return refusal_set(rd->r, STATUS_USAGE, PORTS, port, host, at, target, port,
	    host, at, target, port);
}

static enum rc
use_parameters(struct reading *rd, struct buf v[4])
{
	struct ssmparam known[] = { { "command", &v[0], false },
		{ "portNumber", &v[1], false }, { "host", &v[2], false },
		{ "separateOutputStream", &v[3], false },
		{ "localPortNumber", &v[3], false } };
	size_t d = document_of(rd->to->document);
	enum use use =
	    d < sizeof documents / sizeof documents[0] ? documents[d].use : USE_OTHER;
	enum rc rc;

	if (rd->parameters != NULL &&
	    (rc = ssmparams_read(rd->parameters, known, sizeof known / sizeof known[0],
		 rd->r)) != RC_OK)
		return rc;
	if (use == USE_PORT)
		return name_ports(
		    rd, buf_cstr(&v[2]), buf_cstr(&v[1]), documents[d].port);
	if (known[1].set || known[2].set || (use == USE_SHELL && known[0].set) ||
	    (use == USE_COMMAND && !known[0].set))
		return refusal_set(rd->r, STATUS_USAGE,
		    "value: these are not the parameters of this document");
	if (use != USE_OTHER)
		rd->to->document[0] = '\0';
	if (span_has_nul(buf_span(&v[0])))
		return refusal_set(
		    rd->r, STATUS_USAGE, "character: a NUL in the command");
	return known[0].set ? take_line(rd, buf_cstr(&v[0])) : RC_OK;
}

static enum rc
read_aws(struct reading *rd, size_t command)
{
	struct buf v[4];
	enum rc rc = RC_OK;

	for (rd->at = 1; rc == RC_OK && rd->at < words_count(rd->w);) {
		const char *word = words_at(rd->w, rd->at);

		if (word[0] == '-')
			rc = read_option(rd, true);
		else if (rd->at++ > command)
			rc = refusal_set(rd->r, STATUS_USAGE,
			    "command: start-session takes options alone");
	}
	if (rc == RC_OK && rd->to->target[0] == '\0')
		rc = refusal_set(rd->r, STATUS_USAGE, "option: --target is missing");
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < 4; i++)
		buf_init(&v[i], SSMWORDS_LINE + 1);
	rc = use_parameters(rd, v);
	for (size_t i = 0; i < 4; i++)
		buf_clear(&v[i]);
	return rc;
}

enum rc
ssmwords_read(
    const struct words *w, const char *line, struct ssmwords *ret, struct refusal *r)
{
	struct ssmwords to = { .line = NULL };
	struct reading rd = { .w = w, .to = &to, .r = r };
	enum rc rc = strcmp(words_at(w, 0), "ssm") == 0
			 ? read_own(&rd, line)
			 : read_aws(&rd, session_words(w));

	if (rc != RC_OK) {
		ssmwords_clear(&to);
		return rc;
	}
	*ret = to;
	return RC_OK;
}

void
ssmwords_clear(struct ssmwords *w)
{
	free(w->line);
	w->line = NULL;
}

/* ---- an argv's line ---- */

/* Quoted, it is no reserved word and no assignment. */
static void
put_first(const char *word, struct buf *out)
{
	buf_u8(out, '\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			buf_text(out, "'\\''");
		else
			buf_u8(out, (uint8_t)*word);
	buf_u8(out, '\'');
}

static bool
put_words(const struct span *list, size_t n, struct buf *line)
{
	for (size_t i = 0; i < n; i++) {
		char *word = span_dup(list[i]);

		if (word == NULL)
			return false;
		if (i > 0)
			buf_u8(line, ' ');
		(i == 0 ? put_first : canon_word)(word, line);
		free(word);
	}
	return true;
}

static bool
any_nul(const struct span *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_has_nul(list[i]))
			return true;
	return false;
}

enum rc
ssmwords_join(const struct span *list, size_t n, char **ret, struct err *err)
{
	struct buf line;
	char *text = NULL;
	bool memory = true, fits;

	buf_init(&line, SSMWORDS_LINE);
	if (n == 1)
		buf_span_put(&line, list[0]);
	else if (!any_nul(list, n))
		memory = put_words(list, n, &line);
	fits = n > 0 && buf_ok(&line) && !any_nul(list, n);
	if (memory && fits)
		text = span_dup(buf_span(&line));
	buf_clear(&line);
	if (memory && !fits)
		return err_set(err, RC_REFUSE,
		    "limit: behind -- stands a command of at most %d bytes",
		    SSMWORDS_LINE);
	if (text == NULL)
		return err_memory(err);
	*ret = text;
	return RC_OK;
}
