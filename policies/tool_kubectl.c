/* kubectl that lists things and prints logs.  Other clusters and users, raw requests,
 * templates, secrets, and outputs that hold whole objects with their environments are
 * left out. */
#include "policies/tool.h"

#include <string.h>

static const char kinds[] =
    "pod pods po deployment deployments deploy service services svc node nodes no "
    "namespace namespaces ns replicaset replicasets rs statefulset statefulsets sts "
    "daemonset daemonsets ds job jobs cronjob cronjobs cj event events ev ingress "
    "ingresses ing endpoints ep persistentvolume persistentvolumes pv "
    "persistentvolumeclaim persistentvolumeclaims pvc horizontalpodautoscaler "
    "horizontalpodautoscalers hpa storageclass storageclasses sc";
/* Those whose description holds no environment. */
static const char described[] =
    "service services svc node nodes no namespace namespaces ns ingress ingresses ing "
    "endpoints ep persistentvolume persistentvolumes pv persistentvolumeclaim "
    "persistentvolumeclaims pvc horizontalpodautoscaler horizontalpodautoscalers hpa";

/* An object's name. */
static bool
form_object(const struct tool_in *in, const struct shell_word *w)
{
	return tool_name(in, w) && strpbrk(w->text, "@:+") == NULL;
}

/* app=web,tier!=db */
static bool
form_selector(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return w->text[0] != '-' &&
	       tool_of(w, 256, TOOL_LETTERS TOOL_DIGITS "_./=!,()- ");
}

/* .metadata.name, also in braces */
static bool
form_sort(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_of(w, 128, TOOL_LETTERS TOOL_DIGITS "_.{}[]");
}

static bool
form_output(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_word_in(w, "wide name");
}

/* 10m, 1h30m */
static bool
form_since(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_of(w, 16, TOOL_DIGITS "hms");
}

/* NAME, or KIND/NAME of a kind in the list. */
static bool
form_target(const struct tool_in *in, const struct shell_word *w)
{
	size_t n = strcspn(w->text, "/");
	struct shell_word name = { .text = w->text + n + 1, .len = w->len - n - 1 };

	if (shell_word_glob(w))
		return false;
	if (n == w->len)
		return form_object(in, w);
	return tool_listed(kinds, w->text, n) && form_object(in, &name);
}

#define NAMESPACE                                                                      \
	{ "n", form_object, 0, false },                                                \
	{                                                                              \
		"namespace", form_object, 0, false                                     \
	}
#define SELECTOR                                                                       \
	{ "l", form_selector, 0, false },                                              \
	{                                                                              \
		"selector", form_selector, 0, false                                    \
	}

static const struct tool_option get_options[] = {
	NAMESPACE,
	SELECTOR,
	{ "field-selector", form_selector, 0, false },
	{ "sort-by", form_sort, 0, false },
	{ "o", form_output, 0, false },
	{ "output", form_output, 0, false },
	{ 0 },
};
static const struct tool_option describe_options[] = { NAMESPACE, SELECTOR, { 0 } };
static const struct tool_option logs_options[] = {
	NAMESPACE,
	SELECTOR,
	{ "c", form_object, 0, false },
	{ "container", form_object, 0, false },
	{ "tail", tool_number, 0, false },
	{ "since", form_since, 0, false },
	{ "since-time", tool_time, 0, false },
	{ "limit-bytes", tool_natural, 0, false },
	{ 0 },
};

static const struct verb {
	const char *name, *second; /* second: NULL, or a word behind the verb */
	struct tool_spec spec;
	const char *kinds;  /* the first operand is one of these */
	size_t least, most; /* operands */
} verbs[] = {
	{ "get", NULL,
	    { "A", "all-namespaces no-headers show-labels ignore-not-found",
		get_options, false },
	    kinds, 1, 16 },
	{ "describe", NULL, { "A", "all-namespaces", describe_options, false },
	    described, 1, 16 },
	{ "logs", NULL,
	    { "fp", "follow previous timestamps all-containers prefix", logs_options,
		false },
	    NULL, 0, 1 },
	{ "top", NULL,
	    { "A", "all-namespaces containers no-headers", describe_options, false },
	    "pod pods po node nodes no", 1, 2 },
	{ "rollout", "status", { "", "", describe_options, false }, NULL, 1, 1 },
	{ "rollout", "history", { "", "", describe_options, false }, NULL, 1, 1 },
	{ "version", NULL, { "", "client", NULL, false }, NULL, 0, 0 },
	{ "cluster-info", NULL, { "", "", NULL, false }, NULL, 0, 0 },
	{ "api-resources", NULL, { "", "no-headers", NULL, false }, NULL, 0, 0 },
};

static bool
read_verb(const struct tool_in *in, const struct verb *v, size_t from)
{
	struct tool_seen seen;
	size_t names = v->kinds != NULL ? 1 : 0;

	if (!tool_read(in, &v->spec, from, &seen))
		return false;
	if (seen.n < v->least)
		return tool_no(in, "%s of what?", v->name);
	if (names > 0 && (shell_word_glob(seen.operands[0]) ||
			     !tool_parts_in(seen.operands[0], v->kinds)))
		return tool_no(
		    in, "%s %.40s is not taken", v->name, seen.operands[0]->text);
	return tool_operands(
	    in, &seen, names, v->most - names, names > 0 ? form_object : form_target);
}

static bool
read_kubectl(const struct tool_in *in)
{
	const struct shell_word *words = in->c->words;

	for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
		size_t i = verbs[v].second != NULL ? 2 : 1;

		if (in->c->n <= i || !tool_word_in(&words[1], verbs[v].name))
			continue;
		if (i == 2 && !tool_word_in(&words[2], verbs[v].second))
			continue;
		return read_verb(in, &verbs[v], i + 1);
	}
	return tool_no(in, "no verb that only looks");
}

PROFILE(kubectl, "kubectl-read", read_kubectl, "kubectl");
