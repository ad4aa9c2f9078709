/* A look at the last line; see ending.h. */
#include "recorder/ending.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/cast.h"
#include "recorder/chain.h"
#include "recorder/seal.h"

/* Read the last line, without its LF, into tail; *offset is where it begins. */
static enum rc
read_tail(
    int fd, struct buf *tail, uint64_t *offset, uint64_t *file_len, struct err *err)
{
	struct stat st;
	uint8_t *to;
	const uint8_t *before;
	size_t want;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RC_FAIL, "look at a recording");
	*file_len = (uint64_t)st.st_size;
	want = *file_len < tail->max ? (size_t)*file_len : tail->max;
	if ((to = buf_room(tail, want)) == NULL)
		return err_memory(err);
	if (pread(fd, to, want, (off_t)(*file_len - want)) != (ssize_t)want)
		return err_errno(err, RC_FAIL, "read a recording's end");
	if (want < 2 || to[want - 1] != '\n')
		return err_set(err, RC_REFUSE, "its last line is torn");
	if ((before = memrchr(to, '\n', want - 1)) == NULL)
		return err_set(err, RC_REFUSE, "its last line is no footer");
	tail->len = want - 1;
	buf_skip(tail, (size_t)(before + 1 - to));
	*offset = *file_len - tail->len - 1;
	return RC_OK;
}

static enum rc
read_footer(struct span line, uint64_t offset, const uint8_t sid[16],
    const uint8_t spk[32], struct buf *data, struct seal_footer *f, struct err *err)
{
	struct cast_line l;
	enum rc rc;

	if (!cast_line_parse(line, &l) || l.code != 'F')
		return err_set(err, RC_REFUSE, "its last line is no footer");
	if ((rc = cast_data(&l, data, err)) != RC_OK ||
	    (rc = seal_footer_parse(buf_span(data), f, err)) != RC_OK ||
	    (rc = seal_footer_verify(buf_span(data), sid, spk, err)) != RC_OK)
		return rc;
	if (f->offset != offset)
		return err_set(err, RC_REFUSE, "its footer speaks of another place");
	return RC_OK;
}

enum rc
ending_look(int fd, const uint8_t sid[16], const uint8_t spk[32], struct ending *ret,
    struct err *err)
{
	struct chain chain = { .lines = 1 };
	struct seal_footer f;
	struct ending e = { 0 };
	struct buf tail, data;
	uint64_t offset = 0;
	enum rc rc;

	buf_init(&tail, CAST_LINE_MAX + 2);
	buf_init(&data, CAST_LINE_MAX);
	if ((rc = read_tail(fd, &tail, &offset, &e.file_len, err)) != RC_OK ||
	    (rc = read_footer(buf_span(&tail), offset, sid, spk, &data, &f, err)) !=
		RC_OK)
		goto out;
	memcpy(chain.h, f.h, sizeof chain.h);
	if ((rc = chain_add(&chain, buf_span(&tail), err)) != RC_OK)
		goto out;
	memcpy(e.h, chain.h, sizeof e.h);
	e.status = f.status;
	e.chunks = f.chunks;
	*ret = e;
out:
	buf_clear(&tail);
	buf_clear(&data);
	return rc;
}
