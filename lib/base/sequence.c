/* The list of escape sequences that pass; see sequence.h.  Names and meanings are
 * those of ECMA-48, of the DEC VT manuals and of xterm's "Control Sequences". */
#include "lib/base/sequence.h"

#include <string.h>

#define DIGITS_MOST 5 /* no coordinate, colour or mode has more */
#define PARAMS_MOST 32

/* The modes that may be set or reset.  Not among them, because they change what
 * keys, mouse or the terminal itself send: KAM 2, SRM 12, LNM 20, DECCKM ?1, mouse
 * ?9 and ?1000 to ?1016, focus ?1004, bracketed paste ?2004, keypad ?66. */
static const unsigned ansi_modes[] = { 4 /* IRM */ };
static const unsigned dec_modes[] = { 5 /* DECSCNM */, 6 /* DECOM */, 7 /* DECAWM */,
	12 /* blink */, 25 /* DECTCEM */, 45 /* reverse wrap */, 47, 69 /* DECLRMM */,
	1047, 1048, 1049 };
static const unsigned alt_modes[] = { 47, 1047, 1049 };
/* Erasing 3, the scrollback, would take from the watcher what was already seen. */
static const unsigned erasures[] = { 0, 1, 2 };

#define LIST(t) t, sizeof(t) / sizeof(t)[0]

/* What passes.  T with more parameters starts xterm's highlight tracking, and u with
 * any speaks the keyboard protocol of kitty: hence the bounds. */
static const struct csi {
	char prefix, inter; /* '\0' for none */
	const char *finals;
	size_t most;		/* parameters */
	bool colon;		/* sub-parameters, as in 38:2:R:G:B */
	const unsigned *values; /* of each parameter; NULL for any */
	size_t nvalues;
} allowed[] = {
	{ '\0', '\0', "@ABCDEFGILMPSTXZ`abdeg", 1, false, NULL, 0 },
	{ '\0', '\0', "Hfrs", 2, false, NULL, 0 },
	{ '\0', '\0', "u", 0, false, NULL, 0 },
	{ '\0', '\0', "JK", 1, false, LIST(erasures) },
	{ '?', '\0', "JK", 1, false, LIST(erasures) },
	{ '\0', '\0', "m", PARAMS_MOST, true, NULL, 0 },
	{ '\0', '\0', "hl", PARAMS_MOST, false, LIST(ansi_modes) },
	{ '?', '\0', "hl", PARAMS_MOST, false, LIST(dec_modes) },
	{ '\0', ' ', "q", 1, false, NULL, 0 }, /* cursor shape */
	{ '\0', '!', "p", 0, false, NULL, 0 }, /* soft reset */
};

static const struct esc {
	const char *inters; /* "" for none; else one of these */
	const char *finals;
} allowed_esc[] = {
	{ "", "78DEHM" }, /* save, restore, index, next line, tab stop, reverse index */
	{ "()*+", "0AB" }, /* line drawing and back; no locking shift, no ISO 2022 */
	{ "#", "34568" },  /* line sizes, alignment pattern */
};

/* The numeric value of a parameter; empty is 0 (ECMA-48 5.4.2).  False if it is not
 * a short decimal number, or holds colons where none may stand. */
static bool
param_value(struct span p, bool colon, unsigned *ret)
{
	unsigned v = 0;
	size_t digits = 0;

	for (size_t i = 0; i < p.len; i++) {
		if (p.p[i] == ':' && colon) {
			digits = 0;
			continue;
		}
		if (p.p[i] < '0' || p.p[i] > '9' || ++digits > DIGITS_MOST)
			return false;
		v = v * 10 + (p.p[i] - '0');
	}
	*ret = v;
	return true;
}

static bool
listed(const unsigned *list, size_t n, unsigned v)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == v)
			return true;
	return false;
}

/* Take the next parameter off *s.  False when there is none left; *s.p is NULL then,
 * so that "1;" gives two. */
static bool
param_next(struct span *s, struct span *ret)
{
	const uint8_t *semi;

	if (s->p == NULL)
		return false;
	semi = s->len ? memchr(s->p, ';', s->len) : NULL;
	*ret = span_make(s->p, semi ? (size_t)(semi - s->p) : s->len);
	*s = semi ? span_make(semi + 1, s->len - ret->len - 1) : span_make(NULL, 0);
	return true;
}

static const struct csi *
csi_find(uint8_t prefix, uint8_t inter, uint8_t final)
{
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		const struct csi *c = &allowed[i];

		if ((uint8_t)c->prefix == prefix && (uint8_t)c->inter == inter &&
		    final != 0 && strchr(c->finals, final) != NULL)
			return c;
	}
	return NULL;
}

/* Split body into prefix, parameters and intermediate byte.  False if it holds more
 * than one of the latter, or bytes out of order. */
static bool
csi_split(struct span body, uint8_t *prefix, struct span *params, uint8_t *inter)
{
	*prefix = *inter = 0;
	if (body.len > 0 && body.p[0] >= '<' && body.p[0] <= '?') {
		*prefix = body.p[0];
		body = span_make(body.p + 1, body.len - 1);
	}
	if (body.len > 0 && body.p[body.len - 1] < '0')
		*inter = body.p[--body.len];
	for (size_t i = 0; i < body.len; i++)
		if (body.p[i] < '0' || body.p[i] > ';')
			return false;
	*params = body;
	return true;
}

/* Append the parameters that c allows to kept.  False if the sequence is malformed;
 * *all tells whether none was taken away. */
static bool
params_keep(
    const struct csi *c, struct span params, struct buf *kept, size_t *nkept, bool *all)
{
	struct span p;
	unsigned v;
	size_t n = 0;

	*nkept = 0;
	*all = true;
	while (param_next(&params, &p)) {
		if (++n > c->most || !param_value(p, c->colon, &v))
			return false;
		if (c->values != NULL && !listed(c->values, c->nvalues, v)) {
			*all = false;
			continue;
		}
		if ((*nkept)++ > 0)
			buf_u8(kept, ';');
		buf_span_put(kept, p);
	}
	return true;
}

bool
sequence_csi(struct buf *out, struct span body, uint8_t final)
{
	const struct csi *c;
	struct span params;
	struct buf kept;
	uint8_t prefix, inter;
	size_t nkept;
	bool all = false;

	if (body.len > SEQUENCE_MOST || !csi_split(body, &prefix, &params, &inter) ||
	    (c = csi_find(prefix, inter, final)) == NULL)
		return false;
	/* One empty parameter is no parameter where none may stand. */
	if (params.len == 0 && c->most == 0)
		params.p = NULL;
	buf_init(&kept, SEQUENCE_MOST);
	if (!params_keep(c, params, &kept, &nkept, &all) || !buf_ok(&kept))
		all = false;
	else if (nkept > 0 || c->most == 0) {
		buf_text(out, "\033[");
		if (prefix != 0)
			buf_u8(out, prefix);
		buf_span_put(out, buf_span(&kept));
		if (inter != 0)
			buf_u8(out, inter);
		buf_u8(out, final);
	}
	buf_clear(&kept);
	return all;
}

bool
sequence_esc(struct buf *out, struct span body, uint8_t final)
{
	if (body.len == 0 && final == 'c') {
		buf_text(out, "\033[!p\033[H\033[2J");
		return true;
	}
	for (size_t i = 0; i < sizeof allowed_esc / sizeof allowed_esc[0]; i++) {
		const struct esc *e = &allowed_esc[i];
		bool fits = e->inters[0] == '\0'
				? body.len == 0
				: body.len == 1 &&
				      memchr(e->inters, body.p[0], strlen(e->inters));

		if (!fits || final == 0 || strchr(e->finals, final) == NULL)
			continue;
		buf_u8(out, 0x1B);
		buf_span_put(out, body);
		buf_u8(out, final);
		return true;
	}
	return false;
}

bool
sequence_names_alt(struct span body)
{
	struct span p;
	unsigned v;

	if (body.len < 2 || body.p[0] != '?')
		return false;
	body = span_make(body.p + 1, body.len - 1);
	while (param_next(&body, &p))
		if (param_value(p, false, &v) &&
		    listed(alt_modes, sizeof alt_modes / sizeof alt_modes[0], v))
			return true;
	return false;
}
