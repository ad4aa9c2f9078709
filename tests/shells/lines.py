"""Random lines for shells, from an alphabet of what they disagree about.

The letters make no command of any shell, and no path leads out of the folder: what a
reader gets wrong must do no harm."""

LETTERS = [b"a", b"b", b"x", b"yy", b"0", b"1", b"2", b"9", b"10", b"-", b"--", b"-n",
           b"_", b".", b",", b"+", b"@", b"%", b":", b"b/c", b"a.b"]
QUOTED = LETTERS + [b" ", b"\t", b"  ", b"*", b"?", b"[", b"]", b"^", b"~", b"=", b"#",
                    b"{", b"}", b"(", b")", b";", b"|", b"&", b"<", b">", b"$", b"`",
                    b"!", b"\\", b"\xc3\xbc", b"\xe2\x9c\x93", b"\xf0\x9f\x98\x80",
                    b"\xe6\x97\xa5", b"$(x)", b"\\n", b"&&", b"*/"]
MARKS = [b"~", b"=", b"#", b"^", b"]", b"[", b"*", b"?", b"!", b"{", b"}", b"$", b"`",
         b"(", b")", b"\\", b"'", b'"', b"&", b"\xc3\xbc", b"\x01", b"\xe2\x80\x8b",
         b"{}", b"{a,b}", b"==", b"=~", b":~", b"%1", b"!!", b"+=", b"[1]=", b"()"]
WORDS = [b"if", b"then", b"fi", b"do", b"done", b"in", b"for", b"case", b"esac", b"time",
         b"while", b"until", b"select", b"function", b"end", b"]]", b"else", b"-", b"%1"]
OPERATORS = [b"|", b"|", b"&&", b"||", b";", b" | ", b" && ", b" || ", b" ; ", b"&", b";;",
             b"|&", b"\t|"]
ESCAPED = [c for c in range(0x20, 0x7F) if not chr(c).isalpha()] + list(b"abnxy") * 3
ARROWS = [b">", b">>", b"<", b"2>", b"2>>", b"1>", b"0<", b"3>", b"9>", b"02>", b"12>",
          b"2>&1", b">&2", b"1>&2", b">&", b"<&", b"2>& 1", b"<>", b">|", b"<<<", b"&>",
          b"3>&1", b"2>&3", b"2>/dev/null", b">/dev/null", b"</dev/null", b"> /dev/null",
          b"2>&1>", b">&-"]


class Lines:
    """An endless supply, the same for the same random.Random."""

    def __init__(self, rng):
        self.rng = rng

    def single(self):
        parts = self.rng.choices(QUOTED, k=self.rng.randint(0, 4))
        return b"'" + b"".join(p for p in parts if p != b"'") + b"'"

    def double(self):
        out = b'"'
        for p in self.rng.choices(QUOTED + [b"'"], k=self.rng.randint(0, 4)):
            if p[:1] in (b"$", b"`", b"\\") and self.rng.random() < 0.8:
                p = b"\\" + p.replace(b"\\", b"")
                if len(p) > 2:
                    p = p[:2]
            if p == b"!":
                p = b"\\!" if self.rng.random() < 0.5 else b"x"
            if p == b"$(x)":
                p = b"(x)"
            out += p
        return out + b'"'

    def escape(self):
        return b"\\" + bytes([self.rng.choice(ESCAPED)])

    def piece(self):
        r = self.rng.random()
        if r < 0.45:
            return self.rng.choice(LETTERS)
        if r < 0.60:
            return self.single()
        if r < 0.75:
            return self.double()
        if r < 0.84:
            return self.escape()
        if r < 0.96:
            return self.rng.choice([b"*", b"?", b"[", b"]", b"#", b"~", b"=", b"^", b"[a",
                                    b"[a-x]", b"[^a]", b"b]", b"[[=a=]]"])
        return self.rng.choice(MARKS)

    def word(self):
        if self.rng.random() < 0.03:
            return self.rng.choice(WORDS)
        return b"".join(self.piece() for _ in range(self.rng.choice([1, 1, 1, 2, 2, 3, 4])))

    def name(self):
        """Where a command stands, plainer than other words."""
        if self.rng.random() < 0.75:
            return b"".join(self.rng.choice([b"a", b"b", b"yy", b"'x'", b'"x"', b"\\y", b"''",
                                             b"1", b"2", b"-", b"a="])
                            for _ in range(self.rng.randint(1, 2)))
        return self.word()

    def blank(self):
        return self.rng.choice([b" "] * 8 + [b"  ", b"\t", b" \t"])

    def command(self):
        out = b""
        if self.rng.random() < 0.06:
            out = self.redirection() + self.blank()
        out += self.name()
        for _ in range(self.rng.choice([0, 1, 1, 2, 2, 3, 4])):
            if self.rng.random() < 0.22:
                glue = b"" if self.rng.random() < 0.3 else self.blank()
                out += glue + self.redirection()
            else:
                out += self.blank() + self.word()
        return out

    def redirection(self):
        arrow = self.rng.choice(ARROWS)
        if arrow[-1:] in (b">", b"<") or arrow == b">&":
            glue = b"" if self.rng.random() < 0.7 else self.blank()
            return arrow + glue + self.rng.choice([self.word, self.name])()
        return arrow

    def spoil(self, line):
        """One byte more, less or other."""
        at = self.rng.randint(0, len(line))
        cut = self.rng.randint(0, 1)
        return line[:at] + self.rng.choice(MARKS + LETTERS + OPERATORS) + line[at + cut:]

    def line(self):
        out = self.command()
        for _ in range(self.rng.choice([0, 0, 0, 1, 1, 2, 3])):
            out += self.rng.choice(OPERATORS) + self.command()
        if self.rng.random() < 0.1:
            out += self.rng.choice([b";", b" ;", b" ", b"\t"])
        if self.rng.random() < 0.25:
            out = self.spoil(out)
        return out.replace(b"\n", b"").replace(b"\0", b"")
