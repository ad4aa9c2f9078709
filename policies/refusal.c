/* Texts of refusals; see refusal.h. */
#include "policies/refusal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum rc
refusal_set(struct refusal *r, enum status status, const char *fmt, ...)
{
	va_list ap;

	r->status = status;
	va_start(ap, fmt);
	vsnprintf(r->err.text, sizeof r->err.text, fmt, ap);
	va_end(ap);
	return RC_REFUSE;
}

enum rc
refusal_memory(struct refusal *r)
{
	r->status = STATUS_FAILED;
	return err_memory(&r->err);
}

const char *
refusal_code(const char *text)
{
	static const char *const codes[] = { "character", "command", "comment", "empty",
		"expansion", "file", "incomplete", "limit", "operator", "option",
		"profile", "value" };
	size_t len = strcspn(text, ":");

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strlen(codes[i]) == len && strncmp(codes[i], text, len) == 0)
			return codes[i];
	return "usage";
}

/* Not text_escape: nothing here may need memory. */
const char *
refusal_word(const char *word, char out[REFUSAL_WORD])
{
	size_t len = 0;

	for (; *word != '\0'; word++) {
		unsigned char c = (unsigned char)*word;
		bool plain = c >= 0x20 && c < 0x7F && c != '\\';

		if (len + (plain ? 1 : 4) > REFUSAL_WORD - 4) {
			memcpy(out + len, "...", 3);
			len += 3;
			break;
		}
		if (plain)
			out[len++] = (char)c;
		else
			len += (size_t)snprintf(out + len, 5, "\\x%02X", c);
	}
	out[len] = '\0';
	return out;
}
