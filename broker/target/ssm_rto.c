/* Round trips; see ssm_rto.h.  In doubles and in this order of operations, as agents
 * compute them. */
#include "broker/target/ssm_rto.h"

#define MS 1e6 /* in ns */
#define GRANULARITY (10 * MS)
#define RTO_MAX (1000 * MS)
#define WAIT_MAX_MS 2000u

void
ssm_rto_init(struct ssm_rto *r)
{
	*r = (struct ssm_rto){ .srtt_ns = 100 * MS, .rto_ns = 200 * MS };
}

void
ssm_rto_sample(struct ssm_rto *r, double rtt_ns)
{
	double off = r->srtt_ns > rtt_ns ? r->srtt_ns - rtt_ns : rtt_ns - r->srtt_ns;
	double more;

	r->rttvar_ns = 3.0 / 4.0 * r->rttvar_ns + 1.0 / 4.0 * off;
	r->srtt_ns = 7.0 / 8.0 * r->srtt_ns + 1.0 / 8.0 * rtt_ns;
	more = 4.0 * r->rttvar_ns > GRANULARITY ? 4.0 * r->rttvar_ns : GRANULARITY;
	r->rto_ns = r->srtt_ns + more < RTO_MAX ? r->srtt_ns + more : RTO_MAX;
}

uint64_t
ssm_rto_wait_ms(const struct ssm_rto *r, unsigned times)
{
	uint64_t ms = (uint64_t)(r->rto_ns / MS) + 1;

	while (times-- > 0 && ms < WAIT_MAX_MS)
		ms *= 2;
	return ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
}
