/* Export a recording. */
#include "replay/program.h"

#include <string.h>

#include "replay/export_cast.h"
#include "replay/export_jsonl.h"
#include "replay/export_v3.h"
#include "replay/outlet.h"
#include "replay/page.h"
#include "replay/transcript.h"
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
put_txt(struct program *p, FILE *f, struct err *err)
{
	return transcript_run(p->source, f, err);
}

static enum rc
put_html(struct program *p, FILE *f, struct err *err)
{
	json_t *proof = verify_json(p->source, &p->proof, p->opened);
	enum rc rc = page_run(p->source, proof, verify_phrase(p->proof.code), f, err);

	json_decref(proof);
	return rc;
}

static enum rc
with_stream(struct program *p, enum rc (*put)(struct program *, FILE *, struct err *),
    struct err *err)
{
	enum rc rc, end;
	FILE *f;

	if ((rc = outlet_open(p->out, &f, err)) != RC_OK)
		return rc;
	rc = put(p, f, err);
	end = outlet_close(f, p->out, rc == RC_OK, rc == RC_OK ? err : NULL);
	return rc == RC_OK ? end : rc;
}

static enum rc
make_jsonl(struct program *p, struct err *err)
{
	json_t *proof = verify_json(p->source, &p->proof, p->opened);
	enum rc rc = export_jsonl(p->source, proof, p->out, err);

	json_decref(proof);
	return rc;
}

static enum rc
make_txt(struct program *p, struct err *err)
{
	return with_stream(p, put_txt, err);
}

static enum rc
make_html(struct program *p, struct err *err)
{
	return with_stream(p, put_html, err);
}

/* By the names that options.c takes. */
static const struct {
	const char *format;
	enum rc (*make)(struct program *, struct err *);
} formats[] = {
	{ "cast", make_cast },
	{ "v3", make_v3 },
	{ "jsonl", make_jsonl },
	{ "txt", make_txt },
	{ "html", make_html },
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
	rc = formats[i].make(p, &err);
	return program_exported(p, rc, &err);
}
