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

static size_t
line(uint64_t *x, char *out, size_t room)
{
	static const char *const colours[] = { "0", "01;34", "01;31", "01;32" };
	uint64_t a = next(x), b = next(x);

	return (size_t)snprintf(out, room,
	    "-rw-r--r-- %2u %-6s staff %10llu Nov %2u %02u:%02u "
	    "\x1b[%sm%s-%s-%06x.%s\x1b[0m\r\n",
	    (unsigned)(a % 9) + 1, words[a >> 8 & 7],
	    (unsigned long long)(b >> 16) % (1ULL << (8 + a % 26)),
	    (unsigned)(a >> 16) % 30 + 1, (unsigned)(a >> 24) % 24,
	    (unsigned)(a >> 32) % 60, colours[b & 3], words[(b >> 2) % WORDS],
	    words[(a >> 40) % WORDS], (unsigned)(b >> 40), kinds[b >> 5 & 7]);
}

void
scroll_text(uint64_t seed, uint8_t *p, size_t n)
{
	uint64_t x = seed * 2 + 1;

	while (n > 0) {
		char text[200];
		size_t len = line(&x, text, sizeof text);

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
