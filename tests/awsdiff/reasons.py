"""Differences that are none, or that end in a refusal: why."""
import fnmatch

# (what is concerned, what the comparison says): why.
REASONS = {
}


def why(what, text):
    for (where, pattern), reason in REASONS.items():
        if any(fnmatch.fnmatchcase(what, w) for w in where.split()) and \
                fnmatch.fnmatchcase(text, pattern):
            return reason
    return None
