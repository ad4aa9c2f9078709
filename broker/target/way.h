/* What a kind of target must be able to do: the rows behind target.c. */
#ifndef BROKER_TARGET_WAY_H
#define BROKER_TARGET_WAY_H

#include "broker/target/target.h"

/* Each as its function in target.h; NULL: does nothing. */
struct target_way {
	enum rc (*open)(struct target_net *n, const struct target_spec *spec,
	    const struct target_owner *owner, void **ret, struct err *err);
	void (*free)(void *arg);
	size_t (*write)(void *arg, struct span bytes);
	void (*resize)(void *arg, uint32_t columns, uint32_t rows);
	void (*signal)(void *arg, int signo);
	void (*more)(void *arg);
	void (*end)(void *arg);
	size_t (*held)(const void *arg);
};

#endif
