// How fast node parses the JSON text FILE ("document") or the JSON lines in FILE ("lines"): GB/s of
// JSON.parse in a warm loop, the text in memory already. Usage: node json-speed.mjs FILE MODE

import { readFileSync } from "node:fs";

const [file, mode] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const bytes = Buffer.byteLength(text);
const pieces = mode === "lines" ? text.split("\n").filter((line) => line !== "") : [text];

function gigabytesPerSecond() {
	const begin = process.hrtime.bigint();
	for (const piece of pieces) JSON.parse(piece);
	return bytes / Number(process.hrtime.bigint() - begin);
}

const runs = Array.from({ length: 9 }, gigabytesPerSecond).sort((a, b) => a - b);
console.log(runs[4].toFixed(3));
