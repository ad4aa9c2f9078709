"""What the nodes took and ran, and what was asked about it: a JSON line each, written at
once.  event: api, open, input, run, connect, size, flag, violation, end."""

import json
import threading
import time


class Log:
    def __init__(self, path):
        self.file = open(path, "a", buffering=1, encoding="ascii") if path else None
        self.lock = threading.Lock()

    def __call__(self, **row):
        if self.file is None:
            return
        line = json.dumps({"time": time.time(), **row}, ensure_ascii=True) + "\n"
        with self.lock:
            self.file.write(line)
