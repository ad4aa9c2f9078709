/* A recording file from a stranger: the whole of it through proof and reader, and each
 * line through the parsers that a good signature would let it reach. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder/b64.h"
#include "recorder/cast.h"
#include "recorder/chunk.h"
#include "recorder/comp.h"
#include "recorder/index.h"
#include "recorder/reader.h"
#include "recorder/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The keys of tests/vectors/recording-sample. */
static const char trust_text[] =
    "hoop-trust 1\n"
    "device rec.example/a1 fVU5F/H0BVyxKzT3N0dHnWPjTO47FclMhhO5rLcH7Hc=\n";
static const char key_text[] =
    "hoop-key 1 sample x25519 C8BQEtB76RQEvdviUfWZj8besJKIcsimMhDcuTZpBNo=\n";

static void
read_all(struct reader *r, const struct keyfile *key)
{
	enum proof_code code;
	struct span plain;

	if (reader_unlock(r, key, &code, NULL) != RC_OK)
		return;
	while (reader_next(r, &plain, NULL, NULL) == RC_OK)
		;
	for (size_t i = 0; i < reader_marks(r); i++)
		(void)reader_mark_at(r, i);
}

static void
whole(const uint8_t *data, size_t size)
{
	struct keyfile *key = NULL;
	struct trust *trust = NULL;
	struct reader *r = NULL;
	struct proof p;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (write(fd, data, size) != (ssize_t)size ||
	    keyfile_parse(KEYFILE_AUDITOR, span_of(key_text), NULL, &key, NULL) !=
		RC_OK ||
	    trust_parse(span_of(trust_text), &trust, NULL) != RC_OK ||
	    reader_open(fd, &r, NULL) != RC_OK)
		abort();
	if (reader_verify(r, trust, &p, NULL) != RC_OK)
		abort();
	if (p.valid_len > size || p.proven_len > p.valid_len)
		abort();
	if (p.code != PROOF_TAMPERED)
		read_all(r, key);
	reader_close(r);
	trust_free(trust);
	keyfile_free(key);
	close(fd);
}

/* What stands in a box, for whoever has the key of it. */
static void
frame(struct span data)
{
	static uint8_t to[CHUNK_PLAIN_MAX];
	size_t n = comp_size(data);
	struct comp *comp = NULL;

	if (comp_new(&comp, NULL) != RC_OK)
		return;
	(void)comp_expand(comp, data, to, n > 0 && n < sizeof to ? n : 1000, NULL);
	comp_free(comp);
}

static void
record(struct span data)
{
	static const uint8_t key[32] = { 1 };
	struct seal_open o;
	struct seal s;
	struct seal_footer f;
	struct index *ix = NULL;
	struct chunk_work *work = NULL;
	struct chunk c;
	struct buf out;

	if (chunk_work_new(key, false, &work, NULL) != RC_OK)
		abort();
	buf_init(&out, CHUNK_OPEN_ROOM);
	if (chunk_parse(data, &c, NULL) == RC_OK)
		(void)chunk_open(work, key, &c, &out, NULL);
	buf_clear(&out);
	chunk_work_free(work);
	frame(data);
	(void)seal_open_parse(data, &o, NULL);
	(void)seal_parse(data, &s, NULL);
	if (seal_footer_parse(data, &f, NULL) == RC_OK &&
	    index_parse(f.index, &ix, NULL) == RC_OK)
		index_free(ix);
	ix = NULL;
	if (index_parse(data, &ix, NULL) == RC_OK)
		index_free(ix);
}

static void
line(struct span text)
{
	struct cast_line l;
	struct header h;
	struct buf data;
	uint64_t us;

	(void)header_parse(text, &h, NULL);
	(void)header_plain(text);
	(void)cast_event_time(text, &us);
	if (!cast_line_parse(text, &l))
		return;
	buf_init(&data, CAST_LINE_MAX);
	if (b64_read(&data, l.data)) {
		if (!cast_line_begun(text))
			abort();
		record(buf_span(&data));
	}
	buf_clear(&data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (sodium_init() < 0)
		abort();
	whole(data, size);
	record(span_make(data, size));
	while (size > 0) {
		const uint8_t *lf = memchr(data, '\n', size);
		size_t n = lf != NULL ? (size_t)(lf - data) : size;

		line(span_make(data, n));
		data += n + (lf != NULL);
		size -= n + (lf != NULL);
	}
	return 0;
}
