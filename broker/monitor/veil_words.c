/* The words of commands as they may be shown; see veil.h.
 *
 * Whether a name is that of a secret is asked of the engine itself, with a value made up
 * for that: its list of names, and what the configuration adds to it, count here too. */
#include "broker/monitor/veil.h"

#include <stdlib.h>
#include <string.h>

#include "broker/monitor/veil_parts.h"
#include "policies/canon.h"

#define LABEL "[MASKED:field]"
/* A value that any name of a secret has masked, and nothing else. */
#define PROBE "q7Rk2mXv9Tz4Lw8P"
#define NAME_ROOM 256
#define HITS 64

/* Is this a name whose values are secrets?  out is bad where that is not known. */
static bool
is_secret(const struct veil *v, struct span name, struct buf *out)
{
	struct buf text, shown;
	bool is;

	if (name.len == 0 || name.len > NAME_ROOM)
		return name.len > 0;
	buf_init(&text, NAME_ROOM + 64);
	buf_init(&shown, mask_growth(NAME_ROOM + 64));
	buf_span_put(&text, name);
	buf_text(&text, "=" PROBE);
	veil_line(v, buf_span(&text), &shown);
	out->bad |= !buf_ok(&text) || !buf_ok(&shown);
	is = !span_eq(buf_span(&text), buf_span(&shown));
	buf_clear(&text);
	buf_clear(&shown);
	return is;
}

/* Values that are secrets though their names do not say so: of a command by the CLI's
 * names, of a call by the API's. */
static const struct {
	const char *service, *command, *option, *operation, *member;
} odd[] = {
	{ "ssm", "put-parameter", "--value", "PutParameter", "Value" },
	{ "apigateway", "create-api-key", "--value", "CreateApiKey", "value" },
	{ "sts", "assume-role-with-saml", "--saml-assertion", "AssumeRoleWithSAML",
	    "SAMLAssertion" },
	{ "amplify", "create-app", "--basic-auth-credentials", "CreateApp",
	    "basicAuthCredentials" },
	{ "amplify", "update-app", "--basic-auth-credentials", "UpdateApp",
	    "basicAuthCredentials" },
	{ "kms", "encrypt", "--plaintext", "Encrypt", "Plaintext" },
	{ "kms", "import-key-material", "--encrypted-key-material", "ImportKeyMaterial",
	    "EncryptedKeyMaterial" },
};
#define ODD (sizeof odd / sizeof odd[0])

/* ---- words ---- */

/* What the engine found in the words as one line. */
struct hits {
	struct hit {
		uint64_t from, to;
		const char *rule;
	} v[HITS];
	size_t n;
	bool many;
};

static void
take_hit(void *arg, const struct mask_hit *h)
{
	struct hits *all = arg;

	if (all->n == HITS)
		all->many = true;
	else
		all->v[all->n++] = (struct hit){ h->from, h->to, h->rule };
}

/* All of it together: some secrets are known by what stands beside them alone. */
static bool
find_hits(const struct veil *v, struct span line, struct hits *all)
{
	struct mask_stream *s;
	struct err err = { "" };
	struct buf out;
	bool good;

	if (v == NULL)
		return true;
	buf_init(&out, mask_growth(line.len));
	s = mask_stream_new(v->rules, MASK_API);
	if (s != NULL)
		mask_stream_tell(s, take_hit, all);
	good = s != NULL && mask_put(s, line, 0, &out, &err) == RC_OK &&
	       mask_end(s, &out, &err) == RC_OK;
	mask_stream_free(s);
	buf_clear(&out);
	return good;
}

static bool
is_hit(const struct hits *all, uint64_t from, uint64_t to)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].from < to && all->v[i].to > from)
			return true;
	return all->many;
}

/* "--name" of "--name" and "--name=value". */
static struct span
option_of(const char *word)
{
	return span_make(word, strncmp(word, "--", 2) == 0 ? strcspn(word, "=") : 0);
}

static bool
is_odd_option(const struct veil_list *w, struct span option)
{
	size_t at = 0, k;

	/* Options of all commands may stand before the service. */
	while (at < w->n && strcmp(w->v[at], "aws") != 0)
		at++;
	for (size_t i = 0; i < ODD; i++) {
		if (!span_is(option, odd[i].option))
			continue;
		for (k = at; k + 1 < w->n; k++)
			if (strcmp(w->v[k], odd[i].service) == 0 &&
			    strcmp(w->v[k + 1], odd[i].command) == 0)
				return true;
	}
	return false;
}

static bool
is_secret_option(const struct veil *v, const struct veil_list *w, struct span option,
    struct buf *out)
{
	/* As engines and people read it: what stands behind the dashes is the name. */
	return option.len > 2 &&
	       (is_odd_option(w, option) ||
		   is_secret(v, span_make(option.p + 2, option.len - 2), out));
}

static bool
shows_all(const struct veil *v)
{
	return v != NULL && v->all;
}

/* Word i as it may be shown; from, to: where it stands in the line of hits. */
static void
put_word(const struct veil *v, const struct veil_list *w, size_t i, bool hit,
    struct buf *out)
{
	struct span word = span_of(w->v[i]), option = option_of(w->v[i]);
	struct span before = i == 0 ? span_make(NULL, 0) : option_of(w->v[i - 1]);

	if (before.len > 0 && before.len == strlen(w->v[i - 1]) && option.len == 0 &&
	    is_secret_option(v, w, before, out)) {
		buf_text(out, LABEL);
		return;
	}
	if (option.len > 0 && option.len < word.len &&
	    is_secret_option(v, w, option, out)) {
		buf_span_put(out, option);
		buf_text(out, "=" LABEL);
		return;
	}
	veil_line(v, word, out);
	if (hit && span_eq(buf_span(out), word)) {
		buf_reset(out);
		buf_text(out, "[MASKED]");
	}
}

/* A label is no word that a shell would ever get: it needs no quotes. */
static void
put_quoted(struct buf *word, struct buf *out)
{
	const char *text = buf_cstr(word);

	if (strncmp(text, "[MASKED", 7) == 0 &&
	    strchr(text, ']') == text + word->len - 1)
		buf_text(out, text);
	else
		canon_word(text, out);
}

/* At the most, with all that quotes add. */
static size_t
room_of(const struct veil_list *w)
{
	size_t n = 1;

	for (size_t i = 0; i < w->n; i++)
		n += 4 * strlen(w->v[i]) + 3;
	return n;
}

/* All words as one line, and where each of them ends in it. */
static bool
join(const struct veil_list *w, struct buf *line, size_t ends[])
{
	for (size_t i = 0; i < w->n; i++) {
		if (i > 0)
			buf_u8(line, ' ');
		canon_word(w->v[i], line);
		ends[i] = line->len;
	}
	return buf_ok(line);
}

bool
veil_each_word(const struct veil *v, const struct veil_list *w,
    bool (*put)(void *arg, size_t i, struct buf *word), void *arg)
{
	size_t *ends = calloc(w->n + 1, sizeof *ends);
	struct hits hits = { .n = 0 };
	struct buf line, word;
	bool all = shows_all(v), good;

	buf_init(&line, room_of(w));
	good = ends != NULL && join(w, &line, ends);
	good = good && (all || find_hits(v, buf_span(&line), &hits));
	for (size_t i = 0; good && i < w->n; i++) {
		bool hit = !all && is_hit(&hits, i == 0 ? 0 : ends[i - 1] + 1, ends[i]);

		buf_init(&word, mask_growth(strlen(w->v[i])) + sizeof LABEL);
		if (all)
			buf_text(&word, w->v[i]);
		else
			put_word(v, w, i, hit, &word);
		good = buf_ok(&word) && put(arg, i, &word);
		buf_clear(&word);
	}
	buf_clear(&line);
	free(ends);
	return good;
}

struct joining {
	size_t first, most;
	bool quoted; /* the first word, as canon_put() has it */
	bool cut;
	struct buf *out;
};

static bool
put_joined(void *arg, size_t i, struct buf *word)
{
	struct joining *j = arg;

	if (i < j->first || j->cut)
		return true;
	if (i > j->first)
		buf_u8(j->out, ' ');
	if (j->out->len > j->most) {
		buf_text(j->out, "...");
		j->cut = true;
	} else if (j->quoted && i == 0)
		buf_printf(j->out, "'%s'", buf_cstr(word));
	else
		put_quoted(word, j->out);
	return buf_ok(j->out);
}

static bool
list_words(const struct words *w, const char *v[WORDS_MOST], struct veil_list *ret)
{
	size_t n = words_count(w);

	for (size_t i = 0; i < n && i < WORDS_MOST; i++)
		v[i] = words_at(w, i);
	*ret = (struct veil_list){ v, n };
	return n <= WORDS_MOST;
}

/* Half a command must not stand for it. */
static void
put_words(const struct veil *v, const struct words *w, struct joining *j)
{
	const char *list[WORDS_MOST];
	struct veil_list words;

	if (!list_words(w, list, &words) || !veil_each_word(v, &words, put_joined, j))
		j->out->bad = true;
}

void
veil_words(const struct veil *v, const struct words *w, size_t first, size_t most,
    struct buf *out)
{
	struct joining j = { .first = first, .most = most, .out = out };

	put_words(v, w, &j);
}

/* ---- a command's text ---- */

/* The words, if it is the text of words and of nothing else; *bad: no memory. */
static struct words *
read_words(const char *text, bool *bad)
{
	struct words *w = NULL;
	struct err err = { "" };
	struct buf again;
	enum rc rc;
	bool same;

	if (text[0] != '\'' || (rc = words_split(span_of(text), &w, &err)) == RC_REFUSE)
		return NULL;
	buf_init(&again, CANON_MOST + 1);
	if (rc == RC_OK)
		canon_put(w, &again);
	*bad = rc != RC_OK || !buf_ok(&again);
	same = !*bad && span_is(buf_span(&again), text);
	buf_clear(&again);
	if (same)
		return w;
	words_free(w);
	return NULL;
}

/* How long "service:Operation in region:" is; 0 when it is no call's text. */
static size_t
call_head(const char *text)
{
	size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-"), end;

	if (name == 0 || text[name] != ':')
		return 0;
	end = name + 1 + strcspn(text + name + 1, " ");
	if (strncmp(text + end, " in ", 4) != 0)
		return 0;
	end += 4 + strcspn(text + end + 4, ": ");
	return text[end] == ':' ? end + 1 : 0;
}

static bool
is_odd_member(const char *text, struct span member)
{
	for (size_t i = 0; i < ODD; i++) {
		size_t n = strlen(odd[i].service), o = strlen(odd[i].operation);

		if (span_is(member, odd[i].member) &&
		    strncmp(text, odd[i].service, n) == 0 && text[n] == ':' &&
		    strncmp(text + n + 1, odd[i].operation, o) == 0 &&
		    text[n + 1 + o] == ' ')
			return true;
	}
	return false;
}

/* " NAME='VALUE'": a quote in a value is escaped. */
static void
put_member(const struct veil *v, const char *text, struct span name, struct span value,
    struct buf *out)
{
	buf_printf(out, " %.*s='", (int)name.len, (const char *)name.p);
	if (is_odd_member(text, name) || is_secret(v, name, out))
		buf_text(out, LABEL);
	else
		veil_line(v, value, out);
	buf_u8(out, '\'');
}

static bool
put_call(const struct veil *v, const char *text, struct buf *out)
{
	size_t at = call_head(text), before = out->len;

	if (at == 0 || shows_all(v))
		return false;
	buf_put(out, text, at);
	while (text[at] == ' ') {
		const char *name = text + at + 1;
		size_t n = strcspn(name, "= '");
		const char *value = name + n + 2, *end;

		if (name[n] != '=' || name[n + 1] != '\'' ||
		    (end = strchr(value, '\'')) == NULL)
			break;
		put_member(v, text, span_make(name, n),
		    span_make(value, (size_t)(end - value)), out);
		at = (size_t)(end + 1 - text);
	}
	/* What is no such member ("Body=?"), and all behind it, is any text. */
	veil_line(v, span_of(text + at), out);
	return out->len > before;
}

void
veil_command(const struct veil *v, const char *text, struct buf *out)
{
	struct joining j = { .most = SIZE_MAX, .quoted = true, .out = out };
	struct words *w;
	bool bad = false;

	if (text == NULL)
		return;
	if ((w = read_words(text, &bad)) != NULL)
		put_words(v, w, &j);
	else if (bad)
		out->bad = true;
	else if (!put_call(v, text, out))
		veil_line(v, span_of(text), out);
	words_free(w);
}

char *
veil_command_text(const struct veil *v, const char *text)
{
	struct buf out;
	char *s;

	if (text == NULL)
		return NULL;
	buf_init(&out, mask_growth(strlen(text)) + CANON_MOST);
	veil_command(v, text, &out);
	s = buf_ok(&out) ? span_dup(buf_span(&out)) : NULL;
	buf_clear(&out);
	return s;
}
