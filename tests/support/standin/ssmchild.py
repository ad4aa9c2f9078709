"""Processes on a node: each in a session of its own, gone when their owner is."""

import os
import signal
import subprocess

ALIVE = set()  # the first process of each session that runs


def start(argv, folder, env, stdin, stdout, stderr, terminal=False):
    """The child dies with the thread that starts it.  OSError: it cannot be started."""
    # Looked up here, so that the error is the program's and not that of its wrappers.
    if not terminal and found(argv[0], folder, env) is None:
        raise FileNotFoundError(
            2, 'exec: "%s": executable file not found in $PATH' % argv[0])
    wrap = ["setpriv", "--pdeathsig", "KILL", "setsid"] + (["--ctty"] if terminal else [])
    child = subprocess.Popen(wrap + argv, cwd=folder, env=env, stdin=stdin, stdout=stdout,
                             stderr=stderr, close_fds=True)
    ALIVE.add(child.pid)
    return child


def found(program, folder, env):
    if "/" in program:
        path = os.path.join(folder, program)
        return path if os.access(path, os.X_OK) and not os.path.isdir(path) else None
    for d in env["PATH"].split(":"):
        path = os.path.join(d, program)
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    return None


def members(sids):
    """The processes of these sessions, whatever group they went to."""
    out = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, "rb") as f:
                fields = f.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[3]) in sids and fields[0] != b"Z":
            out.append(int(name))
    return out


def kill(child):
    """It and all that is left of its session."""
    strike({child.pid})
    if child.poll() is None:
        child.kill()
    child.wait()
    ALIVE.discard(child.pid)


def kill_all():
    """All of them, before this process ends."""
    strike(set(ALIVE))


def strike(sids):
    for pid in members(sids) if sids else ():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


def environment(folder):
    return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": folder,
            "LANG": "C.UTF-8", "TERM": "xterm-256color", "PS1": "$ ", "USER": "ssm-user"}
