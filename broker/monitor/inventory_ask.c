/* One question to AWS about targets: EC2 first, which knows names and tags, then Systems
 * Manager, which knows who is online; page after page, within its bounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/answertree.h"
#include "broker/monitor/inventory_parts.h"
#include "broker/monitor/monitor.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/base/uri.h"

#define TRIES 3
#define EC2_PAGES 10 /* of 100 */
#define SSM_PAGES 20 /* of 50 */
#define CANDIDATES 10

static const char policy[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
    "[\"ec2:DescribeInstances\",\"ssm:DescribeInstanceInformation\"],"
    "\"Resource\":\"*\"}]}";

static void step(struct inventory_query *q);

/* ---- the end ---- */

static void
end(struct inventory_query *q, enum rc rc, const char *why)
{
	q->found->rc = rc;
	snprintf(q->found->err.text, sizeof q->found->err.text, "%s", why);
	inventory_answered(q);
}

static void
end_err(struct inventory_query *q, enum rc rc, const char *what, const char *why)
{
	struct err err = { "" };

	err_set(&err, rc, "%s%s%s", what, why[0] != '\0' ? ": " : "", why);
	end(q, rc, err.text);
}

/* ---- what is asked ---- */

static void
put(struct buf *b, const char *name, struct span value)
{
	buf_printf(b, "&%s=", name);
	uri_encode(b, value, "");
}

/* A star and a question mark in a filter would match anything. */
static void
put_literal(struct buf *b, const char *name, const char *value)
{
	struct buf v;

	buf_init(&v, 2 * INSTANCE_NAME);
	for (; *value != '\0'; value++) {
		if (strchr("*?\\", *value) != NULL)
			buf_u8(&v, '\\');
		buf_u8(&v, (uint8_t)*value);
	}
	put(b, name, buf_span(&v));
	b->bad = b->bad || !buf_ok(&v);
	buf_clear(&v);
}

static void
put_ec2(const struct inventory_query *q, struct buf *b)
{
	if (q->id[0] != '\0') {
		put(b, "InstanceId.1", span_of(q->id));
		return;
	}
	put(b, "Filter.1.Name", span_of("instance-state-name"));
	put(b, "Filter.1.Value.1", span_of("running"));
	if (q->key.name[0] != '\0') {
		put(b, "Filter.2.Name", span_of("tag:Name"));
		put_literal(b, "Filter.2.Value.1", q->key.name);
	}
	put(b, "MaxResults", span_of("100"));
	if (q->token.len > 0)
		put(b, "NextToken", buf_span(&q->token));
}

/* By id the one alone, else all; what a name stands for is known by then. */
static void
put_ssm(const struct inventory_query *q, struct buf *b)
{
	const char *id = q->id;
	json_t *o;
	char *s;

	if (id[0] == '\0' && q->key.name[0] != '\0' && q->found->all.n > 0)
		id = q->found->all.v[0].id;
	if (id[0] != '\0')
		o = json_pack("{s:[{s:s, s:[s]}]}", "Filters", "Key", "InstanceIds",
		    "Values", id);
	else if (q->token.len > 0)
		o = json_pack("{s:i, s:s%}", "MaxResults", 50, "NextToken", q->token.p,
		    q->token.len);
	else
		o = json_pack("{s:i}", "MaxResults", 50);
	s = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (s == NULL)
		b->bad = true;
	else
		buf_text(b, s);
	free(s);
}

/* ---- what is known in the end ---- */

/* "i-0abc (running, eu-west-1a), …" */
static void
end_ambiguous(struct inventory_query *q)
{
	const struct instances *all = &q->found->all;
	struct buf b;

	buf_init(&b, ERR_TEXT);
	buf_printf(&b, "%zu%s instances are called %s; use an id: ", all->n,
	    q->partial || all->cut ? " or more" : "", q->key.name);
	for (size_t i = 0; i < all->n && i < CANDIDATES; i++) {
		const struct instance *v = &all->v[i];

		if (b.len > ERR_TEXT - 80)
			break;
		buf_printf(&b, "%s%s (%s%s%s)", i > 0 ? ", " : "", v->id,
		    v->state[0] != '\0' ? v->state : "state unknown",
		    v->zone[0] != '\0' ? ", " : "", v->zone);
	}
	if (all->n > CANDIDATES)
		buf_text(&b, ", ...");
	end(q, RC_REFUSE, buf_ok(&b) ? buf_cstr(&b) : "the name stands for several");
	buf_clear(&b);
}

static void
end_none(struct inventory_query *q)
{
	struct err err = { "" };

	if (q->id[0] != '\0')
		err_set(&err, RC_REFUSE, "there is no target %s in %s", q->id,
		    q->key.region);
	else
		err_set(&err, RC_REFUSE,
		    "no running instance in %s is called %s, and no target is",
		    q->key.region, q->key.name);
	end(q, RC_REFUSE, err.text);
}

static bool
gone(const struct instance *i)
{
	return strcmp(i->state, "terminated") == 0 ||
	       strcmp(i->state, "shutting-down") == 0;
}

/* What cannot be told, in words: only who lists hears it. */
static const char *
missing(const struct inventory_query *q)
{
	if (q->ec2_denied)
		return "the profile's role may not ask EC2, so tags and names are not "
		       "known";
	if (q->ssm_denied)
		return "the profile's role may not ask Systems Manager, so who is "
		       "online "
		       "is not known";
	return q->partial || q->found->all.cut ? "there are more than are listed" : "";
}

/* An instance that Systems Manager has never heard of is no target. */
static void
drop_unheard(struct inventory_query *q)
{
	struct instances *all = &q->found->all;

	for (size_t i = 0; i < all->n;)
		if (all->v[i].heard)
			i++;
		else
			instances_remove(all, i);
}

static void
conclude(struct inventory_query *q)
{
	struct instances *all = &q->found->all;
	struct instance *i = all->v;

	if (q->key.name[0] == '\0') {
		if (q->ec2_denied && q->ssm_denied)
			end(q, RC_REFUSE,
			    "the profile's role may ask neither EC2 nor Systems "
			    "Manager "
			    "which targets there are");
		else {
			if (!q->ssm_denied && !q->partial && !all->cut)
				drop_unheard(q);
			end(q, RC_OK, missing(q));
		}
		return;
	}
	/* What Systems Manager was asked about by id, and does not know, is not there. */
	if (!q->ssm_denied && !i->heard)
		i->online = false;
	if (gone(i) || (q->kind == TARGET_MANAGED && !q->ssm_denied && !i->heard)) {
		end_none(q);
		return;
	}
	end(q, RC_OK, missing(q));
}

/* Between EC2 and Systems Manager: one that is asked for is known by now. */
static void
turn_over(struct inventory_query *q)
{
	struct instances *all = &q->found->all;

	q->phase = PHASE_SSM;
	q->page = 0;
	buf_reset(&q->token);
	buf_reset(&q->before);
	if (q->id[0] != '\0' && q->ec2_denied && instances_add(all, q->id) == NULL) {
		end(q, RC_FAIL, "out of memory");
		return;
	}
	if (q->key.name[0] != '\0' && q->id[0] == '\0' && q->ec2_denied)
		end(q, RC_REFUSE,
		    "the profile's role may not ask EC2 which instance that is "
		    "(ec2:DescribeInstances); its id will do");
	else if (q->key.name[0] != '\0' && all->n == 0 && !q->partial)
		end_none(q);
	else if (q->key.name[0] != '\0' && (all->n > 1 || q->partial || all->cut))
		end_ambiguous(q);
	else
		step(q);
}

/* ---- answers ---- */

/* Only what was asked for: a filter is a wish. */
static void
sift(struct inventory_query *q)
{
	struct instances *all = &q->found->all;

	for (size_t i = 0; q->key.name[0] != '\0' && i < all->n;) {
		bool same = q->id[0] != '\0'
				? strcmp(all->v[i].id, q->id) == 0
				: strcmp(all->v[i].tag_name, q->key.name) == 0;

		if (same) {
			i++;
			continue;
		}
		instances_remove(all, i);
	}
}

static enum rc
read_page(struct inventory_query *q, const json_t *tree, struct err *err)
{
	struct instances *all = &q->found->all;
	enum rc rc;

	if (q->phase == PHASE_SSM)
		return inventory_read_ssm(tree, q->key.name[0] == '\0', all, err);
	if ((rc = inventory_read_ec2(tree, q->env_tag, all, err)) == RC_OK)
		sift(q);
	return rc;
}

/* True: there is another page, and it may be asked for. */
static bool
another(struct inventory_query *q, const json_t *tree, bool *bad)
{
	const bool ec2 = q->phase == PHASE_EC2;
	const bool one = q->id[0] != '\0' || (!ec2 && q->key.name[0] != '\0');

	buf_reset(&q->before);
	buf_span_put(&q->before, buf_span(&q->token));
	if (!inventory_token(tree, ec2 ? "nextToken" : "NextToken", &q->token, bad) ||
	    one)
		return false;
	if (span_eq(buf_span(&q->token), buf_span(&q->before))) {
		*bad = true;
		return false;
	}
	if (++q->page < (ec2 ? EC2_PAGES : SSM_PAGES) && !q->found->all.cut &&
	    q->bytes < INVENTORY_BYTES)
		return true;
	q->partial = true;
	return false;
}

static void
take_page(struct inventory_query *q, struct span body)
{
	const bool ec2 = q->phase == PHASE_EC2;
	struct err err = { "" };
	json_t *tree = NULL;
	bool more = false, bad = false;
	enum rc rc;

	q->tries = 0;
	q->bytes += body.len;
	rc = (ec2 ? answertree_xml : answertree_json)(body, &tree, &err);
	if (rc == RC_OK && (rc = read_page(q, tree, &err)) == RC_OK)
		more = another(q, tree, &bad);
	json_decref(tree);
	if (bad)
		rc = err_set(&err, RC_REFUSE, "pages that do not follow each other");
	/* An answer that is none is AWS's trouble, and not the asker's fault. */
	if (rc != RC_OK)
		end_err(q, rc == RC_FAIL ? RC_FAIL : RC_RETRY,
		    "AWS's answer about targets cannot be read", err.text);
	else if (more)
		step(q);
	else if (ec2)
		turn_over(q);
	else
		conclude(q);
}

/* Once a life: an administrator is to see it, and not at each command. */
static void
note_denied(struct inventory_query *q, const char *action)
{
	if (q->v->said_denied)
		return;
	q->v->said_denied = true;
	log_line(LOG_NOTICE,
	    "the role of profile %s may not %s: rules that look at targets' tags or "
	    "state do not know them",
	    q->key.profile, action);
}

static void
take_denied(struct inventory_query *q)
{
	if (q->phase == PHASE_EC2) {
		q->ec2_denied = true;
		note_denied(q, "ec2:DescribeInstances");
		turn_over(q);
	} else {
		q->ssm_denied = true;
		note_denied(q, "ssm:DescribeInstanceInformation");
		conclude(q);
	}
}

/* The service does not know the id, or takes it for none. */
static bool
says_unknown(const char *code)
{
	static const char *const codes[] = { "InvalidInstanceID.NotFound",
		"InvalidInstanceID.Malformed", "InvalidInstanceId",
		"InvalidInstanceInformationFilterValue" };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

static void
on_answer(void *arg, const struct errand_answer *a)
{
	struct inventory_query *q = arg;

	switch (a->end) {
	case ERRAND_DONE:
		take_page(q, a->body);
		break;
	case ERRAND_DENIED:
		take_denied(q);
		break;
	case ERRAND_BUSY:
		if (++q->tries < TRIES)
			timer_set(q->pause, q->tries * 300);
		else
			end_err(q, RC_RETRY, "AWS could not be asked about targets",
			    a->why);
		break;
	default:
		if (says_unknown(a->code) && q->phase == PHASE_EC2)
			end_none(q);
		else if (says_unknown(a->code))
			conclude(q);
		else
			end_err(q, RC_RETRY, "AWS did not say which targets there are",
			    a->why);
	}
}

static void
step(struct inventory_query *q)
{
	const bool ec2 = q->phase == PHASE_EC2;
	struct err err = { "" };
	struct buf b;
	enum rc rc;

	buf_init(&b, 16384);
	(ec2 ? put_ec2 : put_ssm)(q, &b);
	rc = buf_ok(&b) ? errand_send(q->errand, ec2 ? "ec2" : "ssm",
			      ec2 ? "DescribeInstances" : "DescribeInstanceInformation",
			      buf_span(&b), on_answer, &err)
			: err_memory(&err);
	buf_clear(&b);
	if (rc != RC_OK)
		end_err(q, rc == RC_REFUSE ? RC_FAIL : rc,
		    "AWS could not be asked about targets", err.text);
}

/* ---- the beginning ---- */

static void
on_lease(void *arg, enum rc rc, const struct err *err)
{
	struct inventory_query *q = arg;

	if (rc != RC_OK)
		end(q, rc, err->text);
	else if (q->kind == TARGET_MANAGED) {
		q->ec2_denied = false;
		if (instances_add(&q->found->all, q->id) == NULL)
			end(q, RC_FAIL, "out of memory");
		else
			turn_over(q);
	} else
		step(q);
}

static void
on_pause(void *arg)
{
	step(arg);
}

static void
too_late(void *arg)
{
	end(arg, RC_RETRY, "AWS did not say in time which targets there are");
}

enum rc
inventory_ask(
    struct inventory_query *q, const struct inventory_ask *ask, struct err *err)
{
	const struct errand_init init = { .m = q->v->m,
		.http = q->v->http,
		.profile = ask->profile,
		.region = q->key.region,
		.identity = ask->identity,
		.sid = ask->sid,
		.policy = policy,
		.event = "target.look",
		.calls = "ec2:DescribeInstances ssm:DescribeInstanceInformation",
		.most = INVENTORY_ANSWER,
		.timeout_ms = INVENTORY_TIME,
		.ready = on_lease,
		.arg = q };
	struct loop *l = q->v->m->loop;

	buf_init(&q->token, INVENTORY_TOKEN);
	buf_init(&q->before, INVENTORY_TOKEN);
	if ((q->deadline = loop_timer(l, too_late, q)) == NULL ||
	    (q->pause = loop_timer(l, on_pause, q)) == NULL)
		return err_memory(err);
	timer_set(q->deadline, INVENTORY_TIME);
	return errand_new(&init, &q->errand, err);
}
