// peerhooks plugin for OpenCode: tells each shell command which session runs it, tells the hooks what the
// session does, and hands over what they print. All it knows of peers is in those executables.
//
//   shell.env             the command sees OPENCODE_SESSION_ID
//   session.created       session-start; for one that was made earlier: at its first sign of life
//   session.status busy   userpromptsubmit
//   tool.execute.after    posttooluse; what it prints goes to the tool's result
//   session.status idle   stop; what it prints becomes the session's next prompt
//   (while it lives)      await-mail, which waits for a peer to wake it; likewise
//   dispose               session-end, for each session of this process
//
// Subagents' sessions have a parentID. They are no peers: nothing is run for them, and they take no mail.

import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

const AGENT = 'opencode';

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

// `opencode run` leaves as soon as its session is idle: a further turn would be cut off.
const ONE_SHOT = process.argv[2] === 'run';

// OpenCode keeps 50 KB and 2000 lines of a result.
const RESULT_BYTES = 50000;
const RESULT_LINES = 1990;

export const Peerhooks = async ({ client }) => {
  const sessions = new Map(); // id -> promise of the session; of undefined for a subagent's

  async function open(id, source, created) {
    const found = () => atMost(client.session.get({ path: { id } }));
    const info = created ?? (await quietly('session.get', found))?.data;
    if (!info) {
      sessions.delete(id); // cannot tell yet whose it is: ask again at its next sign
      return undefined;
    }
    if (info.parentID) return undefined;
    const session = newSession(id, info.directory, ONE_SHOT ? undefined : (text) => handOver(session, text));
    started(session, source);
    return session;
  }

  function sessionOf(id, source = 'resume', created = undefined) {
    if (!sessions.has(id)) sessions.set(id, quietly('session', () => open(id, source, created)));
    return sessions.get(id);
  }

  // In the agent and model that the person chose: the default agent may do more than theirs.
  function prompt(session, text) {
    const body = { agent: session.agent, model: session.model, parts: [{ type: 'text', text }] };
    return client.session.promptAsync({ path: { id: session.id }, body, throwOnError: true });
  }

  async function handOver(session, text) {
    try {
      await prompt(session, text);
    } catch (error) {
      session.held.push(text); // goes in with the next prompt
      throw error;
    }
  }

  async function idle(session) {
    session.busy = false;
    const text = await stopped(session, { aborted: session.aborted, deliver: !ONE_SHOT });
    if (text) await handOver(session, text);
  }

  async function status(session, type) {
    if (type === 'busy' && !session.busy) {
      session.busy = true;
      session.aborted = false;
      await submitted(session);
    } else if (type === 'idle' && session.busy) {
      await idle(session);
    }
  }

  async function event({ type, properties }) {
    const id = properties?.sessionID;
    if (type === 'session.created') return sessionOf(properties.info.id, 'startup', properties.info);
    if (type !== 'session.status' && type !== 'session.error') return undefined;
    const session = id && (await sessionOf(id));
    if (!session) return undefined;
    if (type === 'session.error') session.aborted = true;
    else await status(session, properties.status?.type);
    return undefined;
  }

  // What session-start printed goes in with the first prompt.
  async function chatMessage({ sessionID }, { message, parts }) {
    const session = await sessionOf(sessionID);
    if (!session) return;
    session.agent = message.agent;
    session.model = message.model;
    await atMost(session.last);
    for (const text of waiting(session)) {
      const id = `${parts.at(-1).id}z`; // parts are sorted by id
      parts.push({ id, sessionID, messageID: message.id, type: 'text', text, synthetic: true });
    }
  }

  // What a tool of an MCP server returns is a list of contents. OpenCode joins them after this, and cuts off the
  // end of what is too long: ours comes first, if it is not too long itself.
  function append(result, text) {
    if (typeof result.output === 'string') result.output += `\n\n${text}`;
    else if (Array.isArray(result.content) && !isCut(text)) result.content.unshift({ type: 'text', text });
    else return false;
    return true;
  }

  function isCut(text) {
    return Buffer.byteLength(text) > RESULT_BYTES || text.split('\n').length > RESULT_LINES;
  }

  async function toolAfter({ sessionID }, result) {
    const session = await sessionOf(sessionID);
    if (session) await toolRan(session, (text) => append(result, text));
  }

  async function dispose() {
    const open = (await Promise.all(sessions.values())).filter(Boolean);
    sessions.clear();
    await atMost(Promise.all(open.map((session) => ended(session, 'exit'))));
  }

  return {
    'shell.env': async ({ sessionID }, output) => {
      if (sessionID) output.env.OPENCODE_SESSION_ID = sessionID;
    },
    'chat.message': (input, output) => quietly('chat.message', () => chatMessage(input, output)),
    'tool.execute.after': (input, result) => quietly('tool.execute.after', () => toolAfter(input, result)),
    event: (input) => quietly('event', () => event(input.event)),
    dispose: () => quietly('dispose', dispose),
  };
};
