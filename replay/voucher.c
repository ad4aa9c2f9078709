/* See voucher.h. */
#include "replay/voucher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/evidence.h"
#include "recorder/rewrap.h"

#define CAST ".cast"

struct voucher {
	struct buf text;
	struct evidence *evidence; /* NULL: false in itself */
	enum rc rc;		   /* of the checkpoint's signer */
	struct err why;
};

enum rc
voucher_name(
    const char *file, const char *suffix, char out[VOUCHER_NAME_MOST], struct err *err)
{
	size_t n = strlen(file);

	if (n <= strlen(CAST) || strcmp(file + n - strlen(CAST), CAST) != 0)
		return err_set(err, RC_REFUSE, "not a file NAME.cast");
	if ((size_t)snprintf(out, VOUCHER_NAME_MOST, "%.*s%s", (int)(n - strlen(CAST)),
		file, suffix) >= VOUCHER_NAME_MOST)
		return err_set(err, RC_REFUSE, "the name is too long");
	return RC_OK;
}

static enum rc
read_fd(int fd, size_t most, struct buf *out, struct err *err)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, RC_FAIL, "not a regular file");
	while (n > 0) {
		uint8_t *to = buf_room(out, 4096);

		if (to == NULL)
			return err_set(err, RC_FAIL, "more than %zu bytes", most);
		if ((n = read(fd, to, 4096)) < 0)
			return err_errno(err, RC_FAIL, "read");
		out->len += (size_t)n;
	}
	return RC_OK;
}

enum rc
voucher_read(int dir, const char *name, size_t most, struct buf *out, struct err *err)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum rc rc;

	if (fd < 0)
		return err_errno(err, errno == ENOENT ? RC_END : RC_FAIL, "%s", name);
	buf_init(out, most + 4096);
	rc = read_fd(fd, most, out, err);
	close(fd);
	if (rc == RC_OK)
		return rc;
	err_add(err, "%s", name);
	buf_clear(out);
	return rc;
}

static enum rc
open_voucher(int dir, const char *name, struct voucher **ret, struct err *err)
{
	struct voucher *v = calloc(1, sizeof *v);
	enum rc rc;

	if (v == NULL)
		return err_memory(err);
	if ((rc = voucher_read(dir, name, EVIDENCE_TEXT_MAX, &v->text, err)) != RC_OK) {
		free(v);
		return rc;
	}
	*ret = v;
	return RC_OK;
}

enum rc
voucher_open_at(int dir, const char *file, struct voucher **ret, struct err *err)
{
	char name[VOUCHER_NAME_MOST];

	if (voucher_name(file, ".proof", name, err) != RC_OK)
		return RC_END;
	return open_voucher(dir, name, ret, err);
}

enum rc
voucher_open(const char *file, const char *name, struct voucher **ret, struct err *err)
{
	enum rc rc;

	if (name == NULL)
		return voucher_open_at(AT_FDCWD, file, ret, err);
	rc = open_voucher(AT_FDCWD, name, ret, err);
	return rc == RC_END ? RC_FAIL : rc;
}

void
voucher_free(struct voucher *v)
{
	if (v == NULL)
		return;
	evidence_free(v->evidence);
	buf_clear(&v->text);
	free(v);
}

void
voucher_believe(struct voucher *v, struct trust *t)
{
	err_clear(&v->why);
	if ((v->rc = evidence_parse(buf_span(&v->text), &v->evidence, &v->why)) ==
	    RC_OK)
		v->rc = evidence_believe(v->evidence, t, &v->why);
}

static enum rc
fits(const struct voucher *v, const struct proof *found, struct err *err)
{
	enum rc rc;

	if (!found->certified || memcmp(evidence_sid(v->evidence), found->sid, 16) != 0)
		return err_set(err, RC_REFUSE, "it is of another session");
	if ((rc = evidence_fits(evidence_open(v->evidence), found, err)) != RC_OK)
		return rc;
	return evidence_fits(evidence_end(v->evidence), found, err);
}

enum proof_code
voucher_judge(const struct voucher *v, const struct proof *found, char text[ERR_TEXT])
{
	struct err why = v->why;
	enum rc rc = v->rc;

	if (rc == RC_OK)
		rc = fits(v, found, &why);
	if (rc == RC_OK) {
		snprintf(text, ERR_TEXT, "it stands in the log, as of %llu leaves",
		    (unsigned long long)evidence_checkpoint(v->evidence)->size);
		return PROOF_WHOLE;
	}
	snprintf(text, ERR_TEXT, "the proof beside it: %.480s", why.text);
	return rc == RC_END ? PROOF_UNKNOWN : PROOF_MISSING;
}

enum rc
voucher_stanzas(struct span rcpt, struct reader *r, struct err *err)
{
	const struct header *h = reader_header(r);
	struct rewrap *more = calloc(1, sizeof *more);
	enum rc rc;

	if (more == NULL)
		return err_memory(err);
	if (h == NULL)
		rc = err_set(err, RC_REFUSE, "the recording ends within its header");
	else if ((rc = rewrap_parse(rcpt, more, err)) == RC_OK)
		rc = rewrap_fit(more, h, err);
	for (size_t i = 0; rc == RC_OK && i < more->n; i++)
		rc = reader_add(r, &more->one[i].stanza, err);
	free(more);
	return rc;
}
