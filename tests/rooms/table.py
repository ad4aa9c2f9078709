"""What may include and link what: the floors of the project as tables.

Each exception stands in a table with its reason; a row that nothing needs any more is
itself a finding, so that the tables only shrink.
"""

# Where product code lives, and on which floor.  A file includes its own room and the
# rooms of lower floors.
FLOORS = {
    "lib/base": 0,
    "lib/model": 1,
    "lib/wire": 1,
    "policies": 2,
    "recorder": 2,
    "recorder/mask": 2,
    "broker/store": 3,
    "broker/vault": 3,
    "broker/identity": 3,
    "broker/target": 3,
    "broker/gate": 3,
    "broker/monitor": 4,
    "broker/keeper": 4,
    "broker/front": 4,
    "broker/session": 4,
    "broker/launch": 4,
    "broker/cli": 4,
    "replay": 4,
}

# (room, room that it includes against the rule): why.
ALLOWED = {
    ("broker/identity", "broker/vault"): "a login is bound to the host key, and the "
    "monitor signs with it; both rooms are of the monitor alone",
}

# What `make` writes and a file includes.
GENERATED = {"config.h", "broker/monitor/build.inc", "broker/store/schema.inc",
             "broker/store/schema_2.inc", "broker/store/schema_3.inc",
             "lib/base/unassigned.inc", "lib/base/widths.inc",
             "policies/awsmodel.inc", "replay/page.inc"}

# Files that belong to a module of another name.  (x_y.c without a header of its own
# belongs to x anyway, and x_y.h without a .c too.)
PARTS = {
    "broker/gate/relay": "broker/gate/gate",
    "broker/gate/request": "broker/gate/gate",
    "broker/monitor/ask": "broker/monitor/session",
    "broker/monitor/grantask": "broker/monitor/grants",
    "broker/monitor/grantlist": "broker/monitor/grants",
    "broker/monitor/grantmake": "broker/monitor/grants",
    "broker/monitor/flood": "broker/monitor/session",
    "broker/monitor/held": "broker/monitor/session",
    "broker/monitor/heldfacts": "broker/monitor/session",
    "broker/monitor/heldfirst": "broker/monitor/session",
    "broker/monitor/heldtell": "broker/monitor/session",
    "broker/monitor/instance": "broker/monitor/inventory",
    "broker/monitor/leasing": "broker/monitor/session",
    "broker/monitor/forward": "broker/monitor/session",
    "broker/monitor/lineask": "broker/monitor/session",
    "broker/monitor/lineask_parts": "broker/monitor/session",
    "broker/monitor/linehold": "broker/monitor/session",
    "broker/monitor/linejudge": "broker/monitor/session",
    "broker/monitor/live": "broker/monitor/session",
    "broker/monitor/meta": "broker/monitor/session",
    "broker/monitor/pending": "broker/monitor/holds",
    "broker/monitor/plea": "broker/monitor/session",
    "broker/monitor/ready": "broker/monitor/session",
    "broker/monitor/request": "broker/monitor/session",
    "broker/monitor/run": "broker/monitor/session",
    "broker/monitor/staging": "broker/monitor/session",
    "broker/monitor/start": "broker/monitor/session",
    "broker/monitor/tell": "broker/monitor/session",
    "broker/monitor/watching": "broker/monitor/session",
    "broker/monitor/why": "broker/monitor/holds",
    "broker/monitor/wirecall": "broker/monitor/session",
    "broker/monitor/wirecall_parts": "broker/monitor/session",
    "broker/monitor/wireheld": "broker/monitor/session",
    "broker/keeper/answer": "broker/keeper/keeper",
    "broker/keeper/approved": "broker/keeper/keeper",
    "broker/keeper/archive": "broker/keeper/keeper",
    "broker/keeper/recall": "broker/keeper/keeper",
    "broker/keeper/tidy": "broker/keeper/keeper",
    "broker/keeper/recover": "broker/keeper/keeper",
    "broker/store/backend": "broker/store/store",
}

# Modules that need each other: why.
CYCLES = {}

# Modules without a test of their name: (the test that covers them, why it is there).
FRONT = "tests/front/test_channel.py"
LOGIN = "tests/front/test_login.py"
POLICY = "tests/cli/test_policy.py"
MASK = "tests/cli/test_mask.py"
LAUNCH = "tests/launch/test_launcher.c"
WALLS = "tests/launch/test_child.c"
SESSION = "tests/session/test_session.c"
COVERED = {
    "lib/base/multi": ("tests/gate/test_upstream.c", "every call goes through it"),
    "lib/base/resolver": ("tests/session/test_profile.c", "a lookup, confined"),
    "broker/cli/cmd_mask": (MASK, "its table"),
    "broker/cli/cmd_policy": (POLICY, "its table"),
    "broker/cli/keyslist": ("tests/cli/test_keys.py", "lists, right and wrong"),
    "broker/cli/keysmake": ("tests/cli/test_keys.py", "each kind of key"),
    "broker/cli/keysshow": ("tests/cli/test_keys.py", "each kind of file"),
    "broker/cli/maskcases": (MASK, "cases, right and wrong; test_maskfilter.c: a broken engine"),
    "broker/cli/maskopts": (MASK, "each option, right and wrong"),
    "broker/cli/masktest": (MASK, "places of files; test_maskfilter.c: a broken engine"),
    "broker/cli/passphrase": ("tests/cli/test_keys.py", "typed on a terminal"),
    "broker/cli/policyagainst": (POLICY, "databases and lines"),
    "broker/cli/policyask": (POLICY, "a row for each question"),
    "broker/cli/policyaudit": (POLICY, "databases and lines"),
    "broker/cli/policycheck": (POLICY, "files that are right and wrong"),
    "broker/cli/policydecide": (POLICY, "a row for each question"),
    "broker/cli/policydiff": (POLICY, "two folders"),
    "broker/cli/policyexplain": (POLICY, "each part of a line"),
    "broker/cli/policymasks": (POLICY, "names that are known, and that are not"),
    "broker/cli/policylint": (POLICY, "errors, warnings, rules that were not used"),
    "broker/cli/policyload": (POLICY, "files and folders"),
    "broker/cli/policyopts": (POLICY, "each option, right and wrong"),
    "broker/cli/screen": ("tests/walk/board.sh", "real terminals, given back in each end"),
    "broker/cli/watch": ("tests/cli/test_client.c", "what is shown, and each end"),
    "broker/cli/policysay": (POLICY, "escape sequences in all that is printed"),
    "broker/cli/policytest": (POLICY, "tests, examples, a corpus"),
    "broker/front/inlet": (FRONT, "its limits are libssh's"),
    "broker/front/listener": (LOGIN, "limits and deadlines of the running program"),
    "broker/front/keepalive": ("tests/front/test_staging.py", "the real ssh answers them"),
    "broker/front/order": (FRONT, "needs libssh at both ends"),
    "broker/front/outlet": (FRONT, "slow readers of the running program"),
    "broker/front/selftest": (LOGIN, "part of each start"),
    "broker/front/testagent": (LOGIN, "part of each start: the monitor verifies what it signs"),
    "broker/front/server": (LOGIN, "needs a real client"),
    "broker/monitor/bookrun": ("tests/monitor/test_runbook.c", "each row runs, or does not"),
    "broker/monitor/veiling": ("tests/monitor/test_masking.c", "credentials that come later"),
    "broker/monitor/runbooks": ("tests/monitor/test_runbook.c", "the verb, and who approved"),
    "broker/monitor/apisign": ("tests/monitor/test_errand.c", "requests are signed; test_preview.c"),
    "broker/monitor/archiver": ("tests/walk/archive.sh", "a bucket that goes wrong in each way"),
    "broker/monitor/archiveverb": ("tests/walk/retention.sh", "each word, right and wrong"),
    "broker/keeper/targetleft": ("tests/walk/ssm_kill.sh", "what a killed broker had open is ended"),
    "broker/keeper/profile": ("tests/keeper/test_keeper.c", "the program runs under it"),
    "broker/keeper/upkeep": ("tests/keeper/test_keeper.c", "the reserve, quotas, what fails"),
    "broker/launch/namespaces": (WALLS, "tried from within"),
    "broker/launch/privilege": (LAUNCH, "only the program drops its rights"),
    "broker/launch/profile": (WALLS, "the program and its children run under it"),
    "broker/launch/proxy": (WALLS, "every command is handed out its gate's socket"),
    "broker/launch/root": (WALLS, "tried from within"),
    "broker/launch/steward": (LAUNCH, "every command has one: statuses, deaths, signals"),
    "broker/launch/trial": (WALLS, "every start of the program; on kernels that forbid"),
    "broker/monitor/petition": ("tests/monitor/test_grants.c", "and test_articles.c: asked in each way"),
    "broker/monitor/scripts": ("tests/monitor/test_articles.c", "the verb brings them"),
    "broker/monitor/sdkfile": ("tests/monitor/test_sdkkeys.c", "files are made and refused"),
    "broker/monitor/syslogline": ("tests/monitor/test_publish.c", "each line is looked at"),
    "broker/monitor/verb": ("tests/monitor/test_call.c", "a case for each verb's answer"),
    "broker/monitor/verbcall": ("tests/monitor/test_call.c", "calls end in each way"),
    "broker/monitor/wires": ("tests/monitor/test_conn.c", "the desk connects with it"),
    "broker/session/ask": (SESSION, "the test plays the monitor"),
    "broker/session/anchors": ("tests/session/test_ontarget.c",
                               "without them nobody is trusted there"),
    "broker/session/bridge": ("tests/session/test_calls.c", "an SDK's bytes both ways"),
    "broker/session/client": (SESSION, "the test plays the front"),
    "broker/session/recording": (SESSION, "files are read back with the reader"),
    "broker/session/traffic": (SESSION, "bytes go both ways in each test"),
    "broker/store/memory": ("tests/store/test_lasting.c", "and test_store.c: one contract"),
    "broker/store/sqlite": ("tests/store/test_lasting.c", "and test_store.c: one contract"),
    "broker/store/sql": ("tests/store/test_store.c", "every case runs on it"),
    "broker/target/net": ("tests/target/test_target.c", "whom to trust, and credentials"),
    "broker/target/kinds": ("tests/target/test_target.c", "each kind goes its way"),
    "replay/note": ("tests/replay/test_report.c", "rows without a call"),
    "replay/act_at": ("tests/replay/test_screens.py", "screens of the vector"),
    "replay/act_find": ("tests/replay/test_screens.py", "found, and not found"),
    "replay/act_text": ("tests/replay/test_screens.py", "the vector as text"),
    "broker/keeper/targetleft": ("tests/keeper/test_recall.c", "asked of a running keeper"),
    "broker/monitor/remoteat": ("tests/monitor/test_remote.c", "what AWS calls it, and its end there"),
    "broker/monitor/remotejudge": ("tests/monitor/test_remote.c", "each kind, denials, what a target can do"),
    "broker/monitor/remotelease": ("tests/monitor/test_remote.c", "whole policies"),
    "broker/monitor/remotetext": ("tests/monitor/test_remote.c", "canonical texts, META, digests"),
    "broker/gate/answer": ("tests/gate/test_masked.py", "answers through the real client"),
    "broker/session/masks": ("tests/session/test_masking.c", "counts of each rule"),
    "recorder/mask/alphabet": ("tests/mask/test_tokens.c", "each row's alphabet"),
    "recorder/mask/bearer": ("tests/mask/test_tokens.c", "Bearer and Basic, and prose"),
    "recorder/mask/build": ("tests/mask/naive.c", "every test of a family"),
    "recorder/mask/jwt": ("tests/mask/test_tokens.c", "three parts, and fewer"),
    "recorder/mask/signed": ("tests/mask/test_tokens.c", "signed URLs"),
    "recorder/mask/token_rows": ("tests/mask/test_tokens.c", "row by row"),
    "recorder/mask/value": ("tests/mask/test_fields.c", "each form with each value"),
    "recorder/mask/ring": ("tests/mask/test_stream.c", "long texts; memory that is moved"),
    "recorder/mask/rules": ("tests/mask/test_mask.c", "all families, by a policy"),
    "recorder/mask/stream_scan": ("tests/mask/test_stream.c", "and test_mask.c"),
    "recorder/mask/stream_show": ("tests/mask/test_stream.c", "each style"),
    "recorder/mask/stream_text": ("tests/mask/test_stream.c", "lines, with room and without"),
    "recorder/mask/unit": ("tests/mask/test_shadow.c", "each kind, in pieces of each length"),
    "policies/forwardhost": ("tests/policies/test_ssmwords.c", "hosts of ports"),
    "policies/ssmparams": ("tests/policies/test_ssmwords.c", "parameters as the CLI reads them"),
    "policies/asker": ("tests/policies/test_exam.c", "tests of policies are put as one"),
    "policies/awscall": ("tests/policies/test_commands.c", "rows of vectors/commands.jsonl"),
    "policies/awsrule": ("tests/policies/test_policy.c", "each wrong form; test_rule.c"),
    "policies/awsrequest": ("tests/policies/test_aws.c", "what the readers fill"),
    "policies/inquiry": ("tests/policies/test_exam.c", "questions in tests of policies"),
    "policies/callnode": ("tests/policies/test_exam.c", "calls in tests of policies"),
    "policies/question": ("tests/policies/test_decide.c", "and test_cover.c: both forms"),
    "policies/shellword": ("tests/policies/test_shell.c", "a word or more in each vector"),
    "replay/act_info": ("tests/replay/test_evidence.py", "the program, with a log"),
    "replay/act_rewrap": ("tests/replay/test_evidence.py", "further keys"),
    "replay/act_verify": ("tests/replay/test_evidence.py", "logs and proofs, true and forged"),
    "replay/roster": ("tests/replay/test_evidence.py", "whole folders"),
    "replay/act_commands": ("tests/replay/program.py", "the program itself"),
    "replay/act_export": ("tests/replay/program.py", "the program itself"),
    "replay/act_play": ("tests/replay/program.py", "the program itself"),
    "replay/program": ("tests/replay/program.py", "the program itself"),
}

# The compiler's and the system's own; every program may need them.
EVERYWHERE = {"c", "m", "gcc_s", "asan", "ubsan", "pthread", "dl", "rt", "gcov"}

# Program: (rooms whose objects it holds, libraries that it needs).  All else is a
# finding: what a process cannot call it cannot be made to call.
PROGRAMS = {
    "broker/monitor/brokerd": (
        "broker/monitor broker/identity broker/vault policies recorder recorder/mask "
        "lib/wire lib/model lib/base",
        "curl yaml-0 seccomp jansson sodium crypto pcre2-8",
    ),
    "broker/keeper/broker-keeper": (
        "broker/keeper broker/store recorder lib/wire lib/model lib/base",
        "sqlite3 seccomp jansson sodium crypto",
    ),
    "broker/front/broker-front": (
        "broker/front lib/wire lib/base",
        "ssh seccomp jansson sodium crypto",
    ),
    "broker/session/broker-session": (
        "broker/session broker/target broker/gate policies recorder recorder/mask lib/wire "
        "lib/model lib/base",
        # YAML and PCRE2: the policy of masking, and its rules.
        "curl wslay ssl z seccomp jansson sodium crypto zstd yaml-0 pcre2-8",
    ),
    "broker/launch/broker-launch": (
        "broker/launch lib/wire lib/base",
        "seccomp",
    ),
    "broker/cli/broker": (
        "broker/cli policies broker/vault recorder/mask recorder lib/wire lib/model lib/base",
        # SQLite and YAML: policies, and what was decided, are read without a broker;
        # PCRE2: rules of masking.
        "sqlite3 yaml-0 jansson sodium crypto pcre2-8",
    ),
    "replay/hoop-replay": (
        # Of the policies the engine for expressions, to find with; zlib for pages.
        # Masking, with the expressions and the YAML of its policy.
        "replay recorder/mask recorder policies lib/base",
        "vterm z seccomp yaml-0 pcre2-8 jansson sodium crypto zstd",
    ),
}
