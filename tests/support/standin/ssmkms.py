"""KMS, as far as sessions want it: data keys that are bound to their context."""

import base64
import os
import threading

from .sign import Refused


class Keys:
    def __init__(self, ssm):
        self.ssm, self.lock = ssm, threading.Lock()
        self.made = {}  # ciphertext -> (plaintext, context, key)

    def known(self):
        all_ = [self.ssm.nodes.options(n).get("kms_key") for n in self.ssm.nodes.every()]
        return {k for k in all_ if k}

    def generate(self, who, region, data, note):
        if set(data) - {"KeyId", "NumberOfBytes", "EncryptionContext"}:
            raise Refused(400, "ValidationException", "not the members that are served")
        context = context_of(data)
        key = data.get("KeyId")
        note["context"] = context
        if key not in self.known():
            raise Refused(400, "NotFoundException", "Key '%s' does not exist" % key)
        if self.ssm.faults.kms() or not who.may("kms:GenerateDataKey", key, {
                "kms:EncryptionContext:" + k: v for k, v in context.items()}):
            raise Refused(400, "AccessDeniedException", "User: %s is not authorized to"
                          " perform: kms:GenerateDataKey on resource: %s"
                          % (who.arn, key))
        if data.get("NumberOfBytes") != 64:
            raise Refused(400, "ValidationException", "sessions want 64 bytes")
        blob, plain = os.urandom(184), os.urandom(64)
        with self.lock:
            self.made[blob] = (plain, context, key)
        return {"CiphertextBlob": base64.b64encode(blob).decode(), "KeyId": key,
                "Plaintext": base64.b64encode(plain).decode()}

    def decrypt(self, blob, context, key=None):
        """The plaintext, or None: not ours, or made for another context."""
        with self.lock:
            found = self.made.get(blob)
        if found is None or found[1] != context or key not in (None, found[2]):
            return None
        return found[0]

    def decrypt_call(self, who, region, data, note):
        try:
            blob = base64.b64decode(data.get("CiphertextBlob", ""), validate=True)
        except (ValueError, TypeError):
            raise Refused(400, "ValidationException", "CiphertextBlob") from None
        plain = self.decrypt(blob, context_of(data), data.get("KeyId"))
        if plain is None:
            raise Refused(400, "InvalidCiphertextException", "")
        key = self.made[blob][2]
        self.ssm.allowed(who, "kms:Decrypt", key)
        return {"KeyId": key, "Plaintext": base64.b64encode(plain).decode(),
                "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


def context_of(data):
    context = data.get("EncryptionContext", {})
    if not isinstance(context, dict) or not all(
            isinstance(v, str) for v in context.values()):
        raise Refused(400, "SerializationException", "EncryptionContext maps to strings")
    return context
