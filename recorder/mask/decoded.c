/* Looks into base64; see decoded.h.  What counts as a secret there is what the rules mask. */
#include "recorder/mask/decoded.h"

#include "lib/base/text.h"
#include "recorder/mask/aligned.h"
#include "recorder/mask/rules.h"

#define LABEL "[MASKED:base64-secret]"
#define LINE 60 /* letters that make a line go on in the next one */

struct run {
	size_t to; /* behind its last letter and what pads it */
	size_t n;  /* letters */
};

static bool
letter_at(struct span s, size_t i)
{
	return i < s.len && aligned_six(s.p[i]) >= 0;
}

/* Over one line's end, where base64 may go on behind it; 0: it does not. */
static size_t
line_end(struct span s, size_t i, size_t letters)
{
	size_t n = 0;

	if (letters < LINE)
		return 0;
	if (i < s.len && s.p[i] == '\r')
		n++;
	if (i + n >= s.len || s.p[i + n] != '\n' || !letter_at(s, i + n + 1))
		return 0;
	return n + 1;
}

/* Its bytes, as far as it is no longer than it may be; a line's end is none of it. */
static struct run
read_run(struct span s, size_t from, struct buf *bytes)
{
	struct run r = { from, 0 };
	size_t line = 0, over;
	uint32_t sum = 0;

	buf_reset(bytes);
	for (;;) {
		while (letter_at(s, r.to)) {
			sum = sum << 6 | (uint32_t)aligned_six(s.p[r.to++]);
			if (++r.n % 4 != 1 && r.n <= DECODED_MOST)
				buf_u8(
				    bytes, (uint8_t)(sum >> (6 - 2 * ((r.n - 1) % 4))));
			line++;
		}
		if ((over = line_end(s, r.to, line)) == 0)
			break;
		r.to += over;
		line = 0;
	}
	for (size_t pad = 0; pad < 2 && r.to < s.len && s.p[r.to] == '='; pad++)
		r.to++;
	return r;
}

/* Do the rules mask something in it? */
static enum rc
has_secret(const struct mask_rules *r, struct span bytes, bool *ret, struct err *err)
{
	struct buf masked;
	enum rc rc;

	*ret = false;
	if (!text_utf8(bytes))
		return RC_OK;
	buf_init(&masked, mask_growth(bytes.len));
	rc = mask_text(r, bytes, &masked, err);
	*ret = !span_eq(bytes, buf_span(&masked));
	buf_clear(&masked);
	return rc;
}

static void
put_mask(const struct mask_rules *r, size_t letters, struct buf *out)
{
	if (!r->style.same_width)
		buf_text(out, LABEL);
	for (size_t i = 0; r->style.same_width && i < letters; i++)
		buf_u8(out, '*');
}

enum rc
decoded_text(
    const struct mask_rules *r, struct span text, struct buf *out, struct err *err)
{
	struct buf bytes;
	enum rc rc = RC_OK;

	buf_init(&bytes, DECODED_MOST);
	for (size_t at = 0; at < text.len && rc == RC_OK;) {
		struct run run = { at + 1, 0 };
		bool secret = false;

		if (letter_at(text, at))
			run = read_run(text, at, &bytes);
		if (run.n >= DECODED_LEAST && run.n <= DECODED_MOST)
			rc = has_secret(r, buf_span(&bytes), &secret, err);
		if (secret)
			put_mask(r, run.to - at, out);
		else
			buf_put(out, text.p + at, run.to - at);
		at = run.to;
	}
	if (rc == RC_OK && (!buf_ok(out) || !buf_ok(&bytes)))
		rc = err_set(err, RC_FAIL, "no room for a masked text");
	buf_clear(&bytes);
	return rc;
}
