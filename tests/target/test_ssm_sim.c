/* Two flows over a channel that loses, doubles and reorders frames both ways, on a clock
 * of the test's own: what goes in comes out, byte for byte, both ways at once.
 *
 * SSM_SIM_BYTES: so many each way instead of 2 MB. */
#include "tests/support/unit.h"

#include "broker/target/ssm_flow.h"

#define SLOTS 256u /* ms that a frame may be under way, at most */
#define TROUBLE 5u /* percent of frames that are lost, doubled, late */
#define STEPS 40000000u

struct parcel {
	struct parcel *next;
	size_t len;
	uint8_t bytes[];
};

struct world;

struct side {
	struct world *world;
	struct ssm_flow *flow;
	struct ssm_crypt *crypt;	 /* NULL: in clear */
	struct parcel *under_way[SLOTS]; /* to this side, by when they come */
	uint64_t sent, got, total;	 /* bytes */
	uint64_t refused, frames;
	bool sulking; /* it said not now */
};

struct world {
	struct side sides[2];
	uint64_t now, random;
	uint64_t ids;
	unsigned broken; /* times */
	bool up;
};

static uint32_t
chance(struct world *w)
{
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(w->random >> 33);
}

static bool
percent(struct world *w, unsigned n)
{
	return chance(w) % 100 < n;
}

/* What stands at an offset of a side's bytes. */
static uint8_t
byte_at(uint64_t at, bool second)
{
	uint64_t x =
	    (at / 8 + 1) * (second ? 0x9e3779b97f4a7c15u : 0xc2b2ae3d27d4eb4fu);

	return (uint8_t)(x >> (at % 8 * 8));
}

static struct side *
other(struct side *s)
{
	return &s->world->sides[s == &s->world->sides[0]];
}

static void
post(struct side *to, struct span frame, unsigned delay)
{
	struct parcel **at = &to->under_way[(to->world->now + delay) % SLOTS];
	struct parcel *p = malloc(sizeof *p + frame.len);

	assert_true(p != NULL && delay > 0 && delay < SLOTS);
	while (*at != NULL)
		at = &(*at)->next;
	p->next = NULL;
	p->len = frame.len;
	memcpy(p->bytes, frame.p, frame.len);
	*at = p;
}

static bool
sends(void *arg, struct span frame)
{
	struct side *s = arg;
	struct world *w = s->world;
	unsigned delay = 5;

	/* Sockets are full at times, too. */
	if (!w->up || percent(w, 1))
		return false;
	s->frames++;
	if (percent(w, TROUBLE))
		return true;
	if (percent(w, TROUBLE))
		delay += chance(w) % 100;
	post(other(s), frame, delay);
	if (percent(w, TROUBLE))
		post(other(s), frame, delay + chance(w) % 100);
	return true;
}

static enum rc
takes(void *arg, uint32_t payload_type, struct span payload, struct err *err)
{
	struct side *s = arg;
	uint8_t room[SSM_CHUNK + 1];
	struct buf plain;

	assert_int_equal(payload_type, SSM_P_OUTPUT);
	if (percent(s->world, 1)) {
		s->refused++;
		s->sulking = true;
		return RC_WAIT;
	}
	if (s->crypt != NULL) {
		buf_over(&plain, room, sizeof room);
		assert_int_equal(ssm_crypt_open(s->crypt, payload, &plain, err), RC_OK);
		payload = buf_span(&plain);
	}
	for (size_t i = 0; i < payload.len; i++)
		assert_int_equal(
		    payload.p[i], byte_at(s->got + i, s == &s->world->sides[0]));
	s->got += payload.len;
	return RC_OK;
}

static void
counted_id(void *arg, uint8_t out[16])
{
	struct side *s = arg;

	memset(out, 0, 16);
	s->world->ids++;
	memcpy(out, &s->world->ids, sizeof s->world->ids);
}

static uint64_t
its_wall(void *arg)
{
	return ((struct side *)arg)->world->now + 1700000000000u;
}

static void
arrivals(struct side *s)
{
	struct parcel **at = &s->under_way[s->world->now % SLOTS], *p;

	while ((p = *at) != NULL) {
		struct ssm_frame f;

		*at = p->next;
		assert_int_equal(
		    ssm_frame_read(span_make(p->bytes, p->len), &f, NULL), RC_OK);
		/* What one side sends is the agent's to the other. */
		if (f.type == SSM_INPUT)
			f.type = SSM_OUTPUT;
		if (s->world->up)
			assert_int_equal(
			    ssm_flow_in(s->flow, &f, s->world->now, NULL), RC_OK);
		free(p);
	}
}

static void
feeds(struct side *s)
{
	uint8_t bytes[8192];
	uint64_t left = s->total - s->sent;
	size_t n = 1 + chance(s->world) % sizeof bytes, taken = 0;

	if (n > left)
		n = (size_t)left;
	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_at(s->sent + i, s == &s->world->sides[1]);
	assert_int_equal(ssm_flow_write(s->flow, s->crypt, span_make(bytes, n),
			     s->world->now, &taken, NULL),
	    RC_OK);
	s->sent += taken;
}

static void
step(struct side *s)
{
	uint64_t now = s->world->now;

	arrivals(s);
	if (s->sulking && percent(s->world, 20)) {
		s->sulking = false;
		assert_int_equal(ssm_flow_more(s->flow, now, NULL), RC_OK);
	}
	if (s->sent < s->total && ssm_flow_room(s->flow) > 0)
		feeds(s);
	assert_int_equal(ssm_flow_run(s->flow, now, NULL), RC_OK);
	/* Nobody is woken for what was just done. */
	assert_true(ssm_flow_next(s->flow, now) > now);
}

static bool
is_done(const struct world *w)
{
	for (unsigned i = 0; i < 2; i++)
		if (w->sides[i].got < w->sides[i].total ||
		    ssm_flow_unacked(w->sides[i].flow) > 0)
			return false;
	return true;
}

/* The sockets break: what is under way is gone. */
static void
breaks(struct world *w)
{
	w->up = !w->up;
	w->broken++;
	for (unsigned i = 0; i < 2; i++) {
		struct side *s = &w->sides[i];
		struct parcel *p;

		for (unsigned k = 0; k < SLOTS; k++)
			while ((p = s->under_way[k]) != NULL) {
				s->under_way[k] = p->next;
				free(p);
			}
		if (w->up)
			ssm_flow_up(s->flow, w->now);
		else
			ssm_flow_down(s->flow);
	}
}

static void
opens(struct world *w, unsigned i, uint64_t total, bool sealed, uint32_t pace)
{
	const struct ssm_flow_init init = { .pace = pace };
	struct side *s = &w->sides[i];
	const struct ssm_flow_owner owner = { s, sends, takes, counted_id, its_wall };
	uint8_t key[SSM_KEY];

	s->world = w;
	s->total = total;
	assert_int_equal(ssm_flow_new(&init, &owner, &s->flow, NULL), RC_OK);
	ssm_flow_up(s->flow, w->now);
	for (unsigned k = 0; k < SSM_KEY; k++)
		key[k] = (uint8_t)(i == 0 ? k : (k + SSM_KEY / 2) % SSM_KEY);
	if (sealed)
		assert_int_equal(
		    ssm_crypt_new(span_make(key, SSM_KEY), &s->crypt, NULL), RC_OK);
}

static void
closes(struct world *w)
{
	w->up = true;
	breaks(w); /* frees what is under way */
	for (unsigned i = 0; i < 2; i++) {
		ssm_flow_free(w->sides[i].flow);
		ssm_crypt_free(w->sides[i].crypt);
	}
}

static const struct row {
	uint64_t seed;
	bool sealed;
	uint32_t pace;
	unsigned outages; /* one in so many ms; 0: none */
} rows[] = {
	{ 1, false, 0, 0 },
	{ 2, true, 1000, 0 },
	{ 3, false, 0, 700 },
	{ 4, true, 700, 900 },
};

static void
run(const struct row *row)
{
	const char *want = getenv("SSM_SIM_BYTES");
	uint64_t total = want != NULL ? strtoull(want, NULL, 10) : 2000000;
	struct world *w = calloc(1, sizeof *w);
	unsigned n = 0;

	assert_non_null(w);
	assert_true(total > 0 && total < 1u << 30);
	w->now = 1000;
	w->up = true;
	w->random = row->seed;
	opens(w, 0, total, row->sealed, row->pace);
	opens(w, 1, total, row->sealed, row->pace);
	for (; !is_done(w) && n < STEPS; n++, w->now++) {
		if (row->outages > 0 && chance(w) % (w->up ? row->outages : 300) == 0)
			breaks(w);
		step(&w->sides[0]);
		step(&w->sides[1]);
	}
	assert_true(is_done(w));
	assert_true(row->outages == 0 || w->broken > 0);
	assert_true(w->sides[0].refused > 0 && w->sides[1].refused > 0);
	printf("# seed %u: %u bytes each way in %u s of its clock, %u and %u frames\n",
	    (unsigned)row->seed, (unsigned)total, n / 1000,
	    (unsigned)w->sides[0].frames, (unsigned)w->sides[1].frames);
	closes(w);
	free(w);
}

static void
bytes_come_out_as_they_went_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		run(&rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_out_as_they_went_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
