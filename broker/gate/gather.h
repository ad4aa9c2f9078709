/* Gathers an operation's members from where they stand on the wire into an API call:
 * path, query, headers, and bodies in JSON, XML or as a form.  Members are closed:
 * what the model does not have is refused, below the first level too. */
#ifndef BROKER_GATE_GATHER_H
#define BROKER_GATE_GATHER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "broker/gate/formbody.h"
#include "broker/gate/refused.h"
#include "broker/gate/xmlbody.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/apicall.h"
#include "policies/awsmodel.h"

#define GATHER_PATH 512

struct gather {
	struct apicall *call;
	const struct awsmodel_service *service;
	const struct awsmodel_operation *op;
	const char *const *paths; /* iam_paths(), NULL for none */
	bool by_name; /* JSON to a service that the model knows as a form's: its members
		       * are called as the API calls them */
	struct refused *why;
	char path[GATHER_PATH]; /* where the walk stands: "Delete.Objects" */
	size_t depth;		/* names in it */
};

/* Members that stand outside the body; the value as it is meant, escapes gone. */
enum rc gather_text(
    struct gather *g, const struct awsmodel_param *p, struct span value);
/* A member that is there, and no more. */
enum rc gather_present(struct gather *g, const struct awsmodel_param *p);

/* The body: an object with the operation's members, or (payload not NULL) all of it is
 * that member. */
enum rc gather_json(
    struct gather *g, const json_t *body, const struct awsmodel_param *payload);
enum rc gather_xml(
    struct gather *g, const struct xmlbody *body, const struct awsmodel_param *payload);
/* Action and Version are passed over. */
enum rc gather_form(struct gather *g, const struct formbody *form);

/* For the walks: one name deeper and back (at: what enter said); a text where the walk
 * stands; a key of the map where it stands; whether a decision looks at something
 * below. */
enum rc gather_enter(struct gather *g, const char *name, size_t *at);
void gather_leave(struct gather *g, size_t at);
enum rc gather_value(struct gather *g, struct span value);
enum rc gather_member(struct gather *g);
enum rc gather_key(struct gather *g, struct span key);
bool gather_below(const struct gather *g);
enum rc gather_unknown(const struct gather *g, struct span name);
enum rc gather_misfit(const struct gather *g);

#endif
