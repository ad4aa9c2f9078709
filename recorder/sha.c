/* SHA-256 by OpenSSL: it uses the CPU's own instructions, libsodium does not. */
#include "recorder/sha.h"

#include <openssl/evp.h>

enum rc
sha_parts(const struct span *parts, size_t n, uint8_t out[32], struct err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);

	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].p, parts[i].len);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? RC_OK : err_set(err, RC_FAIL, "SHA-256 is not available");
}
