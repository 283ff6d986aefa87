#!/usr/bin/env node
// A model for the e2e tests: answers the four APIs that the agents speak, and does what the prompt says.
//
//   node mock-model.mjs PORT-FILE REQUEST-LOG PEER
//
// The newest message to it that is a script is done, and then it says "done":
//
//   @@sh:COMMAND@@      one call of the agent's shell tool
//   @@write:PATH@@      one of its tool that writes a file
//   @@task:A|B@@        one subagent, with the script @@sh:A@@ @@sh:B@@; it is waited for
//   @@late:COMMAND@@    the model runs that itself, once, before it says "done": while it thinks
//   @@reply:TEXT@@      in a peer's message: a call of the shell tool, `PEER reply ID TEXT`
//
// Each request is a line of the log, {"path":…,"did":…,"body":…}, written when it comes: `did` is what it is answered
// with, as it stands in the script or "done"; "aside" to requests without tools (a title for the session). Where a
// conversation stands is counted from the tool results in the request.

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [portFile, requestLog, peer] = process.argv.slice(2);
const USAGE = 10; // tokens, of everything

const shell = (command) => ({ command, description: 'mock' });
const task = (prompt) => ({ description: 'mock', prompt, run_in_background: false });

// By what is to be done: the tools' names, and how each takes it.
const TOOLS = {
  sh: { bash: shell, Bash: shell, exec_command: (cmd) => ({ cmd }), run_shell_command: shell },
  write: {
    Write: (path) => ({ file_path: path, content: 'mock' }),
    write_file: (path) => ({ file_path: path, content: 'mock' }),
    write: (path) => ({ filePath: path, path, content: 'mock' }),
    exec_command: (path) => ({ cmd: `touch ${path}` }),
  },
  task: {
    Agent: (prompt) => ({ ...task(prompt), subagent_type: 'general-purpose' }),
    task: (prompt) => ({ ...task(prompt), subagent_type: 'general' }),
    invoke_agent: (prompt) => ({ agent_name: 'generalist', prompt }),
    spawn_agent: (message) => ({ message }),
  },
  wait: { wait_agent: (id) => ({ targets: [id], timeout_ms: 30000 }) },
};

const textOf = (content) => (typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('\n'));

// A peer's message in its envelope: the line that names its id, and the body up to the next such line.
const SCRIPT = /@@(sh|write|task|late):(.*?)@@|^--- msg [^\n]*message_id=([\w-]+)[^\n]*\n(?:(?!--- msg ).)*?@@reply:(.*?)@@/gms;

const replied = (id, answer) => ({ kind: 'sh', what: `${peer} reply ${id} '${answer}'` });
const stepsIn = (text = '') => [...text.matchAll(SCRIPT)].map(([, kind, what, id, answer]) => (kind ? { kind, what } : replied(id, answer)));

// What a subagent is told. Who must be asked whether it is done has a tool for that.
function promptFor(what) {
  return `Please ${what.split('|').map((command) => `@@sh:${command}@@`).join(' ')}`;
}
const withWaits = (steps, tools) => steps.flatMap((step) => (step.kind === 'task' && tools.includes('wait_agent') ? [step, { kind: 'wait', what: '' }] : [step]));

const doneLate = new Set();

// The next step of a conversation, given as [{user: TEXT} | {result: TEXT}] and the names of the tools.
function nextStep(items, tools) {
  if (!tools.some((name) => name in TOOLS.sh)) return { say: 'done', did: 'aside' };
  const at = items.findLastIndex(({ user }) => stepsIn(user).length > 0);
  const steps = at < 0 ? [] : stepsIn(items[at].user);
  const results = items.slice(Math.max(at, 0)).filter(({ result }) => result !== undefined);
  const step = withWaits(steps.filter(({ kind }) => kind !== 'late'), tools)[results.length];
  if (!step) {
    const late = steps.find(({ kind, what }) => kind === 'late' && !doneLate.has(what))?.what;
    doneLate.add(late);
    return { say: 'done', did: late ? `late:${late}` : 'done', late };
  }
  const tool = Object.keys(TOOLS[step.kind]).find((name) => tools.includes(name));
  if (!tool) return { say: `no tool for ${step.kind}`, did: `no tool for ${step.kind}` };
  const wanted = { task: promptFor, wait: () => /"agent_id":"([\w-]+)"/.exec(results.at(-1).result)?.[1] }[step.kind]?.(step.what) ?? step.what;
  return { tool, args: TOOLS[step.kind][tool](wanted), id: `call_${randomUUID().slice(0, 13)}`, did: `${step.kind}:${step.what}` };
}

// ---- OpenAI's Chat Completions: OpenCode, Pi ----

function chatStep({ messages, tools = [] }) {
  const items = messages.map(({ role, content }) => (role === 'tool' ? { result: textOf(content) } : role === 'user' ? { user: textOf(content) } : {}));
  return nextStep(items, tools.map((tool) => tool.function?.name));
}

function chat(step, { stream }) {
  const call = step.tool && { index: 0, id: step.id, type: 'function', function: { name: step.tool, arguments: JSON.stringify(step.args) } };
  const delta = { role: 'assistant', ...(call ? { tool_calls: [call] } : { content: step.say }) };
  const finish = call ? 'tool_calls' : 'stop';
  const head = { id: 'mock', created: 0, model: 'mock-model' };
  const usage = { prompt_tokens: USAGE, completion_tokens: USAGE, total_tokens: 2 * USAGE };
  if (!stream) return { json: { ...head, object: 'chat.completion', choices: [{ index: 0, message: delta, finish_reason: finish }], usage } };
  const chunk = (choices, more) => ({ data: { ...head, object: 'chat.completion.chunk', choices, ...more } });
  return { events: [chunk([{ index: 0, delta, finish_reason: null }]), chunk([{ index: 0, delta: {}, finish_reason: finish }], { usage }), { data: '[DONE]' }] };
}

// ---- OpenAI's Responses: Codex ----

// Some of the tools lie in a namespace.
const namespaceOf = (tools, name) => tools.find((tool) => tool.tools?.some((inner) => inner.name === name))?.name;

function responsesStep({ input, tools = [] }) {
  const items = input.map(({ type, role, content, output }) => (/call_output$/.test(type) ? { result: textOf(output) } : role === 'user' ? { user: textOf(content) } : {}));
  return nextStep(items, tools.flatMap((tool) => tool.tools ?? [tool]).map(({ name }) => name));
}

function responses(step, { tools = [] }) {
  const item = step.tool
    ? { type: 'function_call', id: `fc_${step.id}`, call_id: step.id, name: step.tool, namespace: namespaceOf(tools, step.tool), arguments: JSON.stringify(step.args) }
    : { type: 'message', id: 'msg_mock', role: 'assistant', content: [{ type: 'output_text', text: step.say, annotations: [] }] };
  const usage = { input_tokens: USAGE, input_tokens_details: null, output_tokens: USAGE, output_tokens_details: null, total_tokens: 2 * USAGE };
  return { events: [
    { type: 'response.created', response: { id: 'resp_mock' } },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id: 'resp_mock', usage } },
  ].map((data) => ({ event: data.type, data })) };
}

// ---- Anthropic's Messages: Claude Code ----

function anthropicStep({ messages, tools = [] }) {
  const items = messages.flatMap(({ role, content }) => {
    const parts = Array.isArray(content) ? content.filter(({ type }) => type === 'tool_result') : [];
    const results = parts.map((part) => ({ result: textOf(part.content) }));
    return role === 'assistant' ? [] : [{ user: textOf(content) }, ...results]; // what comes with results is told by hooks
  });
  return nextStep(items, tools.map((tool) => tool.name));
}

function anthropic(step, { stream, model }) {
  const block = step.tool ? { type: 'tool_use', id: `toolu_${step.id}`, name: step.tool, input: step.args } : { type: 'text', text: step.say };
  const usage = { input_tokens: USAGE, output_tokens: USAGE };
  const message = { id: `msg_${randomUUID()}`, type: 'message', role: 'assistant', model, stop_sequence: null, usage };
  const stop_reason = step.tool ? 'tool_use' : 'end_turn';
  if (!stream) return { json: { ...message, content: [block], stop_reason } };
  const [empty, delta] = step.tool
    ? [{ ...block, input: {} }, { type: 'input_json_delta', partial_json: JSON.stringify(step.args) }]
    : [{ type: 'text', text: '' }, { type: 'text_delta', text: step.say }];
  return { events: [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: empty },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ].map((data) => ({ event: data.type, data })) };
}

// ---- Gemini ----

function geminiStep({ contents, tools = [] }) {
  const items = contents.map(({ role, parts }) => (parts.some((part) => part.functionResponse) ? { result: '' } : role === 'user' ? { user: textOf(parts) } : {}));
  return nextStep(items, tools.flatMap((tool) => tool.functionDeclarations ?? []).map(({ name }) => name));
}

function gemini(step, _, path) {
  const part = step.tool ? { functionCall: { id: step.id, name: step.tool, args: step.args } } : { text: step.say };
  const answer = {
    candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: USAGE, candidatesTokenCount: USAGE, totalTokenCount: 2 * USAGE },
  };
  return /:streamGenerateContent/.test(path) ? { events: [{ data: answer }] } : { json: answer };
}

const APIS = [
  [/\/chat\/completions$/, chatStep, chat],
  [/\/responses$/, responsesStep, responses],
  [/\/v1\/messages$/, anthropicStep, anthropic],
  [/[gG]enerateContent$/, geminiStep, gemini],
];

function send(response, { json, events }) {
  if (json) return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const { event, data } of events) {
    response.write(`${event ? `event: ${event}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }
  return response.end();
}

createServer(async (request, response) => {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  const { pathname } = new URL(request.url, 'http://mock');
  const api = request.method === 'POST' && APIS.find(([pattern]) => pattern.test(pathname));
  if (!api) return response.writeHead(404, { 'content-type': 'application/json' }).end('{}'); // also as an npm registry
  try {
    const body = JSON.parse(text);
    const step = api[1](body);
    appendFileSync(requestLog, `${JSON.stringify({ path: pathname, did: step.did, body })}\n`);
    if (step.late) execFileSync(step.late, { stdio: 'inherit', timeout: 20000 });
    return send(response, api[2](step, body, pathname));
  } catch (error) {
    console.error(error);
    return response.writeHead(500).end(String(error));
  }
}).listen(0, '127.0.0.1', function listening() {
  writeFileSync(portFile, String(this.address().port));
});
