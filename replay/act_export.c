/* Export a recording. */
#include "replay/program.h"

#include <string.h>
#include <unistd.h>

#include "replay/export_cast.h"
#include "replay/export_jsonl.h"
#include "replay/export_v3.h"
#include "replay/verify.h"

static enum rc
make_cast(struct program *p, struct err *err)
{
	return export_cast(p->source, p->out, err);
}

static enum rc
make_v3(struct program *p, struct err *err)
{
	return export_v3(p->source, p->out, err);
}

static enum rc
make_jsonl(struct program *p, struct err *err)
{
	json_t *proof = verify_json(p->source, &p->proof, p->opened);
	enum rc rc = export_jsonl(p->source, proof, p->out, err);

	json_decref(proof);
	return rc;
}

/* By the names that options.c takes. */
static const struct {
	const char *format;
	enum rc (*make)(struct program *, struct err *);
} formats[] = {
	{ "cast", make_cast },
	{ "v3", make_v3 },
	{ "jsonl", make_jsonl },
};

int
act_export(struct program *p)
{
	struct err err;
	size_t i = 0;
	enum rc rc;

	while (strcmp(formats[i].format, p->opts.format) != 0)
		i++;
	err_clear(&err);
	if ((rc = formats[i].make(p, &err)) == RC_OK)
		return (int)p->proof.code;
	/* Half an export must not pass for a whole one. */
	if (p->out != STDOUT_FILENO && ftruncate(p->out, 0) == 0)
		program_say("%s is left empty", p->opts.out);
	return program_stopped_or(program_broken(p, rc, &err));
}
