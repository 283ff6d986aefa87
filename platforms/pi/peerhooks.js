// peerhooks plugin for Pi: tells each shell command which session runs it, tells the hooks what the session
// does, and hands over what they print. All it knows of peers is in those executables.
//
//   session_start         session-start; PI_SESSION_ID for the commands
//   before_agent_start    userpromptsubmit; takes in what session-start printed
//   tool_result           posttooluse; what it prints goes to the tool's result
//   agent_settled         stop; what it prints becomes the session's next prompt. Before Pi 0.80.4 there
//                         is only agent_end, which may be followed by queued work: wait until Pi is idle
//   (while it lives)      await-mail, which waits for a peer to wake it; likewise
//   session_shutdown      session-end
//
// Pi makes a new instance of this extension for each session.

import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

const AGENT = 'pi';

// ---- Running a hook. The same lines stand in platforms/opencode and platforms/pi: each is one file. ----

// Where the executables lie; filled in at installation, else they are looked for.
const LIBEXEC = "";
const HOOK_LIMIT_MS = 5000; // a hook that takes longer is killed
const WAIT_LIMIT_MS = 1500; // the agent is kept waiting no longer than this for an answer
const OUTPUT_LIMIT = 1 << 20; // characters that are taken from a hook

function trace(what) {
  try {
    const file = process.env.PEERHOOKS_TRACE;
    if (file) appendFileSync(file, `${Date.now()} ${process.pid} ${AGENT} plugin: ${what}\n`, { mode: 0o600 });
  } catch {} // there is nowhere left to say it
}

// Never throws and never rejects: trouble of ours is not the agent's.
async function quietly(what, work) {
  try {
    return await work();
  } catch (error) {
    trace(`${what}: ${error?.message ?? error}`);
    return undefined;
  }
}

function atMost(promise, milliseconds = WAIT_LIMIT_MS) {
  let timer;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

// libexec/peerhooks of the same installation as the `peer` on PATH.
function besidePeer() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const peer = join(folder, 'peer');
    if (isAbsolute(folder) && existsSync(peer)) return join(dirname(realpathSync(peer)), '../libexec/peerhooks');
  }
  return '';
}

function executable(name) {
  const folders = [LIBEXEC || process.env.PEERHOOKS_LIBEXEC || '', besidePeer(), '/usr/local/libexec/peerhooks',
    join(homedir(), '.local/libexec/peerhooks')];
  const found = folders.find((folder) => isAbsolute(folder) && existsSync(join(folder, name)));
  if (!found) throw new Error(`no executable ${name} in ${folders.filter(Boolean).join(', ')}`);
  return join(found, name);
}

// What the hook printed, however it ended: at the time limit too. A hook takes mail out of its box only
// after it has printed the whole of it, so that what is whole must be passed on.
function run(name, event, limit) {
  const child = spawn(executable(name), ['--agent', AGENT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const output = new Promise((resolve, reject) => {
    let output = '';
    const end = (why) => {
      clearTimeout(timer);
      if (why) trace(`${name} ${why}`);
      resolve(output);
    };
    const timer = limit && setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      end('took too long');
    }, limit);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', () => end());
    child.stdin.on('error', () => {}); // it did not read its input
    child.stdout.setEncoding('utf8').on('error', () => {}).on('data', (text) => {
      if (output.length < OUTPUT_LIMIT) output += text;
    });
    child.stdin.end(JSON.stringify(event));
  });
  return { child, output };
}

// What it answers: an object, {} if it is silent or fails.
async function answerOf(name, output) {
  return (output && (await quietly(`output of ${name}`, () => JSON.parse(output)))) || {};
}

// The text that the agent is to go on with, if the answer brings one.
function reasonOf({ decision, reason }) {
  return decision === 'block' && typeof reason === 'string' ? reason : '';
}

// The text for the model's context, if the answer brings one.
function contextOf({ hookSpecificOutput }) {
  const text = hookSpecificOutput?.additionalContext;
  return typeof text === 'string' ? text : '';
}

// What the hook answers. The hooks of a session run one after another, in the order of its events.
function runHook(session, name, event) {
  session.last = session.last.then(async () => {
    const output = await quietly(name, () => run(name, { session_id: session.id, ...event }, HOOK_LIMIT_MS).output);
    return answerOf(name, output);
  });
  return session.last;
}

// Keeps an await-mail while the session lives: what it prints at its end becomes the next prompt, as what
// stop prints does. If it ends for another reason, the next stop starts another. It does not keep the
// agent from ending.
async function awaitMail(session) {
  if (!session.handOver || session.waiter || session.over) return;
  const { child, output } = run('await-mail', { session_id: session.id, cwd: session.cwd, hook_event_name: 'Stop' });
  session.waiter = child;
  child.unref();
  child.stdout.unref?.();
  const text = reasonOf(await answerOf('await-mail', await output.finally(() => { session.waiter = undefined; })));
  if (!text) return;
  session.handedOver = true;
  await session.handOver(text);
}

function startWaiting(session) {
  quietly('await-mail', () => awaitMail(session));
}

function stopWaiting(session) {
  session.over = true;
  session.waiter?.kill();
}

async function started(session, source) {
  const event = { cwd: session.cwd, hook_event_name: 'SessionStart', source };
  const text = contextOf(await runHook(session, 'session-start', event));
  if (text) session.held.push(text);
  startWaiting(session);
}

// A tool has run. If peers have written, `pass` puts their text to the tool's result, and says whether it
// could. If not, or if the text comes too late, it is handed over when the turn ends: it has left the mailbox.
async function toolRan(session, pass) {
  let late = false;
  const answered = runHook(session, 'posttooluse', { hook_event_name: 'PostToolUse' }).then(async (answer) => {
    const text = contextOf(answer);
    if (text && (late || !(await quietly('tool result', () => pass(text))))) session.missed.push(text);
  });
  await atMost(answered);
  late = true;
}

// The turn is over. The text that the agent is to go on with, if peers have written.
async function stopped(session, { aborted, deliver }) {
  const active = session.handedOver || !deliver; // then stop leaves new mail in its box
  const event = aborted ? { hook_event_name: 'Interrupt' } : { hook_event_name: 'Stop', stop_hook_active: active };
  const mail = reasonOf(await runHook(session, 'stop', event));
  const missed = aborted || !deliver ? [] : session.missed.splice(0);
  const text = [...missed, mail].filter(Boolean).join('\n\n');
  session.handedOver = text !== '';
  if (!text) startWaiting(session);
  return text;
}

function submitted(session) {
  return runHook(session, 'userpromptsubmit', { hook_event_name: 'UserPromptSubmit' });
}

function ended(session, reason) {
  stopWaiting(session);
  return runHook(session, 'session-end', { cwd: session.cwd, hook_event_name: 'SessionEnd', reason });
}

// What goes in with the next prompt.
function waiting(session) {
  return [...session.held.splice(0), ...session.missed.splice(0)];
}

// handOver: makes a text the next prompt; without it nothing is waited for. held: texts for the model that
// go in with its next prompt. missed: mail that no tool's result has taken; it goes in with it too, if the
// turn's end did not come first. handedOver: it was kept going by `stop`, or woken.
function newSession(id, cwd, handOver) {
  return { id, cwd, handOver, busy: false, aborted: false, handedOver: false, over: false, held: [], missed: [], last: Promise.resolve() };
}

// ---- End of the shared lines. ----

const IDLE_LOOK_MS = 50;

// A fork goes on under another id, in the place of the session that it was forked from.
const START = { startup: 'startup', reload: 'resume', resume: 'resume', new: 'clear', fork: 'clear' };
const END = { quit: 'exit', resume: 'resume', new: 'clear', fork: 'clear' };

export default function peerhooks(pi) {
  let session;
  let idleTimer;

  const on = (name, handler) => pi.on(name, (event, ctx) => quietly(name, () => handler(event, ctx)));

  function handOver(text) {
    try {
      pi.sendUserMessage(text, { deliverAs: 'followUp' }); // if the person was faster: after their turn
    } catch (error) {
      session.held.push(text); // goes in with the next prompt
      throw error;
    }
  }

  async function turnOver(deliver) {
    clearTimeout(idleTimer);
    if (!session?.busy) return;
    session.busy = false;
    const text = await stopped(session, { aborted: session.aborted, deliver });
    if (text) handOver(text);
  }

  // Where there is no agent_settled. Without a UI such a Pi exits after the turn and waits for nobody, so
  // that nothing is taken out of the mailbox then.
  function turnOverWhenIdle(ctx) {
    idleTimer = setTimeout(() => quietly('idle', () => {
      if (ctx.isIdle()) return turnOver(ctx.hasUI);
      return turnOverWhenIdle(ctx);
    }), IDLE_LOOK_MS);
  }

  function turnStarts() {
    clearTimeout(idleTimer);
    if (!session || session.busy) return;
    session.busy = true;
    submitted(session);
  }

  on('session_start', async ({ reason }, ctx) => {
    const id = ctx.sessionManager.getSessionId();
    if (session?.id === id) return; // in RPC mode a new session is announced twice
    session = newSession(id, ctx.cwd, ctx.hasUI ? handOver : undefined);
    process.env.PI_SESSION_ID = session.id; // newer versions set it themselves
    await atMost(started(session, START[reason] ?? 'startup'));
  });

  on('before_agent_start', async () => {
    turnStarts();
    await atMost(session.last);
    const content = waiting(session).join('\n\n');
    return content ? { message: { customType: 'peerhooks', content, display: true } } : undefined;
  });

  on('agent_start', () => turnStarts());

  on('tool_result', async ({ content }) => {
    let changed;
    if (!session) return undefined;
    await toolRan(session, (text) => {
      changed = { content: [...content, { type: 'text', text }] };
      return true;
    });
    return changed;
  });

  on('agent_end', ({ messages }, ctx) => {
    const reply = messages.findLast(({ role }) => role === 'assistant');
    session.aborted = ['aborted', 'error'].includes(reply?.stopReason);
    turnOverWhenIdle(ctx);
  });

  // Waited for longer: a Pi without a UI exits after it, and what stop printed would be lost.
  on('agent_settled', () => atMost(turnOver(true), HOOK_LIMIT_MS));

  on('session_shutdown', async ({ reason }) => {
    clearTimeout(idleTimer);
    if (session.busy) stopped(session, { aborted: true }); // nothing could be handed over any more
    stopWaiting(session); // of a reload too: the next instance starts its own
    if (reason !== 'reload') await atMost(ended(session, END[reason] ?? 'other'));
  });
}
