/* What each message carries: a row a field, a list a message.  Nothing here sees a byte. */
#include "lib/wire/codec_parts.h"

#include <stddef.h>

#define F(type, member, kind, max)                                                     \
	{                                                                              \
#member, kind, offsetof(struct type, member), max, 0                   \
	}
/* Exactly n bytes. */
#define X(type, member, n)                                                             \
	{                                                                              \
#member, BYTES, offsetof(struct type, member), n, n                    \
	}
#define END                                                                            \
	{                                                                              \
		NULL, U8, 0, 0, 0                                                      \
	}
/* Names, and what may stand in an argv. */
#define NAME 256
#define WORD 65536

static const struct field none[] = { END };
static const struct field setup[] = {
	X(msg_setup, host_key, 32),
	F(msg_setup, connections, U32, 0),
	F(msg_setup, per_source, U32, 0),
	F(msg_setup, unauthenticated, U32, 0),
	F(msg_setup, channels, U32, 0),
	F(msg_setup, login_ms, U32, 0),
	END,
};
static const struct field new_[] = { F(msg_new, kind, U8, 0), END };
static const struct field sign[] = {
	F(msg_sign, hash_len, U8, 0),
	F(msg_sign, preimage, BYTES, 39000),
	END,
};
static const struct field signed_[] = { F(msg_signed, signature, BYTES, 64), END };
static const struct field nonce[] = { F(msg_nonce, nonce, TEXT, 22), END };
static const struct field auth_try[] = {
	F(msg_auth_try, is_signed, U8, 0),
	F(msg_auth_try, user, TEXT, 63),
	F(msg_auth_try, algorithm, TEXT, 63),
	F(msg_auth_try, blob, BYTES, 16384),
	F(msg_auth_try, signature, BYTES, 2048),
	F(msg_auth_try, flags, U8, 0),
	F(msg_auth_try, counter, U32, 0),
	END,
};
static const struct field auth_says[] = { F(msg_auth_says, yes, U8, 0), END };
static const struct field exec_ask[] = {
	F(msg_exec_ask, form, U8, 0),
	F(msg_exec_ask, pty, U8, 0),
	F(msg_exec_ask, line, BYTES, MSG_TEXT_MAX),
	F(msg_exec_ask, argv, LIST, WORD),
	F(msg_exec_ask, profile, TEXT, NAME),
	F(msg_exec_ask, reason, TEXT, 1024),
	F(msg_exec_ask, wait, TEXT, 32),
	F(msg_exec_ask, output, TEXT, 32),
	F(msg_exec_ask, columns, U32, 0),
	F(msg_exec_ask, rows, U32, 0),
	END,
};
static const struct field forward_ask[] = {
	F(msg_forward_ask, host, TEXT, 255),
	F(msg_forward_ask, port, U32, 0),
	END,
};
static const struct field shell_ask[] = { F(msg_shell_ask, pty, U8, 0),
	F(msg_shell_ask, json, U8, 0), END };
static const struct field gone[] = { F(msg_gone, withdrawn, U8, 0), END };
static const struct field stage[] = { F(msg_stage, most, U64, 0), END };
static const struct field staged[] = {
	F(msg_staged, fits, U8, 0),
	F(msg_staged, len, U64, 0),
	X(msg_staged, sha256, 32),
	END,
};
static const struct field verdict[] = {
	F(msg_verdict, effect, U8, 0),
	F(msg_verdict, json, U8, 0),
	F(msg_verdict, status, U8, 0),
	F(msg_verdict, text, TEXT, MSG_TEXT_MAX),
	END,
};
static const struct field text[] = { F(msg_text, text, TEXT, MSG_TEXT_MAX), END };
static const struct field done[] = {
	F(msg_done, status, U8, 0),
	F(msg_done, json, U8, 0),
	END,
};
static const struct field start[] = {
	X(msg_start, sid, 16),
	F(msg_start, broker, TEXT, NAME),
	F(msg_start, class_, TEXT, NAME),
	F(msg_start, meta, TEXT, MSG_TEXT_MAX),
	F(msg_start, title, TEXT, 4096),
	F(msg_start, recipients, TEXT, 32768),
	X(msg_start, admin, 32),
	X(msg_start, device, 32),
	F(msg_start, wall_ms, U64, 0),
	F(msg_start, columns, U32, 0),
	F(msg_start, rows, U32, 0),
	F(msg_start, pty, U8, 0),
	F(msg_start, json, U8, 0),
	F(msg_start, output_max, U64, 0),
	F(msg_start, durability, U8, 0),
	F(msg_start, quota, U64, 0),
	F(msg_start, shred, BYTES, 32),
	F(msg_start, events_max, U64, 0),
	F(msg_start, gate, U8, 0),
	F(msg_start, account, TEXT, 12),
	F(msg_start, region, TEXT, 63),
	F(msg_start, connect_to, LIST, 1024),
	F(msg_start, dummy_id, TEXT, 128),
	F(msg_start, dummy_secret, TEXT, 128),
	F(msg_start, hide_size, U8, 0),
	F(msg_start, stdin_sha256, BYTES, 32),
	F(msg_start, stdin_len, U64, 0),
	F(msg_start, remote.kind, U8, 0),
	F(msg_start, remote.instance, TEXT, 400),
	F(msg_start, remote.name, TEXT, NAME),
	F(msg_start, remote.document, TEXT, 128),
	F(msg_start, remote.command_document, TEXT, 128),
	F(msg_start, remote.form, U8, 0),
	F(msg_start, remote.command, TEXT, MSG_COMMAND_MAX),
	F(msg_start, remote.host, TEXT, 255),
	F(msg_start, remote.port, U32, 0),
	F(msg_start, remote.reason, TEXT, 1024),
	F(msg_start, remote.single, U8, 0),
	F(msg_start, remote.hints, TEXT, MSG_HINTS_MAX),
	F(msg_start, remote.client_version, TEXT, 64),
	F(msg_start, remote.pace, U32, 0),
	F(msg_start, remote.resume_ms, U64, 0),
	F(msg_start, remote.connect_ms, U64, 0),
	F(msg_start, remote.idle_ms, U64, 0),
	F(msg_start, remote.content, U8, 0),
	F(msg_start, masking, TEXT, 32768),
	F(msg_start, masks, TEXT, 4096),
	F(msg_start, seeds, BYTES, 16384),
	END,
};
static const struct field remote_at[] = {
	F(msg_remote_at, state, U8, 0),
	F(msg_remote_at, id, TEXT, 128),
	END,
};
static const struct field line_ask[] = {
	F(msg_line_ask, line, BYTES, MSG_LINE_MAX),
	F(msg_line_ask, directory, TEXT, MSG_LINE_MAX),
	END,
};
static const struct field line_says[] = {
	F(msg_line_says, effect, U8, 0),
	F(msg_line_says, how, U8, 0),
	F(msg_line_says, form, U8, 0),
	F(msg_line_says, text, TEXT, MSG_LINE_MAX),
	F(msg_line_says, rule, TEXT, NAME),
	F(msg_line_says, why, TEXT, 4096),
	F(msg_line_says, hold, TEXT, 16),
	X(msg_line_says, policy, 32),
	F(msg_line_says, decisions, TEXT, 32768),
	F(msg_line_says, run_ms, U64, 0),
	F(msg_line_says, output_max, U64, 0),
	F(msg_line_says, idle_ms, U64, 0),
	F(msg_line_says, masks, TEXT, 4096),
	END,
};
static const struct field ready[] = {
	F(msg_ready, proxy, TEXT, 128),
	F(msg_ready, access_key_id, TEXT, 128),
	F(msg_ready, secret, TEXT, 128),
	F(msg_ready, ca, TEXT, 8192),
	END,
};
static const struct field lease[] = {
	F(msg_lease, access_key_id, TEXT, 128),
	F(msg_lease, secret, TEXT, 1024),
	F(msg_lease, token, TEXT, 16384),
	F(msg_lease, expires_ms, U64, 0),
	F(msg_lease, text, TEXT, 1024),
	END,
};
static const struct field call_ask[] = { F(msg_call_ask, facts, BYTES, MSG_FACTS_MAX),
	END };
static const struct field call_says[] = {
	F(msg_call_says, effect, U8, 0),
	F(msg_call_says, bodies, U8, 0),
	F(msg_call_says, rule, TEXT, NAME),
	F(msg_call_says, text, TEXT, 4096),
	F(msg_call_says, hold, TEXT, 16),
	X(msg_call_says, policy, 32),
	F(msg_call_says, decisions, TEXT, 32768),
	F(msg_call_says, masks, TEXT, 4096),
	F(msg_call_says, reveal, U8, 0),
	END,
};
static const struct field leaf_ask[] = {
	F(msg_leaf_ask, host, TEXT, 253),
	F(msg_leaf_ask, key, BYTES, 512),
	END,
};
static const struct field leaf[] = { F(msg_leaf, chain, TEXT, 8192), END };
static const struct field seal[] = {
	X(msg_seal, spk, 32),
	X(msg_seal, h1, 32),
	END,
};
static const struct field sealed[] = {
	F(msg_sealed, dkid, BYTES, 8),
	F(msg_sealed, sig, BYTES, 64),
	END,
};
static const struct field exited[] = {
	F(msg_exited, how, U8, 0),
	F(msg_exited, code, U8, 0),
	END,
};
static const struct field stop[] = {
	F(msg_stop, why, U8, 0),
	F(msg_stop, text, TEXT, 1024),
	END,
};
static const struct field ended[] = {
	F(msg_ended, recorded, U8, 0),
	F(msg_ended, status, U8, 0),
	F(msg_ended, out_bytes, U64, 0),
	F(msg_ended, in_bytes, U64, 0),
	F(msg_ended, chunks, U64, 0),
	F(msg_ended, file_len, U64, 0),
	X(msg_ended, h, 32),
	F(msg_ended, text, TEXT, 1024),
	F(msg_ended, masked, TEXT, 4096),
	END,
};
static const struct field closed[] = { F(msg_closed, good, U8, 0), END };
static const struct field data[] = {
	F(msg_data, stream, U8, 0),
	F(msg_data, bytes, BYTES, MSG_DATA_MAX),
	END,
};
static const struct field resize[] = {
	F(msg_resize, columns, U32, 0),
	F(msg_resize, rows, U32, 0),
	END,
};
static const struct field signal_[] = { F(msg_signal, signo, U8, 0), END };
static const struct field exit_[] = {
	F(msg_exit, how, U8, 0),
	F(msg_exit, code, U8, 0),
	F(msg_exit, ran, U8, 0),
	F(msg_exit, text, TEXT, 1024),
	END,
};
static const struct field launch[] = {
	F(msg_launch, argv, LIST, WORD),
	F(msg_launch, env, LIST, WORD),
	F(msg_launch, cpu_s, U32, 0),
	F(msg_launch, proxy, TEXT, 128),
	F(msg_launch, ca, TEXT, 8192),
	F(msg_launch, stage, U8, 0),
	END,
};
static const struct field launched[] = {
	F(msg_launched, pid, U32, 0),
	F(msg_launched, text, TEXT, 1024),
	END,
};
static const struct field kill_[] = { F(msg_kill, signo, U8, 0), END };
static const struct field keeper[] = {
	X(msg_keeper, device_key, 32),
	F(msg_keeper, recovered, U32, 0),
	F(msg_keeper, held, U32, 0),
	END,
};
static const struct field event[] = {
	F(msg_event, at_ms, U64, 0),
	F(msg_event, kind, TEXT, NAME),
	F(msg_event, identity, TEXT, NAME),
	F(msg_event, sid, BYTES, 16),
	F(msg_event, rule, TEXT, NAME),
	F(msg_event, detail, TEXT, MSG_TEXT_MAX),
	END,
};
static const struct field hold_new[] = {
	F(msg_hold_new, hold, TEXT, 16),
	F(msg_hold_new, identity, TEXT, NAME),
	X(msg_hold_new, digest, 32),
	F(msg_hold_new, rule, TEXT, NAME),
	X(msg_hold_new, policy, 32),
	F(msg_hold_new, canon, TEXT, 32768),
	F(msg_hold_new, at_ms, U64, 0),
	F(msg_hold_new, until_ms, U64, 0),
	F(msg_hold_new, detail, TEXT, MSG_TEXT_MAX),
	END,
};
static const struct field hold_set[] = {
	F(msg_hold_set, hold, TEXT, 16),
	F(msg_hold_set, state, U8, 0),
	F(msg_hold_set, at_ms, U64, 0),
	F(msg_hold_set, by, TEXT, NAME),
	F(msg_hold_set, proof, TEXT, NAME),
	F(msg_hold_set, reason, TEXT, 1024),
	F(msg_hold_set, key, TEXT, NAME),
	F(msg_hold_set, source, TEXT, NAME),
	F(msg_hold_set, verified, U8, 0),
	END,
};
static const struct field recall[] = {
	F(msg_recall, what, U8, 0),
	F(msg_recall, after, TEXT, NAME),
	F(msg_recall, since_ms, U64, 0),
	END,
};
static const struct field recalled[] = {
	F(msg_recalled, what, U8, 0),
	F(msg_recalled, id, TEXT, NAME),
	F(msg_recalled, identity, TEXT, NAME),
	F(msg_recalled, digest, BYTES, 32),
	F(msg_recalled, rule, TEXT, NAME),
	F(msg_recalled, policy, BYTES, 32),
	F(msg_recalled, text, TEXT, MSG_TEXT_MAX),
	F(msg_recalled, at_ms, U64, 0),
	F(msg_recalled, until_ms, U64, 0),
	F(msg_recalled, changed_ms, U64, 0),
	F(msg_recalled, state, U8, 0),
	F(msg_recalled, uses, U32, 0),
	F(msg_recalled, used, U32, 0),
	F(msg_recalled, hold, TEXT, 16),
	F(msg_recalled, outlet, TEXT, NAME),
	F(msg_recalled, detail, TEXT, MSG_TEXT_MAX),
	F(msg_recalled, votes, TEXT, 24576),
	END,
};
static const struct field grant_new[] = {
	F(msg_grant_new, hold, TEXT, 16),
	F(msg_grant_new, identity, TEXT, NAME),
	F(msg_grant_new, rule, TEXT, NAME),
	F(msg_grant_new, digest, BYTES, 32),
	F(msg_grant_new, at_ms, U64, 0),
	F(msg_grant_new, until_ms, U64, 0),
	F(msg_grant_new, uses, U32, 0),
	F(msg_grant_new, detail, TEXT, MSG_TEXT_MAX),
	END,
};
static const struct field grant_set[] = {
	F(msg_grant_set, grant, TEXT, 16),
	F(msg_grant_set, state, U8, 0),
	F(msg_grant_set, at_ms, U64, 0),
	F(msg_grant_set, by, TEXT, NAME),
	F(msg_grant_set, proof, TEXT, NAME),
	F(msg_grant_set, reason, TEXT, 1024),
	END,
};
static const struct field article_new[] = {
	F(msg_article_new, kind, U8, 0),
	F(msg_article_new, name, TEXT, NAME),
	X(msg_article_new, digest, 32),
	F(msg_article_new, content, TEXT, MSG_TEXT_MAX),
	F(msg_article_new, at_ms, U64, 0),
	F(msg_article_new, by, TEXT, NAME),
	F(msg_article_new, detail, TEXT, 16384),
	END,
};
static const struct field article_set[] = {
	F(msg_article_set, kind, U8, 0),
	F(msg_article_set, name, TEXT, NAME),
	X(msg_article_set, digest, 32),
	F(msg_article_set, state, U8, 0),
	F(msg_article_set, hold, TEXT, 16),
	F(msg_article_set, at_ms, U64, 0),
	F(msg_article_set, by, TEXT, NAME),
	F(msg_article_set, proof, TEXT, NAME),
	F(msg_article_set, reason, TEXT, 1024),
	END,
};
static const struct field notice_new[] = {
	F(msg_notice_new, notice, TEXT, 32),
	F(msg_notice_new, outlet, TEXT, NAME),
	F(msg_notice_new, at_ms, U64, 0),
	F(msg_notice_new, body, TEXT, MSG_TEXT_MAX),
	END,
};
static const struct field notice_set[] = {
	F(msg_notice_set, notice, TEXT, 32),
	F(msg_notice_set, state, U8, 0),
	F(msg_notice_set, tries, U32, 0),
	F(msg_notice_set, next_ms, U64, 0),
	F(msg_notice_set, text, TEXT, 1024),
	END,
};
static const struct field open_rec[] = {
	X(msg_open_rec, sid, 16),
	F(msg_open_rec, identity, TEXT, NAME),
	F(msg_open_rec, class_, TEXT, NAME),
	F(msg_open_rec, keep_s, U64, 0),
	F(msg_open_rec, shred, U8, 0),
	F(msg_open_rec, lock, U8, 0),
	END,
};
static const struct field terms[] = {
	F(msg_terms, session_quota, U64, 0),
	F(msg_terms, identity_quota, U64, 0),
	F(msg_terms, min_free, U64, 0),
	F(msg_terms, ship, U8, 0),
	F(msg_terms, ship_bytes, U64, 0),
	F(msg_terms, ship_age_s, U64, 0),
	F(msg_terms, ship_segment, U64, 0),
	END,
};
static const struct field leaf_rec[] = {
	F(msg_leaf_rec, kind, U8, 0),
	X(msg_leaf_rec, digest, 32),
	END,
};
static const struct field reserve_rec[] = { X(msg_reserve_rec, sid, 16), END };
static const struct field cut_rec[] = {
	X(msg_cut_rec, sid, 16),
	F(msg_cut_rec, why, U8, 0),
	F(msg_cut_rec, text, TEXT, 1024),
	END,
};
static const struct field checkpoint[] = {
	F(msg_checkpoint, size, U64, 0),
	F(msg_checkpoint, text, TEXT, 4096),
	END,
};
static const struct field parcel[] = {
	X(msg_parcel, sid, 16),
	F(msg_parcel, kind, U8, 0),
	F(msg_parcel, part, U32, 0),
	F(msg_parcel, offset, U64, 0),
	F(msg_parcel, len, U64, 0),
	X(msg_parcel, sha256, 32),
	F(msg_parcel, until_ms, U64, 0),
	F(msg_parcel, class_, TEXT, NAME),
	F(msg_parcel, lock, U8, 0),
	END,
};
static const struct field shipped[] = {
	X(msg_shipped, sid, 16),
	F(msg_shipped, kind, U8, 0),
	F(msg_shipped, part, U32, 0),
	F(msg_shipped, good, U8, 0),
	F(msg_shipped, text, TEXT, 1024),
	END,
};
static const struct field tidy[] = {
	F(msg_tidy, what, U8, 0),
	F(msg_tidy, skip, U32, 0),
	F(msg_tidy, sid, BYTES, 16),
	F(msg_tidy, by, TEXT, NAME),
	F(msg_tidy, text, TEXT, 1024),
	END,
};
static const struct field room[] = { F(msg_room, good, U8, 0), END };
static const struct field watch[] = {
	F(msg_watch, cast, U8, 0),
	F(msg_watch, pty, U8, 0),
	F(msg_watch, who, TEXT, NAME),
	END,
};
static const struct field unwatch[] = { F(msg_unwatch, text, TEXT, 1024), END };
static const struct field watched[] = {
	F(msg_watched, bytes, U64, 0),
	F(msg_watched, status, U8, 0),
	F(msg_watched, why, TEXT, 256),
	END,
};
static const struct field seal_rec[] = {
	X(msg_seal_rec, sid, 16),
	X(msg_seal_rec, spk, 32),
	X(msg_seal_rec, h1, 32),
	END,
};
static const struct field close_rec[] = {
	X(msg_close_rec, sid, 16),
	F(msg_close_rec, complete, U8, 0),
	END,
};
static const struct field kept[] = {
	F(msg_kept, rc, U8, 0),
	F(msg_kept, text, TEXT, 1024),
	F(msg_kept, bytes, BYTES, 1024),
	END,
};
static const struct field verb[] = {
	F(msg_verb, argv, LIST, 4096),
	F(msg_verb, json, U8, 0),
	F(msg_verb, body, BYTES, MSG_TEXT_MAX),
	END,
};

static const struct {
	const char *name;
	const struct field *fields;
} messages[MSG_COUNT] = {
	[MSG_SETUP] = { "SETUP", setup },
	[MSG_NEW] = { "NEW", new_ },
	[MSG_TESTED] = { "TESTED", none },
	[MSG_SERVE] = { "SERVE", none },
	[MSG_SIGN] = { "SIGN", sign },
	[MSG_SIGNED] = { "SIGNED", signed_ },
	[MSG_NONCE] = { "NONCE", nonce },
	[MSG_AUTH_TRY] = { "AUTH_TRY", auth_try },
	[MSG_AUTH_SAYS] = { "AUTH_SAYS", auth_says },
	[MSG_EXEC_ASK] = { "EXEC_ASK", exec_ask },
	[MSG_SHELL_ASK] = { "SHELL_ASK", shell_ask },
	[MSG_FORWARD_ASK] = { "FORWARD_ASK", forward_ask },
	[MSG_GONE] = { "GONE", gone },
	[MSG_STAGE] = { "STAGE", stage },
	[MSG_STAGED] = { "STAGED", staged },
	[MSG_VERDICT] = { "VERDICT", verdict },
	[MSG_SAY] = { "SAY", text },
	[MSG_ROW] = { "ROW", text },
	[MSG_DONE] = { "DONE", done },
	[MSG_ATTACH] = { "ATTACH", none },
	[MSG_START] = { "START", start },
	[MSG_SEAL] = { "SEAL", seal },
	[MSG_SEALED] = { "SEALED", sealed },
	[MSG_READY] = { "READY", ready },
	[MSG_EXITED] = { "EXITED", exited },
	[MSG_STOP] = { "STOP", stop },
	[MSG_ENDED] = { "ENDED", ended },
	[MSG_CLOSED] = { "CLOSED", closed },
	[MSG_LEASE] = { "LEASE", lease },
	[MSG_LEASE_ASK] = { "LEASE_ASK", none },
	[MSG_REMOTE_AT] = { "REMOTE_AT", remote_at },
	[MSG_LINE_ASK] = { "LINE_ASK", line_ask },
	[MSG_LINE_SAYS] = { "LINE_SAYS", line_says },
	[MSG_LINE_GONE] = { "LINE_GONE", none },
	[MSG_CALL_ASK] = { "CALL_ASK", call_ask },
	[MSG_CALL_SAYS] = { "CALL_SAYS", call_says },
	[MSG_CALL_GONE] = { "CALL_GONE", none },
	[MSG_LEAF_ASK] = { "LEAF_ASK", leaf_ask },
	[MSG_LEAF] = { "LEAF", leaf },
	[MSG_FULL] = { "FULL", none },
	[MSG_ROOM] = { "ROOM", room },
	[MSG_WATCH] = { "WATCH", watch },
	[MSG_UNWATCH] = { "UNWATCH", unwatch },
	[MSG_WATCHED] = { "WATCHED", watched },
	[MSG_LISTENING] = { "LISTENING", none },
	[MSG_DATA] = { "DATA", data },
	[MSG_EOF] = { "EOF", none },
	[MSG_RESIZE] = { "RESIZE", resize },
	[MSG_SIGNAL] = { "SIGNAL", signal_ },
	[MSG_EXIT] = { "EXIT", exit_ },
	[MSG_LAUNCH] = { "LAUNCH", launch },
	[MSG_LAUNCHED] = { "LAUNCHED", launched },
	[MSG_KILL] = { "KILL", kill_ },
	[MSG_KEEPER] = { "KEEPER", keeper },
	[MSG_EVENT] = { "EVENT", event },
	[MSG_HOLD_NEW] = { "HOLD_NEW", hold_new },
	[MSG_HOLD_SET] = { "HOLD_SET", hold_set },
	[MSG_OPEN_REC] = { "OPEN_REC", open_rec },
	[MSG_SEAL_REC] = { "SEAL_REC", seal_rec },
	[MSG_CLOSE_REC] = { "CLOSE_REC", close_rec },
	[MSG_TERMS] = { "TERMS", terms },
	[MSG_LEAF_REC] = { "LEAF_REC", leaf_rec },
	[MSG_RESERVE_REC] = { "RESERVE_REC", reserve_rec },
	[MSG_CUT_REC] = { "CUT_REC", cut_rec },
	[MSG_CHECKPOINT] = { "CHECKPOINT", checkpoint },
	[MSG_SHIP_ASK] = { "SHIP_ASK", none },
	[MSG_PARCEL] = { "PARCEL", parcel },
	[MSG_SHIPPED] = { "SHIPPED", shipped },
	[MSG_TIDY] = { "TIDY", tidy },
	[MSG_RECALL] = { "RECALL", recall },
	[MSG_RECALLED] = { "RECALLED", recalled },
	[MSG_GRANT_NEW] = { "GRANT_NEW", grant_new },
	[MSG_GRANT_SET] = { "GRANT_SET", grant_set },
	[MSG_ARTICLE_NEW] = { "ARTICLE_NEW", article_new },
	[MSG_ARTICLE_SET] = { "ARTICLE_SET", article_set },
	[MSG_NOTICE_NEW] = { "NOTICE_NEW", notice_new },
	[MSG_NOTICE_SET] = { "NOTICE_SET", notice_set },
	[MSG_KEPT] = { "KEPT", kept },
	[MSG_VERB] = { "VERB", verb },
};

const struct field *
codec_fields(enum msg type)
{
	if ((unsigned)type >= MSG_COUNT)
		return NULL;
	return messages[type].fields;
}

const char *
codec_name(enum msg type)
{
	return codec_fields(type) == NULL ? "?" : messages[type].name;
}
