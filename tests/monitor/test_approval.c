#include "tests/monitor/desk.h"
int
main(void)
{
	return 0;
}
