/* The table of keys against itself and against the manual: a key, a default or a range
 * that changes in one place only is a failure here. */
#include "tests/support/unit.h"

#include "broker/monitor/config.h"
#include "lib/base/quantity.h"

static char page[1 << 17];

static int
read_page(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	FILE *f;
	size_t n;

	(void)state;
	snprintf(path, sizeof path, "%s/man/broker.yaml.5", top != NULL ? top : ".");
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	n = fread(page, 1, sizeof page - 1, f);
	page[n] = '\0';
	return fclose(f);
}

/* A key's entry, from its .It to the next. */
static bool
entry_of(const struct schema_row *row, char *out, size_t size)
{
	char head[128];
	const char *from, *to, *end;

	snprintf(
	    head, sizeof head, "\n.It Ic %s : Ar %s\n", row->path, row->type->name);
	if ((from = strstr(page, head)) == NULL)
		return false;
	from += strlen(head);
	to = strstr(from, "\n.It ");
	end = strstr(from, "\n.El");
	if (to == NULL || (end != NULL && end < to))
		to = end;
	snprintf(out, size, "%.*s\n", (int)(to - from), from);
	return true;
}

static bool
says_default(const struct schema_row *row, const char *entry)
{
	char want[128];
	const char *text = row->fallback;
	size_t n = strlen(text);

	/* Quotes of the whole are YAML's, not the value's. */
	if (text[0] == '"') {
		text++;
		n -= 2;
	}
	snprintf(want, sizeof want, "efault is\n.Ql %.*s ", (int)n, text);
	return strstr(entry, want) != NULL;
}

static bool
says_range(const struct schema_row *row, const char *entry)
{
	char from[QUANTITY_TEXT], to[QUANTITY_TEXT], want[128];

	if (row->type == &schema_duration) {
		quantity_duration_text(row->least, from);
		quantity_duration_text(row->most, to);
	} else if (row->type == &schema_size) {
		quantity_size_text(row->least, from);
		quantity_size_text(row->most, to);
	} else if (strcmp(row->type->name, "number") == 0) {
		snprintf(from, sizeof from, "%llu", (unsigned long long)row->least);
		snprintf(to, sizeof to, "%llu", (unsigned long long)row->most);
	} else
		return true;
	snprintf(want, sizeof want, "From %s to %s", from, to);
	return strstr(entry, want) != NULL;
}

static bool
says_words(const struct schema_row *row, const char *entry)
{
	char want[64];

	for (size_t i = 0; row->words != NULL && row->words[i] != NULL; i++) {
		snprintf(want, sizeof want, ".Cm %s ", row->words[i]);
		if (strstr(entry, want) == NULL) {
			snprintf(want, sizeof want, ".Cm %s\n", row->words[i]);
			if (strstr(entry, want) == NULL)
				return false;
		}
	}
	for (size_t i = 0; row->later != NULL && row->later[i] != NULL; i++)
		if (strstr(strstr(page, ".Ss Of later versions"), row->later[i]) ==
		    NULL)
			return false;
	return true;
}

static void
the_manual_has_every_key(void **state)
{
	const struct schema_row *rows;
	char entry[4096], want[96];
	size_t count, bad = 0;

	(void)state;
	rows = config_keys(&count);
	for (size_t i = 0; i < count; i++) {
		const char *why = NULL;

		if (rows[i].type == &schema_later) {
			snprintf(want, sizeof want, "\n.Ic %s ", rows[i].path);
			if (strstr(page, want) == NULL)
				why = "not named among those of later versions";
		} else if (!entry_of(&rows[i], entry, sizeof entry))
			why = "no entry with its type";
		else if (rows[i].needed && strncmp(entry, "Required", 8) != 0)
			why = "not said to be required";
		else if (rows[i].fallback != NULL && !says_default(&rows[i], entry))
			why = "no default, or another";
		else if (!says_range(&rows[i], entry))
			why = "no range, or another";
		else if (!says_words(&rows[i], entry))
			why = "not all of its words";
		if (why == NULL)
			continue;
		print_error("%s: %s\n", rows[i].path, why);
		bad++;
	}
	assert_int_equal(bad, 0);
}

static void
the_manual_has_no_other_key(void **state)
{
	const struct schema_row *rows;
	size_t count, seen = 0;

	(void)state;
	rows = config_keys(&count);
	for (const char *s = page; (s = strstr(s, "\n.It Ic ")) != NULL; seen++) {
		size_t n, i;

		s += strlen("\n.It Ic ");
		n = strcspn(s, " ");
		for (i = 0; i < count; i++)
			if (strlen(rows[i].path) == n &&
			    strncmp(rows[i].path, s, n) == 0)
				break;
		if (i == count)
			fail_msg("%.*s", (int)n, s);
	}
	assert_true(seen > 40);
}

static void
the_table_is_sound(void **state)
{
	const struct schema_row *rows;
	size_t count;

	(void)state;
	rows = config_keys(&count);
	for (size_t i = 0; i < count; i++) {
		const struct schema_row *r = &rows[i];

		/* schema.c makes prefixes and names of defaults in fixed room. */
		assert_true(strlen(r->path) < 60);
		assert_non_null(r->type->name);
		assert_true(r->least <= r->most);
		assert_false(r->needed && r->fallback != NULL);
		assert_true((r->type == &schema_choice) == (r->words != NULL));
		assert_true(r->type->read != NULL || r->type == &schema_map);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(r->path, rows[k].path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manual_has_every_key),
		cmocka_unit_test(the_manual_has_no_other_key),
		cmocka_unit_test(the_table_is_sound),
	};

	return cmocka_run_group_tests(tests, read_page, NULL);
}
