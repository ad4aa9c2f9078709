/* Scripts that rules are about; see scriptrule.h. */
#include "policies/scriptrule.h"

#include <stdlib.h>

#include "lib/model/name.h"
#include "policies/oneof.h"
#include "policies/shape.h"
#include "policies/vocab.h"

struct scriptrule {
	struct oneof name;
	struct shape_operands *operands; /* NULL: not said */
};

static enum rc
read(const struct yaml_node *n, const struct yaml_node *sets, struct scriptrule *r,
    struct err *err)
{
	static const struct vocab keys[] = {
		{ "name", VOCAB_MUST },
		{ "operands", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const struct oneof_kind names = { name_plain, "the name of a script" };
	const struct yaml_node *v;
	enum rc rc;

	if (yaml_kind(n) == YAML_TEXT)
		return oneof_read(n, sets, &names, &r->name, err);
	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = oneof_read(yaml_find(n, "name"), sets, &names, &r->name, err)) !=
		RC_OK)
		return rc;
	v = yaml_find(n, "operands");
	return v == NULL ? RC_OK : shape_operands_read(v, sets, &r->operands, err);
}

enum rc
scriptrule_read(const struct yaml_node *n, const struct yaml_node *sets,
    struct scriptrule **ret, struct err *err)
{
	struct scriptrule *r = calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL)
		return err_memory(err);
	if ((rc = read(n, sets, r, err)) != RC_OK) {
		scriptrule_free(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
scriptrule_free(struct scriptrule *r)
{
	if (r == NULL)
		return;
	shape_operands_free(r->operands);
	free(r);
}

unsigned
scriptrule_fit(const struct scriptrule *r, const char *name,
    const struct shell_word *arguments, size_t n)
{
	unsigned fit = oneof_fit(&r->name, name);

	if (fit == FIT_NO)
		return fit;
	if (r->operands != NULL)
		return fit & shape_operands_fit(r->operands, arguments, n);
	return n == 0 ? fit : fit & FIT_MAYBE;
}

unsigned
scriptrule_names(const struct scriptrule *r, const char *name)
{
	return oneof_fit(&r->name, name);
}
