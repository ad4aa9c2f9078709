/* What every unit test includes: cmocka and its demands, in the right order. */
#ifndef TESTS_SUPPORT_UNIT_H
#define TESTS_SUPPORT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* The number of rows in a table of cases. */
#define ROWS(t) (sizeof(t) / sizeof(t)[0])

#endif
