/* Keys and what they ask for; see controls.h. */
#include "replay/controls.h"

#include <stdlib.h>
#include <string.h>

#include "replay/pace.h"

#define ESC 0x1B
#define LEAP 10 /* seconds */

static const struct {
	int key;
	struct controls_command command;
} rows[] = {
	{ ' ', { CONTROLS_PAUSE, 0, 0 } },
	{ '.', { CONTROLS_STEP, 0, 0 } },
	{ 'q', { CONTROLS_QUIT, 0, 0 } },
	{ 'h', { CONTROLS_MOVE, -LEAP, 0 } },
	{ KEYBOARD_LEFT, { CONTROLS_MOVE, -LEAP, 0 } },
	{ 'l', { CONTROLS_MOVE, LEAP, 0 } },
	{ KEYBOARD_RIGHT, { CONTROLS_MOVE, LEAP, 0 } },
	{ KEYBOARD_HOME, { CONTROLS_TENTH, 0, 0 } },
	{ KEYBOARD_END, { CONTROLS_TENTH, 10, 0 } },
	{ ']', { CONTROLS_MARK_NEXT, 0, 0 } },
	{ '[', { CONTROLS_MARK_BEFORE, 0, 0 } },
	{ '+', { CONTROLS_SPEED, 1, 0 } },
	{ '-', { CONTROLS_SPEED, -1, 0 } },
	{ '=', { CONTROLS_SPEED, 0, 0 } },
	{ 'i', { CONTROLS_IDLE, 0, 0 } },
	{ 'b', { CONTROLS_BAR, 0, 0 } },
};

/* A time, or "#" and the number of a mark. */
static struct controls_command
read_place(const char *text)
{
	struct controls_command to = { .want = CONTROLS_UNKNOWN };
	size_t digits = strspn(text + (text[0] == '#'), "0123456789");

	if (text[0] != '#') {
		if (pace_parse_time(text, &to.us, NULL) == RC_OK)
			to.want = CONTROLS_GO;
	} else if (digits > 0 && digits < 9 && text[1 + digits] == '\0') {
		to.want = CONTROLS_MARK;
		to.n = (int)strtol(text + 1, NULL, 10);
	}
	return to;
}

/* A key while a place is asked for. */
static struct controls_command
take_asked(struct controls *c, int key)
{
	static const struct controls_command nothing = { 0 };

	if (key == '\r' || key == '\n') {
		c->asking = false;
		return c->asked_len > 0 ? read_place(c->asked) : nothing;
	}
	if (key == ESC || key == 'q' || key == 'g')
		c->asking = false;
	else if ((key == 0x7F || key == '\b') && c->asked_len > 0)
		c->asked_len--;
	else if (key > 0 && key < 0x80 && strchr("0123456789:.#", key) != NULL &&
		 c->asked_len < CONTROLS_ASKED)
		c->asked[c->asked_len++] = (char)key;
	c->asked[c->asked_len] = '\0';
	return nothing;
}

static struct controls_command
take_key(struct controls *c, int key)
{
	struct controls_command to = { 0 };

	if (c->help) {
		/* Any key takes it away, and q does no more than that. */
		c->help = false;
		return to;
	}
	if (c->asking)
		return take_asked(c, key);
	c->help = key == '?';
	c->asking = key == 'g';
	if (c->asking) {
		c->asked_len = 0;
		c->asked[0] = '\0';
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].key == key)
			return rows[i].command;
	if (key >= '0' && key <= '9')
		to = (struct controls_command){ CONTROLS_TENTH, key - '0', 0 };
	return to;
}

bool
controls_take(struct controls *c, bool whole, struct controls_command *ret)
{
	int key;

	if (!keyboard_take(&c->keyboard, whole, &key))
		return false;
	*ret = take_key(c, key);
	return true;
}
