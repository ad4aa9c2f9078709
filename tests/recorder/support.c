/* Shared by the recorder's tests; see support.h. */
#include "tests/recorder/support.h"

#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/b64.h"
#include "recorder/header.h"
#include "recorder/reader.h"

#define MOST (64u << 20)

void
file_read(int fd, struct buf *out)
{
	struct stat st;
	uint8_t *p;

	assert_int_equal(fstat(fd, &st), 0);
	buf_init(out, MOST);
	assert_non_null(p = buf_room(out, (size_t)st.st_size));
	assert_int_equal(pread(fd, p, (size_t)st.st_size, 0), st.st_size);
	out->len = (size_t)st.st_size;
}

void
sample_read(const char *name, struct buf *out)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/tests/vectors/recording-sample/%s",
	    top ? top : ".", name);
	assert_true((fd = open(path, O_RDONLY)) >= 0);
	file_read(fd, out);
	close(fd);
}

static json_t *
sample_keys(void)
{
	struct buf text;
	json_t *root;

	sample_read("keys.json", &text);
	assert_non_null(root = json_loadb((char *)text.p, text.len, 0, NULL));
	buf_clear(&text);
	return root;
}

struct keyfile *
sample_key(void)
{
	json_t *keys = sample_keys();
	struct keyfile *k = NULL;
	char line[200];

	snprintf(line, sizeof line, "hoop-key 1 sample x25519 %s\n",
	    json_string_value(json_object_get(keys, "recipient_sk")));
	assert_int_equal(
	    keyfile_parse(KEYFILE_AUDITOR, span_of(line), NULL, &k, NULL), RC_OK);
	json_decref(keys);
	return k;
}

struct trust *
sample_trust(void)
{
	json_t *keys = sample_keys();
	struct trust *t = NULL;
	char line[200];

	snprintf(line, sizeof line, "hoop-trust 1\ndevice rec.example/a1 %s\n",
	    json_string_value(json_object_get(keys, "device_pk")));
	assert_int_equal(trust_parse(span_of(line), &t, NULL), RC_OK);
	json_decref(keys);
	return t;
}

int
file_of(struct span content)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, content.p, content.len, 0), content.len);
	return fd;
}

struct proof
prove(struct span content, const struct trust *trust)
{
	int fd = file_of(content);
	struct proof p;

	assert_int_equal(proof_file(fd, trust, NULL, &p, NULL), RC_OK);
	close(fd);
	return p;
}

static enum proof_code
read_all(struct reader *r, struct buf *out)
{
	struct span plain;
	enum rc rc;

	while ((rc = reader_next(r, &plain, NULL, NULL)) == RC_OK)
		if (out != NULL)
			buf_span_put(out, plain);
	assert_int_not_equal(rc, RC_FAIL);
	return rc == RC_END ? PROOF_WHOLE : PROOF_TAMPERED;
}

enum proof_code
play(struct span content, const struct trust *trust, const struct keyfile *key,
    struct buf *out)
{
	int fd = file_of(content);
	struct reader *r = NULL;
	enum proof_code code, opened;
	struct proof p;
	struct err err;

	assert_int_equal(reader_open(fd, &r, NULL), RC_OK);
	assert_int_equal(reader_verify(r, trust, &p, NULL), RC_OK);
	code = p.code;
	if (code != PROOF_TAMPERED) {
		if (reader_unlock(r, key, &opened, &err) != RC_OK)
			code = opened;
		else if (read_all(r, out) != PROOF_WHOLE)
			code = PROOF_TAMPERED;
	}
	reader_close(r);
	close(fd);
	return code;
}

static struct recipient
recipient_of(const struct keyfile *k)
{
	struct recipient r = { .epoch = "2026-11", .not_after = "2027-12-31" };

	assert_true(span_copy(span_of(keyfile_label(k)), r.label, sizeof r.label));
	memcpy(r.pk, keyfile_public(k), 32);
	return r;
}

void
ring_init(struct ring *r)
{
	struct recipient list[2];
	struct buf text;

	memset(r, 0, sizeof *r);
	assert_int_equal(
	    keyfile_new(KEYFILE_DEVICE, span_of("test/b1"), &r->device, NULL), RC_OK);
	assert_int_equal(
	    keyfile_new(KEYFILE_AUDITOR, span_of("auditor"), &r->auditor, NULL), RC_OK);
	assert_int_equal(
	    keyfile_new(KEYFILE_AUDITOR, span_of("spare"), &r->spare, NULL), RC_OK);
	assert_int_equal(
	    keyfile_new(KEYFILE_ADMIN, span_of("admin"), &r->admin, NULL), RC_OK);
	list[0] = recipient_of(r->auditor);
	list[1] = recipient_of(r->spare);
	buf_init(&text, RECIPIENTS_TEXT_MAX);
	assert_int_equal(recipients_put(list, 2, r->admin, &text, NULL), RC_OK);
	assert_int_equal(recipients_parse(buf_span(&text), keyfile_public(r->admin),
			     1795000000000ULL, &r->recipients, NULL),
	    RC_OK);
	buf_clear(&text);
	assert_int_equal(trust_new(&r->trust, NULL), RC_OK);
	assert_int_equal(trust_add(r->trust, false, span_of("test/b1"),
			     keyfile_public(r->device), NULL),
	    RC_OK);
}

void
ring_clear(struct ring *r)
{
	keyfile_free(r->device);
	keyfile_free(r->auditor);
	keyfile_free(r->spare);
	keyfile_free(r->admin);
	recipients_free(r->recipients);
	trust_free(r->trust);
}

void
fill_in(const char *pattern, const char *one, const char *two, struct buf *out)
{
	buf_init(out, 65536);
	while (*pattern != '\0') {
		if (strncmp(pattern, "<1>", 3) == 0 ||
		    strncmp(pattern, "<2>", 3) == 0) {
			buf_text(out, pattern[1] == '1' ? one : two);
			pattern += 3;
		} else {
			buf_u8(out, (uint8_t)*pattern++);
		}
	}
	assert_true(buf_ok(out));
}

uint64_t
hands_now(void *arg)
{
	return ((struct hands *)arg)->us;
}

static const uint8_t sid[16] = { 0x01, 0x99, 0xf0, 0xc2, 0, 0, 0x70, 0, 0x80, 0, 0, 0,
	0, 0, 0, 2 };

struct writer *
recording_head(const struct ring *r, int fd, struct hands *clock)
{
	struct writer_init init = {
		.fd = fd,
		.broker = "test/b1",
		.class = "std-400d",
		.width = 100,
		.height = 30,
		.timestamp = 1795167217,
		.title = "aws s3 ls",
		.term = "xterm",
		.meta_json = "{\"identity\":\"alice\"}",
		.recipients = r->recipients,
		.device_pk = keyfile_public(r->device),
		.now_us = hands_now,
		.now_arg = clock,
	};
	struct writer *w = NULL;
	struct err err = { "" };

	memcpy(init.sid, sid, 16);
	if (writer_open(&init, &w, &err) != RC_OK)
		fail_msg("%s", err.text);
	return w;
}

enum rc
recording_certify(const struct ring *r, struct writer *w, struct err *err)
{
	uint8_t spk[32], h1[32], dkid[8], sig[64];

	writer_request(w, spk, h1);
	assert_int_equal(seal_certify(r->device, sid, spk, h1, dkid, sig, NULL), RC_OK);
	return writer_certify(w, dkid, sig, err);
}

struct writer *
recording_open(const struct ring *r, int fd, struct hands *clock)
{
	struct writer *w = recording_head(r, fd, clock);

	assert_int_equal(recording_certify(r, w, NULL), RC_OK);
	return w;
}
