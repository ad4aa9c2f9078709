/* Show what a recording says about itself, and what the log says of it. */
#include "replay/program.h"

#include "replay/info.h"
#include "replay/verify.h"

static enum rc
gather(struct program *p, struct verify_more *more, json_t **ret, struct err *err)
{
	const struct header *h = reader_header(source_reader(p->source));
	enum rc rc;

	if ((rc = info_read(p->source, ret, err)) != RC_OK)
		return rc;
	if (!source_plain(p->source) && h != NULL)
		json_object_set_new(*ret, "header", info_header(h));
	if ((rc = act_verify_more(p, &p->exhibits[0], more, err)) != RC_OK)
		json_decref(*ret);
	return rc;
}

int
act_info(struct program *p)
{
	struct verify_more more;
	const char *text;
	struct buf out;
	struct err err;
	json_t *info;
	enum rc rc;
	int status;

	err_clear(&err);
	if ((rc = gather(p, &more, &info, &err)) != RC_OK)
		return program_broken(p, rc, &err);
	buf_init(&out, PROGRAM_TEXT_MOST);
	if (p->opts.json) {
		json_object_set_new(
		    info, "proof", verify_json(p->source, &p->proof, &more, false));
		program_json_take(json_incref(info), &out);
	} else {
		verify_text(p->source, &p->proof, &more, p->opts.file, &out);
		info_text(info, &out);
	}
	json_decref(info);
	status = program_put(&out, (int)verify_sum(&p->proof, &more, &text));
	buf_clear(&out);
	return status;
}
