"""What S3 objects are made of: bytes, or a made-up content of any size."""

import hashlib

PIECE = 1 << 20


class Blob:
    """Bytes in memory."""

    def __init__(self, data, etag=None):
        self.data, self.size = data, len(data)
        self.etag = etag or hashlib.md5(data).hexdigest()

    def pieces(self, start, end):
        for at in range(start, end, PIECE):
            yield self.data[at:min(end, at + PIECE)]


def pattern():
    """1 MiB that does not repeat within itself and does not compress."""
    out, block = [], b"stand-in"
    for _ in range(PIECE // 64):
        block = hashlib.sha512(block).digest()
        out.append(block)
    return b"".join(out)


class Synthetic:
    """`size` bytes, the pattern over and over: nothing is kept."""

    block = pattern()

    def __init__(self, size, etag=None):
        self.size = size
        self.etag = etag or hashlib.md5(b"synthetic %d" % size).hexdigest()

    def pieces(self, start, end):
        at = start
        while at < end:
            piece = self.block[at % PIECE:]
            piece = piece[:end - at]
            yield piece
            at += len(piece)
