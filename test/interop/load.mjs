#!/usr/bin/env node
// The load test: our executables and both generations of oxtail (played by oxtail.mjs) send to and
// drain the same mailboxes at the same time. Every message that a sender accepted must come out
// exactly once, whole, from some drainer.
//
//   node load.mjs --bin DIR --seconds S [--home DIR]
//
// Three sessions stand in a throw-away HOME: `keyed` has a session box, as since 0.17, `old` has only
// a pid box, as at 0.11, and `sender` sends. The first two also have a dead sibling, whose pid box
// gets mail and is moved or drained. First there are only senders, so that a backlog builds up which
// no single call can deliver; then all drainers join; at the end our hooks alone fetch what is left.
//
// oxtail's part runs in a few worker processes with several loops each, for a node process a message
// would leave no processor time for the test. Our executables run once a call, as agents run them.
//
// Exit status: 0 all is well; 1 something was lost, doubled or otherwise wrong; 2 nothing was tested.

import { fork, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as oxtail from './oxtail.mjs';

const CALL_LIMIT_MS = 10_000;
const FINAL_DRAIN_LIMIT_MS = 30_000;
const WATCHDOG_MS = 60_000; // beyond the seconds asked for
const SEND_PAUSE_MS = 20;
const SHOWN_IDS = 5;
const ANSWERED_ASK = 'answered-ask';

// Small limits, so that a short run meets them too: read_my_messages holds back and requeues, and the
// received ledger drops its oldest lines.
const LIMITS = { OXTAIL_READ_MAX_MESSAGES: '5', OXTAIL_RECEIVED_MAX: '200' };

const OUR_DRAINERS = {
  'our pretooluse': { program: 'pretooluse', options: [], event: 'PreToolUse' },
  'our pretooluse --agent claude-code': { program: 'pretooluse', options: ['--agent', 'claude-code'], event: 'PreToolUse' },
  'our stop': { program: 'stop', options: [], event: 'Stop' },
  'our stop --agent claude-code': { program: 'stop', options: ['--agent', 'claude-code'], event: 'Stop' },
};

const isOurs = (who) => who.startsWith('our ');

// ---- message texts --------------------------------------------------------------------------------

const CONTROLS = Array.from({ length: 31 }, (_, index) => String.fromCharCode(index + 1)).join('');
const TEXTS = [
  'Tests are green on main.',
  'two\nlines\n\nand a last one without an end',
  'say "8080", then \\"quoted\\" and C:\\new\\table',
  'é ü 漢字 🦊👩‍👩‍👧 \u{10ffff}',
  `controls ${CONTROLS}\u007f\u0085\u2028\u2029 end`,
  'escapes that are text: \\u0041 \\n \\ud83e \\',
  '{"schema_version":1,"id":"ffffffffffffffff","body":"not a message"}',
  '\t leading and trailing blanks \r\n',
];
const LONG_TEXTS = ['x'.repeat(3000), '🦊"\\\n'.repeat(700), 'é'.repeat(4000)];

const pick = (list) => list[Math.floor(Math.random() * list.length)];

// A text of every kind, some long enough to fill the hooks' budgets, with a tag of its own.
function nextBody(tag, number) {
  return `${pick(Math.random() < 0.15 ? LONG_TEXTS : TEXTS)} ${tag}#${number}`;
}

// ---- the sessions ---------------------------------------------------------------------------------

// Lives until we close its input or die: no registered process can outlive the test.
function startHost() {
  return spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
}

const deadPid = () => spawnSync('true').pid;

function makeSessions(home) {
  const hosts = { keyed: startHost(), old: startHost() };
  const startedAt = Math.floor(Date.now() / 1000);
  const session = (version, pid, deadSibling) => ({ version, pid, deadSibling, sessionId: randomUUID(), cwd: home, startedAt });
  return {
    hosts: Object.values(hosts),
    keyed: session('0.32', hosts.keyed.pid, deadPid()),
    old: session('0.11', hosts.old.pid, deadPid()),
    sender: session('0.32', process.pid, null),
  };
}

// The time of registration is kept, so that registering again changes nothing for the others.
const describe = ({ pid, sessionId, cwd, startedAt }) => ({ pid, sessionId, cwd, startedAt });

function writeEntry(home, session, changes = {}) {
  const ox = oxtail.openState(session.version, home);
  oxtail.writeEntry(ox, oxtail.makeEntry(ox, { ...describe(session), ...changes }));
}

const writeDeadEntry = (home, session) =>
  writeEntry(home, session, { pid: session.deadSibling, startedAt: session.startedAt - 3600 });

function writeAllEntries(home, { keyed, old, sender }) {
  for (const session of [keyed, old, sender]) writeEntry(home, session);
  for (const session of [keyed, old]) writeDeadEntry(home, session);
}

// ---- reading envelopes ----------------------------------------------------------------------------

const HEADER = /^--- msg \d+ \| message_id=([0-9a-f]{16}) \| .* ---$/gm;

// The messages in an envelope as { id, body }; the last body still has the end of the envelope on it.
function messagesOf(output) {
  const document = JSON.parse(output);
  const text = document.reason ?? document.hookSpecificOutput.additionalContext;
  const headers = [...text.matchAll(HEADER)];
  return headers.map((header, index) => {
    const next = headers[index + 1];
    const start = header.index + header[0].length + 1;
    return { id: header[1], body: text.slice(start, next ? next.index - 1 : undefined), isLast: !next };
  });
}

// ---- the account of all messages ------------------------------------------------------------------

const SHORTENED = /\n\[oxtail: message truncated by hook body budget\]|^\[oxtail: message omitted by hook body budget\]/;

class Account {
  sent = new Map(); // id -> { by, body }
  deliveries = new Map(); // id -> [{ by, body, isLast }]
  refusals = new Map(); // sender -> [reason]
  faults = []; // sentences about anything else that went wrong

  addSent(by, id, body) {
    if (this.sent.has(id)) this.faults.push(`${by} used the id ${id} again`);
    this.sent.set(id, { by, body });
  }

  addDelivered(by, messages) {
    for (const { id, ...delivery } of messages) {
      this.deliveries.set(id, [...this.deliveries.get(id) ?? [], { by, ...delivery }]);
    }
  }

  addRefusal(by, reason) {
    this.refusals.set(by, [...this.refusals.get(by) ?? [], reason]);
  }

  lost = () => [...this.sent.keys()].filter((id) => !this.deliveries.has(id));
  doubled = () => [...this.deliveries.keys()].filter((id) => this.deliveries.get(id).length > 1);
  unknown = () => [...this.deliveries.keys()].filter((id) => !this.sent.has(id));
  garbled = () => [...this.deliveries].filter(([id, list]) => list.some((one) => !this.isIntact(id, one))).map(([id]) => id);

  // oxtail's hooks shorten what passes their budget; ours are to keep it for a later call.
  isIntact(id, { by, body, isLast }) {
    const expected = this.sent.get(id)?.body;
    if (expected === undefined || body === expected || (isLast && body.startsWith(expected))) return true;
    return !isOurs(by) && SHORTENED.test(body);
  }

  // Delivered by a program that writes receipts, and yet without one.
  unreceipted(ox) {
    const needsReceipt = (id) => this.deliveries.get(id).some(({ by }) => !by.startsWith('0.11'));
    return [...this.deliveries.keys()].filter((id) => needsReceipt(id) && !fs.existsSync(path.join(ox.receipts, id)));
  }

  // Who took part, with the number of messages.
  countBySender = () => countBy([...this.sent.values()].map(({ by }) => by));
  countByDrainer = () => countBy([...this.deliveries.values()].flat().map(({ by }) => by));

  trace(id) {
    const { by = 'nobody', body } = this.sent.get(id) ?? {};
    const drainers = (this.deliveries.get(id) ?? []).map((delivery) => delivery.by);
    return `${id} sent by ${by}, delivered by ${drainers.join(' and ') || 'nobody'}: ${JSON.stringify(body)?.slice(0, 120)}`;
  }
}

function countBy(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

// ---- oxtail's part: what the worker processes do --------------------------------------------------

const WORKERS = [
  { role: 'send', version: '0.11' },
  { role: 'send', version: '0.11' },
  { role: 'send', version: '0.32' },
  { role: 'send', version: '0.32' },
  { role: 'drain', version: '0.11' },
  { role: 'drain', version: '0.32' },
  { role: 'reregister' },
];

const report = (event) => process.send(event);
const reportDelivered = (by, messages) => messages.length && report({ type: 'delivered', by, messages });

// Repeats `step` until the time is up. A lock that could not be had is part of the game.
async function repeat(end, pauseMs, step) {
  for (let number = 1; Date.now() < end; number++) {
    try {
      await step(number);
    } catch (error) {
      if (!(error instanceof oxtail.LockBusy)) throw error;
    }
    await sleep(Math.random() * pauseMs);
  }
}

function sendLoops({ home, version, end, tag, sessions }) {
  const ox = oxtail.openState(version, home);
  const by = `${version} send`;
  const me = { pid: process.pid, sessionId: sessions.sender.sessionId, cwd: home };
  const loop = (target, name) => repeat(end, SEND_PAUSE_MS, async (number) => {
    const body = nextBody(`${tag}-${name}`, number);
    const { id } = await oxtail.send(ox, me, target.sessionId, { body, ...(number % 5 === 0 && { reply_to: ANSWERED_ASK }) });
    report({ type: 'sent', by, id, body });
  });
  return [loop(sessions.keyed, 'a'), loop(sessions.keyed, 'b'), loop(sessions.old, 'c'), loop(sessions.old, 'd')];
}

function hookLoop(ox, version, end, sessionId) {
  const by = `${version} hook-drain`;
  return repeat(end, 80, async (number) => {
    let output = null;
    await oxtail.hookDrain(ox, sessionId, number % 4 === 0 ? 'Stop' : 'PreToolUse', (bytes) => { output = bytes; });
    if (output) reportDelivered(by, messagesOf(output));
  });
}

// ask_peer's wait for an answer, and read_my_messages.
function serverLoops(ox, version, end, session, askBox, asker) {
  const takeOne = repeat(end, 80, async () => {
    const record = await oxtail.takeOne(ox, askBox, asker, ANSWERED_ASK);
    if (!record) return;
    if (version !== '0.11') oxtail.writeReceipt(ox, record.id, 'ask_peer_reply', session.sessionId);
    reportDelivered(`${version} take-one`, [record]);
  });
  const read = repeat(end, 120, async () => {
    reportDelivered(`${version} server-drain`, await oxtail.readMyMessages(ox, session.sessionId));
  });
  return [takeOne, read];
}

// A server of 0.32 stands beside the keyed session, one of 0.11 beside the old one; hooks of both
// generations run for either.
function drainLoops({ home, version, end, sessions }) {
  const ox = oxtail.openState(version, home);
  const { keyed, old, sender } = sessions;
  const own = version === '0.11' ? old : keyed;
  const askBox = version === '0.11' ? oxtail.pidBox(ox, own.pid) : oxtail.sessionBox(ox, own.sessionId);
  return [
    hookLoop(ox, version, end, keyed.sessionId),
    hookLoop(ox, version, end, old.sessionId),
    ...serverLoops(ox, version, end, own, askBox, sender.sessionId),
  ];
}

// Mail that reaches a dead sibling's box at the last moment, and a new registration that moves it.
// The entry is written after the mail, or a sender might sweep it between the two.
function reregisterLoops({ home, end, tag, sessions }) {
  const loop = (session, name) => repeat(end, 100, async (number) => {
    const ox = oxtail.openState(session.version, home);
    const records = [1, 2, 3].map((part) => oxtail.newRecord({ body: nextBody(`${tag}-${name}`, `${number}.${part}`) }));
    await oxtail.append(ox, oxtail.pidBox(ox, session.deadSibling), records);
    for (const { id, body } of records) report({ type: 'sent', by: 'mail to a dead sibling', id, body });
    writeDeadEntry(home, session);
    await sleep(Math.random() * 100);
    await oxtail.register(ox, describe(session));
  });
  return [loop(sessions.keyed, 'a'), loop(sessions.old, 'b')];
}

// Waits for the parent's signal, that no slow start eats up the time of the test.
function startSignal() {
  const signal = new Promise((resolve) => process.once('message', resolve));
  report({ type: 'ready' });
  return signal;
}

async function work(task) {
  for (const event of ['disconnect', 'error']) process.once(event, () => process.exit(1)); // the parent is gone
  const loops = { send: sendLoops, drain: drainLoops, reregister: reregisterLoops }[task.role];
  const { begin, drainStart, end } = await startSignal();
  await sleep((task.role === 'send' ? begin : drainStart) - Date.now());
  await Promise.all(loops({ ...task, end }));
  process.removeAllListeners('disconnect');
  process.disconnect();
}

// ---- the parent: workers and our executables ------------------------------------------------------

const children = new Set();

function track(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

function endAllChildren() {
  for (const child of children) child.kill('SIGKILL');
}

// Starts a worker; its promises are of its being ready and of its end.
function startWorker(account, task) {
  const child = track(fork(fileURLToPath(import.meta.url), ['worker', JSON.stringify(task)], {
    cwd: task.home,
    env: { ...process.env, ...LIMITS, HOME: task.home },
  }));
  const done = new Promise((resolve) => {
    child.once('close', (status, signal) => {
      if (status !== 0) account.faults.push(`worker ${task.tag} (${task.role} ${task.version}) ended with ${signal ?? status}`);
      resolve();
    });
  });
  const ready = new Promise((resolve) => {
    child.on('message', (event) => {
      if (event.type === 'ready') resolve();
      else if (event.type === 'sent') account.addSent(event.by, event.id, event.body);
      else account.addDelivered(event.by, event.messages);
    });
  });
  return { child, done, ready: Promise.race([ready, done]) };
}

// Runs one of our executables to its end.
function run(world, program, args, input) {
  return new Promise((resolve) => {
    const child = track(spawn(path.join(world.bin, program), args, {
      cwd: world.home,
      env: { PATH: process.env.PATH, HOME: world.home, ...LIMITS },
      timeout: CALL_LIMIT_MS,
      killSignal: 'SIGKILL',
    }));
    const output = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr']) child[name].on('data', (bytes) => output[name].push(bytes));
    child.stdin.on('error', () => {}); // it may end without reading all
    child.stdin.end(input);
    child.once('error', (error) => resolve({ status: error.code, stdout: '', stderr: error.message }));
    child.once('close', (status, signal) => {
      const text = (name) => Buffer.concat(output[name]).toString();
      resolve({ status: signal ?? status, stdout: text('stdout'), stderr: text('stderr') });
    });
  });
}

async function sendOurs(world, target, body) {
  const by = 'our peer send';
  const args = ['send', '--from', world.sessions.sender.sessionId, target.sessionId, '-'];
  const { status, stdout, stderr } = await run(world, 'peer', args, body);
  const id = stdout.trim().split(' ')[0]; // what came of the wake follows
  if (status !== 0) world.account.addRefusal(by, `${status}: ${stderr.trim()}`);
  else if (!oxtail.isMessageId(id)) world.account.faults.push(`${by} printed ${JSON.stringify(stdout)} for an id`);
  else world.account.addSent(by, id, body);
}

// One call of one of our hooks; the number of messages that it showed.
async function drainOurs(world, by, session) {
  const { program, options, event } = OUR_DRAINERS[by];
  const { status, stdout, stderr } = await run(world, program, options, JSON.stringify(payload(event, session)));
  if (status !== 0 || stderr !== '') {
    world.account.faults.push(`${by} ended with ${status}, on standard error: ${JSON.stringify(stderr.slice(0, 300))}`);
  }
  if (stdout === '') return 0;
  try {
    const messages = messagesOf(stdout);
    if (messages.length === 0) throw new Error('no message in it');
    world.account.addDelivered(by, messages);
    return messages.length;
  } catch (error) {
    world.account.faults.push(`${by} printed a bad envelope (${error.message}): ${JSON.stringify(stdout.slice(0, 300))}`);
    return 0;
  }
}

function payload(event, session) {
  const common = { session_id: session.sessionId, cwd: session.cwd, hook_event_name: event };
  const toolUse = { tool_name: 'Bash', tool_input: { command: 'true' } };
  return { ...common, ...(event === 'Stop' ? { stop_hook_active: false } : toolUse) };
}

function ourLoops(world, { drainStart, end }) {
  const { keyed, old } = world.sessions;
  const senders = [keyed, old].map((target, index) => repeat(end, SEND_PAUSE_MS, (number) =>
    sendOurs(world, target, nextBody(`ours-${index}`, number))));
  const drainers = Object.keys(OUR_DRAINERS).map(async (by) => {
    await sleep(drainStart - Date.now());
    await repeat(end, 60, (number) => drainOurs(world, by, number % 2 ? keyed : old));
  });
  return [...senders, ...drainers];
}

function timetable(seconds) {
  const begin = Date.now();
  return { begin, drainStart: begin + seconds * 250, end: begin + seconds * 1000 }; // a quarter for the backlog
}

async function runLoad(world, seconds) {
  const { account, home, sessions } = world;
  const workers = WORKERS.map((worker, index) => startWorker(account, { ...worker, tag: `worker-${index}`, home, sessions }));
  await Promise.all(workers.map(({ ready }) => ready));
  const times = timetable(seconds);
  for (const { child } of workers) if (child.connected) child.send(times);
  await Promise.all([...workers.map(({ done }) => done), ...ourLoops(world, times)]);
}

// ---- the end --------------------------------------------------------------------------------------

function fullBoxes(ox) {
  const boxes = fs.readdirSync(ox.mailboxes).filter((name) => name.endsWith('.jsonl'));
  return boxes.filter((name) => fs.statSync(path.join(ox.mailboxes, name)).size > 0);
}

// Our hooks in turn, until a whole round brings nothing more.
async function finalDrain(world) {
  const limit = Date.now() + FINAL_DRAIN_LIMIT_MS;
  for (const session of [world.sessions.keyed, world.sessions.old]) {
    let found;
    do {
      found = 0;
      for (const by of Object.keys(OUR_DRAINERS)) found += await drainOurs(world, by, session);
    } while (found > 0 && Date.now() < limit);
  }
}

// What our hooks did not fetch is a fault of theirs, and yet not lost if oxtail's hook finds it.
async function drainRest(world) {
  const boxes = fullBoxes(world.ox);
  if (boxes.length === 0) return;
  world.account.faults.push(`our hooks left mail in ${boxes.join(', ')}`);
  for (const { sessionId } of [world.sessions.keyed, world.sessions.old]) {
    const take = (bytes) => world.account.addDelivered('0.32 last hook-drain', messagesOf(bytes));
    await oxtail.hookDrain(world.ox, sessionId, 'PreToolUse', take);
  }
}

function checkLeftovers({ account, ox }) {
  const leftovers = fs.readdirSync(ox.mailboxes).filter((name) => !name.endsWith('.jsonl'));
  if (leftovers.length > 0) account.faults.push(`left behind in mailboxes/: ${leftovers.join(', ')}`);
  const boxes = fullBoxes(ox);
  if (boxes.length > 0) account.faults.push(`not empty at the end: ${boxes.join(', ')}`);
}

function printCounts(title, counts) {
  for (const [name, count] of [...counts].sort()) console.log(`${title} ${String(count).padStart(6)}  ${name}`);
}

function printOffenders(account, what, ids) {
  for (const id of ids.slice(0, SHOWN_IDS)) console.log(`${what}: ${account.trace(id)}`);
}

// Prints the summary and returns the exit status.
function judge({ account, ox }) {
  const bySender = account.countBySender();
  const byDrainer = account.countByDrainer();
  const offenders = {
    lost: account.lost(),
    doubled: account.doubled(),
    unknown: account.unknown(),
    garbled: account.garbled(),
    unreceipted: account.unreceipted(ox),
  };
  printCounts('sent     ', bySender);
  printCounts('delivered', byDrainer);
  for (const [by, reasons] of account.refusals) console.log(`refused ${reasons.length} by ${by}, first: ${reasons[0]}`);
  for (const [what, ids] of Object.entries(offenders)) printOffenders(account, what, ids);
  for (const fault of account.faults.slice(0, SHOWN_IDS)) console.log(`fault: ${fault}`);
  const counts = Object.entries(offenders).map(([what, ids]) => `${what} ${ids.length}`);
  console.log(`sent ${account.sent.size}, delivered ${account.deliveries.size}, ${counts.join(', ')}, faults ${account.faults.length}`);
  if (Object.values(offenders).some((ids) => ids.length > 0) || account.faults.length > 0) return 1;
  return tookPart(bySender, byDrainer) ? 0 : 2;
}

// A run in which some kind of program did nothing proves nothing about it. Locks know no queue, so in
// a short run a single form of a drainer may well come away empty-handed: families are asked for.
function tookPart(bySender, byDrainer) {
  const idleIn = (counts, families) => families.filter((family) => ![...counts.keys()].some((name) => name.startsWith(family)));
  const idle = [
    ...idleIn(bySender, ['0.11 send', '0.32 send', 'our peer send', 'mail to a dead sibling']),
    ...idleIn(byDrainer, ['0.11', '0.32', 'our pretooluse', 'our stop']),
  ];
  if (idle.length > 0) console.log(`nothing was tested: no message by ${idle.join(', ')}`);
  return idle.length === 0;
}

function startWatchdog(seconds) {
  const giveUp = (reason) => {
    console.log(`load.mjs: ${reason}`);
    endAllChildren();
    process.exit(1);
  };
  setTimeout(giveUp, seconds * 1000 + WATCHDOG_MS, 'not done in time').unref();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, giveUp, signal);
}

function readOptions() {
  const { values } = parseArgs({ options: { bin: { type: 'string' }, seconds: { type: 'string' }, home: { type: 'string' } } });
  const seconds = Number(values.seconds ?? 4);
  const programs = ['peer', 'pretooluse', 'stop'];
  const missing = values.bin ? programs.filter((program) => !fs.existsSync(path.join(values.bin, program))) : ['--bin'];
  if (missing.length > 0 || !(seconds > 0)) {
    console.log(`usage: node load.mjs --bin DIR --seconds S [--home DIR]; missing: ${missing.join(', ')}`);
    process.exit(2);
  }
  return { bin: path.resolve(values.bin), seconds, home: values.home && path.resolve(values.home) };
}

async function main() {
  const { bin, seconds, home: givenHome } = readOptions();
  startWatchdog(seconds);
  const home = givenHome ?? fs.mkdtempSync(path.join(os.tmpdir(), 'oxtail-load-'));
  const { hosts, ...sessions } = makeSessions(home);
  hosts.forEach(track);
  const world = { bin, home, sessions, account: new Account(), ox: oxtail.openState('0.32', home) };
  try {
    writeAllEntries(home, sessions);
    await runLoad(world, seconds);
    writeAllEntries(home, sessions); // those that a sender swept in the last moment are back
    await finalDrain(world);
    await drainRest(world);
    checkLeftovers(world);
    process.exitCode = judge(world);
  } finally {
    endAllChildren();
    if (!givenHome) fs.rmSync(home, { recursive: true });
  }
}

if (process.argv[2] === 'worker') await work(JSON.parse(process.argv[3]));
else await main();
