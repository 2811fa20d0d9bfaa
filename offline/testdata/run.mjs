// Runs the verifier's WebAssembly in Node.js: jobs as JSON on stdin, outcomes on stdout.
// node run.mjs wasm_exec.js verifier.wasm < jobs.json
import { readFileSync } from "node:fs";
import vm from "node:vm";

const [runtime, wasm] = process.argv.slice(2);
vm.runInThisContext(readFileSync(runtime, "utf8"));
const started = performance.now();
const go = new Go();
const { instance } = await WebAssembly.instantiate(readFileSync(wasm), go.importObject);
go.run(instance);
const ready = performance.now() - started;

const { now, jobs } = JSON.parse(readFileSync(0, "utf8"));
const read = (name) => (name ? new Uint8Array(readFileSync(name)) : null);
const outcomes = jobs.map(({ file, trust, refresh, times }) => {
  const args = [read(file), read(trust), read(refresh), false, now];
  const taken = [];
  let outcome;
  // A crowded machine is slow, not the verifier: the fastest of many counts.
  for (let i = 0; i < (times || 1) && !(i > 4 && Math.min(...taken) < 100); i++) {
    const t = performance.now();
    outcome = riviera.verify(...args);
    taken.push(performance.now() - t);
  }
  return { outcome, kind: riviera.kind(args[0]), ms: Math.min(...taken) };
});
process.stdout.write(JSON.stringify({ ready, outcomes, texts: [riviera.texts("zh-CN"), riviera.texts("en")] }), () => process.exit(0));
