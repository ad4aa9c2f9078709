/* One transaction for all that arrives in one turn of the loop. */
#include "broker/keeper/commit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct waiting {
	uint32_t id;
	struct kept kept;
};

struct commit {
	struct store *store;
	struct depot *depot;
	struct journal *journal;
	struct port *port;
	struct timer *bell;
	struct commit_owner owner;
	struct waiting waiting[COMMIT_MOST];
	size_t n;
	bool spoiled;
	struct err why;
};

static void
ring(void *arg)
{
	(void)commit_finish(arg, NULL);
}

enum rc
commit_new(struct loop *l, struct store *store, struct depot *depot,
    const struct commit_owner *owner, struct commit **ret, struct err *err)
{
	struct commit *c = calloc(1, sizeof *c);

	if (c == NULL || (c->bell = loop_timer(l, ring, c)) == NULL) {
		free(c);
		return err_memory(err);
	}
	c->store = store;
	c->depot = depot;
	c->owner = *owner;
	*ret = c;
	return RC_OK;
}

void
commit_free(struct commit *c)
{
	if (c == NULL)
		return;
	store_rollback(c->store);
	for (size_t i = 0; i < c->n; i++)
		if (c->waiting[i].kept.fd >= 0)
			close(c->waiting[i].kept.fd);
	timer_free(c->bell);
	free(c);
}

void
commit_port(struct commit *c, struct port *port)
{
	c->port = port;
}

void
commit_journal(struct commit *c, struct journal *journal)
{
	c->journal = journal;
}

enum rc
commit_begin(struct commit *c, struct err *err)
{
	if (c->spoiled)
		return err_set(err, RC_FAIL, "%s", c->why.text);
	/* Timers come behind descriptors in a turn: all that is there is read by then.
	 */
	timer_set(c->bell, 0);
	return store_busy(c->store) ? RC_OK : store_begin(c->store, err);
}

static void
spoil(struct commit *c, const char *why)
{
	if (c->spoiled)
		return;
	c->spoiled = true;
	err_set(&c->why, RC_FAIL, "%s", why);
}

void
commit_answer_take(struct commit *c, uint32_t id, const struct kept *k)
{
	if (k->rc == RC_FAIL)
		spoil(c, k->text);
	c->waiting[c->n++] = (struct waiting){ id, *k };
	timer_set(c->bell, 0);
	if (c->n == COMMIT_MOST)
		(void)commit_finish(c, NULL);
}

static void
send_answer(struct commit *c, struct waiting *w)
{
	struct kept *k = &w->kept;
	struct msg_kept m = { .rc = (uint8_t)k->rc };
	int fd = k->fd;

	if (c->spoiled) {
		m.rc = RC_FAIL;
		m.text = span_of(c->why.text);
	} else {
		m.text = span_of(k->text);
		m.bytes = span_make(k->bytes, k->nbytes);
	}
	if (c->port != NULL)
		(void)port_send(
		    c->port, MSG_KEPT, w->id, &m, &fd, fd >= 0 && !c->spoiled ? 1 : 0);
	/* There may be a shred key in it. */
	explicit_bzero(k->bytes, sizeof k->bytes);
	if (fd >= 0)
		close(fd);
}

/* Folders first: a row must not speak of a file that a crash could take away.  Then the
 * log, which may know more than the store, never less. */
static void
make_durable(struct commit *c)
{
	struct err err = { "" };

	if (!c->spoiled && depot_sync(c->depot, &err) != RC_OK)
		spoil(c, err.text);
	if (!c->spoiled && c->journal != NULL &&
	    journal_sync(c->journal, &err) != RC_OK)
		spoil(c, err.text);
	if (!c->spoiled && store_busy(c->store) &&
	    store_commit(c->store, &err) != RC_OK)
		spoil(c, err.text);
	if (c->spoiled)
		store_rollback(c->store);
}

enum rc
commit_finish(struct commit *c, struct err *err)
{
	bool before = c->spoiled && c->n == 0;

	timer_stop(c->bell);
	make_durable(c);
	for (size_t i = 0; i < c->n; i++)
		send_answer(c, &c->waiting[i]);
	c->n = 0;
	if (!c->spoiled && c->journal != NULL)
		journal_committed(c->journal);
	if (!c->spoiled)
		return RC_OK;
	if (!before)
		c->owner.failed(c->owner.arg, c->why.text);
	return err_set(err, RC_FAIL, "%s", c->why.text);
}
