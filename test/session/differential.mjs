// Compares `peer envelope` with the rules of labels-and-routing.md section 3, said again in JavaScript.
//
//	node differential.mjs decode PEER COUNT SEED	random bodies: every field is as it should be
//	node differential.mjs round PEER COUNT SEED	decode(encode(x)) is x, and JSON.parse agrees
//	node differential.mjs labels PEER COUNT SEED	odd labels: null or safe, never anything else
//	node differential.mjs bodies COUNT SEED		prints such bodies, a JSON string a line
//
// The same count and seed give the same bodies. Exit status 1 and the body if something differs.

import { spawnSync } from 'node:child_process';

const SOH = '\x01';
const VERSION = 'tinyplace.harness.session.v1';

let state;
function below(limit) {	// mulberry32
	state = (state + 0x6d2b79f5) >>> 0;
	let bits = Math.imul(state ^ (state >>> 15), state | 1);
	bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
	return Math.floor(((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32 * limit);
}
const pick = (list) => list[below(list.length)];

const pieces = ['a', 'Z', '9', '_', ':', '-', ' ', '/', '..', '"', "'", ',', '\n', '\r', '\t', '\0', SOH, '\x7f',
	'\\', '\u0085', '\u00a0', '\u2028', '\u2029', '\ufeff', '\ud83d', '\udd8a', '🦊', 'é', '{', '}', '[oxtail',
	'--- msg 2 |', '</system-reminder>', '$(id)', 'claude:1', 'x'.repeat(31), '%3A', '\u0430', '０', '\u200b'];
const text = (most) => Array.from({ length: below(most) }, () => pick(pieces)).join('');
const odd = () => pick([null, true, false, 0, 1, 'true', '', [], ['x'], {}, { text: 'no' }, '{"text":1}', 'x'.repeat(33)]);
const label = () => pick([() => pick(['a', 'claude:1', 'A-b_C:9', 'x'.repeat(32)]), () => text(6), odd])();

// A JSON object's text from pairs, so that a member can come twice.
const object = (pairs) => `{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${v}`).join(',')}}`;

function part(names) {
	if (below(8) === 0)
		return JSON.stringify(odd());
	const pairs = [];
	for (const [name, make] of names)
		for (let n = pick([0, 1, 1, 1, 2]); n; n--)
			pairs.push([name, JSON.stringify(below(6) ? make() : odd())]);
	return object(pairs);
}

function envelope() {
	const pairs = [];
	const version = below(8) ? VERSION : pick([VERSION + ' ', 'tinyplace.harness.session.v2', 1, null]);
	pairs.push(['envelope_version', JSON.stringify(version)], ['version', pick(['1', '2', '"x"', 'null'])]);
	for (let n = pick([0, 1, 1, 2]); n; n--)
		pairs.push(['message', part([['text', () => text(8)], ['role', () => pick(['user', 'agent', 'User', ''])], ['id', () => text(4)]])]);
	for (let n = pick([0, 1, 1, 2]); n; n--)
		pairs.push(['tp', part([['from_session', label], ['to_session', label], ['in_reply_to', () => text(4)], ['auto', () => pick([true, false])]])]);
	for (let n = pick([0, 1]); n; n--)
		pairs.push(['scope', part([['wrapper_session_id', () => pick(['short', '85544734-b7f3-43ac-9922-139aa62d90b9', text(4)])]])]);
	return object(pairs.sort(() => below(3) - 1));
}

function body() {
	const tag = `${SOH}tp-auto${SOH}`;
	const made = pick([envelope, envelope, envelope, () => text(10), () => tag + text(6),
		() => `${tag}${SOH}re:${text(4)}${pick([SOH, ''])}${text(4)}`, () => `${SOH}re:abc${SOH}hi`])();
	const around = pick(['', '', '', '', ' ', '\n\t\r ', '\ufeff', '\u00a0', '\v', 'x']);
	const cut = below(10) ? made : made.slice(0, below(made.length));
	return around + cut + pick(['', '', '', '\n', ' ', '}', 'x']);
}

const safe = (v) => (typeof v === 'string' && /^(?!_)[A-Za-z0-9_:-]{1,32}(?![\s\S])/.test(v) ? v : null);
const fields = (v) => (v && typeof v === 'object' && !Array.isArray(v) ? v : {});
const string = (v) => (typeof v === 'string' ? v : null);

function parsed(raw) {
	if (!raw.trimStart().startsWith('{'))
		return null;
	try {
		const v = JSON.parse(raw);
		return v && v.envelope_version === VERSION ? v : null;
	} catch {
		return null;
	}
}

function expected(raw) {
	const v = parsed(raw);
	if (v) {
		const tp = fields(v.tp), message = fields(v.message), scope = fields(v.scope);
		return { auto: tp.auto === true, inReplyTo: string(tp.in_reply_to), text: string(message.text) ?? '',
			messageId: string(message.id), fromSession: safe(tp.from_session) ?? safe(scope.wrapper_session_id),
			toSession: safe(tp.to_session), role: message.role === 'user' ? 'user' : 'agent', envelope: true };
	}
	const plain = { auto: false, inReplyTo: null, text: raw, messageId: null, fromSession: null, toSession: null, role: null, envelope: false };
	const tag = `${SOH}tp-auto${SOH}`;
	if (!raw.startsWith(tag))
		return plain;
	const rest = raw.slice(tag.length);
	const end = rest.startsWith(`${SOH}re:`) ? rest.indexOf(SOH, 4) : -1;
	return end < 0 ? { ...plain, auto: true, text: rest } : { ...plain, auto: true, inReplyTo: rest.slice(4, end), text: rest.slice(end + 1) };
}

function peer(verb, input) {
	const run = spawnSync(program, ['envelope', verb], { input, maxBuffer: 1 << 26 });
	if (run.status !== 0)
		differ(input, `status ${run.status}`, String(run.stderr));
	return run.stdout;
}

function differ(input, is, should) {
	console.log(`input: ${JSON.stringify(String(input))}\nis: ${is}\nshould be: ${should}`);
	process.exit(1);
}

function same(input, is, should) {
	if (is !== should)
		differ(input, is, should);
}

const modes = {
	decode() {
		const raw = String(Buffer.from(body()));	// lone surrogates are none in UTF-8
		same(raw, String(peer('decode', raw)), JSON.stringify(expected(raw)) + '\n');
	},
	round() {
		const x = { auto: below(2) === 1, inReplyTo: pick([null, 'r', 'x' + text(3)]), text: text(30), messageId: text(3) || 'm',
			fromSession: pick(['a', 'claude:1', 'x'.repeat(32)]), toSession: pick([null, 'claude:2']), role: pick(['user', 'agent']) };
		const cwd = text(4), agentAddress = text(4);
		const made = peer('encode', JSON.stringify({ ...x, cwd, agentAddress, harnessSessionId: '' }));
		const v = JSON.parse(String(made));
		same(made, String(made), JSON.stringify(v));
		same(made, v.scope.key, `${agentAddress}:${x.fromSession}`);
		same(made, v.scope.cwd, cwd);
		same(made, String(peer('decode', made)), JSON.stringify({ ...x, envelope: true }) + '\n');
	},
	labels() {
		const from = text(4), to = text(4);
		const raw = JSON.stringify({ envelope_version: VERSION, message: { text: 't' }, tp: { from_session: from, to_session: to } });
		const is = JSON.parse(String(peer('decode', raw)));
		same(raw, is.fromSession, safe(from));
		same(raw, is.toSession, safe(to));
		same(raw, is.text, 't');
	},
	bodies() {
		console.log(JSON.stringify(body()));
	},
};

const mode = process.argv[2];
const program = mode === 'bodies' ? null : process.argv[3];
const [count, seed] = process.argv.slice(mode === 'bodies' ? 3 : 4).map(Number);
state = seed;
for (let n = 0; n < count; n++)
	modes[mode]();
