/* Sessions that rules are about; see ssmrule.h. */
#include "policies/ssmrule.h"

#include <stdbool.h>
#include <stdlib.h>

#include "policies/oneof.h"
#include "policies/vocab.h"

#define SINGLE 0
#define RAW 3

const char *const ssmrule_modes[] = { "single", "fed", "program", "raw", NULL };

struct ssmrule {
	struct oneof documents;
	unsigned modes; /* bits; 0: not said */
	bool shell;
};

/* AWS's names of documents, or their ARNs. */
static bool
is_document(struct span s)
{
	if (s.len < 3 || s.len > 128)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
			(s.p[i] >= 'A' && s.p[i] <= 'Z') ||
			(s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_' ||
			s.p[i] == '-' || s.p[i] == '.' || s.p[i] == ':' ||
			s.p[i] == '/'))
			return false;
	return true;
}

static enum rc
read_mode(const struct yaml_node *n, void *arg, struct err *err)
{
	struct ssmrule *r = arg;
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, ssmrule_modes, &at, err)) != RC_OK)
		return rc;
	if (r->modes & 1u << at)
		return yaml_fail(n, err, "%s stands here twice", ssmrule_modes[at]);
	r->modes |= 1u << at;
	return RC_OK;
}

static enum rc
read(const struct yaml_node *n, struct ssmrule *r, struct err *err)
{
	static const struct vocab keys[] = {
		{ "documents", VOCAB_MAY },
		{ "mode", VOCAB_MAY },
		{ "shell", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const struct oneof_kind documents = { is_document,
		"the name of a document" };
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 3, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "documents")) != NULL &&
	    (rc = oneof_read(v, NULL, &documents, &r->documents, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "mode")) != NULL &&
	    (rc = vocab_each(v, read_mode, r, err)) != RC_OK)
		return rc;
	v = yaml_find(n, "shell");
	return v == NULL ? RC_OK : yaml_bool(v, &r->shell, err);
}

enum rc
ssmrule_read(const struct yaml_node *n, struct ssmrule **ret, struct err *err)
{
	struct ssmrule *r = calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL)
		return err_memory(err);
	if ((rc = read(n, r, err)) != RC_OK) {
		free(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
ssmrule_free(struct ssmrule *r)
{
	free(r);
}

bool
ssmrule_raw(const struct ssmrule *r)
{
	return (r->modes & 1u << RAW) != 0;
}

static unsigned
fit_mode(const struct ssmrule *r, unsigned mode)
{
	unsigned fit = FIT_BOTH;

	if (mode > RAW)
		return FIT_MAYBE;
	if (r->modes != 0 && !(r->modes & 1u << mode))
		return FIT_NO;
	if (mode != SINGLE && !r->shell)
		fit &= FIT_MAYBE;
	if (mode == RAW && r->modes == 0)
		fit &= FIT_MAYBE;
	if (mode == SINGLE && r->shell)
		fit &= FIT_SURE;
	return fit;
}

unsigned
ssmrule_fit(const struct ssmrule *r, const char *document, unsigned mode)
{
	return fit_mode(r, mode) & oneof_fit(&r->documents, document);
}
