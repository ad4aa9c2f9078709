/* The inside of a veil, shared by veil.c and veil_words.c, and by nobody else. */
#ifndef BROKER_MONITOR_VEIL_PARTS_H
#define BROKER_MONITOR_VEIL_PARTS_H

#include "broker/monitor/veil.h"
#include "recorder/mask/mask.h"

#define VEIL_KEY_ID 129

struct veil {
	struct mask_rules *rules;
	bool all; /* count-only: the administrator wants to see it all */
	char key_id[VEIL_KEY_ID];
};

struct veil_list {
	const char *const *v;
	size_t n;
};

/* Call put for each word as it may be shown.  False: put said so, or no memory. */
bool veil_each_word(const struct veil *v, const struct veil_list *w,
    bool (*put)(void *arg, size_t i, struct buf *word), void *arg);

#endif
