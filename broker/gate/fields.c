/* Secrets by the names of their members; see fields.h. */
#include "broker/gate/fields.h"

#include <string.h>
#include <strings.h>

#define LEVELS 64 /* deeper, a value's siblings are not looked at */

/* What a name ends with, in lower case and without '-' and '_'. */
static const char *const endings[] = { "password", "passwd", "passphrase", "pwd",
	"secret", "secretkey", "secretaccesskey", "secretstring", "secretbinary",
	"sessiontoken", "securitytoken", "authorizationtoken", "token", "apikey",
	"apikeys", "clientsecret", "privatekey", "privatekeybase64", "keymaterial",
	"passworddata", "plaintext", "presharedkey", "authkey", "tokenvalue",
	"signingkey", "webhooksecret", "encryptionkey", "connectionstring",
	"stringseed", "qrcodepng", "secretcode", "userdata", "streamurl",
	"basicauthcredentials", "randompassword", "credentials.secretkey",
	"sshprivatekey", "licensekey",
	/* S3's, of objects; VPN's, whole; those of CHAP, EventBridge, APNS, SNS, SFTP */
	"customerkey", "customergatewayconfiguration", "secrettoauthenticateinitiator",
	"secrettoauthenticatetarget", "apikeyvalue", "tokenkey", "platformcredential",
	"hostkey", "hostkeybody" };
/* Whole names that end so and are none. */
static const char *const nevers[] = { "nexttoken", "nextforwardtoken",
	"nextbackwardtoken", "nextcontinuationtoken", "continuationtoken",
	"paginationtoken", "startingtoken", "clienttoken", "clientrequesttoken",
	"requesttoken", "changetoken", "locktoken", "updatetoken", "idempotencytoken",
	"creationtoken", "nextpagetoken", "pagetoken", "sequencetoken",
	"uploadsequencetoken", "nextsequencetoken", "expectedsequencetoken",
	"httptokens", "tokentype", "nexttokens", "marker" };

/* Members that no name tells, by operation. */
static const struct {
	const char *service, *operation, *name; /* name as folded */
	const char *unless, *is[3];		/* a member, and what it then says */
} odd[] = {
	/* Without a type it may write over a SecureString. */
	{ "ssm", "PutParameter", "value", "Type", { "String", "StringList", NULL } },
	{ "apigateway", "CreateApiKey", "value", NULL, { NULL } },
	{ "cognito-idp", "VerifySoftwareToken", "usercode", NULL, { NULL } },
	{ "route53domains", "TransferDomain", "authcode", NULL, { NULL } },
};

static const char *const name_fields[] = { "name", "key", "parameterkey", "outputkey",
	"parametername", "optionname", "headername", "attributename", "variablename" };
static const char *const value_fields[] = { "value", "parametervalue", "outputvalue",
	"resolvedvalue", "defaultvalue", "optionvalue", "headervalue", "attributevalue",
	"stringvalue", "binaryvalue" };

static unsigned
hex(uint8_t c)
{
	return c >= '0' && c <= '9'   ? c - (unsigned)'0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10u
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10u
				      : 16;
}

/* The character at p[*i], which is passed: "\u0053" and "%53" are an S. */
static char
next_char(struct span s, size_t *i)
{
	size_t at = *i;

	if (s.len - at >= 6 && memcmp(s.p + at, "\\u00", 4) == 0)
		at += 4;
	else if (s.len - at >= 3 && s.p[at] == '%')
		at++;
	if (at > *i && hex(s.p[at]) < 8 && hex(s.p[at + 1]) < 16) {
		*i = at + 2;
		return (char)(hex(s.p[at]) << 4 | hex(s.p[at + 1]));
	}
	return (char)s.p[(*i)++];
}

/* In lower case, without the bytes that some spell and others leave out.  Only the part
 * behind the last dot that is no number: "Parameter.1.Value" is a "value". */
void
fields_fold(struct span name, char out[FIELDS_NAME])
{
	size_t n = 0, from = 0, end = name.len;

	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] == '.' && i + 1 < name.len &&
		    (name.p[i + 1] < '0' || name.p[i + 1] > '9'))
			from = i + 1;
	for (size_t i = from; i < name.len; i++)
		if (name.p[i] == '.') {
			end = i;
			break;
		}
	if (end - from >= FIELDS_NAME)
		from = end - (FIELDS_NAME - 1);
	for (size_t i = from; i < end;) {
		char c = next_char(span_make(name.p, end), &i);

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != '-' && c != '_')
			out[n++] = c;
	}
	out[n] = '\0';
}

static bool
listed(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}
#define LISTED(name, list) listed(name, list, sizeof(list) / sizeof(list)[0])

static bool
ends_badly(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		size_t m = strlen(endings[i]);

		if (n >= m && strcmp(name + n - m, endings[i]) == 0)
			return true;
	}
	return false;
}

bool
fields_secret(struct span name)
{
	char folded[FIELDS_NAME];

	fields_fold(name, folded);
	return !LISTED(folded, nevers) && ends_badly(folded);
}

bool
fields_never(struct span name)
{
	char folded[FIELDS_NAME];

	fields_fold(name, folded);
	return LISTED(folded, nevers);
}

static bool
says(const struct apicall *call, const char *name, const char *const *values)
{
	const struct apicall_param *p;
	size_t at = 0;

	while ((p = apicall_next(call, name, &at)) != NULL)
		for (size_t i = 0; p->known && values[i] != NULL; i++)
			if (span_is(p->value, values[i]))
				return true;
	return false;
}

bool
fields_secret_of(const struct apicall *call, struct span name)
{
	char folded[FIELDS_NAME];

	if (call == NULL || (name.len > 0 && memchr(name.p, '.', name.len) != NULL))
		return false;
	fields_fold(name, folded);
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		if (strcmp(odd[i].service, apicall_service(call)) == 0 &&
		    strcmp(odd[i].operation, apicall_operation(call)) == 0 &&
		    strcmp(odd[i].name, folded) == 0)
			return odd[i].unless == NULL ||
			       !says(call, odd[i].unless, odd[i].is);
	return false;
}

bool
fields_value(struct span name)
{
	char folded[FIELDS_NAME];

	fields_fold(name, folded);
	return LISTED(folded, value_fields);
}

bool
fields_tells(struct span name, struct span value)
{
	char field[FIELDS_NAME], said[FIELDS_NAME];

	fields_fold(name, field);
	if (LISTED(field, name_fields))
		return fields_secret(value);
	if (strcmp(field, "type") != 0)
		return false;
	fields_fold(value, said);
	return strcmp(said, "securestring") == 0;
}

bool
fields_harmless(struct span v)
{
	static const char *const whole[] = { "true", "false", "null", "none", "nil" };
	static const char *const starts[] = { "arn:", "{{resolve:", "****",
		FIELDS_MASK };

	if (v.len == 0)
		return true;
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		if (v.len == strlen(whole[i]) &&
		    strncasecmp((const char *)v.p, whole[i], v.len) == 0)
			return true;
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (span_starts(v, starts[i]))
			return true;
	return false;
}

static bool
has(struct span text, const char *what)
{
	return text.len > 0 && memmem(text.p, text.len, what, strlen(what)) != NULL;
}

static bool
blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
fields_presigned(struct span v)
{
	return has(v, "X-Amz-Signature") || has(v, "X-Amz-Security-Token") ||
	       has(v, "x-amz-security-token");
}

enum fields_form
fields_form(struct span type, struct span text)
{
	static const struct {
		const char *word;
		enum fields_form form;
	} words[] = {
		{ "json", FIELDS_JSON },
		{ "xml", FIELDS_XML },
		{ "x-www-form-urlencoded", FIELDS_QUERY },
	};
	char folded[128];
	size_t n = type.len < sizeof folded - 1 ? type.len : sizeof folded - 1;

	for (size_t i = 0; i < n; i++)
		folded[i] = (char)(type.p[i] | 0x20);
	folded[n] = '\0';
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strstr(folded, words[i].word) != NULL)
			return words[i].form;
	while (text.len > 0 && blank(text.p[0]))
		text = span_make(text.p + 1, text.len - 1);
	if (text.len > 0 && (text.p[0] == '{' || text.p[0] == '['))
		return FIELDS_JSON;
	return text.len > 0 && text.p[0] == '<' ? FIELDS_XML : FIELDS_OTHER;
}

/* ---- siblings: a value is known by the name beside it ---- */

struct level {
	bool list;	/* of one name's values */
	bool below;	/* that name is a secret's */
	bool secret;	/* so are values here: it is, or a sibling says so */
	size_t at, len; /* the value in out; len 0: none yet */
};

struct mask {
	struct buf *out;
	const struct apicall *call;
	struct level levels[LEVELS];
	size_t depth;
};

static struct level *
here(struct mask *m)
{
	return m->depth < LEVELS ? &m->levels[m->depth] : NULL;
}

/* Into what a name holds: {"UserData": {"Value": …}} is as secret as without. */
static void
down(struct mask *m, struct span name, bool list)
{
	bool below = (name.len > 0 && fields_secret(name)) ||
		     (here(m) != NULL && here(m)->list && here(m)->below);

	m->depth++;
	if (here(m) != NULL)
		*here(m) =
		    (struct level){ .list = list, .below = below, .secret = below };
}

static void
up(struct mask *m)
{
	if (m->depth > 0)
		m->depth--;
}

/* Put the mask in place of what was given out before. */
static void
splice(struct mask *m, struct level *l)
{
	const size_t n = sizeof FIELDS_MASK - 1;
	size_t tail;

	if (l->len == 0 || !buf_ok(m->out) || l->at + l->len > m->out->len ||
	    fields_harmless(span_make(m->out->p + l->at, l->len)))
		return;
	tail = m->out->len - l->at - l->len;
	if (n > l->len && buf_room(m->out, n - l->len) == NULL)
		return;
	memmove(m->out->p + l->at + n, m->out->p + l->at + l->len, tail);
	memcpy(m->out->p + l->at, FIELDS_MASK, n);
	m->out->len = l->at + n + tail;
	l->len = 0;
}

/* Those are members of the operation itself, not of what lies within. */
static bool
odd_one(const struct mask *m, struct span name)
{
	return m->depth == 1 && fields_secret_of(m->call, name);
}

/* One member: its value, or the mask. */
static void
member(struct mask *m, struct span name, struct span value)
{
	struct level *l = here(m);
	bool valued = fields_value(name);

	if (l != NULL && fields_tells(name, value)) {
		l->secret = true;
		splice(m, l);
	}
	if (fields_presigned(value) ||
	    (!fields_harmless(value) && (fields_secret(name) || odd_one(m, name) ||
					    (l != NULL && l->secret && valued)))) {
		buf_text(m->out, FIELDS_MASK);
		return;
	}
	if (l != NULL && valued) {
		l->at = m->out->len;
		l->len = value.len;
	}
	buf_span_put(m->out, value);
}

/* ---- JSON ---- */

/* The string that begins behind p[at]'s quote: its end (the closing quote, or the end
 * of the text). */
static size_t
string_end(struct span t, size_t at)
{
	while (at < t.len && t.p[at] != '"')
		at += t.p[at] == '\\' && at + 1 < t.len ? 2 : 1;
	return at < t.len ? at : t.len;
}

static size_t
scalar_end(struct span t, size_t at)
{
	while (at < t.len && memchr(",]} \t\r\n", t.p[at], 7) == NULL)
		at++;
	return at;
}

/* A bare value under a secret name becomes a string, so that JSON stays JSON. */
static size_t
bare(struct mask *m, struct span t, size_t at, struct span name)
{
	size_t end = scalar_end(t, at);
	struct span value = span_make(t.p + at, end - at);

	if (name.p != NULL && !fields_harmless(value) &&
	    (fields_secret(name) || odd_one(m, name)))
		buf_printf(m->out, "\"%s\"", FIELDS_MASK);
	else
		buf_span_put(m->out, value);
	return end > at ? end : at + 1;
}

/* A string at the quote p[at]; *name is the member it is the value of, or becomes the
 * name of the next value. */
static size_t
quoted(struct mask *m, struct span t, size_t at, struct span *name)
{
	size_t end = string_end(t, at + 1), next = end + 1;
	struct span text = span_make(t.p + at + 1, end - at - 1);

	buf_u8(m->out, '"');
	while (next < t.len && blank(t.p[next]))
		next++;
	if (next < t.len && t.p[next] == ':') {
		buf_span_put(m->out, text);
		*name = text;
	} else {
		member(m, *name, text);
	}
	if (end < t.len)
		buf_u8(m->out, '"');
	return end + 1;
}

static void
mask_json(struct mask *m, struct span t)
{
	struct span name = { NULL, 0 };

	for (size_t at = 0; at < t.len;) {
		uint8_t c = t.p[at];

		if (c == '"') {
			at = quoted(m, t, at, &name);
			continue;
		}
		if (c == '{' || c == '[')
			down(m, name, c == '[');
		else if (c == '}' || c == ']')
			up(m);
		/* All that stands in a list is of the list's name. */
		if (c == '{' || c == '}' ||
		    (c == ',' && (here(m) == NULL || !here(m)->list)))
			name = span_make(NULL, 0);
		if (blank(c) || memchr("{}[],:", c, 6) != NULL) {
			buf_u8(m->out, c);
			at++;
		} else {
			at = bare(m, t, at, name);
		}
	}
}

/* ---- XML ---- */

static struct span
tag_name(struct span tag)
{
	size_t n = 0;

	while (n < tag.len && !blank(tag.p[n]) && tag.p[n] != '/' && tag.p[n] != '>')
		n++;
	return span_make(tag.p, n);
}

static void
mask_xml(struct mask *m, struct span t)
{
	struct span open = { NULL, 0 }; /* the tag that was opened last */

	for (size_t at = 0; at < t.len;) {
		const uint8_t *lt = memchr(t.p + at, '<', t.len - at), *gt;
		size_t n = lt != NULL ? (size_t)(lt - t.p) - at : t.len - at;
		struct span tag;

		member(m, open, span_make(t.p + at, n));
		at += n;
		if (at == t.len)
			return;
		gt = memchr(t.p + at, '>', t.len - at);
		n = gt != NULL ? (size_t)(gt - t.p) + 1 - at : t.len - at;
		tag = span_make(t.p + at + 1, n - 1);
		buf_put(m->out, t.p + at, n);
		at += n;
		if (tag.len > 0 && tag.p[0] == '/') {
			/* Behind the end of a leaf its siblings follow. */
			if (open.p == NULL)
				up(m);
			open = span_make(NULL, 0);
		} else if (tag.len > 1 && tag.p[0] != '?' && tag.p[0] != '!' &&
			   tag.p[tag.len - 2] != '/') {
			if (open.p != NULL)
				down(m, open, false);
			open = tag_name(tag);
		}
	}
}

/* ---- forms ---- */

/* Members of one structure share all that stands before the last dot. */
static struct span
prefix(struct span name)
{
	size_t n = name.len;

	while (n > 0 && name.p[n - 1] != '.')
		n--;
	return span_make(name.p, n);
}

static void
mask_query(struct mask *m, struct span t)
{
	struct span of = { NULL, 0 };

	for (size_t at = 0; at < t.len;) {
		const uint8_t *amp = memchr(t.p + at, '&', t.len - at);
		size_t n = amp != NULL ? (size_t)(amp - t.p) - at : t.len - at;
		const uint8_t *eq = memchr(t.p + at, '=', n);
		size_t key = eq != NULL ? (size_t)(eq - t.p) - at : n;
		struct span name = span_make(t.p + at, key);

		if (!span_eq(prefix(name), of)) {
			up(m);
			of = prefix(name);
			down(m, of, false);
		}
		buf_span_put(m->out, name);
		if (eq != NULL) {
			buf_u8(m->out, '=');
			member(m, name, span_make(eq + 1, n - key - 1));
		}
		if (amp != NULL)
			buf_u8(m->out, '&');
		at += n + 1;
	}
}

void
fields_mask(enum fields_form form, const struct apicall *call, struct span text,
    struct buf *out)
{
	struct mask m = { .out = out, .call = call };

	switch (form) {
	case FIELDS_JSON:
		mask_json(&m, text);
		break;
	case FIELDS_XML:
		mask_xml(&m, text);
		break;
	case FIELDS_QUERY:
		mask_query(&m, text);
		break;
	case FIELDS_OTHER:
		buf_span_put(out, text);
		break;
	}
}
