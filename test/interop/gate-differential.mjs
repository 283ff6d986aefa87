#!/usr/bin/env node
// Our gate and that of the independent counterpart, on the same made-up states: marks, records and
// pending asks of ages around each boundary. They must say the same and leave the same files.
//
//   usage: gate-differential.mjs GATE CASES [SEED]     GATE: the test program build/test/gate

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as oxtail from './oxtail.mjs';

const [gate, cases, seed = String(Date.now())] = process.argv.slice(2);
const SESSION = '0b5f7c1e-93aa-4d21-8c55-6a1f0e7d2b44';
const NOW = 1790000000123;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'gate-differential-'));

// A generator of numbers that a seed determines (mulberry32).
let state = Number(seed) >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const one = (list) => list[Math.floor(random() * list.length)];

const around = (ms) => [ms - 1, ms, ms + 1];
const NONE = null;
const replyTos = ['9f8e7d6c5b4a3921', 'odd "id" é/\n', ''];

// Mostly the first, so that the checks at the end of the order are reached too.
const mostly = (usual, ...others) => (random() < 0.75 ? usual : one(others));

const newCase = () => ({
  mark: mostly('idle', ' idle\n', 'busy', 'busy', '', NONE),
  markAge: mostly(1000, -1, 0, ...around(300_000), ...around(600_000)),
  dedupeAge: one([NONE, NONE, NONE, -1, 0, ...around(3_600_000)]),
  rateAge: one([NONE, NONE, NONE, -1, 0, ...around(4_000), ...around(3_600_000)]),
  askAge: mostly(NONE, -1, 0, ...around(3_600_000)),
  store: mostly('folder', 'folder', 'file'),
  replyTo: one(replyTos),
  wake: mostly('-', 'auto', 'off'),
  action: mostly('-', 'action'),
  autowake: mostly(undefined, 'off', ' OFF\n', 'on'),
  target: mostly(SESSION, SESSION, ''),
});

function put(file, content, age) {
  if (age === NONE) return;
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, content);
  // Half a microsecond on, since a double cannot hold the time exactly.
  const at = (NOW - age) / 1000 + 5e-7;
  fs.utimesSync(file, at, at);
}

function makeState(home, c) {
  const ox = oxtail.openState('0.32', home);
  fs.mkdirSync(path.join(home, '.oxtail'), { recursive: true, mode: 0o700 });
  if (c.mark !== NONE) put(path.join(ox.activity, SESSION), c.mark, c.markAge);
  const named = oxtail.hashedName(oxtail.pair(SESSION, c.replyTo));
  if (c.replyTo) put(path.join(ox.pendingAsk, `p-${named}`), '{}', c.askAge);
  if (c.store === 'file') {
    fs.writeFileSync(ox.autowake, '');
    return ox;
  }
  put(path.join(ox.autowake, `d-${named}`), 'old', c.dedupeAge);
  put(path.join(ox.autowake, `r-${oxtail.hashedName(SESSION)}`), 'old', c.rateAge);
  return ox;
}

// The files of the shared stores, and what a gate wrote into those that it made.
function filesOf(ox) {
  const found = [];
  for (const folder of [ox.autowake, ox.pendingAsk]) {
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    for (const name of fs.readdirSync(folder).sort()) {
      const content = fs.readFileSync(path.join(folder, name), 'utf8');
      found.push(`${name} ${content} ${Math.floor(fs.statSync(path.join(folder, name)).mtimeMs + 0.001)}`);
    }
  }
  return found;
}

function theirs(ox, c) {
  const { status, reason } = oxtail.wakeGate(ox, {
    target: c.target,
    replyTo: c.replyTo,
    wake: c.wake === '-' ? undefined : c.wake,
    actionRequired: c.action === 'action',
    now: NOW,
  });
  return `${status} ${reason}\n`;
}

function ours(home, c) {
  const replyTo = c.replyTo === '' ? '-' : c.replyTo;
  return execFileSync(gate, ['pass', c.target || '-', replyTo, c.wake, c.action, String(NOW)], {
    env: { ...process.env, HOME: home },
    encoding: 'utf8',
  });
}

let wrong = 0;
const seen = new Map();
for (let number = 0; number < Number(cases); number++) {
  const c = newCase();
  if (c.autowake === undefined) delete process.env.OXTAIL_AUTOWAKE;
  else process.env.OXTAIL_AUTOWAKE = c.autowake;
  const [ourHome, theirHome] = ['ours', 'theirs'].map((name) => path.join(scratch, `${number}-${name}`));
  const [ourState, theirState] = [makeState(ourHome, c), makeState(theirHome, c)];
  const expected = theirs(theirState, c);
  const said = ours(ourHome, c);
  // A late answer is noted over any record that stands there; the document leaves that open.
  const isNoted = expected.includes('late_reply_to_pending\n') && c.store === 'folder' && (c.dedupeAge ?? 4e6) < 3_600_000;
  const left = [ourState, theirState].map((ox) => JSON.stringify(isNoted ? [] : filesOf(ox)));
  seen.set(expected.trim(), (seen.get(expected.trim()) ?? 0) + 1);
  if (said !== expected || left[0] !== left[1]) {
    wrong++;
    console.log(`seed ${seed}, case ${number}: ${JSON.stringify(c)}\n  ours   ${said.trim()} ${left[0]}\n  theirs ${expected.trim()} ${left[1]}`);
  }
  for (const home of [ourHome, theirHome]) fs.rmSync(home, { recursive: true });
}
fs.rmSync(scratch, { recursive: true });
if (process.env.VERBOSE) console.log(Object.fromEntries([...seen].sort()));
console.log(`${wrong} of ${cases} cases differ`);
process.exitCode = wrong > 0 ? 1 : 0;
