/* A list's keys: bytes that a person types, one key at a time. */
#include <stdio.h>
#include <string.h>

#include "broker/monitor/board_parts.h"

#define ESCAPE 0x1b
#define INTERRUPT 0x03
#define REDRAW 0x0c
#define ERASE_ALL 0x15
#define BACKSPACE 0x08
#define DELETE 0x7f

/* Above all bytes. */
enum key {
	KEY_NONE = 256,
	KEY_UP,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_FIRST,
	KEY_LAST,
};

/* What terminals send behind the escape, in either mode of their keypads. */
static const struct {
	const char *text;
	enum key key;
} sequences[] = {
	{ "[A", KEY_UP },
	{ "OA", KEY_UP },
	{ "[B", KEY_DOWN },
	{ "OB", KEY_DOWN },
	{ "[C", KEY_RIGHT },
	{ "OC", KEY_RIGHT },
	{ "[D", KEY_LEFT },
	{ "OD", KEY_LEFT },
	{ "[5~", KEY_PAGE_UP },
	{ "[6~", KEY_PAGE_DOWN },
	{ "[H", KEY_FIRST },
	{ "OH", KEY_FIRST },
	{ "[1~", KEY_FIRST },
	{ "[F", KEY_LAST },
	{ "OF", KEY_LAST },
	{ "[4~", KEY_LAST },
};

static int
end_sequence(struct board *b)
{
	int key = KEY_NONE;

	b->sequence[b->nsequence] = '\0';
	for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
		if (strcmp(sequences[i].text, b->sequence + 1) == 0)
			key = sequences[i].key;
	b->nsequence = 0;
	return key;
}

/* One more byte of a sequence; its key at the end (ECMA-48, 5.4). */
static int
in_sequence(struct board *b, uint8_t c)
{
	if (b->nsequence == 1 && c != '[' && c != 'O') {
		b->nsequence = 0;
		return c;
	}
	/* Longer than any that is known, it is read to its end for nothing. */
	if (b->nsequence < SEQUENCE_MOST - 1)
		b->sequence[b->nsequence++] = (char)c;
	if (b->nsequence == 2)
		return KEY_NONE;
	if (b->sequence[1] == 'O' || (c >= 0x40 && c <= 0x7e) || c < ' ')
		return end_sequence(b);
	return KEY_NONE;
}

static int
key_of(struct board *b, uint8_t c)
{
	if (b->nsequence > 0 && c != ESCAPE)
		return in_sequence(b, c);
	if (c != ESCAPE)
		return c;
	b->sequence[0] = (char)c;
	b->nsequence = 1;
	return KEY_NONE;
}

/* ---- moving ---- */

static size_t
moved(size_t at, long by, size_t last)
{
	if (by < 0)
		return at < (size_t)-by ? 0 : at - (size_t)-by;
	return last - at < (size_t)by ? last : at + (size_t)by;
}

static void
move(struct board *b, long by)
{
	size_t rows;

	if (b->detailed[0] != '\0') {
		rows = board_details_rows(b);
		rows = rows > board_height(b) ? rows - board_height(b) : 0;
		b->scroll = moved(b->scroll < rows ? b->scroll : rows, by, rows);
	} else if (b->n > 0) {
		b->at = moved(b->at, by, b->n - 1);
		snprintf(b->chosen, sizeof b->chosen, "%s", b->lines[b->at].id);
	}
}

/* True when the key was one that moves. */
static bool
take_move(struct board *b, int key)
{
	long page = board_height(b) > 1 ? (long)board_height(b) - 1 : 1;
	const struct {
		int key, other;
		long by;
	} moves[] = {
		{ KEY_UP, 'k', -1 },
		{ KEY_DOWN, 'j', 1 },
		{ KEY_PAGE_UP, 'b', -page },
		{ KEY_PAGE_DOWN, ' ', page },
		{ KEY_FIRST, 'g', -(1L << 30) },
		{ KEY_LAST, 'G', 1L << 30 },
	};

	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
		if (key == moves[i].key || key == moves[i].other) {
			move(b, moves[i].by);
			return true;
		}
	return false;
}

/* ---- what is wanted ---- */

static void
want(enum board_want what, const char *id, struct board_act *ret)
{
	ret->want = what;
	snprintf(ret->id, sizeof ret->id, "%s", id);
}

/* The one that is in view: the details', else the chosen one. */
static const char *
subject(const struct board *b)
{
	return b->detailed[0] != '\0' ? b->detailed : b->chosen;
}

static void
ask(struct board *b, enum asking what)
{
	for (size_t i = 0; i < b->n; i++) {
		if (strcmp(b->lines[i].id, subject(b)) != 0)
			continue;
		b->asking = what;
		snprintf(b->about, sizeof b->about, "%s", subject(b));
		b->reason[0] = '\0';
		return;
	}
	if (subject(b)[0] != '\0')
		snprintf(
		    b->said, sizeof b->said, "%s is no longer pending", subject(b));
}

static void
open_details(struct board *b, struct board_act *ret)
{
	if (b->chosen[0] == '\0' || b->detailed[0] != '\0')
		return;
	snprintf(b->detailed, sizeof b->detailed, "%s", b->chosen);
	buf_reset(&b->details);
	b->scroll = 0;
	want(BOARD_DETAILS, b->detailed, ret);
}

static void
take_key(struct board *b, int key, struct board_act *ret)
{
	if (take_move(b, key))
		return;
	switch (key) {
	case 'q':
	case INTERRUPT:
		ret->want = BOARD_LEAVE;
		break;
	case '\r':
	case '\n':
	case 'l':
	case KEY_RIGHT:
		open_details(b, ret);
		break;
	case 'h':
	case BACKSPACE:
	case DELETE:
	case KEY_LEFT:
		b->detailed[0] = '\0';
		break;
	case 'a':
		ask(b, ASK_APPROVE);
		break;
	case 'd':
		ask(b, ASK_REASON);
		break;
	case REDRAW:
		b->torn = true;
		break;
	default:
		break;
	}
}

static void
take_yes(struct board *b, int key, struct board_act *ret)
{
	/* What belongs to a sequence says nothing yet. */
	if (key == KEY_NONE)
		return;
	b->asking = ASK_NOTHING;
	if (key == 'y')
		want(BOARD_APPROVE, b->about, ret);
	else
		snprintf(b->said, sizeof b->said, "not approved");
}

/* A character may have several bytes. */
static void
erase_one(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && ((uint8_t)s[n - 1] & 0xc0) == 0x80)
		n--;
	s[n > 0 ? n - 1 : 0] = '\0';
}

static void
take_reason(struct board *b, int key, struct board_act *ret)
{
	size_t n = strlen(b->reason);

	if (key == '\r' || key == '\n') {
		if (n == 0)
			return; /* the question stays */
		b->asking = ASK_NOTHING;
		want(BOARD_DENY, b->about, ret);
		memcpy(ret->reason, b->reason, n + 1);
	} else if (key == BACKSPACE || key == DELETE) {
		erase_one(b->reason);
	} else if (key == ERASE_ALL) {
		b->reason[0] = '\0';
	} else if (key == INTERRUPT) {
		b->asking = ASK_NOTHING;
	} else if (key >= ' ' && key < KEY_NONE && n < BOARD_REASON) {
		b->reason[n] = (char)key;
		b->reason[n + 1] = '\0';
	}
}

static void
take(struct board *b, int key, struct board_act *ret)
{
	if (key != KEY_NONE)
		b->said[0] = '\0';
	if (b->asking == ASK_APPROVE)
		take_yes(b, key, ret);
	else if (b->asking == ASK_REASON)
		take_reason(b, key, ret);
	else
		take_key(b, key, ret);
}

void
board_type(struct board *b, struct span *typed, struct board_act *ret)
{
	*ret = (struct board_act){ .want = BOARD_NOTHING };
	while (typed->len > 0 && ret->want == BOARD_NOTHING) {
		bool asked = b->asking == ASK_APPROVE;
		int key = key_of(b, typed->p[0]);

		*typed = span_make(typed->p + 1, typed->len - 1);
		take(b, key, ret);
		/* A word that is pasted is no answer to a question that nobody saw. */
		if (b->asking == ASK_APPROVE && !asked)
			*typed = span_make(NULL, 0);
	}
	/* An escape with nothing behind it is the key of that name. */
	if (typed->len == 0 && b->nsequence == 1 && b->asking != ASK_NOTHING)
		b->asking = ASK_NOTHING;
}
