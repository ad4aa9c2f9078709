/* Open lists; see boards.h.  A change only marks a screen as stale: it is drawn once a
 * second at most, and at once after a key. */
#include "broker/monitor/boards_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/frame.h"
#include "lib/model/status.h"

#define TICK_MS 1000
/* For the last bytes of one who does not take them. */
#define LINGER_MS 2000
/* Of what a terminal sends: frames in a second, and bytes of one that are looked at. */
#define FRAMES_A_SECOND 64
#define TYPED_MOST 512
#define INTERRUPT 0x03
/* The largest frame, with the positions of its rows. */
#define FRAME_BYTES (BOARD_ROWS_MAX * (BOARD_COLUMNS_MAX + 32))

/* ---- what is shown ---- */

void
view_send(struct view *v, struct span bytes)
{
	struct msg_data m = { .stream = 1 };

	while (bytes.len > 0) {
		size_t n = bytes.len < MSG_DATA_MAX ? bytes.len : MSG_DATA_MAX;

		m.bytes = span_make(bytes.p, n);
		/* One that is lost is told through gone(). */
		if (port_send(v->port, MSG_DATA, 0, &m, NULL, 0) != RC_OK)
			return;
		bytes = span_make(bytes.p + n, bytes.len - n);
	}
}

const struct identity *
view_who(const struct view *v)
{
	const struct config *c = v->all->m->rules.config;
	const struct identity *who =
	    identity_by_name(c->identities, span_of(v->call->name));

	return who != NULL && config_may_approve(c, who) ? who : NULL;
}

static struct board_line
line_of(const struct hold *h)
{
	const struct verdict *v = hold_verdict(h);
	json_t *approvers = hold_approvers_json(h);
	struct board_line l = { .id = hold_id(h),
		.who = hold_identity(h),
		.text = hold_shown(h),
		.until_ms = hold_until_ms(h),
		.yes = (unsigned)json_array_size(approvers) };

	json_decref(approvers);
	for (size_t i = 0; i < v->n_needs; i++)
		l.need += v->needs[i].need;
	return l;
}

/* The one that has waited for longest stands first, so that new ones move nothing. */
static void
fill(struct view *v)
{
	struct holds *holds = v->all->m->holds;
	struct board_line *lines;
	struct err err = { "" };
	size_t n = 0, at;

	for (const struct hold *h = holds_first(holds); h != NULL; h = hold_next(h))
		n += hold_state(h) == HOLD_PENDING;
	if ((lines = calloc(n + 1, sizeof *lines)) == NULL)
		return; /* the next second may have memory */
	at = n;
	for (const struct hold *h = holds_first(holds); h != NULL; h = hold_next(h))
		if (hold_state(h) == HOLD_PENDING)
			lines[--at] = line_of(h);
	v->stale = board_fill(v->board, lines, n, &err) != RC_OK;
	free(lines);
}

void
view_refresh(struct view *v)
{
	if (v->board == NULL || v->ending)
		return;
	if (port_full(v->port)) {
		v->owed = true;
		return;
	}
	v->owed = false;
	if (v->stale)
		fill(v);
	buf_reset(&v->frame);
	if (board_clear(v->board, &v->frame)) {
		view_send(v, buf_span(&v->frame));
		buf_reset(&v->frame);
		buf_reset(&v->last);
	}
	board_draw(v->board, clock_wall_ms(), &v->frame);
	if (!buf_ok(&v->frame) || span_eq(buf_span(&v->frame), buf_span(&v->last)))
		return;
	view_send(v, buf_span(&v->frame));
	buf_reset(&v->last);
	buf_span_put(&v->last, buf_span(&v->frame));
}

/* ---- the end of one ---- */

static void
free_view(struct view *v)
{
	struct boards *all = v->all;

	for (struct view **p = &all->first; *p != NULL; p = &(*p)->next)
		if (*p == v) {
			*p = v->next;
			all->count--;
			break;
		}
	port_close(v->port);
	timer_free(v->timer);
	board_free(v->board);
	buf_clear(&v->frame);
	buf_clear(&v->last);
	free(v);
}

/* The terminal is given back, and the call answered. */
static void
leave(struct view *v, int status, const char *text)
{
	struct verb_call *call = v->call;
	struct msg_exit m = { HOW_EXIT, (uint8_t)status, 1, span_of(text) };
	struct buf end;

	if (v->ending)
		return;
	v->ending = true;
	view_drop_asked(v);
	buf_init(&end, 64);
	if (v->board != NULL)
		board_end(&end);
	view_send(v, buf_span(&end));
	buf_clear(&end);
	(void)port_send(v->port, MSG_EXIT, 0, &m, NULL, 0);
	v->call = NULL;
	call->left = NULL;
	call->done(call->arg, call, status);
	if (port_full(v->port))
		timer_set(v->timer, LINGER_MS);
	else
		free_view(v);
}

/* The viewer's connection has ended, or the broker does. */
static void
left(void *arg)
{
	leave(arg, STATUS_FAILED, "the list is closed");
}

static void
on_gone(void *arg, enum rc rc, const struct err *err)
{
	struct view *v = arg;
	struct verb_call *call = v->call;

	(void)rc;
	(void)err;
	view_drop_asked(v);
	if (call != NULL) {
		call->left = NULL;
		call->done(call->arg, call, STATUS_OK);
	}
	free_view(v);
}

static void
on_drained(void *arg)
{
	struct view *v = arg;

	if (v->ending)
		free_view(v);
	else if (v->owed)
		view_refresh(v);
}

static void
on_tick(void *arg)
{
	struct view *v = arg;

	if (v->ending) {
		free_view(v);
		return;
	}
	if (view_who(v) == NULL) {
		leave(v, STATUS_DENIED, "you no longer have the right to see the list");
		return;
	}
	timer_set(v->timer, TICK_MS);
	v->typed = 0;
	port_pause(v->port, false);
	if (v->recheck)
		view_ask_details(v);
	view_refresh(v);
}

/* ---- what is typed ---- */

/* More in a second than a person types waits for the next one. */
static void
count(struct view *v)
{
	if (++v->typed >= FRAMES_A_SECOND)
		port_pause(v->port, true);
}

static enum rc
answer_data(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct view *v = arg;
	struct span typed = m->data.bytes;
	struct board_act act = { .want = BOARD_NOTHING };

	(void)id;
	(void)fds;
	if (m->data.stream != 0)
		return err_set(err, RC_REFUSE, "output from a terminal");
	count(v);
	if (typed.len > TYPED_MOST)
		typed.len = TYPED_MOST;
	if (v->ending || typed.len == 0)
		return RC_OK;
	if (v->board == NULL) {
		if (v->call->pty && (memchr(typed.p, 'q', typed.len) != NULL ||
					memchr(typed.p, INTERRUPT, typed.len) != NULL))
			leave(v, STATUS_OK, "");
		return RC_OK;
	}
	while (typed.len > 0 && act.want != BOARD_LEAVE) {
		board_type(v->board, &typed, &act);
		view_act(v, &act);
	}
	if (act.want == BOARD_LEAVE)
		leave(v, STATUS_OK, "");
	else
		view_refresh(v);
	return RC_OK;
}

/* Without a terminal there may be no stdin at all: only a terminal's end is one. */
static enum rc
answer_eof(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct view *v = arg;

	(void)id;
	(void)m;
	(void)fds;
	(void)err;
	if (v->board != NULL)
		leave(v, STATUS_OK, "");
	return RC_OK;
}

static enum rc
answer_resize(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct view *v = arg;

	(void)id;
	(void)fds;
	(void)err;
	count(v);
	if (v->board == NULL || v->ending)
		return RC_OK;
	board_resize(v->board, m->resize.columns, m->resize.rows);
	view_refresh(v);
	return RC_OK;
}

static enum rc
answer_signal(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	(void)id;
	(void)m;
	(void)fds;
	(void)err;
	leave(arg, STATUS_OK, "");
	return RC_OK;
}

static const struct route routes[] = {
	{ MSG_DATA, 0, MSG_DATA_MAX + 16, 0, answer_data },
	{ MSG_EOF, 0, 0, 0, answer_eof },
	{ MSG_RESIZE, 0, 16, 0, answer_resize },
	{ MSG_SIGNAL, 0, 16, 0, answer_signal },
};

/* ---- the beginning ---- */

static void
on_change(void *arg, const struct hold *h, const char *event, const char *by,
    const char *reason)
{
	struct boards *all = arg;

	for (struct view *v = all->first; v != NULL; v = v->next) {
		if (v->ending)
			continue;
		v->stale = true;
		if (v->board == NULL)
			view_tell(v, h, event, by, reason);
		else if (board_detailed(v->board) != NULL &&
			 strcmp(board_detailed(v->board), hold_id(h)) == 0)
			v->recheck = true;
	}
}

enum rc
boards_new(struct monitor *m, struct boards **ret, struct err *err)
{
	struct boards *all = calloc(1, sizeof *all);

	if (all == NULL)
		return err_memory(err);
	all->m = m;
	if (!holds_listen(m->holds, on_change, all)) {
		free(all);
		return err_set(err, RC_FAIL, "too many listen to holds");
	}
	*ret = all;
	return RC_OK;
}

void
boards_free(struct boards *all)
{
	if (all == NULL)
		return;
	holds_unlisten(all->m->holds, all);
	while (all->first != NULL) {
		struct view *v = all->first;

		leave(v, STATUS_FAILED, "the broker ends");
		/* It lingers: there is no time for that. */
		if (all->first == v)
			free_view(v);
	}
	free(all);
}

/* What was asked for; columns 0: lines. */
struct wish {
	uint32_t columns, rows;
};

static bool
take_words(const struct verb_call *call, struct wish *ret)
{
	bool watch = false;
	int end = 0;

	*ret = (struct wish){ 0, 0 };
	if (call->pty && !call->json) {
		ret->columns = call->columns > 0 ? call->columns : 80;
		ret->rows = call->rows > 0 ? call->rows : 24;
	}
	for (unsigned i = 1; i < call->argc; i++) {
		if (strcmp(call->argv[i], "--watch") == 0 && !watch)
			watch = true;
		else if (sscanf(call->argv[i], "--screen=%5ux%5u%n", &ret->columns,
			     &ret->rows, &end) != 2 ||
			 call->argv[i][end] != '\0')
			return false;
	}
	if (call->json)
		ret->columns = 0;
	return watch;
}

/* All of it, or nothing of it is left. */
static enum rc
make_view(struct boards *all, struct verb_call *call, const struct wish *wish,
    struct view **ret, struct err *err)
{
	struct view *v = calloc(1, sizeof *v);

	if (v == NULL)
		return err_memory(err);
	v->all = all;
	v->call = call;
	v->stale = true;
	buf_init(&v->frame, FRAME_BYTES);
	buf_init(&v->last, FRAME_BYTES);
	v->next = all->first;
	all->first = v;
	all->count++;
	if ((v->timer = loop_timer(all->m->loop, on_tick, v)) == NULL ||
	    (wish->columns > 0 && board_new(call->name, &v->board, err) != RC_OK)) {
		free_view(v);
		return err_memory(err);
	}
	if (v->board != NULL)
		board_resize(v->board, wish->columns, wish->rows);
	*ret = v;
	return RC_OK;
}

static enum rc
connect_view(struct view *v, struct err *err)
{
	const struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = v,
		.gone = on_gone,
		.drained = on_drained };
	int pair[2];
	enum rc rc = frame_pair(pair, err);

	if (rc != RC_OK)
		return rc;
	rc = port_open_take(v->all->m->loop, pair[1], &owner, &v->port, err);
	if (rc == RC_OK)
		v->call->attach(v->call->arg, v->call, pair[0]);
	close(pair[0]);
	return rc;
}

static void
begin(struct view *v)
{
	struct buf first;

	v->call->left = left;
	v->call->left_arg = v;
	timer_set(v->timer, TICK_MS);
	if (v->board == NULL) {
		view_begin_lines(v);
		return;
	}
	buf_init(&first, 64);
	board_begin(&first);
	view_send(v, buf_span(&first));
	buf_clear(&first);
	view_refresh(v);
}

void
boards_open(struct boards *all, struct verb_call *call)
{
	struct err err = { "" };
	struct view *v = NULL;
	struct wish wish;

	/* Before a word about anything else. */
	if (!config_may_approve(all->m->rules.config, call->who))
		verb_answer(
		    call, STATUS_DENIED, "you have no right to see what is pending");
	else if (!take_words(call, &wish))
		verb_answer(call, STATUS_USAGE, "usage: pending " BOARDS_WORDS);
	else if (all->count >= BOARDS_MOST)
		verb_answer(call, STATUS_HELD, "%d people look at the list already",
		    BOARDS_MOST);
	else if (make_view(all, call, &wish, &v, &err) != RC_OK)
		verb_answer(call, STATUS_FAILED, "%s", err.text);
	else if (connect_view(v, &err) != RC_OK) {
		free_view(v);
		verb_answer(call, STATUS_FAILED, "%s", err.text);
	} else
		begin(v);
}
