/* Allocators of a program that is linked with --wrap: one call of them fails. */
#include "tests/support/scarce.h"

#include <stddef.h>

struct scarce scarce;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);
void __wrap_free(void *p);

void
scarce_begin(unsigned long fail_at)
{
	scarce.calls = 0;
	scarce.fail_at = fail_at;
	scarce.counting = true;
}

bool
scarce_end(void)
{
	scarce.counting = false;
	return scarce.calls >= scarce.fail_at;
}

static bool
fails(void)
{
	return scarce.counting && ++scarce.calls == scarce.fail_at;
}

static void *
taken(void *p)
{
	scarce.live += p != NULL;
	return p;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : taken(__real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : taken(__real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t n)
{
	void *q = fails() ? NULL : __real_realloc(p, n);

	return p == NULL ? taken(q) : q;
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	void *q = fails() ? NULL : __real_reallocarray(p, n, size);

	return p == NULL ? taken(q) : q;
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : taken(__real_strdup(s));
}

void
__wrap_free(void *p)
{
	scarce.live -= p != NULL;
	__real_free(p);
}
