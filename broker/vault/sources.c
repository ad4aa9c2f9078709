/* The gateway's own credentials; see sources.h.  Does no network. */
#include "broker/vault/sources.h"

#include <stdlib.h>
#include <string.h>

#include "broker/vault/secretfile.h"

#define SECRET_MAX 256
#define TOKEN_MAX 16384

enum part {
	PART_ID,
	PART_SECRET,
	PART_TOKEN,
	PARTS,
};

/* The parts as found; empty where there is none. */
struct found {
	struct span part[PARTS];
};

static const char *const variables[PARTS] = { "AWS_ACCESS_KEY_ID",
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN" };

static bool
printable(struct span s, size_t max)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7F)
			return false;
	return s.len > 0 && s.len <= max;
}

static bool
key_id_ok(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			return false;
	}
	return s.len >= 4 && s.len < SOURCES_KEY_ID;
}

enum rc
sources_make(struct span id, struct span secret, struct span token,
    struct sources_key **ret, struct err *err)
{
	struct sources_key *k;
	enum rc rc;

	if (id.len == 0 || secret.len == 0)
		return err_set(err, RC_REFUSE, "the key id or the secret is missing");
	if (!key_id_ok(id) || !printable(secret, SECRET_MAX) ||
	    (token.len > 0 && !printable(token, TOKEN_MAX)))
		return err_set(
		    err, RC_REFUSE, "a key id, secret or token is ill-formed");
	if ((k = calloc(1, sizeof *k)) == NULL)
		return err_memory(err);
	(void)span_copy(id, k->access_key_id, sizeof k->access_key_id);
	if ((rc = secret_copy(secret, &k->secret, err)) == RC_OK && token.len > 0)
		rc = secret_copy(token, &k->token, err);
	if (rc != RC_OK) {
		sources_free(k);
		return rc;
	}
	*ret = k;
	return RC_OK;
}

static enum rc
make_key(const struct found *f, struct sources_key **ret, struct err *err)
{
	return sources_make(
	    f->part[PART_ID], f->part[PART_SECRET], f->part[PART_TOKEN], ret, err);
}

enum rc
sources_environment(struct sources_key **ret, struct err *err)
{
	struct found f;
	enum rc rc;

	for (unsigned i = 0; i < PARTS; i++)
		f.part[i] = span_of(getenv(variables[i]));
	if ((rc = make_key(&f, ret, err)) != RC_OK)
		err_add(err, "credentials from the environment");
	for (unsigned i = 0; i < PARTS; i++)
		sources_forget(variables[i]);
	return rc;
}

void
sources_forget(const char *variable)
{
	char *value = getenv(variable);

	if (value != NULL)
		explicit_bzero(value, strlen(value));
	(void)unsetenv(variable);
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_make(s.p + 1, s.len - 1);
	while (s.len > 0 && strchr(" \t\r", s.p[s.len - 1]) != NULL &&
	       s.p[s.len - 1] != '\0')
		s.len--;
	return s;
}

struct ini {
	const char *profile;
	struct found *found;
	bool inside; /* in the section asked for */
	bool seen;   /* it has begun once */
};

static enum rc
read_section(struct ini *ini, struct span line, struct err *err)
{
	if (line.len < 3 || line.p[line.len - 1] != ']')
		return err_set(err, RC_REFUSE, "an ill-formed section");
	ini->inside = span_is(trim(span_make(line.p + 1, line.len - 2)), ini->profile);
	if (ini->inside && ini->seen)
		return err_set(err, RC_REFUSE, "the section stands twice");
	ini->seen = ini->seen || ini->inside;
	return RC_OK;
}

static enum rc
read_line(struct ini *ini, struct span line, struct err *err)
{
	static const char *const names[PARTS] = { "aws_access_key_id",
		"aws_secret_access_key", "aws_session_token" };
	const uint8_t *eq;
	struct span key;

	line = trim(line);
	if (line.len == 0 || line.p[0] == '#' || line.p[0] == ';')
		return RC_OK;
	if (line.p[0] == '[')
		return read_section(ini, line, err);
	if ((eq = memchr(line.p, '=', line.len)) == NULL)
		return err_set(err, RC_REFUSE, "neither a section nor \"key = value\"");
	key = trim(span_make(line.p, (size_t)(eq - line.p)));
	for (unsigned i = 0; ini->inside && i < PARTS; i++) {
		if (!span_is(key, names[i]))
			continue;
		if (ini->found->part[i].len > 0)
			return err_set(err, RC_REFUSE, "%s stands twice", names[i]);
		ini->found->part[i] =
		    trim(span_make(eq + 1, line.len - (size_t)(eq - line.p) - 1));
	}
	return RC_OK;
}

enum rc
sources_parse(
    struct span text, const char *profile, struct sources_key **ret, struct err *err)
{
	struct found f = { 0 };
	struct ini ini = { .profile = profile, .found = &f };
	enum rc rc;

	for (unsigned number = 1; text.len > 0; number++) {
		const uint8_t *end = memchr(text.p, '\n', text.len);
		size_t n = end == NULL ? text.len : (size_t)(end - text.p);

		if ((rc = read_line(&ini, span_make(text.p, n), err)) != RC_OK) {
			err_add(err, "line %u", number);
			return rc;
		}
		n += end != NULL;
		text = span_make(text.p + n, text.len - n);
	}
	if (!ini.seen)
		return err_set(err, RC_REFUSE, "there is no section [%s]", profile);
	return make_key(&f, ret, err);
}

enum rc
sources_file(
    const char *path, const char *profile, struct sources_key **ret, struct err *err)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, SOURCES_FILE_MAX + SECRETFILE_PAGE);
	if ((rc = secretfile_read(path, SOURCES_FILE_MAX, &text, err)) == RC_OK)
		rc = sources_parse(buf_span(&text), profile, ret, err);
	if (rc != RC_OK)
		err_add(err, "the file of AWS credentials");
	buf_clear(&text);
	return rc;
}

void
sources_free(struct sources_key *k)
{
	if (k == NULL)
		return;
	secret_free(k->secret);
	secret_free(k->token);
	explicit_bzero(k, sizeof *k);
	free(k);
}
