/* Host names and scopes; see place.h.  A host is taken only when it is, letter for
 * letter, one of the spellings that AWS gives to a service in a region: below its
 * suffixes stand also the names of customers (load balancers, APIs, databases), to
 * which nothing may be sent that bears a signature. */
#include "broker/gate/place.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Longest first. */
static const struct suffix {
	const char *text;
	bool china;
	bool dual; /* has IPv6: other spellings */
} suffixes[] = {
	{ ".amazonaws.com.cn", true, false },
	{ ".amazonaws.com", false, false },
	{ ".api.aws", false, true },
};

/* What stands before a service's name for some of its operations, as the models have
 * it (endpoint.hostPrefix); an account's number is read apart. */
static const char *const prefixes[] = { "", "analytics-", "api-fulfill.", "api.",
	"control-storage-", "data-", "data.", "dataplane.", "env.", "geofencing.",
	"identity-", "maps.", "messaging-", "metadata.", "monitor.", "ops.", "places.",
	"query-", "routes.", "storage-", "streaming-", "sync-", "tags-", "tracking.",
	"workflows-" };

static enum rc
foreign(struct refused *why)
{
	return refused_denied(why, "the host is none of AWS's services");
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
ends(const char *s, const char *with)
{
	size_t n = strlen(s), m = strlen(with);

	return n >= m && strcmp(s + n - m, with) == 0;
}

/* Labels of letters, digits and inner dashes (RFC 1123). */
static bool
well_formed(const char *name)
{
	char before = '.';

	for (const char *p = name; *p != '\0'; before = *p++) {
		if (!lower(*p) && !digit(*p) && *p != '-' && *p != '.')
			return false;
		if ((*p == '.' || *p == '-') && before == '.')
			return false;
		if (*p == '.' && before == '-')
			return false;
	}
	return before != '.' && strlen(name) < sizeof((struct place *)0)->host;
}

static const struct suffix *
find_suffix(const char *name)
{
	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
		if (ends(name, suffixes[i].text) &&
		    strlen(name) > strlen(suffixes[i].text))
			return &suffixes[i];
	return NULL;
}

enum rc
place_allowed(const char *name, struct refused *why)
{
	if (!well_formed(name) || find_suffix(name) == NULL)
		return foreign(why);
	return RC_OK;
}

/* "eu-west-1", "us-gov-east-1": so that a scope cannot make a bucket's or an
 * instance's name out of the host. */
static bool
region_ok(const char *s)
{
	unsigned words = 0;

	if (!lower(s[0]) || !lower(s[1]) || s[2] != '-')
		return false;
	for (s += 3; lower(*s); s++, words++) {
		while (lower(*s))
			s++;
		if (*s != '-')
			return false;
	}
	return words >= 1 && words <= 2 && digit(s[0]) &&
	       (s[1] == '\0' || (digit(s[1]) && s[2] == '\0'));
}

static const char *
partition_of(const char *region)
{
	if (strncmp(region, "cn-", 3) == 0)
		return "aws-cn";
	return strncmp(region, "us-gov-", 7) == 0 ? "aws-us-gov" : "aws";
}

static bool
spelled(const char *stem, const char *fmt, const char *endpoint, const char *region)
{
	char want[256];

	if (region == NULL)
		snprintf(want, sizeof want, "%s%s", endpoint, fmt);
	else
		snprintf(want, sizeof want, "%s%s.%s", endpoint, fmt, region);
	return strcmp(stem, want) == 0;
}

/* "ec2.eu-west-1", "ec2-fips.eu-west-1"; without a region where that is the one. */
static bool
stem_fits(const char *stem, const struct awsmodel_service *s, const char *region)
{
	const char *home = s->global[0] != '\0' ? s->global : "us-east-1";

	if (spelled(stem, "", s->endpoint, region) ||
	    spelled(stem, "-fips", s->endpoint, region))
		return true;
	if (strcmp(region, home) == 0 && (spelled(stem, "", s->endpoint, NULL) ||
					     spelled(stem, "-fips", s->endpoint, NULL)))
		return true;
	return strcmp(region, "us-gov-west-1") == 0 &&
	       spelled(stem, "", s->endpoint, "us-gov");
}

/* Hosts that are called otherwise than their service. */
static bool
other_fits(const char *stem, const struct awsmodel_service *s, const char *region)
{
	static const struct {
		const char *service, *stem;
		const char *home; /* NULL: any region, which stands in front */
	} others[] = {
		{ "sqs", "queue", NULL }, /* of old clients */
		{ "sqs", "queue", "us-east-1" },
		{ "health", "global.health", "us-east-1" },
	};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		char want[AUTHZ_WORD + 32];

		snprintf(want, sizeof want, "%s%s%s",
		    others[i].home == NULL ? region : "",
		    others[i].home == NULL ? "." : "", others[i].stem);
		if (strcmp(s->name, others[i].service) == 0 &&
		    strcmp(stem, want) == 0 &&
		    (others[i].home == NULL || strcmp(region, others[i].home) == 0))
			return true;
	}
	return false;
}

static bool
service_fits(const char *stem, const struct awsmodel_service *s, const char *region)
{
	size_t account = strspn(stem, "0123456789");

	if (other_fits(stem, s, region))
		return true;
	if (account == 12 && stem[12] == '.' && strcmp(s->name, "s3control") == 0)
		return stem_fits(stem + 13, s, region);
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		size_t n = strlen(prefixes[i]);

		if (strncmp(stem, prefixes[i], n) == 0 &&
		    stem_fits(stem + n, s, region))
			return true;
	}
	return false;
}

/* Names that are no buckets but ways to them by other names (aliases of access points,
 * directory and table buckets). */
bool
place_bucket(struct span name)
{
	static const char *const others[] = { "-s3alias", "--ol-s3", ".mrap", "--x-s3",
		"--xa-s3", "--op-s3", "--table-s3" };

	for (size_t i = 0; i < name.len; i++) {
		char c = (char)name.p[i];

		if (!lower(c) && !digit(c) && c != '-' && c != '.')
			return false;
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		size_t m = strlen(others[i]);

		if (name.len >= m && memcmp(name.p + name.len - m, others[i], m) == 0)
			return false;
	}
	return name.len >= 3 && name.len <= 63;
}

/* "s3.eu-west-1" and its kin, with a bucket's name in front or without. */
static bool
s3_fits(const char *stem, const char *region, struct place *p)
{
	static const struct {
		const char *name;
		bool regional;
		bool bucket; /* only with one */
	} cores[] = {
		{ "s3.dualstack.", true, false },
		{ "s3-fips.dualstack.", true, false },
		{ "s3-fips.", true, false },
		{ "s3.", true, false },
		{ "s3-", true, false },
		{ "s3-accelerate.dualstack", false, true },
		{ "s3-accelerate", false, true },
		{ "s3", false, false },
	};

	for (size_t i = 0; i < sizeof cores / sizeof cores[0]; i++) {
		const char *tail = cores[i].regional ? region : "";
		char core[AUTHZ_WORD + 32];
		size_t n, before;

		n = (size_t)snprintf(core, sizeof core, "%s%s", cores[i].name, tail);
		if (!ends(stem, core) ||
		    (strcmp(core, "s3") == 0 && strcmp(region, "us-east-1") != 0))
			continue;
		before = strlen(stem) - n;
		if (before == 0)
			return !cores[i].bucket;
		if (stem[before - 1] != '.')
			continue;
		if (!place_bucket(span_make(stem, before - 1)))
			return false;
		snprintf(p->bucket, sizeof p->bucket, "%.*s", (int)before - 1, stem);
		return true;
	}
	return false;
}

static bool
is_s3(const struct awsmodel_service *s)
{
	return strcmp(s->name, "s3") == 0;
}

static void
add_service(struct place *p, const struct awsmodel_service *s, const struct authz *a)
{
	bool first = strcmp(s->name, a->service) == 0;

	if (p->n_services == PLACE_SERVICES)
		return;
	p->services[p->n_services++] = s->number;
	if (first) {
		p->services[p->n_services - 1] = p->services[0];
		p->services[0] = s->number;
	}
}

static enum refused_form
form_of(const struct awsmodel_service *s, const struct head *h)
{
	static const enum refused_form forms[] = {
		[AWSMODEL_JSON] = REFUSED_JSON,
		[AWSMODEL_REST_JSON] = REFUSED_REST_JSON,
		[AWSMODEL_REST_XML] = REFUSED_XML,
		[AWSMODEL_QUERY] = REFUSED_XML,
		[AWSMODEL_EC2] = REFUSED_EC2,
	};

	if (is_s3(s))
		return REFUSED_S3;
	return head_find(h, "x-amz-target", NULL) > 0 ? REFUSED_JSON
						      : forms[s->protocol];
}

static enum rc
finish(struct place *p, const struct head *h, const struct authz *a, struct place *ret,
    struct refused *why)
{
	struct awsmodel_service s;

	if (p->n_services == 0)
		return refused_denied(why,
		    "the host is not the one of the service and region that the "
		    "signature is for");
	awsmodel_service_at(p->services[0], &s);
	p->s3 = is_s3(&s);
	p->s3_rules = strcmp(a->service, "s3") == 0;
	p->partition = partition_of(p->region);
	p->form = form_of(&s, h);
	snprintf(p->signing, sizeof p->signing, "%s", a->service);
	*ret = *p;
	return RC_OK;
}

enum rc
place_proxy(const char *connect, const char *sni, const struct head *h,
    const struct authz *a, struct place *ret, struct refused *why)
{
	struct place p = { .n_services = 0 };
	const struct suffix *suffix;
	char stem[sizeof p.host];
	enum rc rc;

	if (strcmp(connect, sni) != 0 || strcmp(connect, head_host(h)) != 0 ||
	    (head_port(h) != 0 && head_port(h) != 443))
		return refused_denied(why,
		    "the names of the tunnel, of its TLS and in Host are not the same");
	if ((rc = place_allowed(connect, why)) != RC_OK)
		return rc;
	suffix = find_suffix(connect);
	if (!region_ok(a->region) ||
	    suffix->china != (strcmp(partition_of(a->region), "aws-cn") == 0))
		return refused_denied(
		    why, "the signature is for no region of the host");
	snprintf(p.host, sizeof p.host, "%s", connect);
	snprintf(p.region, sizeof p.region, "%s", a->region);
	snprintf(stem, sizeof stem, "%.*s",
	    (int)(strlen(connect) - strlen(suffix->text)), connect);
	for (uint32_t i = 0; i < awsmodel_count(); i++) {
		struct awsmodel_service s;

		awsmodel_service_at(i, &s);
		if (strcmp(s.signing, a->service) == 0 &&
		    (is_s3(&s) ? !suffix->dual && s3_fits(stem, a->region, &p)
			       : service_fits(stem, &s, a->region)))
			add_service(&p, &s, a);
	}
	return finish(&p, h, a, ret, why);
}

/* The first segment of the path names this service: its length with both slashes'
 * first, else 0. */
static size_t
named_by_path(struct span path, const struct awsmodel_service *s)
{
	const char *const names[] = { s->name, s->command };

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(names[i]);

		if (path.len > n &&
		    span_starts(span_make(path.p + 1, path.len - 1), names[i]) &&
		    (path.len == n + 1 || path.p[n + 1] == '/'))
			return n + 1;
	}
	return 0;
}

/* "DynamoDBStreams_20120810.ListStreams" is for the service of that target. */
static bool
named_by_target(const struct head *h, const struct awsmodel_service *s)
{
	struct span target = { 0 };
	size_t n = strlen(s->target);

	return n > 0 && head_find(h, "x-amz-target", &target) > 0 && target.len > n &&
	       span_starts(target, s->target) && target.p[n] == '.';
}

/* One service must be left, or several behind one endpoint.  What the path says counts
 * first, then the target, then the service whose name is the signing name. */
enum { BY_PATH, BY_TARGET, BY_NAME, BY_SIGNING, WAYS };

static bool
chosen(int way, const struct head *h, const struct authz *a,
    const struct awsmodel_service *s)
{
	switch (way) {
	case BY_PATH:
		return named_by_path(head_path(h), s) > 0;
	case BY_TARGET:
		return named_by_target(h, s);
	case BY_NAME:
		return strcmp(s->name, a->service) == 0;
	default:
		return true;
	}
}

static enum rc
choose(const struct head *h, const struct authz *a, struct place *p,
    struct awsmodel_service *ret, struct refused *why)
{
	for (int way = 0; way < WAYS && p->n_services == 0; way++) {
		for (uint32_t i = 0; i < awsmodel_count(); i++) {
			struct awsmodel_service s;

			awsmodel_service_at(i, &s);
			if (strcmp(s.signing, a->service) != 0 ||
			    !chosen(way, h, a, &s))
				continue;
			if (p->n_services > 0 && strcmp(s.endpoint, ret->endpoint) != 0)
				return refused_denied(why,
				    "several services sign as %s: put the service's "
				    "name into the endpoint's path",
				    a->service);
			add_service(p, &s, a);
			*ret = s;
			if (way == BY_PATH)
				p->strip = named_by_path(head_path(h), &s);
		}
	}
	return p->n_services > 0 ? RC_OK : foreign(why);
}

/* Those that share an endpoint with the one that was chosen answer there too: what the
 * request is tells which of them is meant. */
static void
add_neighbours(
    struct place *p, const struct authz *a, const struct awsmodel_service *chosen_one)
{
	for (uint32_t i = 0; i < awsmodel_count(); i++) {
		struct awsmodel_service s;
		bool there = false;

		awsmodel_service_at(i, &s);
		for (size_t j = 0; j < p->n_services; j++)
			there = there || p->services[j] == i;
		if (!there && strcmp(s.signing, a->service) == 0 &&
		    strcmp(s.endpoint, chosen_one->endpoint) == 0)
			add_service(p, &s, a);
	}
}

/* Services with one host for all regions that has no region in its name. */
static bool
without_region(const struct awsmodel_service *s)
{
	static const char *const names[] = { "iam", "route53", "cloudfront", "waf",
		"budgets", "savingsplans", "importexport" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(s->name, names[i]) == 0)
			return true;
	return false;
}

enum rc
place_endpoint(
    const struct head *h, const struct authz *a, struct place *ret, struct refused *why)
{
	struct place p = { .n_services = 0 };
	struct awsmodel_service s = { 0 };
	bool china, plain;
	enum rc rc;

	if (!region_ok(a->region))
		return refused_denied(why, "the signature is for no region of AWS");
	if ((rc = choose(h, a, &p, &s, why)) != RC_OK)
		return rc;
	add_neighbours(&p, a, &s);
	china = strcmp(partition_of(a->region), "aws-cn") == 0;
	plain = strcmp(partition_of(a->region), "aws") == 0;
	/* Clients that were given an endpoint sign for the region that they are in,
	 * global service or not. */
	snprintf(p.region, sizeof p.region, "%s",
	    plain && s.global[0] != '\0' ? s.global : a->region);
	snprintf(p.host, sizeof p.host, "%s%s%s%s", s.endpoint,
	    plain && without_region(&s) ? "" : ".",
	    plain && without_region(&s) ? "" : p.region,
	    china ? ".amazonaws.com.cn" : ".amazonaws.com");
	return finish(&p, h, a, ret, why);
}

enum refused_form
place_form(const struct place *p)
{
	return p->form;
}

enum refused_form
place_guess(const struct head *h, const struct authz *a)
{
	static const char form[] = "application/x-www-form-urlencoded";
	struct span type = { 0 };

	for (uint32_t i = 0; a != NULL && i < awsmodel_count(); i++) {
		struct awsmodel_service s;

		awsmodel_service_at(i, &s);
		if (strcmp(s.signing, a->service) == 0)
			return form_of(&s, h);
	}
	head_find(h, "content-type", &type);
	if (head_find(h, "x-amz-target", NULL) > 0)
		return REFUSED_JSON;
	if (type.len >= sizeof form - 1 &&
	    strncasecmp((const char *)type.p, form, sizeof form - 1) == 0)
		return REFUSED_XML;
	return type.len >= 16 &&
		       strncasecmp((const char *)type.p, "application/json", 16) == 0
		   ? REFUSED_REST_JSON
		   : REFUSED_S3;
}
