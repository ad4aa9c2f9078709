/* Keys from bytes; see keyboard.h. */
#include "replay/keyboard.h"

#include <string.h>

#define ESC 0x1B

/* Behind "ESC [" or "ESC O": the final byte, or a number before "~" (xterm, rxvt, the
 * Linux console). */
static const struct {
	char final;
	unsigned number; /* 0: none, or a modifier */
	int key;
} rows[] = {
	{ 'D', 0, KEYBOARD_LEFT },
	{ 'C', 0, KEYBOARD_RIGHT },
	{ 'A', 0, KEYBOARD_UP },
	{ 'B', 0, KEYBOARD_DOWN },
	{ 'H', 0, KEYBOARD_HOME },
	{ 'F', 0, KEYBOARD_END },
	{ '~', 1, KEYBOARD_HOME },
	{ '~', 7, KEYBOARD_HOME },
	{ '~', 4, KEYBOARD_END },
	{ '~', 8, KEYBOARD_END },
	{ '~', 5, KEYBOARD_PAGE_UP },
	{ '~', 6, KEYBOARD_PAGE_DOWN },
};

size_t
keyboard_room(const struct keyboard *k)
{
	return sizeof k->p - k->len;
}

void
keyboard_put(struct keyboard *k, struct span typed)
{
	size_t n = typed.len < keyboard_room(k) ? typed.len : keyboard_room(k);

	memcpy(k->p + k->len, typed.p, n);
	k->len += n;
}

/* The length of the sequence at the front: 0 while its end has not come. */
static size_t
sequence(const struct keyboard *k)
{
	size_t i = 2;

	if (k->len < 2)
		return 0;
	if (k->p[1] != '[' && k->p[1] != 'O')
		return 2; /* a letter with Alt */
	while (i < k->len && k->p[i] >= 0x20 && k->p[i] < 0x40)
		i++;
	return i < k->len ? i + 1 : 0;
}

static int
name_of(const struct keyboard *k, size_t n)
{
	unsigned number = 0;

	if (n < 3)
		return KEYBOARD_OTHER;
	for (size_t i = 2; i < n - 1 && k->p[i] >= '0' && k->p[i] <= '9'; i++)
		number = number < 1000 ? number * 10 + (k->p[i] - '0') : number;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].final == (char)k->p[n - 1] &&
		    (rows[i].final != '~' || rows[i].number == number))
			return rows[i].key;
	return KEYBOARD_OTHER;
}

bool
keyboard_take(struct keyboard *k, bool whole, int *ret)
{
	size_t n = 1;

	if (k->len == 0)
		return false;
	*ret = k->p[0];
	if (k->p[0] == ESC) {
		n = sequence(k);
		if (n == 0 && !whole && k->len < sizeof k->p)
			return false;
		if (n == 0)
			n = 1;
		else
			*ret = name_of(k, n);
	}
	if (*ret >= 0x80 && *ret < 256)
		*ret = KEYBOARD_OTHER;
	k->len -= n;
	memmove(k->p, k->p + n, k->len);
	return true;
}
