
"use strict";
/* Plays screens that hoop-replay has drawn: frames.h says what the records are.  Text
   goes into the page as text, never as markup. */
(() => {

const $ = id => document.getElementById(id);
const ROW = 1, FRAME = 2, PASSED = 3;
const SIZE = 1, ALTERNATE = 2, CURSOR = 4;
const BOLD = 1, ITALIC = 2, UNDERLINE = 4, STRIKE = 8, REVERSE = 16, NARROW = 64, WIDE = 128;
const EVERY = 256;		/* frames between two whole screens that are kept */
const SILENCE = 2000;		/* milliseconds; longer ones are skipped */
const HITS = 500;

/* ---- data ---- */

const unpack = async id => {
	const text = atob($(id).textContent.trim());
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++)
		bytes[i] = text.charCodeAt(i);
	$(id).remove();
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
	return new Uint8Array(await new Response(stream).arrayBuffer());
};

const utf8 = new TextDecoder("utf-8");

/* Where each row and each frame begins in data, and when each frame is. */
class Film {
	constructor(data) {
		this.data = data;
		this.at = 0;
		this.rows = [0];
		this.texts = [""];
		this.frames = [];
		this.times = [];
		this.passed = [];	/* [frame, row] */
		this.keys = [];
		let time = 0;
		while (this.at < data.length) {
			const kind = this.number();
			if (kind === ROW) {
				this.rows.push(this.at);
				this.skipRow();
			} else if (kind === FRAME) {
				this.frames.push(this.at);
				time += this.number();
				this.times.push(time);
				this.readFrame();
			} else if (kind === PASSED) {
				this.passed.push([this.frames.length, this.number()]);
			} else {
				throw new Error("unknown record");
			}
		}
	}

	number() {
		let value = 0, scale = 1, byte;
		do {
			byte = this.data[this.at++];
			value += (byte & 127) * scale;
			scale *= 128;
		} while (byte & 128);
		return value;
	}

	skipRow() {
		this.number();
		for (let n = this.number(); n > 0; n--) {
			this.number();
			this.number();
			this.number();
			const length = this.number();
			this.at += length;
		}
	}

	row(id) {
		const row = { wraps: false, runs: [] };
		if (id === 0)
			return row;
		this.at = this.rows[id];
		row.wraps = this.number() === 1;
		for (let n = this.number(); n > 0; n--) {
			const run = { fg: this.number(), bg: this.number(), attributes: this.number() };
			const length = this.number();
			run.text = utf8.decode(this.data.subarray(this.at, this.at + length));
			this.at += length;
			row.runs.push(run);
		}
		return row;
	}

	wraps(id) {
		this.at = this.rows[id];
		return id !== 0 && this.number() === 1;
	}

	text(id) {
		if (this.texts[id] === undefined)
			this.texts[id] = this.row(id).runs.map(run => run.text).join("");
		return this.texts[id];
	}

	/* What stands behind a frame's time; at is there. */
	readFrame() {
		const frame = { flags: this.number(), changes: [] };
		if (frame.flags & SIZE) {
			frame.columns = this.number();
			frame.rows = this.number();
		}
		frame.row = this.number();
		frame.column = this.number();
		for (let n = this.number(); n > 0; n--)
			frame.changes.push([this.number(), this.number()]);
		return frame;
	}

	frame(index) {
		this.at = this.frames[index];
		this.number();
		return this.readFrame();
	}

	static apply(screen, frame) {
		if (frame.flags & SIZE) {
			screen.columns = frame.columns;
			screen.rows = new Array(frame.rows).fill(0);
		}
		for (const [place, id] of frame.changes)
			screen.rows[place] = id;
		screen.flags = frame.flags;
		screen.row = frame.row;
		screen.column = frame.column;
	}

	/* The screen at a frame: from the whole one before it that is kept. */
	screen(index) {
		let key = Math.floor(index / EVERY);
		while (key > 0 && !this.keys[key])
			key--;
		const kept = this.keys[key];
		const screen = kept ? { ...kept, rows: kept.rows.slice() } : { columns: 80, rows: [], flags: 0, row: 0, column: 0 };
		for (let i = kept ? key * EVERY + 1 : 0; i <= index; i++) {
			Film.apply(screen, this.frame(i));
			if (i % EVERY === 0)
				this.keys[i / EVERY] = { ...screen, rows: screen.rows.slice() };
		}
		return screen;
	}

	/* The last frame that is not after a time. */
	index(time) {
		let low = 0, high = this.times.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.times[middle] <= time)
				low = middle;
			else
				high = middle - 1;
		}
		return low;
	}
}

/* ---- the screen ---- */

const BASE = ["#2e3436", "#cc0000", "#4e9a06", "#c4a000", "#3465a4", "#75507b", "#06989a", "#d3d7cf",
	"#555753", "#ef2929", "#8ae234", "#fce94f", "#729fcf", "#ad7fa8", "#34e2e2", "#eeeeec"];

const colour = value => {
	if (value === 0)
		return "";
	if (value >= 257)
		return "#" + (value - 257).toString(16).padStart(6, "0");
	const n = value - 1;
	if (n < 16)
		return BASE[n];
	if (n >= 232) {
		const grey = 8 + (n - 232) * 10;
		return `rgb(${grey},${grey},${grey})`;
	}
	const part = v => v === 0 ? 0 : 55 + v * 40;
	return `rgb(${part(Math.floor((n - 16) / 36))},${part(Math.floor((n - 16) / 6) % 6)},${part((n - 16) % 6)})`;
};

const element = (name, text, kind) => {
	const e = document.createElement(name);
	if (text !== undefined)
		e.textContent = text;
	if (kind)
		e.className = kind;
	return e;
};

const drawRun = run => {
	const e = element("span", run.text);
	let fg = colour(run.fg), bg = colour(run.bg);
	if (run.attributes & REVERSE)
		[fg, bg] = [bg || "var(--screen-back)", fg || "var(--screen-front)"];
	if (fg)
		e.style.color = fg;
	if (bg)
		e.style.backgroundColor = bg;
	if (run.attributes & BOLD)
		e.style.fontWeight = "bold";
	if (run.attributes & ITALIC)
		e.style.fontStyle = "italic";
	const lines = (run.attributes & UNDERLINE ? "underline " : "") + (run.attributes & STRIKE ? "line-through" : "");
	if (lines)
		e.style.textDecoration = lines;
	if (run.attributes & (NARROW | WIDE)) {
		e.className = "cell";
		e.style.width = run.attributes & WIDE ? "2ch" : "1ch";
	}
	return e;
};

class Screen {
	constructor(film) {
		this.film = film;
		this.node = $("screen");
		this.cursor = element("div");
		this.cursor.id = "cursor";
		this.rows = [];
		this.shown = [];
		this.columns = 0;
	}

	resize(columns, rows) {
		if (columns === this.columns && rows === this.rows.length)
			return;
		this.columns = columns;
		this.rows = Array.from({ length: rows }, () => element("div", undefined, "row"));
		this.shown = new Array(rows).fill(0);
		this.node.replaceChildren(...this.rows, this.cursor);
		this.fit();
	}

	/* The largest letters with which the whole width fits. */
	fit() {
		const room = $("stage").clientWidth - 52;
		const size = Math.max(6, Math.min(15, room / this.columns / 0.602));
		this.node.style.fontSize = size + "px";
		this.node.style.minWidth = this.columns + "ch";
	}

	draw(screen, mark) {
		this.resize(screen.columns, screen.rows.length);
		screen.rows.forEach((id, i) => {
			if (this.shown[i] !== id) {
				this.rows[i].replaceChildren(...this.film.row(id).runs.map(drawRun));
				this.shown[i] = id;
			}
			this.rows[i].classList.toggle("hit", mark !== "" && this.film.text(id).toLowerCase().includes(mark));
		});
		this.node.classList.toggle("other", (screen.flags & ALTERNATE) !== 0);
		this.cursor.hidden = (screen.flags & CURSOR) === 0;
		this.cursor.style.left = `calc(8px + ${screen.column}ch)`;
		this.cursor.style.top = `calc(8px + ${screen.row * 1.25}em)`;
		this.cursor.style.width = "1ch";
		this.cursor.style.height = "1.25em";
	}
}

/* ---- search ---- */

/* The line that the row in a place belongs to: rows that go on in the next are one. */
const lineAt = (film, rows, place) => {
	let first = place, last = place;
	while (first > 0 && film.wraps(rows[first - 1]))
		first--;
	while (last + 1 < rows.length && film.wraps(rows[last]))
		last++;
	let text = "";
	for (let i = first; i <= last; i++)
		text += film.text(rows[i]);
	return { first, last, text };
};

/* Each line that holds the text, when it does so first. */
const search = (film, wanted) => {
	const hits = [], seen = new Set(), screen = { columns: 80, rows: [], flags: 0 };
	let passed = 0, total = 0;
	const add = (frame, text) => {
		if (seen.has(text) || !text.toLowerCase().includes(wanted))
			return;
		seen.add(text);
		total++;
		if (hits.length < HITS)
			hits.push({ frame, text });
	};
	for (let i = 0; i < film.frames.length; i++) {
		for (; passed < film.passed.length && film.passed[passed][0] <= i; passed++)
			add(i, film.text(film.passed[passed][1]));
		const frame = film.frame(i);
		Film.apply(screen, frame);
		let done = -1;
		for (const [place] of frame.changes) {
			if (place <= done)
				continue;
			const line = lineAt(film, screen.rows, place);
			done = line.last;
			add(i, line.text);
		}
	}
	for (; passed < film.passed.length; passed++)
		add(film.frames.length - 1, film.text(film.passed[passed][1]));
	return { hits, total };
};

/* ---- the player ---- */

const clock = ms => {
	const s = Math.floor(ms / 1000), two = n => String(n).padStart(2, "0");
	return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
};

class Player {
	constructor(film, head) {
		this.film = film;
		this.head = head;
		this.screen = new Screen(film);
		this.end = Math.max(Math.ceil(head.seconds * 1000), film.times[film.times.length - 1] || 0);
		this.time = 0;
		this.index = -1;
		this.playing = false;
		this.mark = "";
		$("seek").max = this.end;
		$("total").textContent = clock(this.end);
	}

	show() {
		const index = this.film.index(this.time);
		if (index !== this.index) {
			this.index = index;
			this.screen.draw(this.film.screen(index), this.mark);
		}
		$("time").textContent = clock(this.time);
		$("seek").value = this.time;
		$("seek").setAttribute("aria-valuetext", clock(this.time));
		this.markRow();
	}

	markRow() {
		let now = -1;
		this.entries.forEach((e, i) => {
			if (e.time <= this.time)
				now = i;
		});
		if (now === this.now)
			return;
		this.now = now;
		this.entries.forEach((e, i) => e.button.classList.toggle("now", i === now));
	}

	seek(time) {
		this.time = Math.min(this.end, Math.max(0, time));
		this.show();
	}

	seekFrame(index) {
		this.seek(this.film.times[index]);
	}

	highlight(text) {
		this.mark = text;
		this.index = -1;
		this.show();
	}

	play(on) {
		if (on && this.time >= this.end)
			this.time = 0;
		this.playing = on;
		$("play").textContent = on ? "Pause" : "Play";
		$("play").setAttribute("aria-label", on ? "Pause" : "Play");
		if (on) {
			this.last = performance.now();
			requestAnimationFrame(now => this.step(now));
		}
	}

	/* A silence is cut to its first seconds. */
	skipSilence() {
		const next = this.film.times[this.index + 1];
		const until = next === undefined ? this.end : next;
		if ($("idle").checked && this.time - this.film.times[this.index] > SILENCE && until - this.time > SILENCE)
			this.time = until;
	}

	step(now) {
		if (!this.playing)
			return;
		this.time = Math.min(this.end, this.time + (now - this.last) * Number($("speed").value));
		this.last = now;
		this.skipSilence();
		this.show();
		if (this.time >= this.end)
			this.play(false);
		else
			requestAnimationFrame(later => this.step(later));
	}

	/* To what happened before or next. */
	jump(by) {
		const times = this.entries.map(e => e.time);
		const to = by > 0 ? times.find(t => t > this.time) : times.filter(t => t < this.time - 500).pop();
		if (to !== undefined)
			this.seek(to);
		else if (by < 0)
			this.seek(0);
	}
}

/* ---- the page around it ---- */

const item = (time, text, kind, act) => {
	const li = element("li"), button = element("button");
	button.type = "button";
	button.append(element("time", clock(time)), element("span", text, kind));
	button.addEventListener("click", act);
	li.append(button);
	return { li, button, time };
};

const describe = head => {
	const title = head.title || head.command || "Recorded session";
	$("title").textContent = title;
	document.title = title + " - recorded session";
	const facts = [head.who && head.who + (head.kind ? " (" + head.kind + ")" : ""), head.source && "from " + head.source,
		head.start, head.broker, head.sid];
	$("facts").textContent = facts.filter(Boolean).join(" \u00b7 ");
	$("verdict").textContent = "When this page was made: " + head.verdict + ". The page itself proves nothing.";
	$("verdict").className = head.finding === "whole" ? "good" : "bad";
	const more = [];
	if (head.more)
		more.push(head.more + " more are not listed.");
	if (head.omitted)
		more.push(head.omitted + " lines that passed unseen are not in this page.");
	$("more").textContent = more.join(" ");
};

const list = (player, head) => {
	player.entries = head.contents.map(c => item(c.at * 1000, c.text, c.kind, () => player.seek(c.at * 1000)));
	$("contents").replaceChildren(...player.entries.map(e => e.li));
	$("ticks").replaceChildren(...head.contents.slice(0, 1000).map(c => {
		const tick = element("i");
		tick.style.left = (player.end ? c.at * 100000 / player.end : 0) + "%";
		return tick;
	}));
};

const searching = player => {
	const run = () => {
		const wanted = $("find").value.toLowerCase();
		player.highlight(wanted);
		if (wanted === "") {
			$("hits").replaceChildren();
			$("count").textContent = "";
			return;
		}
		const { hits, total } = search(player.film, wanted);
		$("hits").replaceChildren(...hits.map(h => item(player.film.times[h.frame], h.text, "",
			() => player.seekFrame(h.frame)).li));
		$("count").textContent = total + (total === 1 ? " line" : " lines") +
			(total > hits.length ? ", the first " + hits.length + " are shown" : "");
	};
	let wait;
	$("find").addEventListener("input", () => {
		clearTimeout(wait);
		wait = setTimeout(run, 200);
	});
	$("search").addEventListener("submit", e => {
		e.preventDefault();
		run();
	});
};

const keys = player => {
	const acts = {
		" ": () => player.play(!player.playing),
		"ArrowLeft": () => player.seek(player.time - 5000),
		"ArrowRight": () => player.seek(player.time + 5000),
		"Home": () => player.seek(0),
		"End": () => player.seek(player.end),
		"[": () => player.jump(-1),
		"]": () => player.jump(1),
		"/": () => $("find").focus(),
	};
	document.addEventListener("keydown", e => {
		const own = e.target.matches("input[type=search], select");
		const button = e.target.matches("button, input[type=checkbox]") && (e.key === " " || e.key === "Enter");
		if (e.key === "Escape")
			e.target.blur();
		if (own || button || e.ctrlKey || e.altKey || e.metaKey || !Object.hasOwn(acts, e.key))
			return;
		e.preventDefault();
		acts[e.key]();
	});
};

const start = async () => {
	const head = JSON.parse(utf8.decode(await unpack("head")));
	describe(head);
	const player = new Player(new Film(await unpack("frames")), head);
	list(player, head);
	searching(player);
	keys(player);
	$("play").addEventListener("click", () => player.play(!player.playing));
	$("seek").addEventListener("input", () => player.seek(Number($("seek").value)));
	addEventListener("resize", () => player.screen.fit());
	player.show();
	$("state").textContent = "";
};

start().catch(e => {
	$("state").textContent = "This page cannot be shown: " + e.message;
});

})();
