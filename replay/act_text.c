/* Show the session as text: an export that may go to a terminal. */
#include "replay/program.h"

int
act_text(struct program *p)
{
	p->opts.format = "txt";
	return act_export(p);
}
