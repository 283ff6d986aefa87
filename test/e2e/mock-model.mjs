#!/usr/bin/env node
// A model for the e2e tests: answers the four APIs that the agents speak, and does what the prompt says.
//
//   node mock-model.mjs PORT-FILE REQUEST-LOG PEER
//
// The newest message to it that is a script is done: for each @@sh:COMMAND@@ one call of the agent's shell
// tool, and for each peer's message that says @@reply:TEXT@@ one of `PEER reply ID TEXT`; then the answer
// "done". Each request is a line of the log: {"path":…,"body":…}. It holds no state: where a conversation
// stands is counted from the tool results in the request.

import { randomUUID } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [portFile, requestLog, peer] = process.argv.slice(2);
const USAGE = 10; // tokens, of everything

// The shell tools' names, and how each takes its command.
const SHELLS = {
  bash: (command) => ({ command, description: 'mock' }),
  Bash: (command) => ({ command, description: 'mock' }),
  exec_command: (cmd) => ({ cmd }),
  run_shell_command: (command) => ({ command, description: 'mock' }),
};

const textOf = (content) => (typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('\n'));

// A peer's message in its envelope: the line that names its id, and the body up to the next such line.
const SCRIPT = /@@sh:(.*?)@@|^--- msg [^\n]*message_id=([\w-]+)[^\n]*\n(?:(?!--- msg ).)*?@@reply:(.*?)@@/gms;

function commandsIn(text = '') {
  return [...text.matchAll(SCRIPT)].map(([, command, id, answer]) => command ?? `${peer} reply ${id} '${answer}'`);
}

// The next step of a conversation, given as [{user: TEXT} | {result: true}] and the names of the tools.
function nextStep(items, tools) {
  const shell = tools.find((name) => name in SHELLS);
  const at = items.findLastIndex(({ user }) => commandsIn(user).length > 0);
  if (!shell || at < 0) return { say: 'done' };
  const command = commandsIn(items[at].user)[items.slice(at).filter(({ result }) => result).length];
  return command ? { tool: shell, args: SHELLS[shell](command), id: `call_${Date.now()}` } : { say: 'done' };
}

// ---- OpenAI's Chat Completions: OpenCode, Pi ----

function chat({ messages, tools = [], stream }) {
  const items = messages.map(({ role, content }) => (role === 'tool' ? { result: true } : role === 'user' ? { user: textOf(content) } : {}));
  const step = nextStep(items, tools.map((tool) => tool.function?.name));
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

function responses({ input, tools = [] }) {
  const items = input.map(({ type, role, content }) => (/call_output$/.test(type) ? { result: true } : role === 'user' ? { user: textOf(content) } : {}));
  const step = nextStep(items, tools.map((tool) => tool.name));
  const item = step.tool
    ? { type: 'function_call', id: `fc_${step.id}`, call_id: step.id, name: step.tool, arguments: JSON.stringify(step.args) }
    : { type: 'message', id: 'msg_mock', role: 'assistant', content: [{ type: 'output_text', text: step.say, annotations: [] }] };
  const usage = { input_tokens: USAGE, input_tokens_details: null, output_tokens: USAGE, output_tokens_details: null, total_tokens: 2 * USAGE };
  return { events: [
    { type: 'response.created', response: { id: 'resp_mock' } },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id: 'resp_mock', usage } },
  ].map((data) => ({ event: data.type, data })) };
}

// ---- Anthropic's Messages: Claude Code ----

function anthropic({ messages, tools = [], stream, model }) {
  const items = messages.flatMap(({ role, content }) => {
    const results = Array.isArray(content) ? content.filter(({ type }) => type === 'tool_result').map(() => ({ result: true })) : [];
    return role === 'assistant' ? [] : [{ user: textOf(content) }, ...results]; // what comes with results is told by hooks
  });
  const step = nextStep(items, tools.map((tool) => tool.name));
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

function gemini({ contents, tools = [] }, path) {
  const items = contents.map(({ role, parts }) => (parts.some((part) => part.functionResponse) ? { result: true } : role === 'user' ? { user: textOf(parts) } : {}));
  const step = nextStep(items, tools.flatMap((tool) => tool.functionDeclarations ?? []).map(({ name }) => name));
  const part = step.tool ? { functionCall: { id: step.id, name: step.tool, args: step.args } } : { text: step.say };
  const answer = {
    candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: USAGE, candidatesTokenCount: USAGE, totalTokenCount: 2 * USAGE },
  };
  return /:streamGenerateContent/.test(path) ? { events: [{ data: answer }] } : { json: answer };
}

const APIS = [
  [/\/chat\/completions$/, chat],
  [/\/responses$/, responses],
  [/\/v1\/messages$/, anthropic],
  [/[gG]enerateContent$/, gemini],
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
    appendFileSync(requestLog, `${JSON.stringify({ path: pathname, body })}\n`);
    return send(response, api[1](body, pathname));
  } catch (error) {
    return response.writeHead(500).end(String(error));
  }
}).listen(0, '127.0.0.1', function listening() {
  writeFileSync(portFile, String(this.address().port));
});
