"""A throw-away certificate authority: leaves are made when a name is asked for."""

import os
import ssl
import subprocess
import threading


def openssl(*args, **kw):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, **kw)


class Authority:
    """Makes its key and ca.pem in `folder`, then a context for each host name."""

    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()
        self.contexts = {}
        self.ca = os.path.join(folder, "ca.pem")
        self.ca_key = self._key("ca.key")
        self.leaf_key = self._key("leaf.key")
        openssl("req", "-x509", "-new", "-key", self.ca_key, "-days", "30",
                "-subj", "/CN=AWS stand-in test CA", "-out", self.ca + ".new",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        os.chmod(self.ca + ".new", 0o644)  # clients may be other users
        os.rename(self.ca + ".new", self.ca)

    def _key(self, name):
        path = os.path.join(self.folder, name)
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-out", path)
        os.chmod(path, 0o600)
        return path

    def _leaf(self, host):
        base = os.path.join(self.folder, "leaf-%d" % len(self.contexts))
        with open(base + ".cnf", "w") as f:
            f.write("subjectAltName=DNS:%s\nbasicConstraints=critical,CA:FALSE\n"
                    "extendedKeyUsage=serverAuth\n" % host)
        openssl("req", "-new", "-key", self.leaf_key, "-subj", "/CN=stand-in",
                "-out", base + ".csr")
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.ca, "-CAkey",
                self.ca_key, "-set_serial", str(int.from_bytes(os.urandom(8), "big")),
                "-days", "30", "-extfile", base + ".cnf", "-out", base + ".pem")
        return base + ".pem"

    def context(self, host):
        """The server context with a certificate for exactly this name."""
        with self.lock:
            if host not in self.contexts:
                if len(self.contexts) >= 500:
                    raise ssl.SSLError("too many names asked for")
                c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                c.load_cert_chain(self._leaf(host), self.leaf_key)
                c.set_alpn_protocols(["http/1.1"])
                self.contexts[host] = c
            return self.contexts[host]

    def accept(self, sock, allowed, expect=None):
        """Handshake; returns (TLS socket, server name).  `allowed` says which names
        get a certificate; `expect` is the only one that will do."""
        seen = []

        def choose(tls, name, _context):
            if name is None or not allowed(name) or expect not in (None, name):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            seen.append(name)
            tls.context = self.context(name)
            return None

        first = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        first.load_cert_chain(self.context_file(), self.leaf_key)
        first.set_alpn_protocols(["http/1.1"])
        first.sni_callback = choose
        return first.wrap_socket(sock, server_side=True), seen[0]

    def context_file(self):
        """Any certificate of ours: OpenSSL wants one before it knows the name."""
        self.context("stand-in.invalid")
        return os.path.join(self.folder, "leaf-0.pem")
