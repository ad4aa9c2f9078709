/* Whole sessions as they were recorded between a client and an agent: what the agent and
 * the service sent goes through our modules, what the client said is said by us at its
 * time, and must come out as it did there: sequence, type and payload; everything of the
 * agent is acknowledged once for each time that it came. */
#include "tests/support/unit.h"

#include "broker/target/smux.h"
#include "broker/target/ssm_ack.h"
#include "broker/target/ssm_closed.h"
#include "broker/target/ssm_flow.h"
#include "broker/target/ssm_handshake.h"
#include "broker/target/ssm_json.h"
#include "tests/target/vectors.h"

#define MESSAGES 64u
#define STREAMS 8u

struct message {
	uint32_t payload_type;
	uint8_t payload[4096];
	size_t len;
};

struct replay {
	struct ssm_flow *flow;
	struct ssm_crypt *crypt, *agent; /* ours; theirs, to look at what was sealed */
	struct smux *smux;
	struct ssm_request request;
	bool requested, answered, complete, closed;
	/* Ours, by sequence; those of the recorded client. */
	struct message sent[MESSAGES];
	int64_t n_sent, n_theirs;
	/* Of the agent, by sequence: how often it came and was acknowledged. */
	unsigned came[MESSAGES], acked[MESSAGES];
	uint8_t ids[MESSAGES][16];
	struct buf out, err, streams[STREAMS], said; /* said: by the client, in smux */
	unsigned stream_ends;
	int32_t code;
	bool has_code;
	uint32_t resumed;
	uint64_t now;
};

static bool
sends(void *arg, struct span frame)
{
	struct replay *r = arg;
	struct ssm_frame f;
	struct ssm_ack a;
	struct message *m;

	assert_int_equal(ssm_frame_read(frame, &f, NULL), RC_OK);
	if (f.type == SSM_ACKNOWLEDGE) {
		assert_int_equal(ssm_ack_read(f.payload, &a, NULL), RC_OK);
		assert_in_range(a.sequence, 0, MESSAGES - 1);
		assert_memory_equal(a.id, r->ids[a.sequence], 16);
		r->acked[a.sequence]++;
		return true;
	}
	assert_in_range(f.sequence, 0, MESSAGES - 1);
	m = &r->sent[f.sequence];
	assert_true(f.payload.len <= sizeof m->payload);
	m->payload_type = f.payload_type;
	m->len = f.payload.len;
	memcpy(m->payload, f.payload.p, f.payload.len);
	if (f.sequence == r->n_sent)
		r->n_sent++;
	return true;
}

static size_t
stream_output(void *arg, uint32_t id, struct span bytes)
{
	struct replay *r = arg;

	assert_true(id % 2 == 1 && id / 2 < STREAMS);
	buf_span_put(&r->streams[id / 2], bytes);
	return bytes.len;
}

static void
stream_closed(void *arg, uint32_t id)
{
	struct replay *r = arg;

	(void)id;
	r->stream_ends++;
}

static enum rc
take_output(struct replay *r, struct span plain, struct err *err)
{
	if (r->smux != NULL)
		return smux_in(r->smux, plain, r->now, err);
	buf_span_put(&r->out, plain);
	return RC_OK;
}

static enum rc
take_plain(struct replay *r, uint32_t payload_type, struct span plain, struct err *err)
{
	switch (payload_type) {
	case SSM_P_OUTPUT:
		return take_output(r, plain, err);
	case SSM_P_STDERR:
		buf_span_put(&r->err, plain);
		return RC_OK;
	default:
		r->has_code = ssm_exit_read(plain, &r->code);
		assert_true(r->has_code);
		return RC_OK;
	}
}

static void
take_challenge(struct replay *r, struct span payload)
{
	struct buf answer;

	buf_init(&answer, 4096);
	assert_int_equal(ssm_crypt_answer(r->crypt, payload, &answer, NULL), RC_OK);
	assert_int_equal(
	    ssm_flow_put(r->flow, SSM_P_CHALLENGED, buf_span(&answer), r->now, NULL),
	    RC_OK);
	buf_clear(&answer);
}

static void
start_smux(struct replay *r)
{
	const struct smux_init init = {
		.keepalive = !agentversion_can(&r->request.agent, AGENT_QUIET),
	};
	const struct smux_owner owner = { r, stream_output, stream_closed };

	if (strcmp(r->request.type, "LocalPortForwarding") == 0 &&
	    agentversion_can(&r->request.agent, AGENT_MUX))
		assert_int_equal(
		    smux_new(&init, &owner, r->now, &r->smux, NULL), RC_OK);
}

static enum rc
takes(void *arg, uint32_t payload_type, struct span payload, struct err *err)
{
	struct replay *r = arg;
	uint8_t room[4096];
	struct buf plain;

	if (payload_type == SSM_P_REQUEST) {
		r->requested = true;
		return ssm_request_read(payload, &r->request, err);
	}
	if (payload_type == SSM_P_CHALLENGE) {
		take_challenge(r, payload);
		return RC_OK;
	}
	buf_over(&plain, room, sizeof room);
	if (payload_type == SSM_P_COMPLETE) {
		r->complete = ssm_complete_read(payload, &plain);
		assert_int_equal(plain.len > 0, r->crypt != NULL);
		start_smux(r);
		return RC_OK;
	}
	if (r->crypt == NULL)
		return take_plain(r, payload_type, payload, err);
	assert_int_equal(ssm_crypt_open(r->crypt, payload, &plain, err), RC_OK);
	return take_plain(r, payload_type, buf_span(&plain), err);
}

/* What the client answered holds the sealed key that KMS gave it, which is nobody's to
 * compute; the key within is known. */
static void
answer(struct replay *r, struct span theirs)
{
	struct ssm_done done = { .client_version = "1.2.677.0" };
	json_t *j = ssm_json_object(theirs, sizeof r->sent[0].payload);
	const json_t *action =
	    json_array_get(json_object_get(j, "ProcessedClientActions"), 1);
	uint8_t key[SSM_KEY];
	struct buf out;
	bool good;

	done.cipher = json_string_value(json_object_get(
	    json_object_get(action, "ActionResult"), "KMSCipherTextKey"));
	if (r->request.kms) {
		assert_non_null(done.cipher);
		/* That client does not acknowledge challenges. */
		assert_true(r->request.challenge[0] != '\0');
		r->request.challenge[0] = '\0';
		vectors_key(false, key);
		assert_int_equal(
		    ssm_crypt_new(span_make(key, SSM_KEY), &r->crypt, NULL), RC_OK);
		vectors_key(true, key);
		assert_int_equal(
		    ssm_crypt_new(span_make(key, SSM_KEY), &r->agent, NULL), RC_OK);
	}
	buf_init(&out, 4096);
	assert_int_equal(
	    ssm_request_answer(&r->request, &done, &out, &good, NULL), RC_OK);
	assert_true(good);
	assert_int_equal(
	    ssm_flow_put(r->flow, SSM_P_RESPONSE, buf_span(&out), r->now, NULL), RC_OK);
	buf_clear(&out);
	json_decref(j);
	r->answered = true;
}

/* A frame of the client's smux, said by ours. */
static void
say_frame(struct replay *r, struct cur *c)
{
	unsigned command;
	uint32_t id, opened;
	struct span data;
	uint16_t len;

	assert_int_equal(cur_u8(c), 1);
	command = cur_u8(c);
	len = cur_le16(c);
	id = cur_le32(c);
	data = cur_bytes(c, len);
	assert_false(c->bad);
	if (command == 0) {
		assert_int_equal(smux_open(r->smux, &opened, NULL), RC_OK);
		assert_int_equal(opened, id);
	} else if (command == 2)
		assert_int_equal(smux_write(r->smux, id, data), len);
	else
		smux_close(r->smux, id);
}

/* All that ours says is what theirs said, once a frame of it is whole. */
static void
say_smux(struct replay *r, struct span theirs)
{
	uint8_t ours[8192];
	struct cur c;

	buf_span_put(&r->said, theirs);
	cur_init(&c, buf_span(&r->said));
	if (c.left < 8 || c.left < 8u + (c.p[2] | c.p[3] << 8))
		return;
	say_frame(r, &c);
	assert_int_equal(c.left, 0);
	assert_int_equal(smux_out(r->smux, ours, sizeof ours), r->said.len);
	assert_memory_equal(ours, r->said.p, r->said.len);
	assert_false(smux_wants(r->smux));
	buf_reset(&r->said);
}

static void
say_output(struct replay *r, struct span theirs)
{
	uint8_t room[4096];
	struct buf plain;
	size_t taken;

	buf_over(&plain, room, sizeof room);
	if (r->crypt != NULL) {
		assert_int_equal(ssm_crypt_open(r->agent, theirs, &plain, NULL), RC_OK);
		theirs = buf_span(&plain);
	}
	if (r->smux != NULL)
		say_smux(r, theirs);
	assert_int_equal(
	    ssm_flow_write(r->flow, r->crypt, theirs, r->now, &taken, NULL), RC_OK);
	assert_int_equal(taken, theirs.len);
}

static void
same_plain(struct replay *r, const struct message *ours, struct span theirs)
{
	uint8_t rooms[2][4096];
	struct buf a, b;

	buf_over(&a, rooms[0], sizeof rooms[0]);
	buf_over(&b, rooms[1], sizeof rooms[1]);
	assert_int_equal(
	    ssm_crypt_open(r->agent, span_make(ours->payload, ours->len), &a, NULL),
	    RC_OK);
	assert_int_equal(ssm_crypt_open(r->agent, theirs, &b, NULL), RC_OK);
	assert_true(span_eq(buf_span(&a), buf_span(&b)));
}

static void
same_message(struct replay *r, const struct ssm_frame *theirs)
{
	const struct message *ours = &r->sent[theirs->sequence];
	bool sealed = r->crypt != NULL && theirs->payload_type == SSM_P_OUTPUT;

	assert_int_equal(r->n_sent, theirs->sequence + 1);
	assert_int_equal(ours->payload_type, theirs->payload_type);
	assert_int_equal(ours->len, theirs->payload.len);
	if (sealed)
		same_plain(r, ours, theirs->payload);
	else if (theirs->payload_type != SSM_P_CHALLENGED) /* its nonce is our own */
		assert_memory_equal(ours->payload, theirs->payload.p, ours->len);
}

static void
client_said(struct replay *r, const struct ssm_frame *f)
{
	if (f->type != SSM_INPUT || f->sequence < r->n_theirs)
		return; /* acknowledgements are ours; it repeats itself */
	assert_int_equal(f->sequence, r->n_theirs++);
	if (f->payload_type == SSM_P_RESPONSE)
		answer(r, f->payload);
	else if (f->payload_type == SSM_P_OUTPUT)
		say_output(r, f->payload);
	else if (f->payload_type != SSM_P_CHALLENGED)
		assert_int_equal(
		    ssm_flow_put(r->flow, f->payload_type, f->payload, r->now, NULL),
		    RC_OK);
	same_message(r, f);
}

static void
others_said(struct replay *r, const struct ssm_frame *f)
{
	struct buf text;

	if (f->type == SSM_OUTPUT) {
		assert_in_range(f->sequence, 0, MESSAGES - 1);
		memcpy(r->ids[f->sequence], f->id, 16);
		r->came[f->sequence]++;
	}
	if (f->type == SSM_CLOSED) {
		buf_init(&text, 4096);
		assert_true(ssm_closed_read(f->payload, &text));
		assert_int_equal(text.len, 0);
		buf_clear(&text);
		r->closed = true;
	}
	assert_int_equal(ssm_flow_in(r->flow, f, r->now, NULL), RC_OK);
}

static void
line(struct replay *r, const json_t *j)
{
	const char *dir = json_string_value(json_object_get(j, "dir"));
	const char *hex = json_string_value(json_object_get(j, "hex"));
	struct ssm_frame f;
	struct buf bytes;

	if (!json_is_true(json_object_get(j, "client_visible")))
		return;
	r->now = 1000 + (uint64_t)json_number_value(json_object_get(j, "t_ms"));
	if (hex == NULL) { /* OpenDataChannel: there is a socket */
		ssm_flow_down(r->flow);
		ssm_flow_up(r->flow, r->now);
		r->resumed++;
		return;
	}
	vectors_unhex(span_of(hex), &bytes);
	assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_OK);
	if (strcmp(dir, "client>agent") == 0)
		client_said(r, &f);
	else
		others_said(r, &f);
	buf_clear(&bytes);
}

static void
begin(struct replay *r)
{
	const struct ssm_flow_init init = { 0 };
	const struct ssm_flow_owner owner = { r, sends, takes, NULL, NULL };

	memset(r, 0, sizeof *r);
	buf_init(&r->out, 65536);
	buf_init(&r->err, 65536);
	buf_init(&r->said, 65536);
	for (unsigned i = 0; i < STREAMS; i++)
		buf_init(&r->streams[i], 65536);
	assert_int_equal(ssm_flow_new(&init, &owner, &r->flow, NULL), RC_OK);
}

static void
end(struct replay *r)
{
	ssm_flow_free(r->flow);
	ssm_crypt_free(r->crypt);
	ssm_crypt_free(r->agent);
	smux_free(r->smux);
	buf_clear(&r->out);
	buf_clear(&r->err);
	buf_clear(&r->said);
	for (unsigned i = 0; i < STREAMS; i++)
		buf_clear(&r->streams[i]);
}

static void
play(struct replay *r, const char *name)
{
	char path[128], *at, *save;
	struct buf file;

	begin(r);
	snprintf(path, sizeof path, "transcripts/%s.jsonl", name);
	vectors_file(path, &file);
	at = strtok_r((char *)(uintptr_t)buf_cstr(&file), "\n", &save);
	for (; at != NULL; at = strtok_r(NULL, "\n", &save)) {
		json_t *j = json_loads(at, 0, NULL);

		assert_non_null(j);
		line(r, j);
		json_decref(j);
	}
	buf_clear(&file);
	assert_int_equal(r->n_sent, r->n_theirs);
	for (unsigned i = 0; i < MESSAGES; i++)
		assert_int_equal(r->came[i], r->acked[i]);
}

static const struct row {
	const char *name;
	bool handshake, closed;
	enum ssm_session session;
	const char *out, *err;
	int32_t code; /* -1: none */
	uint32_t sockets;
} rows[] = {
	{ "standard_stream_no_handshake", false, true, SSM_SHELL,
	    "$ echo hello-$((40+2))\r\nhello-42\r\n$ ^C\r\n$ exit 3\r\n", "", -1, 1 },
	{ "interactive_command_no_handshake", false, true, SSM_SHELL,
	    "one\r\nyes\r\ngot-yes\r\n", "", -1, 1 },
	{ "noninteractive_separate_streams", true, true, SSM_BATCH, "out\n", "err\n", 7,
	    1 },
	{ "standard_stream_kms", true, true, SSM_SHELL,
	    "$ echo enc-$((40+2))\r\nenc-42\r\n$ exit\r\n", "", -1, 1 },
	{ "port_forward_mux", true, false, SSM_PORT, "", "", -1, 1 },
	{ "ssh_basic_port", true, false, SSM_PORT, "SSH-2.0-test\r\n", "", -1, 1 },
	{ "resume_after_drop", false, true, SSM_SHELL,
	    "$ echo before-$((1+1))\r\nbefore-2\r\n$ echo "
	    "after-$((2+2))\r\nafter-4\r\n$ "
	    "exit\r\n",
	    "", -1, 2 },
};

static void
sessions_go_as_they_went(void **state)
{
	struct replay *r = malloc(sizeof *r);

	(void)state;
	assert_non_null(r);
	for (size_t i = 0; i < ROWS(rows); i++) {
		play(r, rows[i].name);
		assert_string_equal(buf_cstr(&r->out), rows[i].out);
		assert_string_equal(buf_cstr(&r->err), rows[i].err);
		assert_int_equal(r->has_code, rows[i].code >= 0);
		if (r->has_code)
			assert_int_equal(r->code, rows[i].code);
		assert_int_equal(r->complete, rows[i].handshake);
		assert_int_equal(r->answered, rows[i].handshake);
		if (rows[i].handshake)
			assert_int_equal(r->request.session, rows[i].session);
		assert_int_equal(r->closed, rows[i].closed);
		assert_int_equal(r->resumed, rows[i].sockets);
		end(r);
	}
	free(r);
}

static void
streams_of_the_mux_echo(void **state)
{
	struct replay *r = malloc(sizeof *r);

	(void)state;
	assert_non_null(r);
	play(r, "port_forward_mux");
	assert_non_null(r->smux);
	assert_true(span_is(buf_span(&r->streams[1]), "hello"));
	assert_int_equal(r->streams[2].len, 3072);
	for (size_t i = 0; i < 3072; i++)
		assert_int_equal(r->streams[2].p[i], (uint8_t)i);
	assert_int_equal(smux_streams(r->smux), 0);
	assert_int_equal(r->came[5], 3);
	end(r);
	free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_go_as_they_went),
		cmocka_unit_test(streams_of_the_mux_echo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
