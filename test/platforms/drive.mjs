#!/usr/bin/env node
// Plays OpenCode or Pi to a plugin: node drive.mjs PLUGIN opencode|pi STEP...; a step is NAME[:ARGUMENT].
// Prints what the plugin does to the client, a line of JSON each, and whatever it throws.

import { setTimeout as sleep } from 'node:timers/promises';

const [plugin, agent, ...steps] = process.argv.slice(2);
const say = (...what) => console.log(JSON.stringify(what));
const { default: extension, Peerhooks } = await import(plugin);

async function opencode() {
  let refuse = false;
  const client = { session: {
    get: async ({ path }) => ({ data: path.id === 'unknown' ? undefined : { id: path.id, directory: '/project', parentID: path.id.startsWith('child') ? 'ses_1' : undefined } }),
    promptAsync: async ({ path, body: { agent: mode, model, parts } }) => {
      if (refuse) throw new Error('refused');
      say('prompt', path.id, mode, model?.modelID, parts[0].text);
    },
  } };
  const hooks = await Peerhooks({ client });
  const status = (sessionID, type) => hooks.event({ event: { type: 'session.status', properties: { sessionID, status: { type } } } });
  return {
    created: (id) => hooks.event({ event: { type: 'session.created', properties: { sessionID: id, info: { id, directory: '/project', parentID: id.startsWith('child') ? 'ses_1' : undefined } } } }),
    busy: (id) => status(id, 'busy'),
    retry: (id) => status(id, 'retry'),
    idle: (id) => status(id, 'idle'),
    error: (id) => hooks.event({ event: { type: 'session.error', properties: { sessionID: id } } }),
    strange: () => hooks.event({ event: { type: 'session.status' } }),
    async chat(sessionID) {
      const parts = [{ id: 'prt_1', text: 'hi' }];
      await hooks['chat.message']({ sessionID }, { message: { id: 'msg_1', agent: 'plan', model: { modelID: 'm' } }, parts });
      say('parts', parts.map(({ text }) => text));
    },
    async env(sessionID) {
      const output = { env: {} };
      await hooks['shell.env']({ sessionID }, output);
      say('env', output.env);
    },
    async tool(sessionID) {
      const result = { title: 't', metadata: {}, output: 'RESULT' };
      await hooks['tool.execute.after']({ tool: 'bash', sessionID, callID: 'c' }, result);
      say('result', result.output);
    },
    async mcp(sessionID) {
      const result = { content: [{ type: 'text', text: 'RESULT' }] };
      await hooks['tool.execute.after']({ tool: 'mcp', sessionID, callID: 'c' }, result);
      say('result', result.content.map(({ text }) => text));
    },
    async oddtool(sessionID) {
      await hooks['tool.execute.after']({ tool: 'odd', sessionID, callID: 'c' }, undefined);
    },
    refuse: () => { refuse = true; },
    accept: () => { refuse = false; },
    wait: (ms) => sleep(Number(ms)),
    dispose: () => hooks.dispose(),
  };
}

async function pi() {
  const handlers = {};
  const ctx = { cwd: '/project', hasUI: true, isIdle: () => true, sessionManager: { getSessionId: () => 'pi-1' } };
  extension({ on: (name, handler) => { handlers[name] = handler; }, sendUserMessage: (text, options) => say('send', text, options.deliverAs) });
  return {
    async start(reason) {
      await handlers.session_start({ reason }, ctx);
      say('env', process.env.PI_SESSION_ID);
    },
    before: async () => say('message', (await handlers.before_agent_start({ prompt: 'hi' }, ctx))?.message?.content),
    async tool() {
      const content = [{ type: 'text', text: 'RESULT' }];
      const result = await handlers.tool_result({ toolName: 'bash', content, isError: false }, ctx);
      say('result', (result?.content ?? content).map(({ text }) => text));
    },
    oddtool: () => handlers.tool_result({}, ctx),
    agent: () => handlers.agent_start({}, ctx),
    end: (stopReason = 'stop') => handlers.agent_end({ messages: [{ role: 'assistant', stopReason }] }, ctx),
    settled: () => handlers.agent_settled({}, ctx),
    noui: () => { ctx.hasUI = false; },
    wait: (ms) => sleep(Number(ms)),
    shutdown: (reason) => handlers.session_shutdown({ reason }, ctx),
  };
}

const play = await { opencode, pi }[agent]();
for (const step of steps) {
  const [name, argument] = step.split(':');
  await play[name](argument);
}
