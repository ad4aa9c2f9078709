/* What AWS's services take, as the botocore of the machine that built us describes it:
 * services, operations, their parameters and where on the wire they stand.  Const
 * tables, generated at build (policies/awsmodel.py); nothing here allocates, and every
 * text is borrowed for good.
 *
 * Names: a service is called as rules call it (the CLI's command, except that s3api is
 * s3); an operation as the API does ("ListObjectsV2"); a parameter by its member of the
 * operation's input ("InstanceIds").
 *
 * How a body looks on the wire, by protocol, for walking into it:
 *   JSON        members are keys, by wire.
 *   XML         members are elements, by wire.  A list's elements stand inside it, each
 *               an element named item; when item is "", each is an element named wire.
 *   form        keys are parts with dots between.  A member's part is wire; an element's
 *               parts are wire, item, and a number from 1 ("wire.member.1"), or just
 *               wire and the number when item is "" (always so in ec2).
 */
#ifndef POLICIES_AWSMODEL_H
#define POLICIES_AWSMODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

enum awsmodel_protocol {
	AWSMODEL_JSON,	    /* X-Amz-Target and a JSON body */
	AWSMODEL_REST_JSON, /* method and path, JSON body */
	AWSMODEL_REST_XML,
	AWSMODEL_QUERY, /* a form with Action */
	AWSMODEL_EC2,	/* the same, with other names for lists */
};

struct awsmodel_service {
	uint32_t number;      /* for awsmodel_operation_at */
	const char *name;     /* "s3", "ec2" */
	const char *command;  /* the CLI's: "s3api", "ec2" */
	const char *signing;  /* in the scope of a signature: "monitoring" */
	const char *endpoint; /* how host names begin: "monitoring" */
	const char *target;   /* what stands before the dot of X-Amz-Target; or "" */
	const char *version;  /* "2016-11-15" */
	const char *iam;      /* what IAM actions begin with: "cloudwatch" */
	const char *global;   /* region of its one endpoint ("us-east-1"), or "" */
	enum awsmodel_protocol protocol;
	uint32_t n_operations;
};

enum awsmodel_flag {
	AWSMODEL_OUTFILE = 1,	 /* the CLI writes its output into a file */
	AWSMODEL_STREAM_IN = 2,	 /* the body is a stream of bytes */
	AWSMODEL_EVENTS_OUT = 4, /* answers with an event stream */
	AWSMODEL_NO_AUTH = 8,	 /* is sent unsigned */
	AWSMODEL_UNSIGNED_BODY = 16,
	AWSMODEL_HOST_PREFIX = 32, /* its host name has a label more in front */
	AWSMODEL_EVENTS_IN = 64,
};

struct awsmodel_operation {
	uint32_t service; /* number of its service */
	uint32_t number;  /* within the service */
	const char *name; /* "ListObjectsV2" */
	const char *cli;  /* "list-objects-v2" */
	const char *method;
	const char *path; /* template: "/{Bucket}/{Key+}?uploads" */
	unsigned flags;
	uint32_t n_params;
};

enum awsmodel_place {
	AWSMODEL_BODY, /* a member of the JSON, XML or form body */
	AWSMODEL_PATH, /* a label of the path */
	AWSMODEL_QUERY_STRING,
	AWSMODEL_QUERY_MAP, /* any key of the query string */
	AWSMODEL_HEADER,
	AWSMODEL_HEADERS, /* every header that begins with wire */
	AWSMODEL_PAYLOAD, /* the body is this member */
};
enum awsmodel_type {
	AWSMODEL_STRING,
	AWSMODEL_NUMBER,
	AWSMODEL_BOOLEAN,
	AWSMODEL_BLOB,
	AWSMODEL_TIMESTAMP,
	AWSMODEL_STRUCTURE,
	AWSMODEL_LIST,	/* of structures, lists or maps */
	AWSMODEL_TEXTS, /* a list of scalars */
	AWSMODEL_MAP,
};

struct awsmodel_param {
	const char *name;   /* "InstanceIds" */
	const char *option; /* the CLI's, without dashes: "instance-ids" */
	const char *wire;   /* its name where it stands: "InstanceId", "x-amz-acl" */
	const char *item;   /* of a list or map in XML or a form; or "" (see above) */
	enum awsmodel_place place;
	enum awsmodel_type type;
	bool required;
	bool idempotency; /* the CLI makes one up when there is none */
	bool paging;	  /* the CLI sends it to get the next page, or a page's size */
	bool sensitive;	  /* not to be shown, says the model */
	bool negative;	  /* was found by the option that says no: "no-dry-run" */
	uint32_t inner;	  /* the structure that it is or holds, behind lists and maps;
			   * 0: none */
};

/* How many services; the one of a number below that. */
uint32_t awsmodel_count(void);
void awsmodel_service_at(uint32_t number, struct awsmodel_service *ret);
/* By the rule's name, or the CLI's command.  False when there is none. */
bool awsmodel_service(const char *name, struct awsmodel_service *ret);
bool awsmodel_command(const char *command, struct awsmodel_service *ret);

/* number < s->n_operations. */
void awsmodel_operation_at(
    const struct awsmodel_service *s, uint32_t number, struct awsmodel_operation *ret);
/* By the API's name; by the CLI's.  Exact.  False when there is none. */
bool awsmodel_operation(
    const struct awsmodel_service *s, struct span name, struct awsmodel_operation *ret);
bool awsmodel_operation_cli(
    const struct awsmodel_service *s, struct span cli, struct awsmodel_operation *ret);

/* number < op->n_params. */
void awsmodel_param_at(
    const struct awsmodel_operation *op, uint32_t number, struct awsmodel_param *ret);
/* By the member's name; by the CLI's option (no dashes; a boolean's "no-" form too). */
bool awsmodel_param(
    const struct awsmodel_operation *op, struct span name, struct awsmodel_param *ret);
bool awsmodel_param_option(const struct awsmodel_operation *op, struct span option,
    struct awsmodel_param *ret);

/* By where it stands, and its wire name there (a header's in any case). */
bool awsmodel_param_wire(const struct awsmodel_operation *op, enum awsmodel_place place,
    struct span wire, struct awsmodel_param *ret);

/* Members of the structure that a parameter, or a member of one, is or holds: how many;
 * each; by name; by wire name.  They have no option, and their place is AWSMODEL_BODY
 * or, in the few structures that the model uses as inputs too, what it is there. */
uint32_t awsmodel_members(const struct awsmodel_param *of);
void awsmodel_member_at(
    const struct awsmodel_param *of, uint32_t number, struct awsmodel_param *ret);
bool awsmodel_member(
    const struct awsmodel_param *of, struct span name, struct awsmodel_param *ret);
bool awsmodel_member_wire(
    const struct awsmodel_param *of, struct span wire, struct awsmodel_param *ret);

/* Paths to members that name a role for the service to take on, below the first level
 * ("Targets.RoleArn"): a list that ends with "", NULL when there are none.  None for
 * operations that only look, list or delete. */
const char *const *awsmodel_roles(const struct awsmodel_operation *op);

/* The operation that a waiter polls: "bucket-exists" of s3.  False for no waiter. */
bool awsmodel_waiter(const struct awsmodel_service *s, struct span waiter,
    struct awsmodel_operation *ret);

#endif
