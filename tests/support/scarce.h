/* Memory that runs out at a chosen call: for programs that are linked with SCARCE_LINK
 * (tests/support/Makefile.inc).  Only calls of our own code and of static libraries are
 * seen, and those of one thread. */
#ifndef TESTS_SUPPORT_SCARCE_H
#define TESTS_SUPPORT_SCARCE_H

#include <stdbool.h>

struct scarce {
	bool counting;
	unsigned long calls, fail_at; /* the fail_at-th counted call fails, once */
	long live;		      /* pieces taken and not given back */
};

extern struct scarce scarce;

/* Count from 0 on, and let that call fail; until scarce_end. */
void scarce_begin(unsigned long fail_at);
/* True: there were so many calls, so one has failed. */
bool scarce_end(void);

#endif
