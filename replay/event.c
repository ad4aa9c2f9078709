/* Event lines through jansson; see event.h.  Codes that mean nothing to the player are
 * events all the same: asciicast v2 tells players to skip them. */
#include "replay/event.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static enum rc
time_read(const json_t *j, uint64_t *ret, struct err *err)
{
	double t;

	if (!json_is_number(j))
		return err_set(err, RC_REFUSE, "the time is not a number");
	t = json_number_value(j) * 1e6;
	if (!(t >= 0 && t <= (double)EVENT_MOST_US))
		return err_set(err, RC_REFUSE, "the time is out of range");
	*ret = (uint64_t)(t + 0.5);
	return RC_OK;
}

static enum rc
parts_read(json_t *root, struct event *e, struct err *err)
{
	const json_t *code = json_array_get(root, 1), *data = json_array_get(root, 2);
	enum rc rc;

	if (!json_is_array(root) || json_array_size(root) != 3)
		return err_set(err, RC_REFUSE, "not an array of three");
	if ((rc = time_read(json_array_get(root, 0), &e->us, err)) != RC_OK)
		return rc;
	if (!json_is_string(code) || json_string_length(code) == 0)
		return err_set(err, RC_REFUSE, "the code is not a string");
	if (!json_is_string(data))
		return err_set(err, RC_REFUSE, "the data is not a string");
	e->code = json_string_length(code) == 1 ? json_string_value(code)[0] : '\0';
	e->data = span_make(json_string_value(data), json_string_length(data));
	e->root = root;
	return RC_OK;
}

enum rc
event_parse(struct span line, struct event *e, struct err *err)
{
	json_error_t why;
	json_t *root;
	enum rc rc;

	/* Terminal data may hold NUL, as any other control character. */
	root = json_loadb((const char *)line.p, line.len, JSON_ALLOW_NUL, &why);
	if (root == NULL && json_error_code(&why) == json_error_out_of_memory)
		return err_memory(err);
	if (root == NULL)
		return err_set(err, RC_REFUSE, "%s at byte %d", why.text, why.position);
	if ((rc = parts_read(root, e, err)) != RC_OK)
		json_decref(root);
	return rc;
}

void
event_clear(struct event *e)
{
	json_decref(e->root);
	e->root = NULL;
	e->data = span_make(NULL, 0);
}
