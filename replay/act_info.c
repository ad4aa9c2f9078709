/* Show what a recording says about itself. */
#include "replay/program.h"

#include "replay/info.h"
#include "replay/verify.h"

int
act_info(struct program *p)
{
	struct buf out;
	struct err err;
	json_t *info;
	enum rc rc;
	int status;

	err_clear(&err);
	if ((rc = info_read(p->source, &info, &err)) != RC_OK)
		return program_broken(p, rc, &err);
	buf_init(&out, PROGRAM_TEXT_MOST);
	if (p->opts.json) {
		json_object_set_new(
		    info, "proof", verify_json(p->source, &p->proof, NULL, false));
		program_json_take(json_incref(info), &out);
	} else {
		verify_text(p->source, &p->proof, NULL, p->opts.file, &out);
		info_text(info, &out);
	}
	json_decref(info);
	status = program_put(&out, (int)p->proof.code);
	buf_clear(&out);
	return status;
}
