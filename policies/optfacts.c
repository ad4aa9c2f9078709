/* What programs do with their options; see optfacts.h.
 *
 * Short options are in the notation of getopt(3) and long ones with = for a value and
 * [=] for one that may be joined, as coreutils 9.1, grep 3.8, sed 4.9, procps 4.0,
 * util-linux 2.38 and systemd 252 have them.  Only the arity is used: that something
 * stands here allows nothing. */
#include "policies/optfacts.h"

#include <stdlib.h>
#include <string.h>

struct optfacts {
	const char *program;
	const char *letters;
	const char *names;
};

/* In the order of their names. */
static const struct optfacts facts[] = {
	{ "arch", "", "" },
	{ "base32", "diw:", "decode wrap= ignore-garbage" },
	{ "base64", "diw:", "decode wrap= ignore-garbage" },
	{ "basename", "+as:z", "multiple suffix= zero" },
	{ "blkid", "c:DdgH:hilL:n:ko:O:ps:S:t:u:U:w:Vv",
	    "cache-file= no-encoding no-part-details garbage-collect output= "
	    "list-filesystems match-tag= match-token= list-one label= uuid= probe "
	    "hint= info size= offset= usages= match-types=" },
	{ "cat", "benstuvAET",
	    "number-nonblank number squeeze-blank show-nonprinting show-ends "
	    "show-tabs show-all" },
	{ "cksum", "a:l:bctwz",
	    "length= check ignore-missing quiet status warn strict tag zero "
	    "algorithm= debug untagged" },
	{ "cmp", "bci:ln:sv",
	    "print-bytes print-chars ignore-initial= verbose bytes= silent quiet" },
	{ "column", "c:dE:eH:hi:Jl:LN:n:O:o:p:R:r:s:T:tVW:x",
	    "columns= fillrows json keep-empty-lines output-separator= "
	    "output-width= separator= table table-columns= table-columns-limit= "
	    "table-hide= table-name= table-noextreme= table-noheadings table-order= "
	    "table-right= table-truncate= table-wrap= table-empty-lines "
	    "table-header-repeat tree= tree-id= tree-parent=" },
	{ "comm", "123z",
	    "check-order nocheck-order output-delimiter= total zero-terminated" },
	{ "cut", "b:c:d:f:nsz",
	    "bytes= characters= fields= delimiter= only-delimited output-delimiter= "
	    "complement zero-terminated" },
	{ "date", "d:f:I::r:Rs:u",
	    "date= debug file= iso-8601[=] reference= resolution rfc-email rfc-822 "
	    "rfc-2822 rfc-3339= set= uct utc universal" },
	{ "df", "aB:iF:hHklmPTt:vx:",
	    "all block-size= inodes human-readable si local output[=] portability "
	    "print-type sync no-sync total type= exclude-type=" },
	{ "diff", "0123456789abBcC:dD:eEfF:hHiI:lL:nNpPqrsS:tTuU:vwW:x:X:yZ",
	    "binary brief changed-group-format= color[=] context[=] ed exclude= "
	    "exclude-from= expand-tabs forward-ed from-file= horizon-lines= ifdef= "
	    "ignore-all-space ignore-blank-lines ignore-case ignore-file-name-case "
	    "ignore-matching-lines= ignore-space-change ignore-tab-expansion "
	    "ignore-trailing-space inhibit-hunk-merge initial-tab label= "
	    "left-column line-format= minimal new-file new-group-format= "
	    "new-line-format= no-dereference no-ignore-file-name-case normal "
	    "old-group-format= old-line-format= paginate palette= rcs recursive "
	    "report-identical-files sdiff-merge-assist show-c-function "
	    "show-function-line= side-by-side speed-large-files starting-file= "
	    "strip-trailing-cr suppress-blank-empty suppress-common-lines tabsize= "
	    "text to-file= unchanged-group-format= unchanged-line-format= "
	    "unidirectional-new-file unified[=] width=" },
	{ "dirname", "z", "zero" },
	{ "dmesg", "CcDdEeF:f:HhJkL::l:n:iPprSs:TtuVWwx",
	    "buffer-size= clear color[=] console-level= console-off console-on "
	    "decode file= facility= follow follow-new human json kernel level= "
	    "since= syslog raw read-clear reltime show-delta ctime noescape notime "
	    "nopager until= userspace time-format= force-prefix" },
	{ "du", "0abd:chHklmst:xB:DLPSX:",
	    "all apparent-size block-size= bytes count-links dereference "
	    "dereference-args exclude= exclude-from= files0-from= human-readable "
	    "inodes si max-depth= null no-dereference one-file-system separate-dirs "
	    "summarize total threshold= time[=] time-style=" },
	{ "echo", "+neE", "" },
	{ "expand", "it:0::1::2::3::4::5::6::7::8::9::", "tabs= initial" },
	{ "file", "bcCde:Ef:F:hiklLm:nNpP:rsSvzZ0",
	    "magic-file= uncompress uncompress-noreport brief checking-printout "
	    "exclude= exclude-quiet= files-from= separator= mime apple extension "
	    "mime-type mime-encoding keep-going list dereference no-dereference "
	    "no-buffer no-pad print0 preserve-date parameter= raw special-files "
	    "no-sandbox compile debug" },
	{ "findmnt", "AabCcDd:ehiJfF:o:O:p::PklmM:nN:rst:uvRS:T:Uw:Vxy",
	    "all ascii bytes canonicalize direction= df evaluate first-only fstab "
	    "invert json kernel list mountpoint= mtab noheadings notruncate "
	    "options= output= output-all poll[=] pairs raw types= nocanonicalize "
	    "nofsroot submounts source= tab-file= task= target= timeout= uniq "
	    "verify shell verbose tree real pseudo vfs-all shadowed" },
	{ "fmt", "0123456789cstuw:p:g:",
	    "crown-margin prefix= split-only tagged-paragraph uniform-spacing "
	    "width= goal=" },
	{ "fold", "bsw:0::1::2::3::4::5::6::7::8::9::", "bytes spaces width=" },
	{ "free", "bkmghltvc:ws:V",
	    "bytes kilo mega giga tera peta kibi mebi gibi tebi pebi human si lohi "
	    "total committed seconds= count= wide" },
	{ "grep", "0123456789A:B:C:D:EFGHIPTUVX:abcd:e:f:hiLlm:noqRrsuvwxyZz",
	    "basic-regexp extended-regexp fixed-regexp fixed-strings perl-regexp "
	    "after-context= before-context= binary-files= byte-offset context= "
	    "color[=] colour[=] count devices= directories= exclude= exclude-from= "
	    "exclude-dir= file= files-with-matches files-without-match "
	    "group-separator= include= ignore-case no-ignore-case initial-tab "
	    "label= line-buffered line-number line-regexp max-count= no-filename "
	    "no-group-separator no-messages null null-data only-matching quiet "
	    "recursive dereference-recursive regexp= invert-match silent text "
	    "binary unix-byte-offsets with-filename word-regexp" },
	{ "head", "c:n:qvz0123456789",
	    "bytes= lines= quiet silent verbose zero-terminated" },
	{ "hexdump", "bcCde:f:L::n:os:vxhV",
	    "one-byte-octal one-byte-char canonical two-bytes-decimal "
	    "two-bytes-octal two-bytes-hex format= format-file= color[=] length= "
	    "skip= no-squeezing" },
	{ "hostnamectl",
	    "hH:M:", "transient static pretty host= machine= no-ask-password json=" },
	{ "id", "agnruzGZ", "context group groups name real user zero" },
	{ "join", "-a:e:i1:2:j:o:t:v:z",
	    "ignore-case check-order nocheck-order zero-terminated header" },
	{ "journalctl", "hefo:aln::qmb::kD:p:g:c:S:U:t:u:NF:xrM:",
	    "no-pager pager-end follow force output= all full no-full lines[=] "
	    "no-tail new-id128 quiet merge this-boot boot[=] list-boots dmesg "
	    "system user directory= file= root= image= header identifier= priority= "
	    "facility= grep= case-sensitive[=] setup-keys interval= verify "
	    "verify-key= disk-usage cursor= cursor-file= after-cursor= show-cursor "
	    "since= until= unit= user-unit= field= fields catalog list-catalog "
	    "dump-catalog update-catalog reverse machine= utc flush relinquish-var "
	    "smart-relinquish-var sync rotate vacuum-size= vacuum-files= "
	    "vacuum-time= no-hostname output-fields= namespace=" },
	{ "last", "hVf:n:RxadFit:p:s:0123456789w",
	    "limit= file= nohostname hostlast since= until= present= system dns ip "
	    "fulltimes fullnames time-format=" },
	{ "loginctl", "hp:P:als:H:M:n:o:",
	    "property= all value full no-pager no-legend kill-whom= signal= host= "
	    "machine= no-ask-password lines= output=" },
	{ "logname", "", "" },
	{ "look", "adft:Vh", "alternative alphanum ignore-case terminate=" },
	{ "ls", "abcdfghiklmnopqrstuvw:xABCDFGHI:LNQRST:UXZ1",
	    "all escape directory dired full-time group-directories-first "
	    "human-readable inode kibibytes numeric-uid-gid no-group "
	    "hide-control-chars reverse size width= almost-all ignore-backups "
	    "classify[=] file-type si dereference-command-line "
	    "dereference-command-line-symlink-to-dir hide= ignore= indicator-style= "
	    "dereference literal quote-name quoting-style= recursive format= "
	    "show-control-chars sort= tabsize= time= time-style= zero color[=] "
	    "hyperlink[=] block-size= context author" },
	{ "lsattr", "RVadlvp", "" },
	{ "lsblk", "AabdDzE:e:fhJlnMmo:OpPiI:rstVST::w:x:y",
	    "all bytes nodeps noempty discard dedup= zoned json output= output-all "
	    "merge perms noheadings list ascii raw inverse fs exclude= include= "
	    "topology paths pairs scsi sort= sysroot= shell tree[=] width=" },
	{ "lscpu", "aBbC::ce::hJp::s:xyV",
	    "all online bytes caches[=] offline extended[=] json parse[=] sysroot= "
	    "physical hex output-all" },
	{ "lslocks", "biJp:o:nruhV",
	    "bytes json pid= output= output-all notruncate noheadings raw "
	    "noinaccessible" },
	{ "lsmem", "abhJno:PrS:s:V",
	    "all bytes json noheadings output= output-all pairs raw sysroot= split= "
	    "summary[=]" },
	{ "lsns", "Jlp:o:nruhVt:T::W",
	    "json task= output= output-all notruncate noheadings nowrap list raw "
	    "type= tree[=]" },
	{ "mountpoint", "qdxhV", "quiet nofollow fs-devno devno" },
	{ "namei", "hVlmnovx", "mountpoints modes owners long nolinks vertical" },
	{ "netstat", "A:CFMacdeghilnNoprsStuUvVWw2fx64Z",
	    "ax25 x25 ip ipx appletalk netrom inet inet6 ddp rose unix bluetooth "
	    "tcpip interfaces route masquerade protocol= tcp sctp udp udplite raw "
	    "unix l2cap rfcomm listening all timers continuous extend programs "
	    "verbose statistics wide numeric numeric-hosts numeric-ports "
	    "numeric-users symbolic cache fib groups context" },
	{ "nl", "h:b:f:v:i:pl:s:w:n:d:",
	    "header-numbering= body-numbering= footer-numbering= "
	    "starting-line-number= line-increment= no-renumber join-blank-lines= "
	    "number-separator= number-width= number-format= section-delimiter=" },
	{ "nproc", "", "all ignore=" },
	{ "numfmt", "d:z",
	    "from= from-unit= to= to-unit= round= padding= suffix= grouping "
	    "delimiter= field= debug header[=] format= invalid= zero-terminated" },
	{ "od", "A:aBbcDdeFfHhIij:LlN:OoS:st:vw::Xx",
	    "skip-bytes= address-radix= read-bytes= format= output-duplicates "
	    "strings[=] traditional width[=] endian=" },
	{ "paste", "d:sz", "serial delimiters= zero-terminated" },
	{ "pathchk", "+pP", "portability" },
	{ "pgrep", "lad:vwLF:cfinoxP:O:Ag:s:u:U:G:t:r:Vh",
	    "signal= ignore-ancestors count cgroup= delimiter= list-name list-full "
	    "full pgroup= group= ignore-case newest oldest older= parent= session= "
	    "terminal= euid= uid= inverse lightweight exact pidfile= logpidfile "
	    "echo ns= nslist= queue= runstates=" },
	{ "pidof", "qhco:d:sxzn", "" },
	{ "pkill", "eq:LF:cfinoxP:O:Ag:s:u:U:G:t:r:Vh",
	    "signal= ignore-ancestors count cgroup= delimiter= list-name list-full "
	    "full pgroup= group= ignore-case newest oldest older= parent= session= "
	    "terminal= euid= uid= inverse lightweight exact pidfile= logpidfile "
	    "echo ns= nslist= queue= runstates=" },
	{ "pmap", "xXrdqA:hVcC:nN:p",
	    "extended device quiet range= read-rc read-rc-from= create-rc "
	    "create-rc-to= show-path" },
	{ "pr", "-0123456789D:FJN:S::TW:abcde::fh:i::l:mn::o:rs::tvw:",
	    "pages= columns= across show-control-chars double-space date-format= "
	    "expand-tabs[=] form-feed header= output-tabs[=] join-lines length= "
	    "merge number-lines[=] first-line-number= indent= no-file-warnings "
	    "separator[=] sep-string[=] omit-header omit-pagination "
	    "show-nonprinting width= page-width=" },
	{ "printenv", "+iu:0", "null" },
	{ "pwdx", "Vh", "" },
	{ "readlink", "efmnqsvz",
	    "canonicalize canonicalize-existing canonicalize-missing no-newline "
	    "quiet silent verbose zero" },
	{ "realpath", "eLmPqsz",
	    "canonicalize-existing canonicalize-missing relative-to= relative-base= "
	    "quiet strip no-symlinks zero logical physical" },
	{ "rev", "Vh", "" },
	{ "sed", "bsnrzuEe:f:l:i::V:",
	    "binary regexp-extended debug expression= file= in-place[=] "
	    "line-length= null-data zero-terminated quiet posix silent sandbox "
	    "separate unbuffered follow-symlinks" },
	{ "seq", "+f:s:w", "equal-width format= separator=" },
	{ "sha256sum", "bctwz",
	    "check ignore-missing quiet status warn strict tag zero binary text" },
	{ "sleep", "", "" },
	{ "sort", "-bcCdfghik:mMno:rRsS:t:T:uVy:z",
	    "ignore-leading-blanks check[=] compress-program= debug "
	    "dictionary-order ignore-case files0-from= general-numeric-sort "
	    "ignore-nonprinting key= merge month-sort numeric-sort "
	    "human-numeric-sort version-sort random-sort random-source= sort= "
	    "output= reverse stable batch-size= buffer-size= field-separator= "
	    "temporary-directory= unique zero-terminated parallel=" },
	{ "ss", "dhaletuwxnro460spTbEf:mMiA:D:F:vVzZN:KHSO",
	    "numeric resolve options extended memory info processes threads bpf "
	    "events dccp tcp sctp udp raw unix tipc vsock all listening ipv4 ipv6 "
	    "packet family= socket= query= summary diag= filter= context contexts "
	    "net= tipcinfo tos cgroup kill no-header xdp mptcp oneline inet-sockopt" },
	{ "stat", "c:fLt", "dereference file-system format= printf= terse cached=" },
	{ "strings", "adfhHn:wot:e:T:s:U:Vv0123456789",
	    "all bytes= data encoding= include-all-whitespace output-separator= "
	    "print-file-name radix= target= unicode=" },
	{ "sum", "rs", "sysv" },
	{ "systemctl", "ht:p:P:alqfs:H:M:n:o:iTr.::",
	    "type= property= all reverse after before show-types failed full "
	    "job-mode= fail irreversible ignore-dependencies ignore-inhibitors "
	    "check-inhibitors= value user system global wait no-block legend= "
	    "no-legend no-pager no-wall dry-run quiet root= image= force no-reload "
	    "kill-whom= signal= no-ask-password host= machine= runtime lines= "
	    "output= plain state= recursive with-dependencies preset-mode= "
	    "firmware-setup boot-loader-menu= boot-loader-entry= now message= "
	    "show-transaction what= reboot-argument= timestamp= read-only mkdir "
	    "marked" },
	{ "systemd-cgls", "-hkalM:u::",
	    "no-pager all full machine= unit[=] user-unit[=] xattr= cgroup-id=" },
	{ "tac", "brs:", "before regex separator=" },
	{ "tail", "c:n:fFqs:vz0123456789",
	    "bytes= follow[=] lines= max-unchanged-stats= pid= quiet retry silent "
	    "sleep-interval= verbose zero-terminated" },
	{ "timedatectl", "hH:M:p:a",
	    "no-pager host= machine= no-ask-password adjust-system-clock monitor "
	    "property= all value" },
	{ "top", "bcd:E:e:Hhin:Oo:p:SsU:u:Vw::1",
	    "batch-mode cmdline-toggle delay= scale-summary-mem= scale-task-mem= "
	    "threads-show idle-toggle iterations= list-fields sort-override= pid= "
	    "accum-time-toggle secure-mode filter-any-user= filter-only-euser= "
	    "width[=] single-cpu-toggle" },
	{ "tr", "+AcCdst", "complement delete squeeze-repeats truncate-set1" },
	{ "tty", "s", "silent quiet" },
	{ "uname", "asnrvmpio",
	    "all kernel-name sysname nodename kernel-release release kernel-version "
	    "machine processor hardware-platform operating-system" },
	{ "unexpand", ",0123456789at:", "tabs= all first-only" },
	{ "uniq", "-0123456789Dcdf:is:uw:z",
	    "count repeated all-repeated[=] group[=] ignore-case unique "
	    "skip-fields= skip-chars= check-chars= zero-terminated" },
	{ "uptime", "phsV", "pretty since" },
	{ "vmstat", "afmnsdDp:S:wthVy",
	    "active forks slabs one-header stats disk disk-sum partition= unit= "
	    "wide timestamp no-first" },
	{ "w", "husfoVi", "no-header no-current short from old-style ip-addr" },
	{ "wc", "clLmw", "bytes chars lines words debug files0-from= max-line-length" },
	{ "who", "abdlmpqrstuwHT",
	    "all boot count dead heading ips login lookup message mesg process "
	    "runlevel short time users writable" },
};

/* Read by the same code. */
static const struct {
	const char *program, *as;
} twins[] = {
	{ "dir", "ls" },
	{ "egrep", "grep" },
	{ "fgrep", "grep" },
	{ "md5sum", "sha256sum" },
	{ "sha1sum", "sha256sum" },
	{ "sha512sum", "sha256sum" },
	{ "vdir", "ls" },
};

/* Wherever GNU's programs, and those that follow them, have these. */
static const char joined[] = " color colour hyperlink classify iso-8601 all-repeated "
			     "in-place backup reflink preserve follow decorate abbrev ";

/* Options that bring what the first operand is without them, and options that look
 * through the current folder when no file is named. */
static const struct opttraits {
	const char *program;
	char number; /* -5 is -n 5 */
	const char *script_letters, *script_names;
	const char *deep_letters, *deep_names;
} traits[] = {
#define GREP                                                                           \
	"ef", " regexp file ", "rRd", " recursive dereference-recursive directories "
	{ "awk", 0, "f", " file ", "", "" },
	{ "bzgrep", 'C', GREP },
	{ "egrep", 'C', GREP },
	{ "fgrep", 'C', GREP },
	{ "gawk", 0, "efE", " file source exec ", "", "" },
	{ "git", 0, "ef", "", "", "" },
	{ "grep", 'C', GREP },
	{ "head", 'n', "", "", "", "" },
	{ "jq", 0, "f", " from-file ", "", "" },
	{ "last", 'n', "", "", "", "" },
	{ "mawk", 0, "f", " file ", "", "" },
	{ "nawk", 0, "f", " file ", "", "" },
	{ "rg", 0, "ef", " regexp file files type-list ", "*", "*" },
	{ "sed", 0, "ef", " expression file ", "", "" },
	{ "tail", 'n', "", "", "", "" },
	{ "xzgrep", 'C', GREP },
	{ "zegrep", 'C', GREP },
	{ "zfgrep", 'C', GREP },
	{ "zgrep", 'C', GREP },
	{ "zstdgrep", 'C', GREP },
#undef GREP
};

static const char harmless[] = " basename df dir dirname echo groups id ls readlink "
			       "realpath stat vdir ";

/* name is one of the words of list, which begins and ends with a blank. */
static bool
listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; n > 0 && (p = strstr(p, name)) != NULL; p++)
		if (p > list && p[-1] == ' ' && p[n] == ' ')
			return true;
	return false;
}

static int
by_program(const void *key, const void *row)
{
	return strcmp(key, ((const struct optfacts *)row)->program);
}

const struct optfacts *
optfacts_find(const char *program)
{
	for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++)
		if (strcmp(twins[i].program, program) == 0)
			program = twins[i].as;
	return bsearch(program, facts, sizeof facts / sizeof facts[0], sizeof facts[0],
	    by_program);
}

/* journalctl looks at the next word itself. */
static enum optarity
of_journal(const struct optfacts *f, char letter, const char *name)
{
	bool lines = letter == 'n' || (name != NULL && strcmp(name, "lines") == 0);

	return lines && strcmp(f->program, "journalctl") == 0 ? OPTARITY_NUMBER
							      : OPTARITY_JOINED;
}

enum optarity
optfacts_short(const struct optfacts *f, char letter)
{
	const char *p = f == NULL ? NULL : f->letters + strspn(f->letters, "+-");

	if (p == NULL || letter == ':' || letter == '\0' ||
	    (p = strchr(p, letter)) == NULL)
		return OPTARITY_UNKNOWN;
	if (p[1] != ':')
		return OPTARITY_FLAG;
	return p[2] != ':' ? OPTARITY_VALUE : of_journal(f, letter, NULL);
}

enum optarity
optfacts_long(const struct optfacts *f, const char *name)
{
	size_t n = strlen(name);

	if (f == NULL)
		return listed(joined, name) ? OPTARITY_JOINED : OPTARITY_UNKNOWN;
	for (const char *p = f->names; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " =[");

		if (len == n && memcmp(p, name, n) == 0) {
			if (p[len] == '[')
				return of_journal(f, 0, name);
			return p[len] == '=' ? OPTARITY_VALUE : OPTARITY_FLAG;
		}
		p += strcspn(p, " ");
	}
	return OPTARITY_UNKNOWN;
}

bool
optfacts_stops(const struct optfacts *f)
{
	return f != NULL && f->letters[0] == '+';
}

const struct opttraits *
opttraits_find(const char *program)
{
	for (size_t i = 0; i < sizeof traits / sizeof traits[0]; i++)
		if (strcmp(traits[i].program, program) == 0)
			return &traits[i];
	return NULL;
}

char
opttraits_number(const struct opttraits *t)
{
	return t == NULL ? '\0' : t->number;
}

static bool
has(const char *letters, const char *names, char letter, const char *name)
{
	return (letter != '\0' && strchr(letters, letter) != NULL) ||
	       (name != NULL && listed(names, name));
}

bool
opttraits_script(const struct opttraits *t, char letter, const char *name)
{
	return t != NULL && has(t->script_letters, t->script_names, letter, name);
}

bool
opttraits_deep(const struct opttraits *t, char letter, const char *name)
{
	return t != NULL && (t->deep_letters[0] == '*' ||
				has(t->deep_letters, t->deep_names, letter, name));
}

bool
optfacts_harmless(const char *program)
{
	return listed(harmless, program);
}
