/* broker script: the verb of the same name; a file that is added is read here, so that
 * brokerd opens nothing that its callers name. */
#ifndef BROKER_CLI_CMD_SCRIPT_H
#define BROKER_CLI_CMD_SCRIPT_H

struct cli;

/* Exit status. */
int cmd_script(const struct cli *cli, int argc, char **argv);

#endif
