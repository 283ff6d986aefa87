// Compares json-check with node's own JSON parser on random documents, whole and damaged.
//
//	node differential.mjs --check PATH/json-check --count N --seed S
//
// The same count and seed give the same documents. Every document that the two judge differently,
// or that json-check dies on, is kept in the working directory and printed in hex; then the exit
// status is 1.
//
// While it is made, a document is a string of one character a byte, so that damage is plain string
// work and can split a UTF-8 sequence as well as a token.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { MAX_DEPTH, nodeAccepts } from './cases.mjs';

const BATCH = 2000;	// documents a run of json-check: bounds the disk used, whatever the count
const SHOWN = 10;	// disagreements printed in full

// ---------------------------------------------------------------- chance

// mulberry32: 32 bits of state suffice here, and it is the same on every machine.
class Chance {
	#state;

	constructor(seed) {
		this.#state = seed >>> 0;
	}

	below(limit) {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let bits = this.#state;
		bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
		bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
		return Math.floor(((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32 * limit);
	}

	oneIn(count) {
		return this.below(count) === 0;
	}

	pick(list) {
		return list[this.below(list.length)];
	}

	// Mostly small, at times up to the limit.
	size(limit) {
		return this.below(this.below(limit) + 1);
	}
}

function times(count, make) {
	return Array.from({ length: count }, make);
}

// ---------------------------------------------------------------- valid documents

const CHARACTERS = ['a', 'Z', '0', ' ', '/', '[', '}', ',', ':', '\x7f', '\x80', '\u00E9', '\u07FF',
	'\u0800', '\u2028', '\u20AC', '\uD7FF', '\uE000', '\uFEFF', '\uFFFF', '\u{10000}', '\u{1F600}',
	'\u{10FFFF}'].map((character) => Buffer.from(character).toString('latin1'));
const ESCAPES = ['\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u0000', '\\u001F',
	'\\u00e9', '\\uD83D\\uDE00', '\\ud800', '\\uDC00', '\\uDC00\\uD800', '\\uffff'];
const INTEGERS = ['0', '1', '-0', '-7', '42', '1900', '-123456789012345678901234567890'];
const FRACTIONS = ['', '', '', '.0', '.5', '.00000000000000000000001'];
const EXPONENTS = ['', '', '', 'e0', 'E5', 'e+07', 'E-3', 'e99999'];
const BLANKS = ['', '', '', '', '', '', ' ', '\n', '\t', '\r\n', '                    '];

function randomString(chance) {
	const pieces = times(chance.size(12), () => {
		switch (chance.below(4)) {
		case 0: return chance.pick(ESCAPES);
		case 1: return chance.pick(CHARACTERS);
		default: return 'abcdefghij'.repeat(8).slice(0, chance.size(40));
		}
	});
	return `"${pieces.join('')}"`;
}

function randomScalar(chance) {
	switch (chance.below(8)) {
	case 0: return 'true';
	case 1: return 'false';
	case 2: return 'null';
	case 3: case 4: return chance.pick(INTEGERS) + chance.pick(FRACTIONS) + chance.pick(EXPONENTS);
	default: return randomString(chance);
	}
}

function spaced(chance, token) {
	return chance.pick(BLANKS) + token + chance.pick(BLANKS);
}

function randomMember(chance, levels) {
	return spaced(chance, randomString(chance)) + ':' + randomValue(chance, levels);
}

function randomValue(chance, levels) {
	const kind = levels === 0 ? 0 : chance.below(4);
	if (kind < 2)
		return spaced(chance, randomScalar(chance));
	const length = chance.size(6);
	if (length === 0)
		return spaced(chance, kind === 2 ? `[${chance.pick(BLANKS)}]` : `{${chance.pick(BLANKS)}}`);
	return spaced(chance, kind === 2
		? `[${times(length, () => randomValue(chance, levels - 1)).join(',')}]`
		: `{${times(length, () => randomMember(chance, levels - 1)).join(',')}}`);
}

// A value so deep that it lies close to the limit, on either side of it.
function deepDocument(chance) {
	let text = randomValue(chance, 2);
	for (let level = MAX_DEPTH - 8 + chance.below(12); level > 0; level--)
		text = chance.oneIn(2) ? `[${text}]` : `{"k":${text}}`;
	return text;
}

function randomDocument(chance) {
	return chance.oneIn(100) ? deepDocument(chance) : randomValue(chance, chance.below(7));
}

// ---------------------------------------------------------------- damage

const TOKEN = /"(?:[^"\\]|\\.)*"|[-+.0-9eE]+|[a-z]+|[ \t\r\n]+|[^]/g;
const TELLING_BYTES = ['"', '\\', ',', ':', '[', ']', '{', '}', '0', '-', '.', 'e', 'u', ' ', '\n',
	'\x00', '\x0b', '\x1f', '\x7f', '\x80', '\xbf', '\xc0', '\xc2', '\xe2', '\xed', '\xf0', '\xf4',
	'\xff', '\xef\xbb\xbf', '\xc2\xa0', '\\u', '\\x', '1', 't'];

function randomRange(chance, text, limit) {
	const start = chance.below(text.length + 1);
	return [start, Math.min(text.length, start + 1 + chance.below(limit))];
}

function replaceRange(text, start, end, replacement) {
	return text.slice(0, start) + replacement + text.slice(end);
}

function editTokens(chance, text, edit) {
	const tokens = text.match(TOKEN) ?? [];
	if (tokens.length === 0)
		return text;
	edit(tokens, chance.below(tokens.length), chance.below(tokens.length));
	return tokens.join('');
}

const DAMAGES = [
	function flipBit(chance, text) {
		const place = chance.below(text.length);
		const flipped = (text.charCodeAt(place) || 0) ^ (1 << chance.below(8));
		return replaceRange(text, place, place + 1, String.fromCharCode(flipped));
	},
	function setByte(chance, text) {
		const place = chance.below(text.length);
		return replaceRange(text, place, place + 1, String.fromCharCode(chance.below(256)));
	},
	function insertTelling(chance, text) {
		const place = chance.below(text.length + 1);
		return replaceRange(text, place, place, chance.pick(TELLING_BYTES));
	},
	function replaceByTelling(chance, text) {
		const place = chance.below(text.length);
		return replaceRange(text, place, place + 1, chance.pick(TELLING_BYTES));
	},
	function deleteRange(chance, text) {
		return replaceRange(text, ...randomRange(chance, text, 8), '');
	},
	function duplicateRange(chance, text) {
		const [start, end] = randomRange(chance, text, 20);
		return replaceRange(text, end, end, text.slice(start, end));
	},
	function truncate(chance, text) {
		return text.slice(0, chance.below(text.length + 1));
	},
	function splice(chance, text, other) {
		const head = text.slice(0, chance.below(text.length + 1));
		return head + other.slice(chance.below(other.length + 1));
	},
	function swapTokens(chance, text) {
		return editTokens(chance, text, (tokens, a, b) => {
			[tokens[a], tokens[b]] = [tokens[b], tokens[a]];
		});
	},
	function deleteToken(chance, text) {
		return editTokens(chance, text, (tokens, a) => tokens.splice(a, 1));
	},
	function duplicateToken(chance, text) {
		return editTokens(chance, text, (tokens, a, b) => tokens.splice(a, 0, tokens[b]));
	},
];

function damaged(chance, text) {
	for (let count = 1 + chance.size(3); count > 0; count--)
		text = chance.pick(DAMAGES)(chance, text, randomDocument(chance));
	return text;
}

function randomBytes(chance) {
	const text = randomDocument(chance);
	return Buffer.from(chance.oneIn(3) ? text : damaged(chance, text), 'latin1');
}

// ---------------------------------------------------------------- comparison

function judgement(valid) {
	return valid ? 'accepts' : 'refuses';
}

// What json-check says of each file: from one run, or, where that died, from a run for each that
// was left without an answer.
function checkAll(check, directory, names) {
	const run = spawnSync(check, ['-'], {
		cwd: directory, input: names.map((name) => `${name}\n`).join(''), maxBuffer: 2 ** 30,
	});
	if (run.error)
		throw run.error;
	const answers = new Map();
	for (const [, status, name] of run.stdout.toString().matchAll(/^([01]) (.*)\n/gm))
		answers.set(name, judgement(status === '0'));
	if (answers.size < names.length)
		checkEach(check, directory, names.filter((name) => !answers.has(name)), answers);
	return names.map((name) => answers.get(name));
}

// Adds the answers that a dead run left out, and among them the one that it died on.
function checkEach(check, directory, names, answers) {
	for (const name of names)
		answers.set(name, checkOne(check, directory, name));
	if (!names.some((name) => answers.get(name).startsWith('dies')))
		throw new Error(`json-check - left out ${names[0]} and more, but judges each when alone`);
}

function checkOne(check, directory, name) {
	const { status, signal } = spawnSync(check, [name], { cwd: directory });
	if (status === 0 || status === 1)
		return judgement(status === 0);
	return `dies (${signal ?? `exit ${status}`}) on`;
}

function reportDisagreement(seed, { number, bytes, answer, valid }) {
	const kept = resolve(`json-disagreement-${seed}-${number}.json`);
	writeFileSync(kept, bytes);
	console.log(`json-check ${answer} what node ${judgement(valid)}: ${kept}`);
	console.log(bytes.toString('hex'));
}

// Judges one document for each number. The directory is new each time, since to truncate and
// rewrite a file makes some file systems wait for the disk.
function compareBatch(check, chance, numbers) {
	const directory = mkdtempSync(joinPath(tmpdir(), 'json-differential-'));
	try {
		const documents = numbers.map(() => randomBytes(chance));
		const names = numbers.map((number) => `${number}.json`);
		documents.forEach((bytes, i) => writeFileSync(joinPath(directory, names[i]), bytes));
		const answers = checkAll(check, directory, names);
		return documents.map((bytes, i) =>
			({ number: numbers[i], bytes, answer: answers[i], valid: nodeAccepts(bytes) }));
	} finally {
		rmSync(directory, { recursive: true });
	}
}

function compare({ check, count, seed }) {
	const chance = new Chance(seed);
	let validCount = 0;
	let disagreements = 0;
	for (let first = 0; first < count; first += BATCH) {
		const numbers = times(Math.min(BATCH, count - first), (_, i) => first + i);
		for (const verdict of compareBatch(check, chance, numbers)) {
			validCount += verdict.valid ? 1 : 0;
			if (verdict.answer !== judgement(verdict.valid) && ++disagreements <= SHOWN)
				reportDisagreement(seed, verdict);
		}
	}
	console.log(`${count} documents, ${validCount} valid, ${disagreements} disagreements`);
	return disagreements === 0;
}

// ---------------------------------------------------------------- command line

function wholeNumber(text) {
	return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

function options() {
	const string = { type: 'string' };
	try {
		const { values } = parseArgs({ options: { check: string, count: string, seed: string } });
		return {
			check: values.check && resolve(values.check),
			count: wholeNumber(values.count),
			seed: wholeNumber(values.seed),
		};
	} catch {
		return {};
	}
}

function main() {
	const given = options();
	if (!given.check || given.count === undefined || given.seed === undefined) {
		console.error('usage: node differential.mjs --check PATH/json-check --count N --seed S');
		return 2;
	}
	try {
		return compare(given) ? 0 : 1;
	} catch (error) {
		console.error(`unable to compare: ${error.message}`);
		return 1;
	}
}

process.exitCode = main();
