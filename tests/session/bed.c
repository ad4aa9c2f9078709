/* The monitor's, the keeper's and the front's parts, played by a test. */
#include "tests/support/unit.h"
#include "tests/session/bed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/wire/codec.h"
#include "recorder/b64.h"
#include "recorder/reader.h"
#include "recorder/recipients.h"
#include "recorder/seal.h"

#define BROKER "test.example"
#define YEAR_MS 31557600000ULL

static void
good(enum rc rc, const struct err *err)
{
	if (rc != RC_OK)
		fail_msg("%s: %s", rc_name(rc), err->text);
}

static void
make_keys(struct bed *b)
{
	struct recipient list[2] = { { "auditor", "2026-11", "2099-12-31", { 0 },
					 { 0 } },
		{ "glass", "2026-11", "2099-12-31", { 0 }, { 0 } } };
	struct err err = { "" };

	good(keyfile_new(KEYFILE_ADMIN, span_of("admin"), &b->admin, &err), &err);
	good(keyfile_new(KEYFILE_DEVICE, span_of(BROKER), &b->device, &err), &err);
	good(keyfile_new(KEYFILE_AUDITOR, span_of("auditor"), &b->auditor, &err), &err);
	good(keyfile_new(KEYFILE_AUDITOR, span_of("glass"), &b->glass, &err), &err);
	memcpy(list[0].pk, keyfile_public(b->auditor), 32);
	memcpy(list[1].pk, keyfile_public(b->glass), 32);
	buf_init(&b->recipients, RECIPIENTS_TEXT_MAX);
	good(recipients_put(list, 2, b->admin, &b->recipients, &err), &err);
	good(trust_new(&b->trust, &err), &err);
	good(trust_add(
		 b->trust, false, span_of(BROKER), keyfile_public(b->device), &err),
	    &err);
}

void
bed_open(struct bed *b)
{
	memset(b, 0, sizeof *b);
	signal(SIGPIPE, SIG_IGN);
	strcpy(b->dir, "/tmp/bed.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->nursery = -1;
	b->nursery_sock = -1;
	make_keys(b);
}

void
bed_nursery(struct bed *b, uint64_t file_max)
{
	const char *top = getenv("top_builddir");
	char path[4096];
	struct err err = { "" };
	int pair[2];

	snprintf(path, sizeof path, "%s/broker/session/broker-session",
	    top != NULL ? top : ".");
	good(frame_pair(pair, &err), &err);
	if ((b->nursery = fork()) == 0) {
		struct rlimit r = { file_max, file_max };

		if (file_max > 0)
			setrlimit(RLIMIT_FSIZE, &r);
		if (pair[1] == 3)
			fcntl(3, F_SETFD, 0);
		else
			dup2(pair[1], 3);
		execl(path, path, (char *)NULL);
		_exit(127);
	}
	assert_true(b->nursery > 0);
	close(pair[1]);
	b->nursery_sock = pair[0];
}

int
bed_nursery_end(struct bed *b)
{
	int status = 0;

	if (b->nursery_sock >= 0)
		close(b->nursery_sock);
	b->nursery_sock = -1;
	assert_int_equal(waitpid(b->nursery, &status, 0), b->nursery);
	b->nursery = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t
bed_newest(struct bed *b)
{
	char path[64], text[4096] = "";
	long pid = -1;
	char *at = text;
	FILE *f;

	snprintf(
	    path, sizeof path, "/proc/%d/task/%d/children", b->nursery, b->nursery);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof text, f));
	fclose(f);
	for (char *end; (end = strchr(at, ' ')) != NULL; at = end + 1)
		pid = atol(at);
	assert_true(pid > 1);
	return (pid_t)pid;
}

void
bed_close(struct bed *b)
{
	struct dirent *e;
	DIR *d;

	if (b->nursery > 0)
		assert_int_equal(bed_nursery_end(b), 0);
	d = opendir(b->dir);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	assert_int_equal(rmdir(b->dir), 0);
	keyfile_free(b->admin);
	keyfile_free(b->device);
	keyfile_free(b->auditor);
	keyfile_free(b->glass);
	buf_clear(&b->recipients);
	trust_free(b->trust);
}

int
bed_file(struct bed *b, int *ret)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%u.cast", b->dir, ++b->next);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	*ret = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(*ret >= 0);
	return fd;
}

struct writer *
bed_writer(struct bed *b, int *file)
{
	struct recipients *list = NULL;
	struct writer *w = NULL;
	struct writer_init init = { .broker = BROKER,
		.class = "std",
		.meta_json = "{}",
		.timestamp = 1,
		.device_pk = keyfile_public(b->device) };
	uint8_t spk[32], h1[32], dkid[8], sig[64];
	struct err err = { "" };

	init.fd = bed_file(b, file);
	good(id_uuid7(init.sid, &err), &err);
	good(recipients_parse(buf_span(&b->recipients), keyfile_public(b->admin),
		 clock_wall_ms(), &list, &err),
	    &err);
	init.recipients = list;
	good(writer_open(&init, &w, &err), &err);
	recipients_free(list);
	writer_request(w, spk, h1);
	good(seal_certify(b->device, init.sid, spk, h1, dkid, sig, &err), &err);
	good(writer_certify(w, dkid, sig, &err), &err);
	return w;
}

static void
tell(int sock, enum msg type, uint32_t id, const void *m, const int *fds, unsigned n)
{
	static const struct msg_none none;
	struct err err = { "" };
	struct buf body;

	buf_init(&body, FRAME_MAX);
	good(codec_encode(type, m != NULL ? m : &none, &body, &err), &err);
	good(frame_send(sock, (uint16_t)type, id, buf_span(&body), fds, n, &err), &err);
	buf_clear(&body);
}

static void
pipe_ends(int *theirs, int *ours, bool they_read)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	*theirs = fds[they_read ? 0 : 1];
	*ours = fds[they_read ? 1 : 0];
}

void
peer_start(struct peer *p, struct bed *b, const struct bed_want *want)
{
	uint8_t sid[16];
	struct err err = { "" };
	struct msg_start m = { .sid = { sid, 16 },
		.broker = span_of(BROKER),
		.class_ = span_of("std"),
		.meta =
		    span_of(want->meta != NULL ? want->meta
					       : "{\"argv\":[\"aws\",\"s3\",\"ls\"],"
						 "\"rule\":\"p/r\",\"who\":\"ci\"}"),
		.title = span_of(want->title != NULL ? want->title : "aws s3 ls"),
		.recipients = want->bad_recipients ? span_of("hoop-recipients 1\n")
						   : buf_span(&b->recipients),
		.admin = { keyfile_public(b->admin), 32 },
		.device = { keyfile_public(b->device), 32 },
		.wall_ms = clock_wall_ms() + (want->late ? 100 * YEAR_MS : 0),
		.columns = want->columns,
		.rows = want->rows,
		.pty = want->pty,
		.output_max = want->output_max,
		.quota = want->quota,
		.hide_size = want->hide_size,
		.durability = want->strict ? DURABILITY_STRICT : DURABILITY_BATCH,
		.events_max = want->events_max,
		.stdin_sha256 = want->input_sha256,
		.stdin_len = want->input_len,
		.masking = span_of(want->masking != NULL ? want->masking : ""),
		.masks = span_of(want->masks != NULL ? want->masks : ""),
		.seeds = want->seeds,
		.gate = want->sdk ? GATE_SDK : GATE_COMMAND,
		.account = span_of("111122223333"),
		.region = span_of(want->region != NULL ? want->region : "eu-west-1") };
	int control[2], data[2], gate[2], fds[8];

	memset(p, 0, sizeof *p);
	p->bed = b;
	good(id_uuid7(sid, &err), &err);
	good(frame_pair(control, &err), &err);
	good(frame_pair(data, &err), &err);
	p->control = control[0];
	p->data = data[0];
	fds[0] = control[1];
	fds[1] = bed_file(b, &p->file);
	fds[2] = data[1];
	if (want->sdk) {
		m.dummy_id = span_of("ASBROKER");
		m.dummy_secret = span_of(BED_ROOT);
	}
	if (want->remote != NULL) {
		m.gate = GATE_NONE;
		m.remote = *want->remote;
	}
	if (want->connect_to != NULL) {
		m.connect_to.n = 1;
		m.connect_to.v[0] = span_of(want->connect_to);
	}
	for (size_t i = 0; i < ROWS(want->connect_all) && want->connect_all[i]; i++)
		m.connect_to.v[m.connect_to.n++] = span_of(want->connect_all[i]);
	if (want->remote != NULL) {
		gate[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
		for (int i = 3; i < 6; i++)
			fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		p->in = p->out = p->err = p->gate = -1;
	} else if (want->sdk) {
		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate), 0);
		fds[3] = gate[0];
		fds[4] = dup(gate[0]);
		pipe_ends(&p->err, &fds[5], false);
		p->in = p->out = p->gate = -1;
	} else {
		good(frame_pair(gate, &err), &err);
		pipe_ends(&p->in, &fds[3], true);
		pipe_ends(&p->out, &fds[4], false);
		pipe_ends(&p->err, &fds[5], false);
		p->gate = gate[0];
	}
	fds[6] = gate[1];
	fds[7] = open(want->ca != NULL ? want->ca : "/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fds[7] >= 0);
	p->id = b->next;
	buf_init(&p->room, FRAME_MAX);
	buf_init(&p->shown[0], 256u << 20);
	buf_init(&p->shown[1], 256u << 20);
	tell(b->nursery_sock, MSG_START, p->id, &m, fds, 8);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
}

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
peer_close(struct peer *p)
{
	shut(&p->control);
	shut(&p->data);
	shut(&p->in);
	shut(&p->out);
	shut(&p->err);
	shut(&p->gate);
	shut(&p->file);
	buf_clear(&p->room);
	buf_clear(&p->shown[0]);
	buf_clear(&p->shown[1]);
}

void
peer_tell(struct peer *p, enum msg type, const void *m)
{
	tell(p->control, type, p->id, m, NULL, 0);
}

void
peer_answer(struct peer *p, enum msg type, uint32_t id, const void *m)
{
	tell(p->control, type, id, m, NULL, 0);
}

void
peer_listening(struct peer *p, int fd)
{
	tell(p->gate, MSG_LISTENING, p->id, NULL, &fd, 1);
}

void
peer_send(struct peer *p, enum msg type, const void *m)
{
	tell(p->data, type, p->id, m, NULL, 0);
}

void
peer_type(struct peer *p, const char *bytes, size_t n)
{
	struct msg_data m = { 0, { (const uint8_t *)bytes, n } };

	peer_send(p, MSG_DATA, &m);
}

/* The next message's type; 0 when the other side has closed. */
static enum msg
next(struct peer *p, int sock)
{
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	struct err err = { "" };
	struct frame f;
	enum rc rc;

	if (poll(&pfd, 1, BED_WAIT_MS) != 1)
		fail_msg("no message in %d ms", BED_WAIT_MS);
	if ((rc = frame_recv(sock, &p->room, &f, &err)) == RC_END)
		return 0;
	good(rc, &err);
	assert_int_equal(f.nfds, 0);
	/* What the gate asks bears the number of the call; or a watcher's. */
	if (f.type == MSG_CALL_ASK || f.type == MSG_CALL_GONE ||
	    f.type == MSG_LEAF_ASK || f.type == MSG_WATCHED || f.type == MSG_LINE_ASK ||
	    f.type == MSG_LINE_GONE)
		p->call = f.id;
	else
		assert_int_equal(f.id, p->id);
	good(codec_decode((enum msg)f.type, f.body, &p->m, &err), &err);
	return (enum msg)f.type;
}

static const union msg_any *
expect(struct peer *p, int sock, enum msg type)
{
	enum msg got = next(p, sock);

	if (got != type)
		fail_msg("message %s came, not %s",
		    got != 0 ? codec_name(got) : "(end)", codec_name(type));
	return &p->m;
}

const union msg_any *
peer_hear(struct peer *p, enum msg type)
{
	return expect(p, p->control, type);
}

const union msg_any *
peer_see(struct peer *p, enum msg type)
{
	return expect(p, p->data, type);
}

enum msg
peer_next(struct peer *p)
{
	return next(p, p->control);
}

enum msg
peer_take(struct peer *p)
{
	enum msg type = next(p, p->data);

	if (type == MSG_DATA) {
		assert_in_range(p->m.data.stream, 1, 2);
		buf_span_put(&p->shown[p->m.data.stream - 1], p->m.data.bytes);
		assert_true(buf_ok(&p->shown[p->m.data.stream - 1]));
	}
	return type;
}

void
peer_shown(struct peer *p, size_t n)
{
	while (p->shown[0].len < n)
		assert_int_equal(peer_take(p), MSG_DATA);
}

void
peer_gone(struct peer *p, int *sock)
{
	struct err err = { "" };
	struct pollfd pfd = { .fd = *sock, .events = POLLIN };
	struct frame f;
	enum rc rc;

	do {
		assert_int_equal(poll(&pfd, 1, BED_WAIT_MS), 1);
		rc = frame_recv(*sock, &p->room, &f, &err);
	} while (rc == RC_OK);
	assert_int_equal(rc, RC_END);
	shut(sock);
}

void
peer_certify(struct peer *p)
{
	struct msg_seal seal = peer_hear(p, MSG_SEAL)->seal;
	struct msg_sealed m;
	struct header header;
	uint8_t h1[32], dkid[8], sig[64];
	struct err err = { "" };

	/* As the keeper does: only what stands in the file is certified. */
	good(proof_head(p->file, &header, h1, &err), &err);
	assert_true(span_eq(seal.h1, span_make(h1, 32)));
	good(seal_certify(p->bed->device, header.sid, seal.spk.p, h1, dkid, sig, &err),
	    &err);
	m = (struct msg_sealed){ { dkid, 8 }, { sig, 64 } };
	peer_tell(p, MSG_SEALED, &m);
}

void
peer_open(struct peer *p, struct bed *b, const struct bed_want *want)
{
	peer_start(p, b, want);
	peer_certify(p);
	peer_hear(p, MSG_READY);
}

const struct msg_exit *
peer_finish(struct peer *p, uint8_t how, uint8_t code)
{
	struct msg_exited exited = { how, code };
	struct msg_closed closed = { 1 };
	enum msg type;

	shut(&p->out);
	shut(&p->err);
	peer_tell(p, MSG_EXITED, &exited);
	assert_int_equal(peer_hear(p, MSG_ENDED)->ended.recorded, 1);
	assert_true(span_copy(p->m.ended.masked, p->masked, sizeof p->masked));
	peer_tell(p, MSG_CLOSED, &closed);
	while ((type = peer_take(p)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
	return &p->m.exit;
}

enum proof_code
bed_read(struct bed *b, int file, struct proof *proof, struct buf *text)
{
	struct reader *r = NULL;
	struct reader_chunk info;
	enum proof_code code;
	struct err err = { "" };
	struct span plain;
	enum rc rc;

	good(reader_open(file, &r, &err), &err);
	good(reader_verify(r, b->trust, proof, &err), &err);
	code = proof->code;
	if (text != NULL) {
		good(reader_unlock(r, b->auditor, &code, &err), &err);
		while ((rc = reader_next(r, &plain, &info, &err)) == RC_OK)
			buf_span_put(text, plain);
		assert_int_equal(rc, RC_END);
		assert_true(buf_ok(text));
		code = proof->code;
	}
	reader_close(r);
	return code;
}

/* One event line: raw holds the bytes of a `b` event until its `o` comes. */
static void
output_of_line(const char *line, size_t n, struct buf *raw, struct buf *out)
{
	json_t *j = json_loadb(line, n, 0, NULL);
	const char *code, *data;

	assert_non_null(j);
	if (json_is_array(j)) {
		code = json_string_value(json_array_get(j, 1));
		data = json_string_value(json_array_get(j, 2));
		assert_non_null(code);
		assert_non_null(data);
		if (strcmp(code, "b") == 0)
			assert_true(b64_read(raw, span_of(data)));
		else if (strcmp(code, "o") == 0 && raw->len > 0)
			buf_span_put(out, buf_span(raw));
		else if (strcmp(code, "o") == 0)
			buf_put(out, data, json_string_length(json_array_get(j, 2)));
		if (strcmp(code, "o") == 0)
			buf_reset(raw);
	}
	json_decref(j);
}

void
bed_output(struct span cast, struct buf *out)
{
	struct buf raw;

	buf_init(&raw, 1u << 20);
	while (cast.len > 0) {
		const uint8_t *lf = memchr(cast.p, '\n', cast.len);
		size_t n;

		assert_non_null(lf);
		n = (size_t)(lf - cast.p);
		output_of_line((const char *)cast.p, n, &raw, out);
		cast = span_make(cast.p + n + 1, cast.len - n - 1);
	}
	buf_clear(&raw);
}

void
bed_wait_file(int file, uint64_t n)
{
	struct stat st;

	for (int i = 0; i < BED_WAIT_MS / 5; i++) {
		assert_int_equal(fstat(file, &st), 0);
		if ((uint64_t)st.st_size >= n)
			return;
		usleep(5000);
	}
	fail_msg("the recording did not grow to %llu bytes", (unsigned long long)n);
}

void
write_all(int fd, const void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t w = write(fd, (const char *)p + at, n - at);

		assert_true(w > 0);
		at += (size_t)w;
	}
}
