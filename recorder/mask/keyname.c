/* Names of fields that hold secrets; see keyname.h.  What stands in such a field is not
 * looked at here. */
#include "recorder/mask/keyname.h"

#include <string.h>

#define NAMES_MOST 640
#define NEVER_MOST 320

/* In folded spelling.  Names that end in another one of the same kind need no row. */
static const char *const strong[] = {
	"password",
	"passwd",
	"passphrase",
	"secret_key",
	"secret_access_key",
	"secret_string",
	"secret_binary",
	"session_token",
	"security_token",
	"authorization_token",
	"authentication_token",
	"access_token",
	"refresh_token",
	"id_token",
	"auth_token",
	"bearer_token",
	"api_key",
	"api_secret_key",
	"api_token",
	"client_secret",
	"private_key",
	"private_key_base64",
	"client_key_data",
	"key_material",
	"password_data",
	"pre_shared_key",
	"preshared_key",
	"shared_secret",
	"auth_key",
	"token_value",
	"signing_key",
	"signing_secret",
	"webhook_secret",
	"encryption_key",
	"jwt_secret",
	"connection_string",
	"mysql_pwd",
	"db_pwd",
	"db_pass",
	"user_pass",
	"smtp_pass",
	"mysql_pass",
	"root_pass",
	"admin_pass",
	"string_seed",
	"secret_code",
	"account_key",
	"shared_access_key",
	"basic_auth_credentials",
};

static const char *const weak[] = { "token", "secret", "plaintext", "pwd" };

/* Whole names. */
static const char *const never[] = {
	"next_token",
	"next_forward_token",
	"next_backward_token",
	"next_continuation_token",
	"continuation_token",
	"pagination_token",
	"starting_token",
	"start_token",
	"page_token",
	"next_page_token",
	"client_token",
	"client_request_token",
	"unique_request_token",
	"request_token",
	"change_token",
	"lock_token",
	"next_lock_token",
	"web_acl_lock_token",
	"next_web_acl_lock_token",
	"update_token",
	"list_update_token",
	"policy_update_token",
	"source_update_token",
	"idempotency_token",
	"client_idempotency_token",
	"amzn_client_token",
	"creation_token",
	"sequence_token",
	"next_sequence_token",
	"expected_sequence_token",
	"upload_sequence_token",
	"next_poll_configuration_token",
	"lifecycle_action_token",
	"copy_product_token",
	"event_source_token",
	"http_tokens",
	"token_type",
	"token_endpoint",
	"public_key_material",
	"old_pwd",
};

struct row {
	char folded[KEYNAME_MOST];
	char text[KEYNAME_MOST]; /* without what parts words */
	uint8_t len;		 /* of text */
	uint8_t is;		 /* enum keyname */
};

struct keynames {
	size_t n, n_never;
	struct row rows[NAMES_MOST];
	struct row nevers[NEVER_MOST];
};

static bool
parts(uint8_t c)
{
	return c == '_' || c == '-' || c == '.' || c == ' ';
}

static bool
upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
lower(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Does a word begin at i, as camel case writes it? */
static bool
hump(struct span s, size_t i)
{
	if (i == 0 || !upper(s.p[i]))
		return false;
	return lower(s.p[i - 1]) || (upper(s.p[i - 1]) && i + 1 < s.len &&
					s.p[i + 1] >= 'a' && s.p[i + 1] <= 'z');
}

bool
keyname_fold(struct span name, char ret[KEYNAME_MOST])
{
	char out[KEYNAME_MOST];
	size_t n = 0;
	bool gap = false;

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i];

		if (parts(c)) {
			gap = true;
			continue;
		}
		if (!upper(c) && !lower(c))
			return false;
		if (n + 2 >= sizeof out)
			return false;
		if (n > 0 && (gap || hump(name, i)))
			out[n++] = '_';
		gap = false;
		out[n++] = (char)(upper(c) ? c | 0x20 : c);
	}
	if (n == 0)
		return false;
	out[n] = '\0';
	memcpy(ret, out, n + 1);
	return true;
}

/* The last bytes of a name without case and what parts words, from the end of out on
 * backwards; how many. */
static size_t
squeeze(struct span s, char out[KEYNAME_MOST])
{
	size_t at = KEYNAME_MOST;

	for (size_t i = s.len; i > 0 && at > 0; i--) {
		uint8_t c = s.p[i - 1];

		if (parts(c))
			continue;
		out[--at] = (char)(upper(c) ? c | 0x20 : c);
	}
	return KEYNAME_MOST - at;
}

static void
fill(struct row *r, const char *folded, enum keyname is)
{
	char text[KEYNAME_MOST];
	size_t n = squeeze(span_of(folded), text);

	if (n >= sizeof r->text)
		n = sizeof r->text - 1;
	strncpy(r->folded, folded, sizeof r->folded - 1);
	memcpy(r->text, text + KEYNAME_MOST - n, n);
	r->len = (uint8_t)n;
	r->is = (uint8_t)is;
}

static void
add(struct keynames *k, const char *folded, enum keyname is)
{
	if (is == KEYNAME_NO) {
		if (k->n_never < NEVER_MOST)
			fill(&k->nevers[k->n_never++], folded, is);
		return;
	}
	if (k->n < NAMES_MOST)
		fill(&k->rows[k->n++], folded, is);
}

/* The configuration may say its names in any spelling. */
static void
add_policy(
    struct keynames *k, const struct mask_policy *p, enum mask_keys of, enum keyname is)
{
	char folded[KEYNAME_MOST];

	for (size_t i = 0; i < mask_policy_keys(p, of); i++)
		if (keyname_fold(span_of(mask_policy_key(p, of, i)), folded))
			add(k, folded, is);
}

_Static_assert(
    sizeof strong / sizeof strong[0] + sizeof weak / sizeof weak[0] + 2 * MASK_KEYS <=
	NAMES_MOST,
    "room for all names");
_Static_assert(sizeof never / sizeof never[0] + MASK_KEYS <= NEVER_MOST,
    "room for all names that are none");

const struct keynames *
keynames_build(struct mask_build *b)
{
	const struct mask_policy *p = mask_build_policy(b);
	struct keynames *k = mask_build_keep(b, sizeof *k);

	if (k == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof strong / sizeof strong[0]; i++)
		add(k, strong[i], KEYNAME_YES);
	for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
		add(k, weak[i], KEYNAME_WEAK);
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		add(k, never[i], KEYNAME_NO);
	add_policy(k, p, MASK_KEYS_ADD, KEYNAME_YES);
	add_policy(k, p, MASK_KEYS_WEAK, KEYNAME_WEAK);
	add_policy(k, p, MASK_KEYS_NEVER, KEYNAME_NO);
	return k;
}

static bool
is_never(const struct keynames *k, const char *text, size_t n)
{
	for (size_t i = 0; i < k->n_never; i++)
		if (k->nevers[i].len == n && memcmp(k->nevers[i].text, text, n) == 0)
			return true;
	return false;
}

/* What follows the last dot; all of it without one. */
static struct span
last_part(struct span s)
{
	size_t at = s.len;

	while (at > 0 && s.p[at - 1] != '.')
		at--;
	return span_make(s.p + at, s.len - at);
}

enum keyname
keyname_judge(const struct keynames *k, struct span identifier)
{
	char room[KEYNAME_MOST];
	size_t n = squeeze(last_part(identifier), room), best = 0;
	enum keyname is = KEYNAME_NO;

	if (is_never(k, room + KEYNAME_MOST - n, n))
		return KEYNAME_NO;
	n = squeeze(identifier, room);
	if (is_never(k, room + KEYNAME_MOST - n, n))
		return KEYNAME_NO;
	for (size_t i = 0; i < k->n; i++) {
		const struct row *r = &k->rows[i];

		if (r->len <= n && (r->len > best || (r->len == best && r->is > is)) &&
		    room[KEYNAME_MOST - 1] == r->text[r->len - 1] &&
		    memcmp(room + KEYNAME_MOST - r->len, r->text, r->len) == 0) {
			best = r->len;
			is = (enum keyname)r->is;
		}
	}
	return is;
}

/* Does another name's literal stand at the end of this one's? */
static bool
covered(const struct keynames *k, const struct row *r)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct row *o = &k->rows[i];

		if (o->len == r->len && o < r && memcmp(o->text, r->text, o->len) == 0)
			return true;
		if (o->len < r->len && strchr(o->folded, '_') == NULL &&
		    memcmp(o->text, r->text + r->len - o->len, o->len) == 0)
			return true;
	}
	return false;
}

/* The words, joined by this ('\0': nothing). */
static size_t
join(const struct row *r, char by, char out[KEYNAME_MOST])
{
	size_t n = 0;

	for (const char *p = r->folded; *p != '\0'; p++)
		if (*p != '_')
			out[n++] = *p;
		else if (by != '\0')
			out[n++] = by;
	return n;
}

static void
literal(struct mask_build *b, const struct keynames *k, const struct row *r, char by,
    mask_verify_fn *verify)
{
	char text[KEYNAME_MOST];
	size_t n = join(r, by, text);
	struct keyname_literal *l;

	if (n < 3 || n > MASK_LITERAL || (l = mask_build_keep(b, sizeof *l)) == NULL)
		return;
	*l = (struct keyname_literal){ k, n };
	mask_build_literal(b, span_make(text, n), MASK_SHOWN, verify, l);
}

void
keyname_literals(struct mask_build *b, const struct keynames *k, mask_verify_fn *verify)
{
	static const char by[] = { '\0', '_', '-', ' ', '.' };

	for (size_t i = 0; i < k->n; i++) {
		bool words = strchr(k->rows[i].folded, '_') != NULL;

		for (size_t j = 0; j < (words ? sizeof by : 1); j++)
			if (!covered(k, &k->rows[i]))
				literal(b, k, &k->rows[i], by[j], verify);
	}
}
