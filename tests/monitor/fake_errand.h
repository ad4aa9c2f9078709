/* Errands without AWS: what is asked is noted, answers are the test's, one after the
 * other and from the loop. */
#ifndef TESTS_MONITOR_FAKE_ERRAND_H
#define TESTS_MONITOR_FAKE_ERRAND_H

#include "broker/monitor/errand.h"
#include "lib/base/loop.h"

#define FAKE_CALLS 64

struct fake_answer {
	enum errand_end end;
	const char *code, *body;
};

struct fake_errand {
	struct loop *loop;
	unsigned made, freed, live; /* errands */
	enum rc at_once;	    /* what errand_new() says */
	enum rc lease;		    /* what ready() hears */
	char policy[2049], event[32], region[64], identity[65], role[256];
	unsigned n_calls;
	char calls[FAKE_CALLS][2048]; /* "ec2:DescribeInstances &InstanceId.1=…" */
	const struct fake_answer *answers; /* beyond the last there is silence */
	unsigned n_answers;
};

/* The one of the program, emptied. */
struct fake_errand *fake_errand_begin(struct loop *l);
struct fake_errand *fake_errand(void);

#endif
