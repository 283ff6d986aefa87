#!/usr/bin/env node
// A stand-in for the hooks that people run today, in node: the quiet check of pretooluse (stamp busy;
// is there mail for this session?) as one would write it. We wrote it; it is nobody's product.

import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const state = join(process.env.HOME, ".oxtail");
const payload = JSON.parse(readFileSync(0, "utf8"));

function hasBytes(path) {
	return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function boxesOf(session) {
	const boxes = [];
	for (const name of readdirSync(join(state, "sessions")).filter((name) => name.endsWith(".json"))) {
		const entry = JSON.parse(readFileSync(join(state, "sessions", name), "utf8"));
		if (entry.client.session_id !== session) continue;
		boxes.push(`${entry.server_pid}.jsonl`);
		if (entry.mailbox_key) boxes.push(`${entry.mailbox_key}.jsonl`);
	}
	return boxes.map((box) => join(state, "mailboxes", box));
}

if (/^[A-Za-z0-9_-]{1,256}$/.test(payload.session_id ?? "")) {
	writeFileSync(join(state, "activity", payload.session_id), "busy");
	if (!payload.agent_id && boxesOf(payload.session_id).some(hasBytes)) console.log("there is mail");
}
