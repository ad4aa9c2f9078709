/* Tokens by their beginnings: each of the vendors', in the places where they stand, and
 * what only looks like one. */
#include "tests/mask/rows.h"

#include "recorder/mask/token_rows.h"

#define ALNUM "A-Za-z0-9"
#define HEX "0-9a-f"
#define DASHED "A-Za-z0-9_-"
#define BASE64 "A-Za-z0-9+/"

/* As the vendors say it, not as the table of the code does. */
static const struct token {
	const char *literal, *class_;
	size_t min, max; /* the same: exact */
	const char *rule;
} tokens[] = {
	/* clang-format off */
	{ "AKIA", "A-Z2-7", 16, 16, "aws-access-key-id" },
	{ "ASIA", "A-Z2-7", 16, 16, "aws-access-key-id" },
	{ "ABIA", "A-Z2-7", 16, 16, "aws-access-key-id" },
	{ "ACCA", "A-Z2-7", 16, 16, "aws-access-key-id" },
	{ "IQoJb3JpZ2lu", BASE64, 60, 4096, "aws-session-token" },
	{ "FwoGZXIvYXdz", BASE64, 60, 900, "aws-session-token" },
	{ "FQoGZXIvYXdz", BASE64, 60, 300, "aws-session-token" },
	{ "ABSK", BASE64, 109, 300, "aws-bedrock-key" },
	{ "bedrock-api-key-", BASE64, 80, 300, "aws-bedrock-key" },
	{ "AQoDYXdz", BASE64, 60, 300, "aws-session-token" },
	{ "aoaAAAAA", BASE64 ":", 60, 300, "aws-sso-token" },
	{ "eyJwYXlsb2FkIjoi", BASE64, 200, 2600, "ecr-password" },
	{ "QVdTOmV5S", BASE64, 120, 2600, "ecr-password" },
	{ "k8s-aws-v1.", DASHED, 60, 1200, "eks-token" },
	{ "da2-", "a-z0-9", 26, 26, "appsync-key" },
	{ "sk-", "A-Za-z0-9", 48, 48, "openai-key" },
	{ "sk-", HEX, 32, 32, "deepseek-key" },
	{ "ghp_", ALNUM, 36, 255, "github-token" },
	{ "gho_", ALNUM, 36, 255, "github-token" },
	{ "ghu_", ALNUM, 36, 255, "github-token" },
	{ "ghs_", ALNUM, 36, 255, "github-token" },
	{ "ghr_", ALNUM, 36, 255, "github-token" },
	{ "github_pat_", "A-Za-z0-9_", 36, 255, "github-token" },
	{ "glpat-", DASHED, 20, 300, "gitlab-token" },
	{ "gldt-", DASHED, 20, 300, "gitlab-token" },
	{ "glrt-", DASHED, 20, 300, "gitlab-token" },
	{ "glcbt-", DASHED, 20, 300, "gitlab-token" },
	{ "glft-", DASHED, 20, 300, "gitlab-token" },
	{ "glptt-", HEX, 40, 40, "gitlab-token" },
	{ "xoxb-", "0-9a-z-", 20, 80, "slack-token" },
	{ "xoxp-", "0-9a-z-", 20, 80, "slack-token" },
	{ "xoxa-", "0-9a-z-", 20, 80, "slack-token" },
	{ "xoxr-", "0-9a-z-", 20, 80, "slack-token" },
	{ "xoxs-", "0-9a-z-", 20, 80, "slack-token" },
	{ "xoxe-", "0-9A-Z-", 20, 180, "slack-token" },
	{ "xoxe.xoxp-1-", ALNUM, 30, 180, "slack-token" },
	{ "xapp-1-", ALNUM "-", 30, 120, "slack-token" },
	{ "sk_live_", ALNUM, 10, 120, "stripe-key" },
	{ "sk_test_", ALNUM, 10, 120, "stripe-key" },
	{ "rk_live_", ALNUM, 10, 120, "stripe-key" },
	{ "rk_test_", ALNUM, 10, 120, "stripe-key" },
	{ "whsec_", ALNUM "+/", 32, 64, "stripe-webhook-secret" },
	{ "sk-proj-", DASHED, 40, 220, "openai-key" },
	{ "sk-svcacct-", DASHED, 40, 220, "openai-key" },
	{ "sk-ant-", DASHED, 80, 140, "anthropic-key" },
	{ "AIza", DASHED, 35, 35, "google-api-key" },
	{ "ya29.", DASHED, 30, 300, "google-oauth-token" },
	{ "GOCSPX-", DASHED, 28, 28, "google-client-secret" },
	{ "npm_", ALNUM, 36, 36, "npm-token" },
	{ "pypi-AgEIcHlwaS5vcmc", DASHED, 50, 200, "pypi-token" },
	{ "hf_", "A-Za-z", 34, 34, "huggingface-token" },
	{ "SG.", DASHED, 66, 66, "sendgrid-key" },
	{ "SK", HEX, 32, 32, "twilio-key" },
	{ "dop_v1_", HEX, 64, 64, "digitalocean-token" },
	{ "doo_v1_", HEX, 64, 64, "digitalocean-token" },
	{ "dapi", HEX, 32, 32, "databricks-token" },
	{ "hvs.", DASHED, 24, 160, "vault-token" },
	{ "hvb.", DASHED, 100, 320, "vault-token" },
	{ "AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58, 58, "age-key" },
	{ "shpat_", HEX, 32, 32, "shopify-token" },
	{ "shpss_", HEX, 32, 32, "shopify-token" },
	{ "shpca_", HEX, 32, 32, "shopify-token" },
	{ "shppa_", HEX, 32, 32, "shopify-token" },
	{ "glsa_", "A-Za-z0-9_", 41, 41 + 20, "grafana-token" },
	{ "glc_", BASE64, 32, 400, "grafana-token" },
	{ "pul-", HEX, 40, 40, "pulumi-token" },
	{ "lin_api_", ALNUM, 40, 40, "linear-key" },
	{ "PMAK-", "0-9a-f-", 59, 60, "postman-key" },
	{ "dckr_pat_", DASHED, 27, 27, "docker-token" },
	{ "NRAK-", "A-Z0-9", 27, 27, "newrelic-key" },
	{ "dp.pt.", ALNUM, 43, 43, "doppler-token" },
	{ "rubygems_", HEX, 48, 48, "rubygems-token" },
	{ "sha256~", DASHED, 43, 43, "openshift-token" },
	{ "$5$", "A-Za-z0-9./$", 30, 90, "password-hash" },
	{ "$6$", "A-Za-z0-9./$", 30, 120, "password-hash" },
	{ "$y$", "A-Za-z0-9./$", 30, 80, "password-hash" },
	{ "$2b$", "A-Za-z0-9./$", 56, 57, "password-hash" },
	{ "$2y$", "A-Za-z0-9./$", 30, 57, "password-hash" },
	{ "oy2", "a-z0-9", 43, 43, "nuget-key" },
	{ "gsk_", ALNUM, 52, 52, "groq-key" },
	{ "sq0csp-", DASHED, 43, 43, "square-token" },
	{ "sntryu_", HEX, 64, 64, "sentry-token" },
	{ "tskey-auth-", ALNUM "-", 30, 60, "tailscale-key" },
	{ "sgp_", HEX, 40, 40 + 9, "sourcegraph-token" },
	{ "CFPAT-", DASHED, 43, 43, "contentful-token" },
	/* clang-format on */
};

/* Where a token stands: what is before it and behind it. */
static const char *const places[][2] = {
	{ "", "" },
	{ "export X=", "\n" },
	{ "{\"a\":\"", "\",\"b\":1}" },
	{ "{\\\"a\\\":\\\"", "\\\",\\\"b\\\":1}" },
	{ "'", "'" },
	{ "|  Key  |  ", "  |\n" },
	{ "https://h.example/p?token=", "&x=1 " },
	{ "token%3D", "%26x%3D1" },
	{ "^[[31m", "^[[0m" },
	{ "\\x1b[0;32m", "\\x1b[0m" },
	{ "Using ", " for authentication\r\n" },
	{ "a\x1e", "\x1e" },
	{ "<k>", "</k>" },
	{ "(", ")" },
	{ "", "\r\n" },
	{ "caf\xc3\xa9", ";" },
	{ "a\tb\t", "\tc" },
};

static void
in_all_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(tokens); i++) {
		const struct token *t = &tokens[i];

		for (size_t k = 0; k < ROWS(places); k++) {
			size_t n = k % 2 == 0 || t->max > 200 ? t->min : t->max;
			const char *in = rows_text("%s%s%s%s", places[k][0], t->literal,
			    rows_random(t->class_, n, (unsigned)(i + k)), places[k][1]);

			rows_one(tokens_build, in,
			    rows_text("%s[MASKED:%s]%s", places[k][0], t->rule,
				places[k][1]));
		}
	}
}

/* Of any length that it may have, also where a verifier does not look ahead so far. */
static void
long_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(tokens); i++)
		rows_one(tokens_build,
		    rows_text("a %s%s.", tokens[i].literal,
			rows_random(tokens[i].class_, tokens[i].max, 3)),
		    rows_text("a [MASKED:%s]%s", tokens[i].rule,
			tokens[i].literal[0] == '$' ? "" : "."));
}

static void
too_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(tokens); i++) {
		const struct token *t = &tokens[i];
		/* What has no least length of its own may well be shorter. */
		static const char *const loose[] = { "xo", "xapp", "whsec", "ya29",
			"pypi", "bedrock", "glsa", "PMAK", "tskey", "$2b$", "SG",
			"QVdTO" };
		bool any = false;

		for (size_t k = 0; k < ROWS(loose); k++)
			any |= strncmp(t->literal, loose[k], strlen(loose[k])) == 0;
		if (!any)
			rows_one(tokens_build,
			    rows_text("X=%s%s\n", t->literal,
				rows_random(t->class_, t->min - 1, 5)),
			    NULL);
		rows_one(tokens_build, rows_text("X=%s\n", t->literal), NULL);
		rows_one(tokens_build, rows_text("X=%sabc def", t->literal), NULL);
	}
}

static void
too_long(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(tokens); i++) {
		const struct token *t = &tokens[i];

		if (t->min != t->max)
			continue;
		rows_one(tokens_build,
		    rows_text(
			"X=%s%s\n", t->literal, rows_random(t->class_, t->max + 1, 6)),
		    NULL);
		rows_one(tokens_build,
		    rows_text(
			"X=%s%s_\n", t->literal, rows_random(t->class_, t->max, 6)),
		    NULL);
	}
}

static void
within_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(tokens); i++) {
		const struct token *t = &tokens[i];

		/* "xoxp-" begins behind the dot. */
		if (t->literal[0] != '$' && strchr(t->literal, '.') == NULL)
			rows_one(tokens_build,
			    rows_text("x%s%s\n", t->literal,
				rows_random(t->class_, t->min, 7)),
			    NULL);
		if (t->min == t->max)
			rows_one(tokens_build,
			    rows_text("X=%s%s!%s\n", t->literal,
				rows_random(t->class_, t->min / 2, 8),
				rows_random(t->class_, t->min / 2, 9)),
			    NULL);
	}
}

/* What has a form of its own. */
static const struct mask_row own[] = {
	/* clang-format off */
	{ "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.",
	  "[MASKED:sendgrid-key]." },
	{ "a SG.ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5crx", NULL },
	{ "$ curl https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX -d x",
	  "$ curl https://[MASKED:slack-webhook] -d x" },
	{ "https://hooks.slack.com/services/ is where", NULL },
	{ "https://discord.com/api/webhooks/812345678901234567/"
	  "abcDEFghiJKLmnoPQRstuVWXyz0123456789abcDEFghiJKLmnoPQRstuVWXyz012345\"",
	  "https://[MASKED:discord-webhook]\"" },
	{ "glpat-AbCdEfGhIjKlMnOpQrStUvWxYz0123.01.0w1a2b3c4 x", "[MASKED:gitlab-token] x" },
	{ "root:$6$rounds=5000$saltsalt$Qe3./Zx81hdJsjksl/ohHsj81jJks:19000:0:99999:7:::",
	  "root:[MASKED:password-hash]:19000:0:99999:7:::" },
	{ "u:$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7:1",
	  "u:[MASKED:password-hash]:1" },
	{ "u:$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234,next",
	  "u:[MASKED:password-hash],next" },
	{ "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b/dWRWJTmaaJObG x",
	  "[MASKED:password-hash] x" },
	{ "awk '{print $5$6}' $y$z", NULL },
	{ "IQoJb3JpZ2luX2VjEJr%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEaCXVzLWVhc3QtMSJHMEUCIQDx"
	  "abcdefghijklmnopqrstuvwxyz%3D%3D&X=1", "[MASKED:aws-session-token]&X=1" },
	{ "pypi-AgEIcHlwaS5vcmcCJDU2", NULL },
	/* Of things that are none. */
	{ "akiaabcdefghijklmnop akiaABCDEFGHIJKLMNOP", NULL },
	{ "AROAABCDEFGHIJKLMNOP AIDAABCDEFGHIJKLMNOP AIPAHVQRCYJGQDRIQDXEE", NULL },
	{ "AKIA is what ids begin with; MAKIABCDEFGHIJKLMNOPQ", NULL },
	{ "AKIAABCDEFGHIJKLMN1P", NULL },
	{ "AKIAABCDEFGHIJKLMNOPa", NULL },
	{ "task-proj-force skip-ant-colony risk-ant- disk-proj-name", NULL },
	{ "xoxb-your-token-goes-here XOXB xoxp-YOUR-OWN-TOKEN", NULL },
	{ "xoxb-AbCdEfGhIjKlMnOpQrSt", "[MASKED:slack-token]" },
	{ "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", NULL },
	{ "commit 4f2a1d9c0b3e5f6a7d8c9b0a1e2f3d4c5b6a7980", NULL },
	{ "90b7499a-dbb6-1a85-dc39-e8e9b9ff0ae8", NULL },
	{ "\"ETag\": \"\\\"f7873491818924f671629c61c173bf69\\\"\"", NULL },
	{ "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q", NULL },
	{ "secret_manager_admin secret_rotation_lambda_for_the_orders_database_x", NULL },
	{ "decision precio socios cio cioabc", NULL },
	{ "sdk-go sdk-java-2.20 pat-na1-x sl.html v1.0-rc1", NULL },
	{ "AC0123456789abcdef0123456789abcdef", NULL },
	{ "DESKTOP-SK SKU SK1234 SKabcdef", NULL },
	/* clang-format on */
};

static const struct mask_row jwts[] = {
	/* clang-format off */
	{ "t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U;",
	  "t=[MASKED:jwt];" },
	{ "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN.", "[MASKED:jwt]." },
	{ "Cookie: s=eyJhbGciOiJIUzI1NiJ9.YWJjZGVmZ2hpamts.dozjgNryP4J3jVmN; a=b",
	  "Cookie: s=[MASKED:jwt]; a=b" },
	{ "https://h/?jwt=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.doz-gNryP4J3&x",
	  "https://h/?jwt=[MASKED:jwt]&x" },
	{ "jwt%3DeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.doz-gNryP4J3%26x",
	  "jwt%3D[MASKED:jwt]%26x" },
	{ "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4In0..48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdvT \"",
	  "[MASKED:jwt] \"" },
	{ "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.", "[MASKED:jwt]." },
	{ "\"NextToken\": \"eyJ2ZXJzaW9uIjoiMSIsImtleSI6Im9yZGVycyIsIm4iOjEyMzQ1Nn0\"", NULL },
	{ "\"NextToken\": \"eyJ2ZXJzaW9uIjoiMSIsImtleSI6Im9yZGVycyIsIm4iOjEyMzQ1Nn0=\"", NULL },
	{ "eyJhbGciOiJIUzI1NiJ9", NULL },
	{ "eyJhbGciOiJIUzI1NiJ9.", NULL },
	{ "eyJhbGciOiJIUzI1NiJ9.short.x", NULL },
	{ "eyJhbGciOiJIUzI1NiJ9.abcdefghijklmnop", NULL },
	{ "eyJhbGciOiJIUz.abcdefghijklmnop.abcdefghijklmnop", NULL },
	{ "heyJude.isAsongBy.theBeatles heyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.doz", NULL },
	{ "eyJ.eyJ eyJhbGciOiJIUzI1NiJ9..short eyJhbGciOiJIUzI1NiJ9...", NULL },
	/* clang-format on */
};

static const struct mask_row headers[] = {
	/* clang-format off */
	{ "> Authorization: Bearer K4qprUwoQKvyKfYNec27V08cQsC15fb_lRbQ03ie\r\n> Accept: */*",
	  "> Authorization: Bearer [MASKED:bearer-token]\r\n> Accept: */*" },
	{ "authorization: bearer abcdefghijklmnopqrst\n", "authorization: bearer [MASKED:bearer-token]\n" },
	{ "\"Authorization\": \"BEARER aBcD.eFgH~iJkL+mN/oPqR==\"", "\"Authorization\": \"BEARER [MASKED:bearer-token]\"" },
	{ "-H 'Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozg'",
	  "-H 'Authorization: Bearer [MASKED:bearer-token]'" },
	{ "auth=Bearer%20aaaaaaaaaaaaaaa1aa&x", "auth=Bearer%20[MASKED:bearer-token]&x" },
	{ "Bearer\t0123456789abcdef", "Bearer\t[MASKED:bearer-token]" },
	{ "with Bearer aAbBcCdDeEfFgGhHiI.", "with Bearer [MASKED:bearer-token]." },
	{ "Proxy-Authorization: Basic YWxhZGRpbjpvcGVuc2VzYW1l",
	  "Proxy-Authorization: Basic [MASKED:basic-auth]" },
	{ "basic dTpwYXNz\n", "basic [MASKED:basic-auth]\n" },
	{ "Basic dXNlcjpwYXNzd29yZA== end", "Basic [MASKED:basic-auth] end" },
	{ "Authorization: Basic abcdefgh", "Authorization: Basic [MASKED:basic-auth]" },
	{ "Basic q8Xk2mZp+/aQ9w", "Basic [MASKED:basic-auth]" },
	/* Prose. */
	{ "a Bearer token, Bearer authentication, bearer of bad news", NULL },
	{ "The Bearer TokenAuthenticationProvider is used; Bearer authentication/authorization", NULL },
	{ "Bearer authorization-and-authentication.", NULL },
	{ "Authorization: Bearer short1", NULL },
	{ "Authorization: Bearer $TOKEN", NULL },
	{ "Authorization: Bearer ${ACCESS_TOKEN_OF_THE_SERVICE}", NULL },
	{ "Bearer YOUR_ACCESS_TOKEN_HERE", NULL },
	{ "Bearer", NULL },
	{ "Bearer ", NULL },
	{ "forbearer 0123456789abcdef0123", NULL },
	{ "Basic authentication", NULL },
	{ "Basic Authentication, basic functionality and basic/advanced", NULL },
	{ "WWW-Authenticate: Basic realm=\"orders of the shop\"", NULL },
	{ "Basic usage: basic information", NULL },
	{ "Authorization: Basic abc", NULL },
	{ "BASIC_AUTH basically123 Basic", NULL },
	/* clang-format on */
};

static const struct mask_row urls[] = {
	/* clang-format off */
	{ "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256"
	  "&X-Amz-Credential=ASIAQUMPMHS6PEXAMPLE%2F20260614%2Fus-east-1%2Fs3%2Faws4_request"
	  "&X-Amz-Date=20260614T000000Z&X-Amz-Expires=900"
	  "&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEJr%2F%2Fabc%3D&X-Amz-SignedHeaders=host"
	  "&X-Amz-Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
	  "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256"
	  "&X-Amz-Credential=[MASKED:aws-access-key-id]"
	  "&X-Amz-Date=20260614T000000Z&X-Amz-Expires=900"
	  "&X-Amz-Security-Token=[MASKED:aws-session-token]&X-Amz-SignedHeaders=host"
	  "&X-Amz-Signature=[MASKED:signed-url]\n" },
	{ "u=https%3A%2F%2Fb%3FX-Amz-Credential%3DASIAQUMPMHS6PEXAMPLE%252F20260614%26X-Amz-Signature%3D"
	  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef%26y",
	  "u=https%3A%2F%2Fb%3FX-Amz-Credential%3D[MASKED:aws-access-key-id]%26X-Amz-Signature%3D"
	  "[MASKED:signed-url]%26y" },
	{ "x-amz-signature%253d0123456789abcdef0123456789abcdef%2526z", "x-amz-signature%253d[MASKED:signed-url]%2526z" },
	{ "Credential=AKIAQUMPMHS6PEXAMPLE/20260614/us-east-1/sts/aws4_request, SignedHeaders=host, "
	  "Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	  "Credential=[MASKED:aws-access-key-id]/20260614/us-east-1/sts/aws4_request, SignedHeaders=host, "
	  "Signature=[MASKED:signed-url]" },
	{ "https://a.blob.core.windows.net/c?sv=2022-11-02&se=2026-01-01&sr=c&sig=q8Xk2mZpAaQ9wBBcd1e%2Fgh%2BjKlMnOpQrStUvWxYz012%3D&sp=r",
	  "https://a.blob.core.windows.net/c?sv=2022-11-02&se=2026-01-01&sr=c&sig=[MASKED:sas-signature]&sp=r" },
	{ "AccountName=a;AccountKey=q8Xk2mZpAaQ9wBBcd1eghjKlMnOpQrStUvWxYz012q8Xk2mZpAaQ9wBBcd1eghjKlMnOpQrStUvWxYz01==;E=x",
	  "AccountName=a;AccountKey=[MASKED:azure-storage-key];E=x" },
	{ "X-Amz-Signature=short X-Amz-Signature= X-Amz-Credential=none", NULL },
	{ "design=0123456789abcdef0123456789abcdef my-sig=0123456789abcdef0123456789abcdef", NULL },
	{ "sig=abc&sig=ofthesameformasbefore_and_after", NULL },
	{ "X-Amz-SignatureVersion=0123456789abcdef0123456789", NULL },
	/* clang-format on */
};

static void
forms_of_their_own(void **state)
{
	(void)state;
	rows_check(tokens_build, own, ROWS(own));
	rows_check(tokens_build, jwts, ROWS(jwts));
	rows_check(tokens_build, headers, ROWS(headers));
	rows_check(tokens_build, urls, ROWS(urls));
}

static void
long_jwts(void **state)
{
	(void)state;
	rows_one(tokens_build,
	    rows_text("a=eyJ%s.%s.%s b", rows_random(DASHED, 3000, 1),
		rows_random(DASHED, 4000, 2), rows_random(DASHED, 700, 3)),
	    "a=[MASKED:jwt] b");
	/* No token has such a head. */
	rows_one(tokens_build,
	    rows_text("a=eyJ%s.%s.c b", rows_random(ALNUM, 4200, 1),
		rows_random(ALNUM, 20, 2)),
	    NULL);
}

/* The id of a key says where its secret may follow. */
static void
key_ids_are_told(void **state)
{
	static const char text[] = "id AKIAABCDEFGHIJKLMNOP, AKIAABCDEFGHIJKLMNO";
	struct mask_policy *p = NULL;
	struct mask_build b;
	struct err err;
	struct naive *n = calloc(1, sizeof *n);
	const struct mask_view v = { (const uint8_t *)text, sizeof text - 1, 1000,
		true };
	struct mask_context c = { 0 };
	struct mask_find f = { 0 };

	(void)state;
	assert_int_equal(mask_policy_read(NULL, &p, &err), RC_OK);
	assert_int_equal(build_one(&b, p, NULL, tokens_build, &err), RC_OK);
	naive_run(&b, span_of(text), n);
	assert_int_equal(n->n, 1);
	assert_true(n->hits[0].id);
	assert_int_equal(
	    b.literals[0].verify(b.literals[0].arg, &v, 3, &c, &f), MASK_YES);
	assert_int_equal(c.key_id, 1000 + 23);
	build_clear(&b);
	mask_policy_free(p);
	free(n);
}

/* The manual lists each of the table's rules. */
static void
rules_have_a_line(void **state)
{
	const char *root = getenv("top_srcdir");
	const struct token_row *r;
	static char page[65536];
	char path[4096];
	FILE *f;

	(void)state;
	snprintf(
	    path, sizeof path, "%s/man/broker-masking.7", root == NULL ? "." : root);
	assert_non_null(f = fopen(path, "r"));
	page[fread(page, 1, sizeof page - 1, f)] = '\0';
	fclose(f);
	for (size_t i = 0; (r = token_row(i)) != NULL; i++)
		assert_non_null(strstr(page, rows_text(".It Cm %s\n", r->rule)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_all_places),
		cmocka_unit_test(long_ones),
		cmocka_unit_test(too_short),
		cmocka_unit_test(too_long),
		cmocka_unit_test(within_words),
		cmocka_unit_test(forms_of_their_own),
		cmocka_unit_test(long_jwts),
		cmocka_unit_test(key_ids_are_told),
		cmocka_unit_test(rules_have_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
