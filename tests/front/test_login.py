#!/usr/bin/python3
"""Logins through broker-front, by OpenSSH's client and by one that breaks the rules."""
import base64
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from front import HARNESS, SLOW, Harness, Tests  # noqa: E402

test = Tests()


def s(*parts):
    out = b""
    for p in parts:
        p = p.encode() if isinstance(p, str) else p
        out += len(p).to_bytes(4, "big") + p
    return out


ED = s("ssh-ed25519", b"\x07" * 32)


def softkey(h):
    """Build the security key in software into the harness' folder; what ssh needs of it."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/softkey.c")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", h.path("softkey.so"), source,
                    "-lcrypto"], check=True)
    with open(h.path("device"), "wb") as f:
        f.write(os.urandom(32))
    return {"SOFTKEY": h.path("device")}


@test
def each_kind_of_key_logs_in():
    with Harness() as h:
        for name, args in (("p256", ("-t", "ecdsa", "-b", "256")), ("p384", ("-t", "ecdsa", "-b", "384")),
                           ("p521", ("-t", "ecdsa", "-b", "521")), ("rsa", ("-t", "rsa", "-b", "3072"))):
            h.key(name, *args)
            h.allow(name)
        for name in ("id", "p256", "p384", "p521", "rsa"):
            r = h.ssh("exit 7", key=name)
            assert r.returncode == 7, (name, r)
        r = h.ssh("exit 7", "-o", "PubkeyAcceptedAlgorithms=rsa-sha2-256", key="rsa")
        assert r.returncode == 7, r


@test
def security_keys_log_in_when_touched():
    with Harness() as h:
        env = softkey(h)
        for kind in ("ed25519-sk", "ecdsa-sk"):
            h.key(kind, "-t", kind, "-w", h.path("softkey.so"), env=env)
            provider = ("-o", "SecurityKeyProvider=" + h.path("softkey.so"))
            r = h.ssh("exit 7", *provider, key=kind, env=env)
            assert r.returncode == 255 and b"Permission denied" in r.stderr, r
            h.allow(kind)
            for flags, want in (("1", "touch"), ("5", "pin"), ("0", None), ("4", None), ("0x81", "touch")):
                mark = h.mark()
                r = h.ssh("exit 7", *provider, key=kind, env=dict(env, SOFTKEY_FLAGS=flags))
                assert r.returncode == (7 if want else 255), (kind, flags, r)
                if want:
                    login = h.wait_for("login ", mark)
                    assert login.endswith(" sk verified" if want == "pin" else " sk"), login
                else:
                    assert b"Permission denied" in r.stderr, r
                    h.wait_for("no the security key was not touched", mark)
            # Without a touch, and then by the key behind it.
            mark = h.mark()
            r = h.ssh("exit 5", *provider, "-i", h.path("id"), key=kind, env=dict(env, SOFTKEY_FLAGS="0"))
            assert r.returncode == 5, r
            assert h.wait_for("login ", mark).endswith(" key")


@test
def certificates_of_security_keys_are_refused():
    with Harness() as h:
        env = softkey(h)
        h.key("sk", "-t", "ed25519-sk", "-w", h.path("softkey.so"), env=env)
        h.key("ca")
        subprocess.run(["ssh-keygen", "-q", "-s", h.path("ca"), "-I", "x", "-n", "tester", h.path("sk.pub")],
                       check=True)
        r = h.ssh("exit 0", "-o", "SecurityKeyProvider=" + h.path("softkey.so"),
                  "-o", "CertificateFile=" + h.path("sk-cert.pub"), key="sk", env=env)
        assert r.returncode == 255 and b"Permission denied" in r.stderr, r


@test
def many_touches_at_once_are_kept_apart():
    """Several requests in one packet's turn: each signature goes with its own key."""
    import nacl.signing
    with Harness() as h:
        keys = [nacl.signing.SigningKey.generate() for _ in range(4)]
        blobs = [s("sk-ssh-ed25519@openssh.com", bytes(k.verify_key), "ssh:") for k in keys]
        with open(h.path("authorized"), "a") as f:
            f.write("sk-ssh-ed25519@openssh.com %s\n" % base64.b64encode(blobs[3]).decode())
            f.write("sk-ssh-ed25519@openssh.com %s\n" % base64.b64encode(blobs[1]).decode())

        def signed(c, i, flags, counter, by=None):
            data = (s(c.t.session_id) + b"\x32" + s("tester", "ssh-connection", "publickey") + b"\x01"
                    + s("sk-ssh-ed25519@openssh.com", blobs[i]))
            rest = bytes([flags]) + counter.to_bytes(4, "big")
            text = hashlib.sha256(b"ssh:").digest() + rest + hashlib.sha256(data).digest()
            sig = keys[i if by is None else by].sign(text).signature
            return ("publickey", True, "sk-ssh-ed25519@openssh.com", blobs[i],
                    s("sk-ssh-ed25519@openssh.com", sig) + rest)

        c = h.raw(login=False)
        c.service()
        mark = h.mark()
        # Unknown, untouched, another's signature, good: in one piece.
        rows = [signed(c, 0, 1, 1), signed(c, 1, 0, 2), signed(c, 1, 1, 3, by=3), signed(c, 3, 5, 4)]
        c.burst([("tester", "ssh-connection") + r for r in rows])
        login = h.wait_for("login ", mark)
        assert login.endswith(" sk verified"), login
        tries = [x for x in h.heard(mark) if x.startswith("try ")]
        said = [x.split(": ", 1)[1].strip() for x in tries]
        assert said == ["no the key is not known", "no the security key was not touched",
                        "no the signature is wrong", "yes"], said
        c.close()


@test
def the_host_key_is_the_monitors():
    with Harness() as h:
        want = h.wait_for("host ").split()[1]
        r = subprocess.run(["ssh-keyscan", "-p", str(h.port), "127.0.0.1"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30)
        lines = [x for x in r.stdout.decode().splitlines() if not x.startswith("#")]
        assert len(lines) == 1, lines
        r = subprocess.run(["ssh-keygen", "-lf", "-"], input=lines[0].encode(), stdout=subprocess.PIPE)
        assert want in r.stdout.decode(), (want, r.stdout)


@test
def unknown_keys_are_refused_at_once():
    with Harness() as h:
        h.key("other")
        began = time.time()
        r = h.ssh("exit 0", key="other")
        assert r.returncode == 255 and b"Permission denied (publickey)" in r.stderr, r
        r = h.ssh("exit 0", user="nobody")
        assert r.returncode == 255 and b"Permission denied" in r.stderr, r
        assert time.time() - began < 3 * SLOW
        # A known one behind it still gets in.
        r = h.ssh("exit 5", "-i", h.path("other"))
        assert r.returncode == 5, r


@test
def six_failures_end_it():
    with Harness() as h:
        options = []
        for i in range(8):
            h.key("k%d" % i)
            options += ["-i", h.path("k%d" % i)]
        r = h.ssh("exit 0", *options, key="k0")
        assert r.returncode == 255 and b"too many failed logins" in r.stderr, r


@test
def certificates_are_refused_and_weak_keys():
    with Harness() as h:
        h.key("ca")
        h.key("certified")
        subprocess.run(["ssh-keygen", "-q", "-s", h.path("ca"), "-I", "x", "-n", "tester",
                        h.path("certified.pub")], check=True)
        began = time.time()
        r = h.ssh("exit 0", "-o", "CertificateFile=" + h.path("certified-cert.pub"), key="certified")
        assert r.returncode == 255 and b"Permission denied" in r.stderr, r
        # The same key without its certificate is judged as itself.
        h.allow("certified")
        r = h.ssh("exit 4", "-o", "CertificateFile=" + h.path("certified-cert.pub"), key="certified")
        assert r.returncode == 4, r
        h.key("weak", "-t", "rsa", "-b", "1024")
        h.allow("weak")
        r = h.ssh("exit 0", "-o", "RequiredRSASize=1024", key="weak")
        assert r.returncode == 255, r
        assert time.time() - began < 5 * SLOW


@test
def wrong_signatures_are_answered_at_once():
    with Harness() as h:
        c = h.raw(login=False)
        c.service()
        assert c.auth("tester", "ssh-connection", "none") == "failure"
        blob = c.key.asbytes()
        assert c.auth("tester", "ssh-connection", "publickey", False, "ssh-ed25519", blob) == "ok"
        began = time.time()
        bad = s("ssh-ed25519", b"\x42" * 64)
        assert c.auth("tester", "ssh-connection", "publickey", True, "ssh-ed25519", blob, bad) == "failure"
        h.wait_for("no the signature is wrong")
        assert time.time() - began < 2 * SLOW
        c.close()


@test
def what_libssh_is_silent_about_is_answered():
    dsa = s("ssh-dss", b"\x7f" * 128, b"\x7f" * 20, b"\x02", b"\x03")
    sk = s("sk-ssh-ed25519@openssh.com", b"\x07" * 32, "ssh:")
    rows = [
        ("publickey", False, "ssh-foo", s("ssh-foo", b"x" * 40)),
        ("publickey", False, "ssh-dss", dsa),
        ("publickey", False, "sk-ssh-ed25519@openssh.com", sk),
        ("publickey", True, "sk-ssh-ed25519@openssh.com", sk,
         s("sk-ssh-ed25519@openssh.com", b"\x01" * 64) + b"\x01\x00\x00\x00\x07"),
        ("publickey", True, "ssh-foo", ED, s("ssh-foo", b"\x42" * 64)),
        ("password", False, "secret"),
        ("keyboard-interactive", "", ""),
        ("hostbased", "ssh-ed25519", ED, "host", "user", "sig"),
        ("nonsense",),
    ]
    for row in rows:
        with Harness() as h:
            c = h.raw(login=False)
            c.service()
            assert c.auth("tester", "ssh-connection", "none") == "failure"
            began = time.time()
            got = c.auth("tester", "ssh-connection", *row)
            assert got == "failure", (row[:3], got)
            assert time.time() - began < 2 * SLOW, row[:3]
            # And the connection lives on.
            c.t.auth_handler = None
            c.t.auth_publickey("tester", c.key)
            c.close()


@test
def rsa_with_sha1_is_refused():
    import paramiko
    with Harness() as h:
        h.key("rsa", "-t", "rsa", "-b", "2048", "-m", "PEM")
        h.allow("rsa")
        key = paramiko.RSAKey.from_private_key_file(h.path("rsa"))
        c = h.raw(login=False)
        c.service()
        assert c.auth("tester", "ssh-connection", "none") == "failure"
        sig = s("ssh-rsa", b"\x11" * 256)
        assert c.auth("tester", "ssh-connection", "publickey", True, "ssh-rsa", key.asbytes(), sig) == "failure"
        c.close()


@test
def gssapi_is_shut():
    oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
    with Harness() as h:
        c = h.raw(login=False)
        c.service()
        assert c.auth("tester", "ssh-connection", "gssapi-with-mic", 1, oid) == "failure"
        c.t.auth_handler = None
        c.t.auth_publickey("tester", c.key)
        c.close()


@test
def user_names_are_whole():
    with Harness() as h:
        for user in ("tester\0evil", "x" * 64, "x" * 3000):
            c = h.raw(login=False)
            try:
                c.t.auth_publickey(user, c.key)
                raise RuntimeError("logged in as %r" % user[:20])
            except Exception as e:
                assert type(e).__name__ in ("AuthenticationException", "BadAuthenticationType"), e
            c.close()
        assert h.ssh("exit 3", user="x" * 63).returncode == 3


@test
def another_service_is_dropped():
    with Harness() as h:
        c = h.raw(login=False)
        mark = h.mark()
        c.send(b"\x05", "ssh-foo")
        h.wait_for("closed", mark)
        c.close()


@test
def a_channel_before_login_is_dropped():
    with Harness() as h:
        c = h.raw(login=False)
        c.service()
        mark = h.mark()
        c.send(b"\x5a", "session", 0, 1 << 20, 1 << 15)
        time.sleep(0.5)
        assert not any("exec" in x for x in h.heard(mark))
        c.close()


@test
def a_silent_client_is_cut_while_others_work():
    with Harness(login_ms=1500) as h:
        quiet = [socket.create_connection(("127.0.0.1", h.port)) for _ in range(5)]
        half = socket.create_connection(("127.0.0.1", h.port))
        half.sendall(b"SSH-2.0-half\r\n")
        drip = socket.create_connection(("127.0.0.1", h.port))
        began = time.time()
        assert h.ssh("exit 2").returncode == 2
        ended = False
        for q in quiet + [half, drip]:
            q.settimeout(10 * SLOW)
        while time.time() - began < 10 * SLOW and not ended:
            try:
                drip.send(b"S")
            except OSError:
                ended = True
            time.sleep(0.1)
        assert ended, "a byte at a time holds the place"
        for q in quiet + [half]:
            while q.recv(4096):
                pass
        assert 1.0 < time.time() - began < 6 * SLOW
        # A client that is in is not cut.
        p = subprocess.Popen(h.args() + ["wait"], stdout=subprocess.PIPE, stdin=subprocess.PIPE)
        assert p.stdout.readline() == b"waiting\n"
        time.sleep(2.5)
        assert p.poll() is None
        p.kill()
        p.wait()


@test
def connections_are_counted():
    with Harness(connections=20, login_ms=3000) as h:
        many = [socket.create_connection(("127.0.0.1", h.port)) for _ in range(100)]
        kept = told = 0
        for c in many:
            c.settimeout(5 * SLOW)
            try:
                line = c.recv(256)
            except OSError:
                line = b""
            kept += line.startswith(b"SSH-2.0-broker_")
            told += line.startswith(b"broker: too many connections")
        assert kept == 20, (kept, told)
        assert told >= 60, (kept, told)
        assert len(h.children()) == 20, h.children()
        for c in many:
            c.close()
        time.sleep(0.5)
        assert h.ssh("exit 6").returncode == 6


@test
def those_not_logged_in_are_counted_apart():
    with Harness(unauthenticated=3, login_ms=4000) as h:
        first = h.raw()
        time.sleep(0.2)
        idle = [socket.create_connection(("127.0.0.1", h.port)) for _ in range(3)]
        for c in idle:
            assert c.recv(8) == b"SSH-2.0-"
        late = socket.create_connection(("127.0.0.1", h.port))
        assert late.recv(64).startswith(b"broker: too many connections that are not logged in")
        assert first.run("exit 9").recv_exit_status() == 9
        for c in idle:
            c.close()
        time.sleep(0.5)
        # A login gives its place back.
        for _ in range(5):
            h.raw()
        first.close()


@test
def one_address_has_its_share():
    with Harness(per_source=4) as h:
        some = [h.raw() for _ in range(4)]
        late = socket.create_connection(("127.0.0.1", h.port))
        assert late.recv(64).startswith(b"broker: too many connections from your address")
        other = socket.socket()
        other.bind(("127.0.0.2", 0))
        other.connect(("127.0.0.1", h.port))
        assert other.recv(8) == b"SSH-2.0-"
        for c in some:
            c.close()


@test
def rekeys_pass_through_the_monitor():
    with Harness() as h:
        data = os.urandom(12 << 20)
        r = h.ssh("cat", "-o", "RekeyLimit=1M", stdin=data)
        assert r.returncode == 0 and r.stdout == data, (r.returncode, len(r.stdout))


@test
def only_the_chosen_algorithms_are_offered():
    with Harness() as h:
        c = h.raw()
        peer = c.t
        assert peer.remote_version.startswith("SSH-2.0-broker_"), peer.remote_version
        for kind, bad in (("kex", "diffie-hellman-group14-sha256"), ("mac", "hmac-sha1"),
                          ("cipher", "aes128-ctr")):
            option = {"kex": "KexAlgorithms", "mac": "MACs", "cipher": "Ciphers"}[kind]
            extra = ("-o", "Ciphers=aes256-ctr") if kind == "mac" else ()
            r = h.ssh("exit 0", "-o", "%s=%s" % (option, bad), "-o", "LogLevel=INFO", *extra)
            assert r.returncode == 255 and b"no matching" in r.stderr, (kind, r)
        for cipher in ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com",
                       "aes256-ctr"):
            assert h.ssh("exit 2", "-o", "Ciphers=" + cipher).returncode == 2
        assert h.ssh("exit 2", "-o", "KexAlgorithms=ecdh-sha2-nistp256").returncode == 2
        c.close()


@test
def a_library_that_works_otherwise_is_not_served_with():
    folder = tempfile.mkdtemp(prefix="front.")
    front = os.path.join(os.path.dirname(HARNESS), "front_without_evp")
    p = subprocess.run([HARNESS, front, folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=60)
    shutil.rmtree(folder)
    said = p.stdout.decode()
    assert "self-test failed" in said and "front gone" in said, said
    assert not any(x.startswith("port ") for x in said.splitlines()), said


@test
def a_stopped_process_goes_on():
    with Harness() as h:
        c = h.raw()
        chan = c.run("wait")
        assert chan.recv(8) == b"waiting\n"
        for pid in h.children() + [h.front]:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.2)
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.2)
        assert c.run("exit 3").recv_exit_status() == 3
        assert h.ssh("exit 4").returncode == 4
        c.close()


@test
def when_the_monitor_dies_all_die():
    with Harness() as h:
        clients = [h.raw() for _ in range(3)]
        running = clients[0].run("wait")
        pids = h.children()
        assert len(pids) == 3 and running.recv(8) == b"waiting\n"
        idle = socket.create_connection(("127.0.0.1", h.port))
        assert idle.recv(8) == b"SSH-2.0-"
        pids = h.children() + [h.front]
        assert len(pids) == 5
        h.process.kill()
        h.process.wait()
        end = time.time() + 3 * SLOW
        while time.time() < end and any(alive(p) for p in pids):
            time.sleep(0.05)
        assert not [p for p in pids if alive(p)], "still running"


def alive(pid):
    """Runs, and is no zombie that nobody has waited for."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(test.run(sys.argv[1:]))
