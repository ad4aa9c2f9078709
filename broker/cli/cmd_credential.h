/* broker credential: the gateway's own AWS credentials, sealed in the broker's folder.
 * Works on the files; needs no running broker. */
#ifndef BROKER_CLI_CMD_CREDENTIAL_H
#define BROKER_CLI_CMD_CREDENTIAL_H

struct cli;

/* Exit status. */
int cmd_credential(const struct cli *cli, int argc, char **argv);

#endif
