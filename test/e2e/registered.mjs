// TEMPORARY stand-in for install-hook: registered.mjs AGENT FILE PLATFORM-FILE LIBEXEC [CONFIG-TOML]
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const [agent, file, ours, libexec, config] = process.argv.slice(2);
const mine = JSON.parse(readFileSync(ours, 'utf8').replaceAll('/usr/local/libexec/peerhooks', libexec)).hooks;
const settings = (0, eval)(`(${readFileSync(file, 'utf8')})`);
settings.hooks ??= {};
for (const [event, groups] of Object.entries(mine)) {
  const at = (settings.hooks[event] ??= []).length;
  settings.hooks[event].push(...groups);
  if (config) groups.forEach((group, i) => {
    const snake = event.replace(/(?<!^)[A-Z]/g, (c) => `_${c}`).toLowerCase();
    const [{ command, timeout }] = group.hooks;
    const json = JSON.stringify({ event_name: snake, hooks: [{ async: false, command, timeout, type: 'command' }] });
    appendFileSync(config, `[hooks.state."${file}:${snake}:${at + i}:0"]\ntrusted_hash = "sha256:${createHash('sha256').update(json).digest('hex')}"\n`);
  });
}
writeFileSync(file, JSON.stringify(settings, null, 2));
