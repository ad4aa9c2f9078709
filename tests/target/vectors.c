/* Vectors for tests; see vectors.h. */
#include "tests/target/vectors.h"

#include <ctype.h>

#include "lib/base/id.h"
#include "tests/support/unit.h"

#define FILE_MAX (4u << 20)

void
vectors_file(const char *name, struct buf *out)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	FILE *f;
	int c;

	snprintf(path, sizeof path, "%s/tests/vectors/ssm/%s", top != NULL ? top : ".",
	    name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("cannot read %s", path);
	buf_init(out, FILE_MAX);
	while ((c = getc(f)) != EOF)
		buf_u8(out, (uint8_t)c);
	fclose(f);
	assert_true(buf_ok(out) && out->len > 0);
}

void
vectors_unhex(struct span hex, struct buf *out)
{
	while (hex.len > 0 && isspace(hex.p[hex.len - 1]))
		hex.len--;
	buf_init(out, FILE_MAX);
	assert_non_null(buf_room(out, hex.len / 2));
	assert_true(id_unhex(hex, out->p, hex.len / 2));
	out->len = hex.len / 2;
}

void
vectors_frame(const char *name, struct buf *out)
{
	char file[128];
	struct buf text;

	snprintf(file, sizeof file, "%s.hex", name);
	vectors_file(file, &text);
	vectors_unhex(buf_span(&text), out);
	buf_clear(&text);
}

json_t *
vectors_manifest(void)
{
	struct buf text;
	json_t *j;

	vectors_file("manifest.json", &text);
	j = json_loadb((const char *)text.p, text.len, 0, NULL);
	buf_clear(&text);
	assert_non_null(j);
	return j;
}

void
vectors_key(bool swapped, uint8_t out[64])
{
	for (unsigned i = 0; i < 64; i++)
		out[i] = (uint8_t)(swapped ? (i + 32) % 64 : i);
}
