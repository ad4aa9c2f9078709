/* Terminal output to measure with: long listings in colour, never the same line twice,
 * and noise, which nothing makes shorter. */
#ifndef TESTS_RECORDER_SCROLL_H
#define TESTS_RECORDER_SCROLL_H

#include <stddef.h>
#include <stdint.h>

/* Fill n bytes at p; the same seed gives the same bytes. */
void scroll_text(uint64_t seed, uint8_t *p, size_t n);
void scroll_noise(uint64_t seed, uint8_t *p, size_t n);

#endif
