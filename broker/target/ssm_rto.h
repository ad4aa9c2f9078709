/* How long to wait for an acknowledgement: round trips, smoothed as both ends of a data
 * channel do it. */
#ifndef BROKER_TARGET_SSM_RTO_H
#define BROKER_TARGET_SSM_RTO_H

#include <stdint.h>

struct ssm_rto {
	double srtt_ns, rttvar_ns, rto_ns;
};

/* Before the first round trip: 200 ms. */
void ssm_rto_init(struct ssm_rto *r);
/* One round trip took so long. */
void ssm_rto_sample(struct ssm_rto *r, double rtt_ns);
/* How long to wait before a message that was sent again `times` times is sent once more:
 * doubled each time, 2 s at most. */
uint64_t ssm_rto_wait_ms(const struct ssm_rto *r, unsigned times);

#endif
