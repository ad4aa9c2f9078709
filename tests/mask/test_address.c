/* Passwords in addresses, and addresses without one. */
#include "tests/mask/rows.h"

#define M "[MASKED:url-password]"

static const struct mask_row rows[] = {
	/* clang-format off */
	{ "postgres://app:s3cr3t@db.example:5432/orders", "postgres://app:" M "@db.example:5432/orders" },
	{ "DATABASE_URL=mysql://root:p%40ss%2Fw0rd@127.0.0.1/x\n", "DATABASE_URL=mysql://root:" M "@127.0.0.1/x\n" },
	{ "redis://:hunter2@cache:6379/0", "redis://:" M "@cache:6379/0" },
	{ "amqps://u:p@h", "amqps://u:" M "@h" },
	{ "\"u\":\"mongodb+srv://u:pa$$w0rd!@c.example/?x=1\",", "\"u\":\"mongodb+srv://u:" M "@c.example/?x=1\"," },
	{ "https://x-access-token:abcDEF0123@github.com/a/b.git", "https://x-access-token:" M "@github.com/a/b.git" },
	{ "jdbc:postgresql://u:pw1@h:5432/d?ssl=true", "jdbc:postgresql://u:" M "@h:5432/d?ssl=true" },
	{ "jdbc:oracle:thin:scott/tiger1@//h:1521/s", "jdbc:oracle:thin:scott/" M "@//h:1521/s" },
	{ "jdbc:oracle:thin:scott/tiger/2@h:1521:s", "jdbc:oracle:thin:scott/" M "@h:1521:s" },
	{ "ftp://u:a@b@host/x", "ftp://u:" M "@host/x" },
	{ "ftp://u:a@b@c@host x", "ftp://u:" M "@host x" },
	{ "smtp://user@example.org:pw@mail:25", NULL },
	{ "postgres://u:12345@h/x", "postgres://u:" M "@h/x" },
	{ "postgres://u:12345@h/x@y:z@w", "postgres://u:" M "@h/x@y:z@w" },
	{ "postgres://u:a/b?c#d@h/x", "postgres://u:" M "@h/x" },
	{ "postgres://u:a/b@h", "postgres://u:" M "@h" },
	{ "http://proxy:8p@h:3128 and http://a:b@c", "http://proxy:" M "@h:3128 and http://a:" M "@c" },
	{ "u=postgres%3A%2F%2Fapp%3As3cr%2540t%40db.example%2Forders&x=1", "u=postgres%3A%2F%2Fapp%3A" M "%40db.example%2Forders&x=1" },
	{ "kafka://u:$ecret@h", "kafka://u:" M "@h" },
	{ "kafka://u:{cret@h", "kafka://u:" M "@h" },
	{ "s://u:p@[::1]:80/", "s://u:" M "@[::1]:80/" },
	{ "a://u:p@h\x1e" "b://u:q@h", "a://u:" M "@h\x1e" "b://u:" M "@h" },
	{ "a://u:p@", "a://u:" M "@" },
	/* Without one. */
	{ "http://host:8080/path@x", NULL },
	{ "http://host:8080?m=a@b http://host:80#a@b", NULL },
	{ "https://registry.npmjs.org/@scope/pkg", NULL },
	{ "ssh://git@github.com:22/a/b.git git@github.com:a/b.git", NULL },
	{ "git+ssh://git@h/a:b@c", NULL },
	{ "http://[::1]:8080/a@b", NULL },
	{ "https://h/a:b@c", NULL },
	{ "https://h?a:b@c", NULL },
	{ "http://host: see a@b", NULL },
	{ "mongodb://h1:27017,h2:27017/d?x=a@b", NULL },
	{ "docker-image://alpine:3.18@sha256:9f86d081884c7d659a2feaa0c55ad015", NULL },
	{ "docker-pullable://docker.io/nginx:1.2@sha256:9f86d081884c7d65", NULL },
	{ "postgres://u:${PW}@h postgres://u:$PW@h postgres://u:$(pw)@h postgres://u:{pw}@h", NULL },
	{ "postgres://u:****@h postgres://%s:%s@%s postgres://u:[MASKED:url-password]@h", NULL },
	{ "postgres://u:<password>@h", NULL },
	{ "postgres://u:\"p\"@h", NULL },
	{ "postgres://u:@h", NULL },
	{ "postgres://u:p", NULL },
	{ "postgres://u:", NULL },
	{ "postgres://u", NULL },
	{ "postgres://", NULL },
	{ "://u:p@h", NULL },
	{ "arn:aws:iam::123456789012:user/a@b", NULL },
	{ "jdbc:oracle:thin:@h:1521:s", NULL },
	/* clang-format on */
};

static void
addresses(void **state)
{
	(void)state;
	rows_check(address_build, rows, ROWS(rows));
}

/* User and password have 300 bytes together. */
static void
lengths(void **state)
{
	(void)state;
	rows_one(address_build,
	    rows_text("a://user:%s@h", rows_random("A-Za-z0-9!", 294, 1)),
	    "a://user:" M "@h");
	rows_one(address_build,
	    rows_text("a://user:%s@h", rows_random("A-Za-z0-9!", 310, 1)), NULL);
	rows_one(
	    address_build, rows_text("a://%s:p@h", rows_random("a-z", 310, 1)), NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
