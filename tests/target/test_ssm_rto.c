/* The smoothed values that agents compute, from the same round trips. */
#include "tests/support/unit.h"

#include <math.h>

#include "broker/target/ssm_rto.h"
#include "tests/target/vectors.h"

static void
near(double a, double b)
{
	if (fabs(a - b) > 0.001)
		fail_msg("%f is not %f", a, b);
}

static void
round_trips_are_smoothed_as_by_agents(void **state)
{
	struct ssm_rto r;
	struct buf file;
	unsigned n = 0;
	char *line, *save;

	(void)state;
	vectors_file("rto.txt", &file);
	ssm_rto_init(&r);
	line = strtok_r((char *)(uintptr_t)buf_cstr(&file), "\n", &save);
	for (; line != NULL; line = strtok_r(NULL, "\n", &save)) {
		double rtt, srtt, rttvar, rto;

		if (line[0] == '#')
			continue;
		assert_int_equal(
		    sscanf(line, "%lf %lf %lf %lf", &rtt, &srtt, &rttvar, &rto), 4);
		ssm_rto_sample(&r, rtt);
		near(r.srtt_ns, srtt);
		near(r.rttvar_ns, rttvar);
		near(floor(r.rto_ns), rto);
		n++;
	}
	assert_int_equal(n, 14);
	buf_clear(&file);
}

static void
waits_double_up_to_two_seconds(void **state)
{
	static const uint64_t want[] = { 201, 402, 804, 1608, 2000, 2000 };
	struct ssm_rto r;

	(void)state;
	ssm_rto_init(&r);
	for (unsigned i = 0; i < ROWS(want); i++)
		assert_int_equal(ssm_rto_wait_ms(&r, i), want[i]);
	assert_int_equal(ssm_rto_wait_ms(&r, 4000000000u), 2000);
	ssm_rto_sample(&r, 1e18);
	assert_int_equal(ssm_rto_wait_ms(&r, 0), 1001);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips_are_smoothed_as_by_agents),
		cmocka_unit_test(waits_double_up_to_two_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
