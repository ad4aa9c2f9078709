/* Listings and noise; see scroll.h. */
#include "tests/recorder/scroll.h"

#include <stdio.h>
#include <string.h>

static uint64_t
next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x * 0x2545F4914F6CDD1DULL;
}

static const char *const words[] = { "access", "archive", "backup", "billing", "bucket",
	"cache", "client", "config", "daily", "data", "export", "final", "gateway",
	"images", "index", "invoice", "journal", "lib", "logs", "média", "model",
	"nightly", "old", "orders", "part", "payments", "prod", "queue", "report",
	"session", "stage", "summary", "tmp", "upload", "users", "weekly" };
#define WORDS (sizeof words / sizeof words[0])

static const char *const kinds[] = { "gz", "json", "parquet", "csv", "log", "tar",
	"png", "txt" };

/* A file of a folder: what its files have in common comes from `folder`. */
static size_t
line(uint64_t folder, unsigned number, uint64_t a, char *out, size_t room)
{
	static const char *const colours[] = { "0", "01;34", "01;31", "01;32" };
	const char *kind = kinds[folder >> 5 & 7];

	return (size_t)snprintf(out, room,
	    "-rw-r--r-- 1 %s staff %10u Nov %2u %02u:%02u "
	    "\x1b[%sm%s-%s-%05u.%s\x1b[0m\r\n",
	    words[folder >> 8 & 7], (unsigned)(a % (1u << (18 + folder % 12))),
	    (unsigned)(folder >> 16) % 30 + 1, (unsigned)(folder >> 24) % 24,
	    (unsigned)(a >> 32) % 60, colours[folder & 3], words[(folder >> 2) % WORDS],
	    words[(folder >> 40) % WORDS], number, kind);
}

void
scroll_text(uint64_t seed, uint8_t *p, size_t n)
{
	uint64_t x = seed * 2 + 1, folder = next(&x);
	unsigned number = 0;

	while (n > 0) {
		uint64_t a = next(&x);
		char text[200];
		size_t len;

		if (a >> 58 == 0) {
			folder = next(&x);
			number = 0;
		}
		len = line(folder, number++, a, text, sizeof text);

		len = len < n ? len : n;
		memcpy(p, text, len);
		p += len;
		n -= len;
	}
}

void
scroll_noise(uint64_t seed, uint8_t *p, size_t n)
{
	uint64_t x = seed * 2 + 1;

	while (n > 0) {
		uint64_t v = next(&x);
		size_t len = n < 8 ? n : 8;

		memcpy(p, &v, len);
		p += len;
		n -= len;
	}
}
