/* broker mask filter; see maskfilter.h.  Bytes go out as soon as it is known what they
 * are; what is held goes out when its time is over, though nothing more comes. */
#include "broker/cli/maskfilter.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "broker/cli/policysay.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"
#include "recorder/textfile.h"

#define CHUNK 65536u

struct filter {
	struct mask_policy *policy;
	struct mask_rules *rules;
	struct mask_stream *stream;
	struct buf in, out;
	bool ended;
};

static enum rc
show(struct filter *f, struct err *err)
{
	bool sent = textfile_put(STDOUT_FILENO, buf_span(&f->out));

	buf_reset(&f->out);
	return sent ? RC_OK : err_errno(err, RC_FAIL, "write");
}

static int
patience(const struct filter *f)
{
	uint64_t due = mask_due_us(f->stream), now = clock_mono_us(), ms;

	if (due == UINT64_MAX)
		return -1;
	ms = due > now ? (due - now + 999) / 1000 : 0;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

static enum rc
take(struct filter *f, struct err *err)
{
	ssize_t n;

	do
		n = read(STDIN_FILENO, f->in.p, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, RC_FAIL, "read");
	if (n == 0) {
		f->ended = true;
		return mask_end(f->stream, &f->out, err);
	}
	return mask_put(
	    f->stream, span_make(f->in.p, (size_t)n), clock_mono_us(), &f->out, err);
}

/* Wait for bytes or for the time of those that are held. */
static enum rc
step(struct filter *f, struct err *err)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	enum rc rc = RC_OK;
	int n = poll(&p, 1, patience(f));

	if (n < 0 && errno != EINTR)
		return err_errno(err, RC_FAIL, "poll");
	if (n > 0)
		rc = take(f, err);
	if (rc == RC_OK && !f->ended && mask_due_us(f->stream) <= clock_mono_us())
		rc = mask_release(f->stream, clock_mono_us(), &f->out, err);
	return rc == RC_OK ? show(f, err) : rc;
}

static enum rc
begin(struct filter *f, const struct maskopts *o, struct err *err)
{
	enum rc rc;

	if ((rc = maskopts_policy(o, &f->policy, err)) != RC_OK ||
	    (rc = maskopts_rules(o, f->policy, NULL, 0, &f->rules, err)) != RC_OK)
		return rc;
	buf_init(&f->in, CHUNK);
	buf_init(&f->out, mask_growth(2 * CHUNK + mask_policy_max_hold(f->policy)));
	if ((f->stream = mask_stream_new(f->rules, maskopts_pace(o))) == NULL ||
	    buf_room(&f->in, CHUNK) == NULL)
		return err_memory(err);
	return RC_OK;
}

int
maskfilter(const struct maskopts *o)
{
	struct filter f = { .ended = false };
	struct err err = { "" };
	enum rc rc;

	if ((rc = begin(&f, o, &err)) == RC_OK) {
		while (rc == RC_OK && !f.ended)
			rc = step(&f, &err);
		if (rc != RC_OK) {
			err_add(&err, "mask");
			rc = RC_FAIL;
		}
	}
	mask_stream_free(f.stream);
	mask_rules_free(f.rules);
	mask_policy_free(f.policy);
	buf_clear(&f.in);
	buf_clear(&f.out);
	return rc == RC_OK ? STATUS_OK : policysay_error(rc, &err);
}
